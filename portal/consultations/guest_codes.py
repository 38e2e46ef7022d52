"""The secret in the link of a guest: 192 drawn bits and, behind them, 64 bits of a signature.

The signature tells a link of ours from a forged one before the database is asked; it is no proof
by itself, the hash in the row is.
"""

import base64
import binascii
import hashlib
import hmac
import secrets

from portal.core.crypto import keys_for

LENGTH = 43
_DRAWN, _SIGNED = 24, 8
_PURPOSE = "guest link"


def new_code() -> str:
    """Draw the secret of a link (43 signs for an address)."""
    drawn = secrets.token_bytes(_DRAWN)
    return _written(drawn + _signature(keys_for(_PURPOSE)[0], drawn))


def is_ours(code: str) -> bool:
    """Tell whether a key of the ring has signed this code."""
    try:
        data = base64.b64decode(f"{code}=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    if len(data) != _DRAWN + _SIGNED or _written(data) != code:
        return False
    drawn, signed = data[:_DRAWN], data[_DRAWN:]
    return any(hmac.compare_digest(_signature(key, drawn), signed) for key in keys_for(_PURPOSE))


def _signature(key: bytes, drawn: bytes) -> bytes:
    return hmac.new(key, drawn, hashlib.sha256).digest()[:_SIGNED]


def _written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
