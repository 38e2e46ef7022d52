"""How the bytes of a stored piece are encrypted: AES-256-GCM in chunks (NIST SP 800-38D).

A piece is a run of chunks of 64 KiB, each with its own tag. The nonce counts the chunks and marks
the last one, so that a chunk that was changed, moved, doubled or cut off is found when it is read.
The key of a piece comes from the key of its file and the random name it has in the store (HKDF,
RFC 5869): no nonce is ever used twice, and a piece under another name does not open.
"""

import secrets
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.core.crypto import Tampered

CHUNK = 64 * 1024
TAG = 16
_NONCE = 12


def new_key() -> bytes:
    """Draw a key of 256 bits."""
    return secrets.token_bytes(32)


def wrap(key: bytes, *, under: bytes, name: bytes) -> bytes:
    """Encrypt a key under another; `name` says whose key it is and must be said to unwrap it."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(under).encrypt(nonce, key, name)


def unwrap(wrapped: bytes, *, under: bytes, name: bytes) -> bytes:
    """Return the key that was wrapped under `name`, or raise `Tampered`."""
    try:
        return AESGCM(under).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], name)
    except InvalidTag as error:
        raise Tampered("file key") from error


def encrypted(chunks: Iterable[bytes], *, file_key: bytes, store_key: str) -> Iterator[bytes]:
    """Yield the chunks of a piece encrypted; the last is marked as the last."""
    cipher = _cipher(file_key, store_key)
    rest, number = memoryview(b""), 0
    for chunk in chunks:
        data = memoryview(chunk)
        if 0 < len(rest) < CHUNK:
            missing = CHUNK - len(rest)
            rest, data = memoryview(bytes(rest) + data[:missing]), data[missing:]
        # One chunk stays behind, full or not: only the end of the source tells which is the last.
        while data:
            if rest:
                yield cipher.encrypt(_nonce(number), rest, None)
                number += 1
            rest, data = data[:CHUNK], data[CHUNK:]
    yield cipher.encrypt(_nonce(number, last=True), rest, None)


def decrypted(pieces: Iterable[bytes], *, file_key: bytes, store_key: str) -> Iterator[bytes]:
    """Yield the plain chunks of a piece; raise `Tampered` at the first that is not as written."""
    cipher = _cipher(file_key, store_key)
    waiting, number = bytearray(), 0
    try:
        for piece in pieces:
            waiting += piece
            while len(waiting) > CHUNK + TAG:
                yield cipher.decrypt(_nonce(number), bytes(waiting[: CHUNK + TAG]), None)
                del waiting[: CHUNK + TAG]
                number += 1
        yield cipher.decrypt(_nonce(number, last=True), bytes(waiting), None)
    except InvalidTag as error:
        raise Tampered(f"chunk {number} of a stored file") from error


def _cipher(file_key: bytes, store_key: str) -> AESGCM:
    derived = HKDF(SHA256(), length=32, salt=bytes.fromhex(store_key), info=b"portal piece")
    return AESGCM(derived.derive(file_key))


def _nonce(number: int, *, last: bool = False) -> bytes:
    return number.to_bytes(_NONCE - 1, "big") + bytes([last])
