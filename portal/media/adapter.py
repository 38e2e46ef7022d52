"""The only room that touches what is private in aiortc and pylibsrtp.

The rest of the media process sees a buffer, a DTLS server that ends in SRTP keys, and a parsed
offer. aiortc is pinned to one minor release; `tests/media/test_adapter.py` is the contract that
a new release has to pass before the pin moves.
"""
# ruff: noqa: SLF001

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiortc.rtcdtlstransport import (
    X509_DIGEST_ALGORITHMS,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)
from aiortc.sdp import SessionDescription
from pylibsrtp._binding import ffi, lib

BUFFER_SIZE = 2048
PLACES = 64
"""How many packets a buffer holds side by side: as many as one system call takes or sends."""
# RFC 3711 section 3.1 and 3.4: room for tag, key identifier and SRTCP index behind a packet.
TRAILER_SIZE = 4 + 16 + 128
QUEUED_HANDSHAKE_DATAGRAMS = 32


class Scratch:
    """A reused packet buffer that Python and libsrtp both write in place, and the kernel behind it.

    It has many places; `view` and `cdata` are the one in use.
    """

    __slots__ = ("_memory", "cdata", "length", "places", "view")

    def __init__(self) -> None:
        self._memory = ffi.new("char[]", PLACES * BUFFER_SIZE)
        whole = memoryview(ffi.buffer(self._memory)).cast("B")
        begins = range(0, PLACES * BUFFER_SIZE, BUFFER_SIZE)
        self.places = [
            (whole[at : at + BUFFER_SIZE], ffi.cast("void *", self._memory + at)) for at in begins
        ]
        self.length = ffi.new("int *")
        self.view, self.cdata = self.places[0]

    @property
    def address(self) -> int:
        """Return where the first place begins in memory."""
        return int(ffi.cast("uintptr_t", self._memory))

    def use(self, place: int) -> None:
        """Turn to a place."""
        self.view, self.cdata = self.places[place]

    def fill(self, data: bytes) -> int:
        """Copy data to the front and return its length."""
        self.view[: len(data)] = data
        return len(data)


# The process has one thread and never awaits between filling and sending, so that two buffers
# serve every participant.
INBOUND = Scratch()
OUTBOUND = Scratch()


class HandshakeFailed(Exception):
    """DTLS did not end in keys, or the other side is not who its offer said."""


# Looked up once: each packet for each receiver goes through them.
_protect, _unprotect = lib.srtp_protect, lib.srtp_unprotect


class SrtpKeys:
    """SRTP contexts of one participant, applied in place to a Scratch (RFC 3711, RFC 7714)."""

    __slots__ = ("_rx", "_rx_session", "_tx", "_tx_session")

    def __init__(self, rx_session: Any, tx_session: Any) -> None:
        # The sessions own the memory behind the pointers.
        self._rx_session, self._tx_session = rx_session, tx_session
        self._rx, self._tx = rx_session._srtp[0], tx_session._srtp[0]

    def unprotect(self, buffer: Scratch, length: int) -> int:
        """Decrypt an RTP packet in place; return its length, or 0 if it must be dropped."""
        size = buffer.length
        size[0] = length
        return 0 if _unprotect(self._rx, buffer.cdata, size) else size[0]

    def unprotect_rtcp(self, buffer: Scratch, length: int) -> int:
        """Decrypt an RTCP packet in place; return its length, or 0 if it must be dropped."""
        buffer.length[0] = length
        failed = lib.srtp_unprotect_rtcp(self._rx, buffer.cdata, buffer.length)
        return 0 if failed else buffer.length[0]

    def protect(self, buffer: Scratch, length: int) -> int:
        """Encrypt an RTP packet in place; return its length, or 0 on failure."""
        size = buffer.length
        size[0] = length
        return 0 if _protect(self._tx, buffer.cdata, size) else size[0]

    def protect_rtcp(self, buffer: Scratch, length: int) -> int:
        """Encrypt an RTCP packet in place; return its length, or 0 on failure."""
        buffer.length[0] = length
        failed = lib.srtp_protect_rtcp(self._tx, buffer.cdata, buffer.length)
        return 0 if failed else buffer.length[0]


