"""Media connections of participants: made on an offer, kept over an ICE restart, dropped.

Who sees whom over them is decided in `rooms`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from portal.media.adapter import Certificate
from portal.media.answers import ServerSide
from portal.media.offers import Offer, read_offer
from portal.media.peer import Peer
from portal.media.people import Participant
from portal.media.settings import Settings
from portal.media.sockets import MediaPort
from portal.media.transport import Transport

CERTIFICATE_LIFE = timedelta(days=1)


@dataclass
class Counted:
    """What connections carried that are gone by now, so that counters never fall."""

    packets_in: int = 0
    packets_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0

    def add(self, transport: Transport) -> None:
        """Count a connection that ends."""
        self.packets_in += transport.packets_in
        self.packets_out += transport.packets_out
        self.bytes_in += transport.bytes_in
        self.bytes_out += transport.bytes_out


class Connections:
    """Make peers for offers and take them down again."""

    def __init__(self, settings: Settings, port: MediaPort) -> None:
        self._settings = settings
        self._port = port
        self._certificate = Certificate()
        self._certificate_made = datetime.now(UTC)
        self.counted = Counted()
        self._endings: set[asyncio.Task[None]] = set()

    def answer(
        self, participant: Participant, sdp: str, *, on_lost: Callable[[Participant], None]
    ) -> str:
        """Answer an offer: a new connection, or an ICE restart of the one that is there."""
        offer = read_offer(sdp)
        peer = participant.peer
        if peer is None or not peer.offer.same_connection(offer):
            peer = self._connect(participant, offer, on_lost)
        elif peer.fragment != offer.fragment:
            peer.fragment = offer.fragment
            self._port.renew(peer.transport.ice)
        return peer.answer(
            ServerSide(
                self._settings.public_address,
                self._port.port,
                self._port.has_tcp,
                peer.certificate.fingerprint,
            )
        )

    def _connect(
        self, participant: Participant, offer: Offer, on_lost: Callable[[Participant], None]
    ) -> Peer:
        self.drop(participant)
        self._renew_certificate()

        def ready() -> None:
            for source in peer.sources:
                if source.slots:
                    source.request_keyframe()

        def failed() -> None:
            if participant.peer is peer:
                self.drop(participant)
                on_lost(participant)

        def paused() -> None:
            if participant.peer is peer:
                participant.tell({"type": "paused", "paused": peer.paused})

        peer = Peer(
            offer,
            self._certificate,
            on_ready=ready,
            on_failed=failed,
            on_paused=paused,
            on_uplink=lambda weak: participant.tell({"type": "uplink", "weak": weak}),
            wishes=participant.wishes,
        )
        participant.peer = peer
        participant.shown = {}
        self._port.register(peer.transport.ice)
        return peer

    def _renew_certificate(self) -> None:
        # Certificates end after 30 days; running connections keep theirs.
        if datetime.now(UTC) - self._certificate_made > CERTIFICATE_LIFE:
            self._certificate, self._certificate_made = Certificate(), datetime.now(UTC)

    def drop(self, participant: Participant) -> None:
        """Take a participant's connection down; the goodbye is said in the background."""
        peer, participant.peer = participant.peer, None
        if peer is None:
            return
        peer.stop()
        self.counted.add(peer.transport)
        ending = asyncio.get_running_loop().create_task(self._finish(peer))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    async def _finish(self, peer: Peer) -> None:
        await peer.close()
        self._port.unregister(peer.transport.ice)

    async def close(self) -> None:
        """Wait until every goodbye is said."""
        while self._endings:
            await asyncio.gather(*self._endings, return_exceptions=True)
