"""Where the bytes of files lie: one small interface, a folder behind it by default.

A file is immutable and has a random key. It is on disk before the row that names it is committed:
write, fsync, rename, fsync of the folder (a rename alone does not survive a power cut).
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from flask import Flask, current_app

from portal.core.durable import sync_folder
from portal.core.errors import NotFound

CHUNK = 256 * 1024

_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Stored:
    """What the store says of a file: its key, its size in bytes, its SHA-256 in hex."""

    key: str
    size: int
    sha256: str


class Store(Protocol):
    """Keep immutable files under random keys."""

    def put(self, chunks: Iterable[bytes]) -> Stored:
        """Keep the bytes durably and name them."""

    def put_back(self, key: str, chunks: Iterable[bytes]) -> Stored:
        """Keep the bytes under the key they had when a backup was made."""

    def read(self, key: str) -> bytes:
        """Return the whole file; raise `NotFound` for an unknown key."""

    def stream(self, key: str) -> Iterator[bytes]:
        """Return the file piece by piece; raise `NotFound` for an unknown key."""

    def delete(self, key: str) -> None:
        """Forget the file; an unknown key is no error."""

    def keys(self) -> Iterator[str]:
        """Name every file that lies in the store, in no order."""


class FolderStore:
    """A store in a folder of this machine, two levels deep."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise NotFound
        return self._folder / key[:2] / key

    def put(self, chunks: Iterable[bytes]) -> Stored:
        """Keep the bytes under a new random key."""
        return self.put_back(secrets.token_hex(32), chunks)

    def put_back(self, key: str, chunks: Iterable[bytes]) -> Stored:
        """Write, fsync, rename, fsync the folder; a failure leaves no half file behind."""
        path = self._path(key)
        if not path.parent.is_dir():
            path.parent.mkdir(exist_ok=True)
            sync_folder(self._folder)
        part = path.with_suffix(".part")
        digest, size = hashlib.sha256(), 0
        try:
            with part.open("xb") as file:
                for chunk in chunks:
                    file.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
            sync_folder(path.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise
        return Stored(key=key, size=size, sha256=digest.hexdigest())

    def read(self, key: str) -> bytes:
        """Return the whole file."""
        return b"".join(self.stream(key))

    def stream(self, key: str) -> Iterator[bytes]:
        """Return the file piece by piece."""
        try:
            file = self._path(key).open("rb")
        except FileNotFoundError as error:
            raise NotFound from error

        def pieces() -> Iterator[bytes]:
            with file:
                while piece := file.read(CHUNK):
                    yield piece

        return pieces()

    def delete(self, key: str) -> None:
        """Remove the file."""
        self._path(key).unlink(missing_ok=True)

    def keys(self) -> Iterator[str]:
        """Name every file."""
        return (path.name for path in self._folder.glob("??/*") if path.suffix != ".part")


def init_app(app: Flask) -> None:
    """Open the store of this configuration."""
    app.extensions["store"] = FolderStore(app.config["SETTINGS"].data_dir / "files")


def store() -> Store:
    """Return the store of the current application."""
    found: Store = current_app.extensions["store"]
    return found
