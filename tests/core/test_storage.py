"""The store: what it has taken survives a power cut, and what failed leaves nothing behind."""

import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from portal.core import storage
from portal.core.errors import NoRoom, NotFound, Unavailable
from portal.core.storage import FolderStore


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


def put(store: FolderStore, chunks: Iterable[bytes]) -> str:
    key = storage.new_key()
    store.put(key, chunks)
    return key


def read(store: FolderStore, key: str) -> bytes:
    return b"".join(store.stream(key))


def keys(store: FolderStore) -> list[str]:
    return [key for key, _ in store.entries()]


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_was_put_comes_back(store: FolderStore) -> None:
    key = put(store, [b"Guten ", b"Tag"])
    assert read(store, key) == b"Guten Tag"
    assert keys(store) == [key]


def test_keys_are_random_and_say_nothing(store: FolderStore) -> None:
    first, second = put(store, [b"x"]), put(store, [b"x"])
    assert first != second
    assert len(bytes.fromhex(first)) == 32


def test_bytes_are_on_disk_before_the_file_has_its_name(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Write, fsync the file, rename, fsync the folder: in this order, or a power cut takes it."""
    steps: list[str] = []
    fsync, replace, rename = os.fsync, Path.replace, Path.rename

    def traced_fsync(descriptor: int) -> None:
        name = Path(f"/proc/self/fd/{descriptor}").readlink()
        size = name.stat().st_size if name.is_file() else None
        steps.append("fsync folder" if name.is_dir() else f"fsync file of {size}")
        fsync(descriptor)

    def traced_rename(path: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(path, target)

    def traced_replace(path: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(path, target)

    monkeypatch.setattr(storage.os, "fsync", traced_fsync)
    monkeypatch.setattr(Path, "rename", traced_rename)
    monkeypatch.setattr(Path, "replace", traced_replace)
    put(store, [b"1234", b"5"])
    assert steps[-3:] == [
        "fsync file of 5", "rename", "fsync folder",
    ]  # fmt: skip


def test_a_new_folder_is_synced_into_its_parent(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    fsync = os.fsync

    def traced(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr(storage.os, "fsync", traced)
    put(store, [b"x"])
    assert tmp_path / "files" in synced


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_disk_that_fails_leaves_no_half_file(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(storage.os, "fsync", fail)
    with pytest.raises(NoRoom if code == errno.ENOSPC else Unavailable):
        put(store, [b"x"])
    assert files(tmp_path) == []
    assert keys(store) == []


def test_a_source_that_breaks_off_leaves_no_half_file(store: FolderStore, tmp_path: Path) -> None:
    def breaking_off() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        put(store, breaking_off())
    assert files(tmp_path) == []


def test_a_folder_that_cannot_be_synced_takes_the_file_back(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def fail_on_folders(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().is_dir():
            raise OSError(errno.EIO, "Input/output error")
        fsync(descriptor)

    monkeypatch.setattr(storage.os, "fsync", fail_on_folders)
    with pytest.raises(Unavailable):
        put(store, [b"x"])
    assert files(tmp_path) == []


def test_a_file_in_the_making_is_no_file_yet(store: FolderStore) -> None:
    seen: list[list[str]] = []

    def looking() -> Iterator[bytes]:
        yield b"x"
        seen.append(keys(store))

    put(store, looking())
    assert seen == [[]]


@pytest.mark.parametrize("key", ["", "x", "../../etc/passwd", "0" * 63, "0" * 63 + "/", "é" * 64])
def test_what_is_no_key_finds_nothing(store: FolderStore, key: str) -> None:
    with pytest.raises(NotFound):
        store.stream(key)


def test_an_unknown_key_finds_nothing_and_is_forgotten_without_a_word(store: FolderStore) -> None:
    with pytest.raises(NotFound):
        store.stream("0" * 64)
    store.delete("0" * 64)


def test_what_was_deleted_is_gone(store: FolderStore) -> None:
    key = put(store, [b"x"])
    store.delete(key)
    assert keys(store) == []
