"""Where the bytes of files lie: one small interface, a folder behind it by default, or S3.

A file is immutable and has a random key. It is durable before the row that names it is committed:
write, fsync, rename, fsync of the folder (a rename alone does not survive a power cut). What lies
here was encrypted before; who keeps files calls `core.vault`, never the store.
"""

import errno
import logging
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from flask import Flask, current_app

from portal.core.config import Settings
from portal.core.durable import sync_folder
from portal.core.errors import NoRoom, NotFound, Unavailable
from portal.core.object_storage import ObjectStore

log = logging.getLogger(__name__)

CHUNK = 256 * 1024

_KEY = re.compile(r"[0-9a-f]{64}")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

NO_ROOM = "Es ist gerade kein Platz für neue Dateien. Bitte versuchen Sie es später noch einmal."
NO_ANSWER = (
    "Die Datei konnte nicht gespeichert werden. Es ist nichts verloren: Bitte versuchen Sie es in "
    "einigen Minuten noch einmal."
)


class Store(Protocol):
    """Keep immutable files under random keys."""

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        """Keep the bytes durably; raise `NoRoom` or `Unavailable` and leave nothing behind."""

    def stream(self, key: str) -> Iterator[bytes]:
        """Return the file piece by piece; raise `NotFound` at once for an unknown key."""

    def delete(self, key: str) -> None:
        """Forget the file; an unknown key is no error."""

    def entries(self) -> Iterator[tuple[str, datetime]]:
        """Name every file that lies in the store and since when, in no order."""


def new_key() -> str:
    """Draw a key: 32 random bytes in hex, saying nothing of what lies under it."""
    return secrets.token_hex(32)


@contextmanager
def said_of_disks() -> Iterator[None]:
    """Turn a full or failing disk inside the block into `NoRoom` or `Unavailable`, and log it."""
    try:
        yield
    except ConnectionError:
        raise
    except OSError as error:
        log.exception("a disk failed")
        raise NoRoom(NO_ROOM) if error.errno in _FULL else Unavailable(NO_ANSWER) from error


class FolderStore:
    """A store in a folder of this machine, two levels deep."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise NotFound
        return self._folder / key[:2] / key

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        """Write, fsync, rename, fsync the folder; a failure leaves no half file behind."""
        path = self._path(key)
        part = path.with_suffix(".part")
        try:
            with said_of_disks():
                if not path.parent.is_dir():
                    path.parent.mkdir(exist_ok=True)
                    sync_folder(self._folder)
                with part.open("xb") as file:
                    for chunk in chunks:
                        file.write(chunk)
                    file.flush()
                    os.fsync(file.fileno())
                part.rename(path)
                sync_folder(path.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise

    def stream(self, key: str) -> Iterator[bytes]:
        """Return the file piece by piece."""
        path = self._path(key)
        if not path.is_file():
            raise NotFound

        def pieces() -> Iterator[bytes]:
            with path.open("rb") as file:
                while piece := file.read(CHUNK):
                    yield piece

        return pieces()

    def delete(self, key: str) -> None:
        """Remove the file."""
        self._path(key).unlink(missing_ok=True)

    def entries(self) -> Iterator[tuple[str, datetime]]:
        """Name every file."""
        for path in self._folder.glob("??/*"):
            if path.suffix != ".part":
                yield path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC)


def init_app(app: Flask) -> None:
    """Open the store of this configuration."""
    settings: Settings = app.config["SETTINGS"]
    app.extensions["store"] = (
        ObjectStore.of(settings) if settings.store_url else FolderStore(settings.data_dir / "files")
    )


def store() -> Store:
    """Return the store of the current application."""
    found: Store = current_app.extensions["store"]
    return found
