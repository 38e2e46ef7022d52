"""One participant's secure transport: ICE-lite below, DTLS in the middle, SRTP on top.

Packets are protected and unprotected in place on the two process-wide buffers; what they mean is
known to the peer above.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from portal.media.adapter import (
    INBOUND,
    OUTBOUND,
    TRAILER_SIZE,
    Certificate,
    DtlsServer,
    Fingerprint,
    HandshakeFailed,
    SrtpKeys,
)
from portal.media.ice import IceLite

logger = logging.getLogger(__name__)

HANDSHAKE_TIMEOUT = 30.0
RTCP_MAX_LENGTH = len(OUTBOUND.view) - TRAILER_SIZE


class PacketSink(Protocol):
    """Whoever understands decrypted packets."""

    def on_rtp(self, length: int) -> None:
        """Take an RTP packet that lies in the inbound buffer."""

    def on_rtcp(self, compound: bytes) -> None:
        """Take a compound RTCP packet."""


class Transport:
    """Carry one participant's packets between its nominated path and its peer."""

    def __init__(
        self,
        certificate: Certificate,
        fingerprints: Sequence[Fingerprint],
        sink: PacketSink,
        *,
        on_ready: Callable[[], None],
        on_failed: Callable[[], None],
    ) -> None:
        self.ice = IceLite(self, now=time.monotonic())
        self.keys: SrtpKeys | None = None
        self.packets_in = self.packets_out = 0
        self.bytes_in = self.bytes_out = 0
        self._sink = sink
        self._on_ready, self._on_failed = on_ready, on_failed
        self._dtls = DtlsServer(certificate, self._send_dtls)
        self._dtls.on_closed(on_failed)
        self._closed = False
        self._handshake = asyncio.create_task(self._run_handshake(fingerprints))

    async def _run_handshake(self, fingerprints: Sequence[Fingerprint]) -> None:
        try:
            async with asyncio.timeout(HANDSHAKE_TIMEOUT):
                keys = await self._dtls.handshake(fingerprints)
        except (HandshakeFailed, TimeoutError) as error:
            logger.info("handshake failed: %s", error or "timeout")
            self._on_failed()
            return
        self.keys = keys
        self._on_ready()

    def on_dtls(self, datagram: bytes) -> None:
        """Hand a DTLS datagram to the handshake."""
        self._dtls.feed(datagram)

    def on_media(self, length: int) -> bool:
        """Decrypt the packet in the inbound buffer and hand it up; drop what is not authentic."""
        keys = self.keys
        if keys is None:
            return False
        # RFC 5761 section 4: with RTCP on the same port, types 192 to 223 are RTCP.
        if 191 < INBOUND.view[1] < 224:
            length = keys.unprotect_rtcp(INBOUND, length)
            if length:
                self._sink.on_rtcp(bytes(INBOUND.view[:length]))
            return length > 0
        length = keys.unprotect(INBOUND, length)
        if not length:
            return False
        self.packets_in += 1
        self.bytes_in += length
        self._sink.on_rtp(length)
        return True

    def send_rtp(self, length: int) -> None:
        """Encrypt the packet in the outbound buffer and send it on the selected path."""
        path, keys = self.ice.selected, self.keys
        if keys is None or path is None:
            return
        length = keys.protect(OUTBOUND, length)
        if length:
            path.send_outbound(length)
            self.packets_out += 1
            self.bytes_out += length

    def send_rtcp(self, compound: bytes) -> None:
        """Encrypt a compound RTCP packet and send it on the selected path."""
        path = self.ice.selected
        if self.keys is None or path is None or len(compound) > RTCP_MAX_LENGTH:
            return
        length = self.keys.protect_rtcp(OUTBOUND, OUTBOUND.fill(compound))
        if length:
            path.send_outbound(length)

    async def close(self) -> None:
        """End the handshake or say goodbye."""
        if self._closed:
            return
        self._closed = True
        self._handshake.cancel()
        await asyncio.gather(self._handshake, return_exceptions=True)
        self.keys = None
        await self._dtls.close()

    def _send_dtls(self, datagram: bytes) -> None:
        if self.ice.selected is not None:
            self.ice.selected.send(datagram)
