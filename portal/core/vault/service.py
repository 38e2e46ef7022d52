"""Keeping files, reading them, handing them to another holder, forgetting them.

A file is durable in the store before its row is committed. What a rolled-back deed has put there,
`undone` takes out again; what a killed process has left, `removing.sweep`. To whom a file may be
shown is asked by who calls.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.core import crypto
from portal.core.db import new_id
from portal.core.errors import Conflict, NotFound
from portal.core.storage import new_key, store
from portal.core.vault import cipher, removing, undone
from portal.core.vault.models import StoredFile, StoredPiece, VaultKey

GONE = "Diese Datei wurde endgültig gelöscht."
MOVED_ON = "Diese Datei wird gerade an anderer Stelle weiter gesendet."


def keep(session: Session, *, holder: UUID, chunks: Iterable[bytes], now: datetime) -> StoredFile:
    """Keep a whole file durably and return its row, with size and SHA-256."""
    file = begin(session, holder=holder, now=now)
    digest = hashlib.sha256()
    append(session, file=file, chunks=_hashed(chunks, digest))
    file.sha256 = digest.hexdigest()
    return file


def begin(session: Session, *, holder: UUID, now: datetime) -> StoredFile:
    """Open an empty file that comes in pieces; `finish` makes it whole."""
    file = StoredFile(id=new_id(), holder_id=holder, size=0, made_at=now)
    file.wrapped_key = cipher.wrap(
        cipher.new_key(), under=_holder_key(session, holder, now=now), name=file.id.bytes
    )
    session.add(file)
    session.flush()  # pieces name the row
    return file


def append(
    session: Session, *, file: StoredFile, chunks: Iterable[bytes], at: int | None = None
) -> StoredPiece:
    """Keep the next piece of a file durably; two at once for the same place do not both get in.

    `at` says at which byte of the file the piece begins: raise `Conflict` when the file has become
    longer meanwhile, `NotFound` when it is gone. The row is locked only after the bytes are kept.
    """
    key, counted = new_key(), _Counted(chunks)
    undone.note(session, key)
    store().put(key, cipher.encrypted(counted, file_key=_file_key(session, file), store_key=key))
    number = _next_number(session, file, at=at)
    piece = StoredPiece(file_id=file.id, number=number, key=key, size=counted.size)
    session.add(piece)
    file.size += counted.size
    session.flush()  # a second writer of this piece fails here, not at the end of the request
    return piece


def _next_number(session: Session, file: StoredFile, *, at: int | None) -> int:
    """Return the number of the next piece; with `at`, lock the file and ask that it ends there."""
    last = (
        select(func.max(StoredPiece.number)).where(StoredPiece.file_id == file.id).scalar_subquery()
    )
    wanted = select(StoredFile.size, last).where(StoredFile.id == file.id)
    found = session.execute(wanted if at is None else wanted.with_for_update()).one_or_none()
    if found is None:
        raise NotFound
    size, number = found
    if at is not None and size != at:
        raise Conflict(MOVED_ON)
    return 0 if number is None else number + 1


def finish(session: Session, *, file: StoredFile) -> StoredFile:
    """Read the file once from beginning to end and note the SHA-256 of all its bytes."""
    digest = hashlib.sha256()
    for chunk in stream(session, file.id):
        digest.update(chunk)
    file.sha256 = digest.hexdigest()
    return file


def stream(session: Session, file_id: UUID) -> Iterator[bytes]:
    """Return the bytes of a file, a chunk at a time, as they came in.

    Raise `NotFound` before the first byte when there is no such file, or its key was destroyed;
    raise `crypto.Tampered` where the bytes are not those that were kept.
    """
    rows = session.execute(
        select(StoredPiece.key, StoredFile.wrapped_key, StoredFile.holder_id, VaultKey.sealed)
        .join(StoredFile, StoredFile.id == StoredPiece.file_id)
        .outerjoin(VaultKey, VaultKey.holder_id == StoredFile.holder_id)
        .where(StoredPiece.file_id == file_id)
        .order_by(StoredPiece.number)
    ).all()
    if not rows:
        raise NotFound
    first = rows[0]
    opened = [store().stream(first.key), *(_later(row.key) for row in rows[1:])]
    if first.wrapped_key is None:
        return chain.from_iterable(opened)
    file_key = _unwrapped(first.wrapped_key, _unsealed(first.holder_id, first.sealed), file_id)
    return chain.from_iterable(
        cipher.decrypted(piece, file_key=file_key, store_key=row.key)
        for piece, row in zip(opened, rows, strict=True)
    )


def sha256_of(file: StoredFile) -> str:
    """Return the SHA-256 of a whole file."""
    if file.sha256 is None:
        raise NotFound("Diese Datei ist noch nicht vollständig angekommen.")
    return file.sha256


def read(session: Session, file_id: UUID) -> bytes:
    """Return a small file whole."""
    return b"".join(stream(session, file_id))


def seal_plain(session: Session, *, file: StoredFile, now: datetime) -> None:
    """Encrypt a file from before encryption; its plain bytes go once that is committed."""
    old = list(stream(session, file.id))
    keys = [piece.key for piece in file.pieces]
    file.wrapped_key = cipher.wrap(
        cipher.new_key(), under=_holder_key(session, file.holder_id, now=now), name=file.id.bytes
    )
    file.pieces.clear()
    file.size = 0
    session.flush()  # the new piece takes the number of the old one
    append(session, file=file, chunks=old)
    removing.remove.enqueue(session, keys=keys)


def hand_over(session: Session, *, files: Sequence[StoredFile], to: UUID, now: datetime) -> None:
    """Give files to another holder: their keys are wrapped anew, no byte of them is moved."""
    under = _holder_key(session, to, now=now)
    for file in files:
        file.wrapped_key = cipher.wrap(_file_key(session, file), under=under, name=file.id.bytes)
        file.holder_id = to


def forget(session: Session, *, file_ids: Sequence[UUID]) -> None:
    """Take files out of the books now and out of the store once that is committed."""
    keys = session.scalars(
        select(StoredPiece.key)
        .where(StoredPiece.file_id.in_(file_ids))
        .order_by(StoredPiece.file_id, StoredPiece.number)
    ).all()
    session.execute(delete(StoredFile).where(StoredFile.id.in_(file_ids)))
    if keys:
        removing.remove.enqueue(session, keys=list(keys))


def destroy_key(session: Session, *, holder: UUID, now: datetime) -> None:
    """Make every file of the holder unreadable for ever, in backups too (erasure by key)."""
    key = session.get(VaultKey, holder, with_for_update=True)
    if key is not None and key.sealed is not None:
        key.sealed, key.destroyed_at = None, now


def reseal(session: Session, *, limit: int = 1000) -> int:
    """Seal keys of holders that an older key of the ring has sealed with its first; count them."""
    count = 0
    keys = session.scalars(
        select(VaultKey)
        .where(VaultKey.sealed.is_not(None))
        .order_by(VaultKey.holder_id)
        .execution_options(yield_per=limit)
    )
    for key in keys:
        purpose = _purpose(key.holder_id)
        if key.sealed and crypto.is_stale(purpose, key.sealed):
            key.sealed = crypto.seal(purpose, crypto.unseal(purpose, key.sealed))
            count += 1
    return count


def _later(key: str) -> Iterator[bytes]:
    """Open a piece only when its turn comes."""
    yield from store().stream(key)


def _purpose(holder: UUID) -> str:
    return f"vault key {holder}"


def _holder_key(session: Session, holder: UUID, *, now: datetime) -> bytes:
    """Return the key of the holder; draw one at the first file."""
    row = session.get(VaultKey, holder)
    if row is None:
        made = crypto.seal(_purpose(holder), cipher.new_key())
        session.execute(
            insert(VaultKey)
            .values(holder_id=holder, sealed=made, made_at=now)
            .on_conflict_do_nothing()  # two first files at once: the second takes the first's key
        )
        row = session.get_one(VaultKey, holder)
    return _unsealed(holder, row.sealed)


def _unsealed(holder: UUID, sealed: str | None) -> bytes:
    if sealed is None:
        raise NotFound(GONE)
    return crypto.unseal(_purpose(holder), sealed)


def _unwrapped(wrapped: bytes, under: bytes, file_id: UUID) -> bytes:
    return cipher.unwrap(wrapped, under=under, name=file_id.bytes)


def _file_key(session: Session, file: StoredFile) -> bytes:
    key = session.get(VaultKey, file.holder_id)
    if key is None or file.wrapped_key is None:
        raise NotFound
    return _unwrapped(file.wrapped_key, _unsealed(file.holder_id, key.sealed), file.id)


def _hashed(chunks: Iterable[bytes], digest: Any) -> Iterator[bytes]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk


class _Counted:
    """Pass chunks on and count their bytes."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks, self.size = chunks, 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.size += len(chunk)
            yield chunk
