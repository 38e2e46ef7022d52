"""The vault: nothing lies readable, nothing changed comes back, keys can be renewed."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.config import DEMO_SECRET, Settings
from portal.core.crypto import Tampered
from portal.core.db import new_id
from portal.core.errors import NotFound
from portal.core.jobs import run_due
from portal.core.storage import new_key, store
from portal.core.vault import cipher, jobs, removing, service
from portal.core.vault.models import StoredFile, StoredPiece, VaultKey

NOW = clock.now()
LETTER = b"Sehr geehrte Frau Demir, " * 10_000
SIZES = [0, 1, cipher.CHUNK - 1, cipher.CHUNK, cipher.CHUNK + 1, 3 * cipher.CHUNK]


def in_pieces(content: bytes, size: int = 10_000) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


def keep(session: Session, content: bytes = LETTER, *, holder: UUID | None = None) -> StoredFile:
    return service.keep(session, holder=holder or new_id(), chunks=in_pieces(content), now=NOW)


def keys_of(session: Session, file: StoredFile) -> list[str]:
    return list(
        session.scalars(
            select(StoredPiece.key)
            .where(StoredPiece.file_id == file.id)
            .order_by(StoredPiece.number)
        )
    )


def path_of(app: Flask, key: str) -> Path:
    folder: Path = app.config["SETTINGS"].data_dir
    return folder / "files" / key[:2] / key


# What is kept comes back


@pytest.mark.parametrize("size", SIZES)
def test_what_is_kept_comes_back(session: Session, size: int) -> None:
    content = LETTER[:size]
    file = keep(session, content)
    assert service.read(session, file.id) == content
    assert (file.size, file.sha256) == (size, hashlib.sha256(content).hexdigest())


def test_a_file_may_come_in_pieces(session: Session) -> None:
    file = service.begin(session, holder=new_id(), now=NOW)
    for piece in (b"Guten ", b"", b"Tag"):
        service.append(session, file=file, chunks=[piece])
    with pytest.raises(NotFound, match="noch nicht vollständig"):
        service.sha256_of(file)
    service.finish(session, file=file)
    assert service.read(session, file.id) == b"Guten Tag"
    assert service.sha256_of(file) == hashlib.sha256(b"Guten Tag").hexdigest()
    assert file.size == 9


def test_two_who_send_the_same_piece_do_not_both_get_in(session: Session) -> None:
    file = service.begin(session, holder=new_id(), now=NOW)
    service.append(session, file=file, chunks=[b"x"])
    session.flush()
    session.add(StoredPiece(file_id=file.id, number=0, key=new_key(), size=1))
    with pytest.raises(IntegrityError):
        session.flush()


def test_what_nobody_keeps_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        service.stream(session, new_id())


# Nothing lies readable


def test_nothing_lies_readable_in_the_store(session: Session, app: Flask) -> None:
    file = keep(session)
    lying = b"".join(path_of(app, key).read_bytes() for key in keys_of(session, file))
    assert b"Demir" not in lying
    assert LETTER[:16] not in lying


def test_the_same_letter_never_looks_the_same(session: Session, app: Flask) -> None:
    holder = new_id()
    first, second = (
        path_of(app, keys_of(session, keep(session, holder=holder))[0]).read_bytes()
        for _ in range(2)
    )
    assert first[:32] != second[:32]


def cut(content: bytes) -> bytes:
    return content[: cipher.CHUNK + cipher.TAG]


def swap(content: bytes) -> bytes:
    size = cipher.CHUNK + cipher.TAG
    return content[size : 2 * size] + content[:size] + content[2 * size :]


def flip(content: bytes) -> bytes:
    return content[:70_000] + bytes([content[70_000] ^ 1]) + content[70_001:]


@pytest.mark.parametrize(
    "change", [cut, swap, flip, lambda content: content + b"x", lambda content: b""]
)
def test_what_was_changed_does_not_come_back(session: Session, app: Flask, change: object) -> None:
    file = keep(session)
    path = path_of(app, keys_of(session, file)[0])
    path.write_bytes(change(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(Tampered):
        service.read(session, file.id)


def test_two_files_of_one_case_cannot_be_exchanged(session: Session, app: Flask) -> None:
    holder = new_id()
    mine, yours = (keep(session, holder=holder) for _ in range(2))
    source, target = (path_of(app, keys_of(session, file)[0]) for file in (yours, mine))
    target.write_bytes(source.read_bytes())
    with pytest.raises(Tampered):
        service.read(session, mine.id)


def test_a_wrapped_key_opens_no_other_file(session: Session) -> None:
    holder = new_id()
    mine, yours = (keep(session, holder=holder) for _ in range(2))
    mine.wrapped_key = yours.wrapped_key
    session.flush()
    with pytest.raises(Tampered):
        service.read(session, mine.id)


# Holders and their keys


def test_another_holder_gets_the_file_without_a_byte_moved(session: Session, app: Flask) -> None:
    person, case = new_id(), new_id()
    file = keep(session, holder=person)
    [key] = keys_of(session, file)
    lying = path_of(app, key).read_bytes()
    service.hand_over(session, files=[file], to=case, now=NOW)
    session.flush()
    assert keys_of(session, file) == [key]
    assert path_of(app, key).read_bytes() == lying
    service.destroy_key(session, holder=person, now=NOW)
    session.flush()
    assert service.read(session, file.id) == LETTER, "the old holder's key has nothing to say"


def test_a_destroyed_key_takes_every_file_of_its_holder(session: Session) -> None:
    case, other = new_id(), new_id()
    gone, stays = keep(session, holder=case), keep(session, holder=other)
    service.destroy_key(session, holder=case, now=NOW)
    session.flush()
    with pytest.raises(NotFound, match="endgültig gelöscht"):
        service.stream(session, gone.id)
    with pytest.raises(NotFound):
        keep(session, holder=case)
    assert service.read(session, stays.id) == LETTER


def ring(app: Flask, monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
    settings: Settings = app.config["SETTINGS"]
    monkeypatch.setitem(
        app.config, "SETTINGS", settings.model_copy(update={"secret_key": ",".join(keys)})
    )


def test_the_ring_can_be_turned_and_the_old_key_put_away(
    session: Session, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = keep(session)
    new = "n" * 40
    ring(app, monkeypatch, new, DEMO_SECRET)
    assert service.read(session, file.id) == LETTER, "the old key is understood"
    jobs.reseal(session, now=NOW)
    session.flush()
    ring(app, monkeypatch, new)
    assert service.read(session, file.id) == LETTER
    assert service.reseal(session) == 0, "nothing is sealed twice"


def test_without_the_ring_nothing_opens(
    session: Session, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = keep(session)
    ring(app, monkeypatch, "x" * 40)
    with pytest.raises(Tampered):
        service.stream(session, file.id)


# From before encryption


def test_what_was_kept_before_encryption_is_read_and_then_encrypted(
    session: Session, app: Flask
) -> None:
    key, file = new_key(), StoredFile(id=new_id(), holder_id=new_id(), size=0, made_at=NOW)
    store().put(key, [LETTER])
    session.add(file)
    session.flush()
    session.add(StoredPiece(file_id=file.id, number=0, key=key, size=len(LETTER)))
    session.flush()
    assert service.read(session, file.id) == LETTER
    jobs.seal_plain(session, now=NOW)
    run_due(session, NOW)
    assert service.read(session, file.id) == LETTER
    assert (file.size, file.sha256) == (len(LETTER), hashlib.sha256(LETTER).hexdigest())
    assert not path_of(app, key).exists()
    assert keys_of(session, file) != [key]


# Forgetting, and what is left over


def test_what_is_forgotten_leaves_the_store_after_the_deed(session: Session) -> None:
    file = keep(session)
    [key] = keys_of(session, file)
    service.forget(session, file_ids=[file.id])
    assert key in dict(store().entries()), "a rolled-back deed would need it"
    run_due(session, NOW)
    assert key not in dict(store().entries())
    with pytest.raises(NotFound):
        service.stream(session, file.id)


def test_a_rolled_back_deed_leaves_nothing_in_the_store(session: Session) -> None:
    before = set(dict(store().entries()))
    keep(session)
    assert set(dict(store().entries())) != before
    session.rollback()
    assert set(dict(store().entries())) == before


def test_a_committed_deed_is_not_taken_back_later(session: Session) -> None:
    file = keep(session)
    session.commit()
    keep(session)
    session.rollback()
    assert service.read(session, file.id) == LETTER


def test_what_no_row_names_is_swept_after_a_day(session: Session) -> None:
    kept, lost = keep(session), new_key()
    store().put(lost, [b"left by a process that was killed"])
    removing.sweep(session, now=clock.now())
    assert lost in dict(store().entries()), "a deed may still be at work"
    removing.sweep(session, now=clock.now() + timedelta(hours=25))
    assert lost not in dict(store().entries())
    assert service.read(session, kept.id) == LETTER


def test_a_source_that_breaks_off_is_not_kept(session: Session) -> None:
    before = set(dict(store().entries()))

    def breaking_off() -> Iterable[bytes]:
        yield b"half"
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        service.keep(session, holder=new_id(), chunks=breaking_off(), now=NOW)
    assert set(dict(store().entries())) == before


def test_the_key_of_a_holder_is_drawn_once(session: Session) -> None:
    holder = new_id()
    for _ in range(3):
        keep(session, b"x", holder=holder)
    assert len(session.scalars(select(VaultKey).where(VaultKey.holder_id == holder)).all()) == 1
