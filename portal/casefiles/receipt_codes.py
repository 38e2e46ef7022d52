"""The code of a receipt: drawn by chance, made to be read aloud and typed without a mistake.

Crockford's Base32 (crockford.com/base32.html: no I, L, O, U) in six groups of four. 23 signs are
drawn, 115 bits; the last one checks them (Luhn's algorithm modulo 32), so that any one wrong sign
and nearly any two signs in the wrong order are named as a slip of the pen before the code is looked
up. Nothing about a receipt can be told from its code.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SIGNS = 24
GROUP = 4

_VALUES = {sign: value for value, sign in enumerate(ALPHABET)}
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN = str.maketrans(dict.fromkeys(" -–—.\t\r\n\u00a0\u202f"))


def draw() -> str:
    """Draw a new code, in groups as it is printed."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(SIGNS - 1))
    return _grouped(drawn + _check_sign(drawn))


def made_from(digest: bytes) -> str:
    """Write a code that follows from a digest of at least 120 bits, in groups as it is printed."""
    left, signs = int.from_bytes(digest), []
    for _ in range(SIGNS - 1):
        left, value = divmod(left, len(ALPHABET))
        signs.append(ALPHABET[value])
    made = "".join(signs)
    return _grouped(made + _check_sign(made))


def read(typed: str) -> str | None:
    """Return a code as it is printed, however it was typed; None when it cannot be a code."""
    signs = typed.translate(_BETWEEN).upper().translate(_READ_AS)
    if len(signs) != SIGNS or any(sign not in _VALUES for sign in signs):
        return None
    return _grouped(signs) if _check_sign(signs[:-1]) == signs[-1] else None


def _grouped(signs: str) -> str:
    return "-".join(signs[start : start + GROUP] for start in range(0, len(signs), GROUP))


def _check_sign(signs: str) -> str:
    """Return the sign that makes the sum of Luhn's algorithm modulo 32 come out even."""
    total = 0
    for place, sign in enumerate(reversed(signs)):
        value = _VALUES[sign] * (2 if place % 2 == 0 else 1)
        total += value // len(ALPHABET) + value % len(ALPHABET)
    return ALPHABET[-total % len(ALPHABET)]
