"""Files that are hashed while they come in and never kept, neither in memory nor on a disk.

A view that wears `hashed_only` gets each file of its form as a `Digest`: its bytes are gone once
they are counted, so that nothing can be read, parsed or left behind.
"""

import hashlib
import io
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Digest(io.RawIOBase):
    """A file that can only be written to; `sha256` is the hash of what was."""

    def __init__(self) -> None:
        self.size = 0
        self._hash = hashlib.sha256()

    def writable(self) -> bool:
        """Take bytes."""
        return True

    def write(self, chunk: Any) -> int:
        """Count the bytes and forget them."""
        self._hash.update(chunk)
        self.size += len(chunk)
        return len(chunk)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Pretend: the parser goes back to the beginning of what it has written."""
        return 0

    @property
    def sha256(self) -> str:
        """Return the hash of all bytes so far."""
        return self._hash.hexdigest()


def hashed_only(view: Callable[P, R]) -> Callable[P, R]:
    """Let no file that is sent to this view be kept."""
    view.hashes_files = True  # type: ignore[attr-defined]
    return view


def stream(*_announced: object, **_more: object) -> Digest:
    """Open a place for one file, as `Request._get_file_stream` does."""
    return Digest()