class DatagramPipe:
    """Stand in for aiortc's RTCIceTransport: hand datagrams to DTLS and take its own."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._deliver = send
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUED_HANDSHAKE_DATAGRAMS)
        self._closed = False

    def feed(self, datagram: bytes) -> None:
        """Queue one datagram; DTLS repeats its flights, so a full queue may drop it."""
        if not self._closed and not self._queue.full():
            self._queue.put_nowait(datagram)

    def close(self) -> None:
        """Let the reader see the end of the connection."""
        self._closed = True
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def _recv(self) -> bytes:
        datagram = None if self._closed and self._queue.empty() else await self._queue.get()
        if datagram is None:
            raise ConnectionError
        return datagram

    async def _send(self, datagram: bytes) -> None:
        if self._closed:
            raise ConnectionError
        self._deliver(datagram)


@dataclass(frozen=True)
class Fingerprint:
    """The hash of a certificate as it stands in SDP (RFC 8122 section 5)."""

    algorithm: str
    value: str


class Certificate:
    """Our DTLS certificate; made once per process and renewed before it ends."""

    def __init__(self) -> None:
        self.inner = RTCCertificate.generateCertificate()

    @property
    def fingerprint(self) -> Fingerprint:
        """Return the SHA-256 fingerprint for our answers."""
        prints = {item.algorithm: item.value for item in self.inner.getFingerprints()}
        return Fingerprint("sha-256", prints["sha-256"])


class DtlsServer:
    """The passive side of one DTLS-SRTP handshake (RFC 5763, RFC 5764)."""

    def __init__(self, certificate: Certificate, send: Callable[[bytes], None]) -> None:
        self._pipe = DatagramPipe(send)
        self._dtls = RTCDtlsTransport(self._pipe, [certificate.inner])  # type: ignore[arg-type]
        self._dtls._set_role("server")

    def feed(self, datagram: bytes) -> None:
        """Hand over one DTLS datagram from the network."""
        self._pipe.feed(datagram)

    def on_closed(self, callback: Callable[[], None]) -> None:
        """Call back once when the other side says goodbye (close_notify)."""

        def changed() -> None:
            if self._dtls.state == "closed":
                callback()

        self._dtls.on("statechange", changed)

    async def handshake(self, fingerprints: Sequence[Fingerprint]) -> SrtpKeys:
        """Run the handshake, enforce the fingerprints and return the keys."""
        await self._dtls.start(
            RTCDtlsParameters([RTCDtlsFingerprint(it.algorithm, it.value) for it in fingerprints])
        )
        if self._dtls.state != "connected":
            raise HandshakeFailed(f"DTLS ended {self._dtls.state}")
        return SrtpKeys(self._dtls._rx_srtp, self._dtls._tx_srtp)

    async def close(self) -> None:
        """Say goodbye and stop the task behind the connection."""
        self._dtls.remove_all_listeners()
        await self._dtls.stop()
        self._pipe.close()


def supported_fingerprint(fingerprint: Fingerprint) -> bool:
    """Tell whether a handshake can check this kind of fingerprint."""
    return fingerprint.algorithm.lower() in X509_DIGEST_ALGORITHMS


class DescriptionInvalid(Exception):
    """A session description cannot be read."""


def parse_description(sdp: str) -> SessionDescription:
    """Parse SDP (RFC 8866); whatever the parser trips over becomes DescriptionInvalid."""
    try:
        return SessionDescription.parse(sdp)
    except Exception as error:
        # aiortc's parser asserts, indexes and unpacks its way through hostile text: there is no
        # list of exceptions to name.
        raise DescriptionInvalid(str(error)) from error
