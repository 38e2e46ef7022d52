"""Files of the worker's folders: bytes of the vault put there, and bytes from there kept."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from portal.core.storage import CHUNK


def fill(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a new file."""
    with path.open("xb") as file:
        file.writelines(chunks)


def of(path: Path) -> Iterator[bytes]:
    """Return a file piece by piece."""
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece
