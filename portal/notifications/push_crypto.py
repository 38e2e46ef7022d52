"""What a push service may not read and must be able to check: RFC 8291 over RFC 8188, RFC 8292.

A push service belongs to the maker of the browser. It sees that the office calls, not what it says.
Our key follows from `PORTAL_SECRET_KEY`: nothing is kept, and while an old key stands in the ring,
browsers that have asked with it can be told.
"""

import base64
import json
import os
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.core import crypto

_PURPOSE = "web push"
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
_RECORD = 4096
_POINT = 65
_SECRET = 16
_LASTS = timedelta(hours=12)  # RFC 8292 2 allows 24 hours


class BadKeys(ValueError):
    """What a browser has sent are no keys."""


def office_keys() -> dict[str, ec.EllipticCurvePrivateKey]:
    """Return our keys by their public halves (base64url), the one in use first."""
    found = {}
    for secret in crypto.keys_for(_PURPOSE):
        key = ec.derive_private_key(int.from_bytes(secret) % (_ORDER - 1) + 1, ec.SECP256R1())
        found[text(_public(key))] = key
    return found


def check_browser_keys(browser_key: str, browser_secret: str) -> None:
    """Raise `BadKeys` unless these are a point on P-256 and 16 secret bytes, in base64url."""
    try:
        _point(data(browser_key))
        is_secret = len(data(browser_secret)) == _SECRET
    except ValueError as error:
        raise BadKeys(str(error)) from error
    if not is_secret:
        raise BadKeys("the secret has another length")


def encrypted(
    words: bytes,
    *,
    browser_key: str,
    browser_secret: str,
    salt: bytes | None = None,
    own: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """Encrypt at most 3,990 bytes for one browser, as the body of `aes128gcm` (RFC 8291 3).

    `salt` and `own` are drawn anew for each message; only the example of the RFC names them.
    """
    salt = salt or os.urandom(16)
    own = own or ec.generate_private_key(ec.SECP256R1())
    theirs, ours = data(browser_key), _public(own)
    shared = own.exchange(ec.ECDH(), _point(theirs))
    info = b"WebPush: info\0" + theirs + ours
    secret = _derived(shared, salt=data(browser_secret), info=info, length=32)
    key = _derived(secret, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
    nonce = _derived(secret, salt=salt, info=b"Content-Encoding: nonce\0", length=12)
    header = salt + _RECORD.to_bytes(4) + bytes([len(ours)]) + ours
    return header + AESGCM(key).encrypt(nonce, words + b"\x02", None)


def authorization(
    *, audience: str, subject: str, key: ec.EllipticCurvePrivateKey, now: datetime
) -> str:
    """Say who calls (VAPID, RFC 8292): the header `Authorization` for one push service.

    `audience` is its origin, `subject` where its operator finds us (`mailto:` or `https:`).
    """
    claims = {"aud": audience, "exp": int((now + _LASTS).timestamp()), "sub": subject}
    head = _json({"typ": "JWT", "alg": "ES256"}) + "." + _json(claims)
    one, other = decode_dss_signature(key.sign(head.encode(), ec.ECDSA(hashes.SHA256())))
    signature = text(one.to_bytes(32) + other.to_bytes(32))
    return f"vapid t={head}.{signature}, k={text(_public(key))}"


def text(raw: bytes) -> str:
    """Write bytes as base64url without padding (RFC 7515 2)."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def data(written: str) -> bytes:
    """Read base64url, with or without padding."""
    written = written.rstrip("=")
    return base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True)


def _point(raw: bytes) -> ec.EllipticCurvePublicKey:
    if len(raw) != _POINT:
        raise ValueError("a point of P-256 has 65 bytes")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)


def _public(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def _json(value: dict[str, object]) -> str:
    return text(json.dumps(value, separators=(",", ":")).encode())
