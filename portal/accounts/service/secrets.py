"""Secrets that go out to people, and what is kept of them: a hash."""

import hashlib
import hmac
import secrets

# Without I, L, O, U, 0 and 1: read out on the phone and typed off paper, nothing is mistaken.
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_secret() -> str:
    """Draw a secret of 256 bits for an address or a cookie (43 signs)."""
    return secrets.token_urlsafe(32)


def new_code(length: int, *, group: int = 4) -> str:
    """Draw a code that people can type, in groups: `K7QP-3MXD`; 4.9 bits a sign."""
    signs = "".join(secrets.choice(LETTERS) for _ in range(length))
    return "-".join(signs[start : start + group] for start in range(0, length, group))


def plain_code(typed: str) -> str:
    """Return a typed code as it is hashed: capitals, without spaces and dashes."""
    return "".join(sign for sign in typed.upper() if sign.isalnum())


def hash_of(secret: str) -> str:
    """Return what is kept of a secret; it is long or short-lived enough for a plain SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()


def fits(kept: str, secret: str) -> bool:
    """Tell in constant time whether `secret` is the one."""
    return hmac.compare_digest(kept, hash_of(secret))
