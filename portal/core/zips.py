"""A ZIP archive that is written while it is sent: only one piece of it is ever in memory."""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from portal.core import clock


@dataclass(frozen=True)
class Packed:
    """What an entry of the archive holds: its path, size in bytes and SHA-256."""

    path: str
    size: int
    sha256: str


class Package:
    """Write entries one after the other; each call yields bytes of the archive."""

    def __init__(self, *, now: datetime) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_STORED)
        self._stamp = clock.local(now).timetuple()[:6]
        self.packed: list[Packed] = []

    def add(self, path: str, chunks: Iterable[bytes], *, pressed: bool = False) -> Iterator[bytes]:
        """Write one file; `path` is relative, with slashes, and stands only once."""
        info = zipfile.ZipInfo(path, self._stamp)
        info.compress_type = zipfile.ZIP_DEFLATED if pressed else zipfile.ZIP_STORED
        info.external_attr = 0o644 << 16
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as entry:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                entry.write(chunk)
                yield self._sink.taken()
        self.packed.append(Packed(path, size, digest.hexdigest()))
        yield self._sink.taken()

    def close(self) -> Iterator[bytes]:
        """Write the list of entries at the end of the archive."""
        self._zip.close()
        yield self._sink.taken()


class _Sink(io.RawIOBase):
    """Take what the archive writes until somebody fetches it; there is no way back."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """Say yes."""
        return True

    def write(self, piece: object) -> int:
        """Keep a piece."""
        taken = bytes(piece)  # type: ignore[call-overload]
        self._pieces.append(taken)
        return len(taken)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
