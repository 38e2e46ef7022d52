"""The address to which a mail comes back: it names the message and is signed.

Each mail leaves with an envelope sender of its own (VERP): `bounce+<message>-<signature>@…`. What
arrives there is about this message, whatever the mail says of itself, and nobody can lay messages
aside of which they do not know the address. Letters of both cases may come back: some servers write
the local part anew. It stays below the 64 octets of RFC 5321 4.5.3.1.1.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from uuid import UUID

from portal.core import crypto

_PURPOSE = "return path of a mail"
_SIGNATURE = 10


def of(message_id: UUID, *, address: str) -> str:
    """Return the envelope sender of a message, below the `address` at which the office takes mail.

    `bounce@jobcenter.example` becomes `bounce+…@jobcenter.example`.
    """
    local, _, domain = address.partition("@")
    name = _text(message_id.bytes)
    mark = _text(_signed(message_id, crypto.keys_for(_PURPOSE)[0]))
    return f"{local}+{name}-{mark}@{domain}"


def message_of(addresses: Iterable[str], *, address: str) -> UUID | None:
    """Return the message that one of these recipients names, if its signature is ours."""
    local, _, domain = address.casefold().partition("@")
    for found in addresses:
        name, at, host = found.strip().strip("<>").casefold().rpartition("@")
        if at and host == domain and name.startswith(f"{local}+"):
            read = _read(name.removeprefix(f"{local}+"))
            if read is not None:
                return read
    return None


def _read(token: str) -> UUID | None:
    name, _, mark = token.partition("-")
    try:
        id = UUID(bytes=_bytes(name))
        signature = _bytes(mark)
    except (binascii.Error, ValueError):
        return None
    keys = crypto.keys_for(_PURPOSE)
    return id if any(hmac.compare_digest(signature, _signed(id, key)) for key in keys) else None


def _signed(id: UUID, key: bytes) -> bytes:
    return hmac.digest(key, id.bytes, hashlib.sha256)[:_SIGNATURE]


def _text(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()


def _bytes(text: str) -> bytes:
    return base64.b32decode(text.upper() + "=" * (-len(text) % 8))
