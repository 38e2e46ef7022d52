"""Taking the bytes of an upload in: piece by piece, each durable and written down before the next.

This is the one place where one request ends several transactions. A phone that loses the network
after 20 of 25 MB must find 20 MB here, so a piece is committed as soon as it is kept, in a
transaction of its own beside that of the request; the offset that the answer names is what would be
here after a power cut. One piece is one object of the store: at most `PIECE_BYTES`, or what came in
`PIECE_SECONDS`. What a client sent before it vanished is the last piece.
"""

import contextlib
import hashlib
import hmac
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker
from werkzeug.exceptions import ClientDisconnected

from portal.core.errors import CutOff, Expired, TooLarge, Unavailable
from portal.core.vault import service as vault
from portal.uploads import queries, rules, service
from portal.uploads.protocol import Checksum, Damaged

PIECE_BYTES = 32 * 1024 * 1024  # a fast line sends a whole file within the seconds of one piece
PIECE_SECONDS = 2.0
CHUNK = 1024 * 1024
SMALLEST_READ = 1024
READ_AHEAD = 1024 * 1024
"""What the server may hold of a read that was not finished; asked for little, it hands it out."""
SUMMED_BYTES = 4 * 1024 * 1024
SILENT_SECONDS = 30
"""Who does not send `SMALLEST_READ` bytes in this time has to come back and go on."""

CUT_OFF = "Die Übertragung ist abgebrochen. Was angekommen ist, bleibt. Senden Sie den Rest."
DAMAGED = "Ein Teil der Datei ist beschädigt angekommen und wird noch einmal gebraucht."
BUSY = "Gerade senden sehr viele Menschen Dateien. Ihre Datei geht gleich weiter."
SUMMED_TOO_LARGE = "Ein Teil mit Prüfsumme darf höchstens 4 MiB haben."


@dataclass(frozen=True)
class Part:
    """What one request brings: bytes from `offset` on, as many as announced, maybe summed up.

    `connection` is the socket below the stream, where the server tells it.
    """

    stream: IO[bytes]
    length: int
    offset: int
    checksum: Checksum | None = None
    connection: socket.socket | None = None


class Doors:
    """Let only some requests of this process receive at once, so that slow ones stop nobody else.

    A slow phone holds a thread for as long as it sends. The others of the process stay free for
    whoever wants to read a page; who finds all doors taken hears it at once and tries again.
    """

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Go through a door, or raise `Unavailable` without waiting."""
        if not self._free.acquire(blocking=False):
            raise Unavailable(BUSY)
        try:
            yield
        finally:
            self._free.release()


def receive(
    transactions: sessionmaker[Session],
    *,
    upload_id: UUID,
    part: Part,
    clock: Callable[[], datetime],
) -> int:
    """Keep the bytes of one request; return how many of the file are here now.

    Raise `CutOff` when fewer came than announced (they are kept), `Conflict` when another request
    was faster, `Damaged` when the sum is wrong (nothing is kept then), `Expired` when the upload is
    gone meanwhile. With a sum the part is one piece: a wrong one must leave nothing behind.
    """
    if part.checksum is not None and part.length > SUMMED_BYTES:
        raise TooLarge(SUMMED_TOO_LARGE)
    body = _Body(part)
    offset = part.offset
    with _watched(part.connection, body):
        while body.has_more():
            with transactions.begin() as session:
                offset += _keep_piece(session, upload_id, body, at=offset, clock=clock)
    if body.is_cut_off:
        raise CutOff(CUT_OFF)
    return offset


def look_at(
    transactions: sessionmaker[Session], *, upload_id: UUID, clock: Callable[[], datetime]
) -> None:
    """Look at the upload if this request brought its last byte."""
    with transactions.begin() as session:
        for upload in queries.with_file(session, [upload_id]):
            service.look_at(session, upload=upload, now=clock())


def _keep_piece(
    session: Session,
    upload_id: UUID,
    body: "_Body",
    *,
    at: int,
    clock: Callable[[], datetime],
) -> int:
    found = queries.with_file(session, [upload_id])
    if not found:
        raise Expired(rules.GONE)
    upload = found[0]
    piece = vault.append(session, file=upload.file, chunks=body.piece(), at=at)
    body.check_sum()
    upload.changed_at = clock()
    upload.expires_at = upload.changed_at + rules.LIFETIME
    return piece.size


class _Body:
    """The body of a request, cut into pieces as it comes in.

    A read waits until it has all that it asked for, so a slow line is asked for little at a time.
    """

    def __init__(self, part: Part) -> None:
        self._stream, self._left, self._sum = part.stream, part.length, part.checksum
        self._digest = hashlib.new(part.checksum.algorithm) if part.checksum else None
        self._waiting = b""
        self._ask = SMALLEST_READ
        self._in_memory = 0
        self.read_at = time.monotonic()
        self.is_cut_off = False

    def has_more(self) -> bool:
        """Tell whether another byte comes; wait for it."""
        while not self._waiting and self._left and not self.is_cut_off:
            self._waiting = self._read()
        return bool(self._waiting)

    def piece(self) -> Iterator[bytes]:
        """Yield the chunks of the next piece; silence on the line ends it, and the end of the body.

        What was summed up stays one piece: only the whole can be compared.
        """
        size, begun = 0, time.monotonic()
        while self._waiting:
            chunk, self._waiting = self._waiting, b""
            size += len(chunk)
            yield chunk
            if self._sum is not None:
                self.has_more()
            elif size + self._ask > PIECE_BYTES or time.monotonic() - begun >= PIECE_SECONDS:
                return
            else:
                self._waiting = self._read()

    def check_sum(self) -> None:
        """Compare the bytes with the sum that was announced for them, if one was."""
        if self._digest is None or self._sum is None:
            return
        if self.is_cut_off:
            raise CutOff(CUT_OFF)
        if not hmac.compare_digest(self._digest.digest(), self._sum.digest):
            raise Damaged(DAMAGED)

    def _read(self) -> bytes:
        """Return some bytes; nothing at the end, and nothing when the line was silent."""
        if self._left == 0 or self.is_cut_off:
            return b""
        begun = time.monotonic()
        try:
            chunk = self._stream.read(min(self._ask, self._left))
        except ClientDisconnected as error:
            self._ask, self._in_memory = SMALLEST_READ, READ_AHEAD
            self.is_cut_off = not isinstance(error.__context__, TimeoutError)
            return b""
        self.read_at = time.monotonic()
        if self._in_memory > 0:
            self._in_memory -= len(chunk)
        elif self.read_at - begun < PIECE_SECONDS / 20:
            self._ask = min(self._ask * 2, CHUNK)
        elif self.read_at - begun > PIECE_SECONDS / 4:
            self._ask = max(self._ask // 4, SMALLEST_READ)
        self.is_cut_off = not chunk
        self._left -= len(chunk)
        if self._digest is not None:
            self._digest.update(chunk)
        return chunk


@contextmanager
def _watched(connection: socket.socket | None, body: _Body) -> Iterator[None]:
    """Wake a read on a silent line every `PIECE_SECONDS`, and end one that brings next to nothing.

    Without a connection (a test without a server) nobody is slow.
    """
    if connection is None:
        yield
        return
    before, over = connection.gettimeout(), threading.Event()

    def watch() -> None:
        while not over.wait(PIECE_SECONDS):
            if time.monotonic() - body.read_at > SILENT_SECONDS:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)  # the read ends as if the client had gone
                return

    connection.settimeout(PIECE_SECONDS)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        connection.settimeout(before)
