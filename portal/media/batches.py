"""Datagrams by the dozen: one system call takes all that came, and one sends all that goes.

A packet for seven receivers would cost seven calls, and each call as much as its encryption. The
structures are those of recvmmsg(2) and sendmmsg(2), which Linux has; addresses stay as the kernel
writes them (sockaddr_in, sockaddr_in6), and are looked up by their bytes.
"""

import ctypes
import socket
from struct import Struct

from portal.media.adapter import BUFFER_SIZE, INBOUND, OUTBOUND, PLACES, Scratch

SOCKADDR_IN = Struct("=H2s4s8x")
SOCKADDR_IN6 = Struct("=H2s4s16sI")

Address = tuple[str, int]


class Destination:
    """Where datagrams go, with an address that the kernel reads where it lies."""

    __slots__ = ("_sockaddr", "address_at", "dropped")

    def __init__(self, name: bytes) -> None:
        self._sockaddr = ctypes.create_string_buffer(name)
        self.address_at = ctypes.addressof(self._sockaddr)
        self.dropped = 0
        """How many the kernel did not take."""


class _Vector(ctypes.Structure):
    """struct iovec."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Header(ctypes.Structure):
    """struct msghdr."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.c_void_p),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Message(ctypes.Structure):
    """struct mmsghdr."""

    _fields_ = (("header", _Header), ("length", ctypes.c_uint32))


LAST = PLACES - 1
MESSAGE_SIZE = ctypes.sizeof(_Message)
_LENGTH_AT = _Message.length.offset // 4
_LENGTH_STEP = MESSAGE_SIZE // 4
_HEADER_STEP = MESSAGE_SIZE // 8


class _Places:
    """The places of a buffer as the kernel sees them."""

    def __init__(self, buffer: Scratch, name_size: int) -> None:
        self._names = ctypes.create_string_buffer(PLACES * name_size)
        self._vectors = (_Vector * PLACES)()
        self.messages = (_Message * PLACES)()
        for place in range(PLACES):
            vector, header = self._vectors[place], self.messages[place].header
            vector.base = buffer.address + place * BUFFER_SIZE
            vector.length = BUFFER_SIZE
            header.name = ctypes.addressof(self._names) + place * name_size
            header.name_length = name_size
            header.vectors = ctypes.addressof(vector)
            header.vector_count = 1
        names = memoryview(self._names).cast("B")
        self.names = [names[at * name_size : (at + 1) * name_size] for at in range(PLACES)]
        self.sizes = memoryview(self._vectors).cast("B").cast("P")
        """Each second one is how long the datagram in a place is, or may be."""
        self.lengths = memoryview(self.messages).cast("B").cast("I")
        self.headers = memoryview(self.messages).cast("B").cast("P")
        """The first of each message is where its address lies."""


class Batches:
    """The datagrams of one socket, on the buffers that all sockets of the process share.

    What is sent while a batch is read waits for its end; at all other times it goes at once.
    While one socket is read nothing is sent on another: a room has all its people on one port.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        layout = SOCKADDR_IN if sock.family == socket.AF_INET else SOCKADDR_IN6
        self._in, self._out = (_Places(it, layout.size) for it in (INBOUND, OUTBOUND))
        self._kept: list[Destination] = []
        """Where what lies in the outbound buffer goes, place by place."""
        self._headers, self._sizes = self._out.headers, self._out.sizes
        self._gathers = False
        library = ctypes.CDLL(None)
        try:
            self._receive, self._send = library.recvmmsg, library.sendmmsg
        except AttributeError as missing:
            raise OSError("the media process needs recvmmsg and sendmmsg of Linux") from missing

    def receive(self) -> int:
        """Fill the inbound buffer and return in how many places something lies now."""
        count: int = self._receive(self._socket.fileno(), self._in.messages, PLACES, 0, None)
        return max(0, count)

    def open(self, place: int) -> tuple[int, bytes]:
        """Bring a received datagram forward, and return its length and where it came from."""
        INBOUND.use(place)
        places = self._in
        return places.lengths[place * _LENGTH_STEP + _LENGTH_AT], bytes(places.names[place])

    def gather(self) -> None:
        """Keep what is sent from now on, until it is released."""
        self._gathers = True

    def send(self, length: int, to: Destination) -> None:
        """Send what lies in the outbound buffer, now or with the rest of the batch."""
        kept = self._kept
        place = len(kept)
        self._headers[place * _HEADER_STEP] = to.address_at
        self._sizes[2 * place + 1] = length
        kept.append(to)
        if self._gathers and place < LAST:
            OUTBOUND.view, OUTBOUND.cdata = OUTBOUND.places[place + 1]
        else:
            self._flush()

    def release(self) -> None:
        """Send what was kept."""
        self._gathers = False
        if self._kept:
            self._flush()

    def _flush(self) -> None:
        """What the kernel does not take now is dropped, as a network would."""
        kept, begin = self._kept, 0
        while begin < len(kept):
            rest = ctypes.byref(self._out.messages, begin * MESSAGE_SIZE)
            sent = self._send(self._socket.fileno(), rest, len(kept) - begin, 0)
            if sent < 1:
                kept[begin].dropped += 1
                sent = 1
            begin += sent
        kept.clear()
        OUTBOUND.use(0)


def address_of(name: bytes) -> Address:
    """Read host and port out of a sockaddr."""
    if len(name) == SOCKADDR_IN.size:
        family, port, host = SOCKADDR_IN.unpack(name)
    else:
        family, port, _, host, _ = SOCKADDR_IN6.unpack(name)
    return socket.inet_ntop(family, host), int.from_bytes(port, "big")
