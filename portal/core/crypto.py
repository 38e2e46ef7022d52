"""Signing and sealing with the ring of `PORTAL_SECRET_KEY`: the first works, all are understood.

A key is retired in two steps: put the new one in front, and take the old one away once nothing
that it has signed or sealed is needed any more. Each purpose has keys of its own (HKDF, RFC 5869),
so that what was made for one purpose never counts for another.
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Iterator, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app
from itsdangerous import URLSafeSerializer

_VERSION = "1"
_NONCE = 12


class Tampered(Exception):
    """What should be opened was changed, sealed for another purpose, or by a key that is gone."""


def signer(purpose: str) -> URLSafeSerializer:
    """Return what signs small values for `purpose` (readable, but not to be forged).

    `loads` raises `itsdangerous.BadSignature` for what no key of the ring has signed.
    """
    return URLSafeSerializer(
        list(reversed(_ring())),  # itsdangerous signs with the last
        salt=purpose,
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


def seal(purpose: str, secret: bytes) -> str:
    """Encrypt a small secret for a column of text (AES-256-GCM, NIST SP 800-38D).

    Name the owner in `purpose` as well (`f"totp {citizen.id}"`): then what was sealed for one
    person cannot be moved into the row of another.
    """
    nonce = secrets.token_bytes(_NONCE)
    sealed = AESGCM(_derived(_ring()[0], purpose)).encrypt(nonce, secret, None)
    return f"{_VERSION}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(purpose: str, sealed: str) -> bytes:
    """Return what `seal` was given for the same purpose, or raise `Tampered`."""
    return _opened(purpose, sealed, _ring())


def keys_for(purpose: str) -> list[bytes]:
    """Return the keys of this purpose (32 bytes), one for each of the ring; the first works.

    For keyed hashes: what was hashed under an older key is found with that key only.
    """
    return [_derived(key, purpose) for key in _ring()]


def is_stale(purpose: str, sealed: str) -> bool:
    """Tell whether a key other than the first has sealed this; sealing it anew makes it fresh."""
    try:
        _opened(purpose, sealed, _ring()[:1])
    except Tampered:
        return True
    return False


def _opened(purpose: str, sealed: str, keys: Sequence[str]) -> bytes:
    version, _, written = sealed.partition(".")
    try:
        data = base64.b64decode(written, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Tampered(purpose) from error
    if version != _VERSION or len(data) < _NONCE:
        raise Tampered(purpose)
    for secret in _tries(purpose, data, keys):
        return secret
    raise Tampered(purpose)


def _tries(purpose: str, data: bytes, keys: Sequence[str]) -> Iterator[bytes]:
    for key in keys:
        try:
            yield AESGCM(_derived(key, purpose)).decrypt(data[:_NONCE], data[_NONCE:], None)
        except InvalidTag:
            continue


def keys_for_browser(person: str) -> tuple[str, ...]:
    """Return the keys with which a browser seals what it keeps for `person` (base64url, 32 bytes).

    One for each key of the ring, the one in use first. They stand on pages of this person only, and
    open nothing on the server: no other purpose derives the same keys (ASVS 14.3.3).
    """
    return tuple(
        base64.urlsafe_b64encode(_derived(key, person, use="browser")).decode().rstrip("=")
        for key in _ring()
    )


def _derived(key: str, purpose: str, *, use: str = "seal") -> bytes:
    info = f"portal {use}\0{purpose}".encode()
    return HKDF(SHA256(), length=32, salt=None, info=info).derive(key.encode())


def _ring() -> tuple[str, ...]:
    ring: tuple[str, ...] = current_app.config["SETTINGS"].secret_keys
    return ring
