"""A crowd for one media process: many talks at full size, from a process that does very little.

Each person connects with aiortc. Once the way stands, their socket and their keys are taken over:
recorded packets go out by the clock, and what comes back is decrypted and counted by its numbers.
So 28 talks leave most of two cores to the server that carries them.
"""

import asyncio
import socket
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.codecs.vpx import Vp8Encoder
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    pack_remb_fci,
)

from portal.media.adapter import INBOUND, OUTBOUND, SrtpKeys
from portal.media.batches import SOCKADDR_IN, Batches, Destination
from portal.media.packets import RTP_HEADER
from tests.bench.media_load import RATE, Door, configuration

TICK = 0.002
READ_EVERY, REPORT_EVERY = 5, 500
"""Ticks."""
SOUND, SOUND_RATE = bytes(80), 50
"""What Opus makes of speech in 20 ms, and how often."""
ROOM = 4_000_000
"""Bits a second that each says to have room for."""
PLAIN, MARKED = 0x80, 0x80
"""The first byte of a header, and the bit of a picture's last packet in the second."""
CONNECT_WITHIN = 15.0


class Unspoken(MediaStreamTrack):
    """Hold the place of a track: what is sent in its name does not come from here."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    async def recv(self) -> Any:
        await asyncio.Event().wait()


@dataclass
class Said:
    """One stream that goes out."""

    ssrc: int
    payload_type: int
    pieces: list[list[bytes]]
    """The packets of each picture, or of each piece of sound."""
    mark: int
    """What the last of them carries."""
    rate: int
    clock: int
    due: float
    turn: int = 0
    sequence: int = 0


@dataclass
class Heard:
    """One stream that comes in."""

    highest: int
    """Sequence number, with its rounds."""
    gaps: int = 0


class Person:
    """Somebody in a room."""

    def __init__(self) -> None:
        self.pc = RTCPeerConnection(configuration())
        self.marks = 0
        self.heard: dict[int, Heard] = {}
        self.says: list[Said] = []

    @property
    def gaps(self) -> int:
        """Return how often a number was missing."""
        return sum(it.gaps for it in self.heard.values())

    async def enter(self, door: Door, pictures: list[list[bytes]], *, start: float) -> None:
        """Connect, take the way over, and begin to speak at a moment."""
        pc, connected = self.pc, asyncio.Event()

        def changed() -> None:
            if pc.connectionState == "connected":
                connected.set()

        pc.on("connectionstatechange", changed)
        for kind in ("audio", "video"):
            pc.addTransceiver(Unspoken(kind), direction="sendonly")
        for kind in ("audio", "video"):
            pc.addTransceiver(kind, direction="recvonly")
        await pc.setLocalDescription(await pc.createOffer())
        answer = await door.exchange(pc.localDescription.sdp)
        await pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        async with asyncio.timeout(CONNECT_WITHIN):
            await connected.wait()
        self._take_over()
        sound, picture = pc.getTransceivers()[:2]
        for it, pieces, mark, rate, clock in (
            (sound, [[SOUND]], 0, SOUND_RATE, 48_000),
            (picture, pictures, MARKED, RATE, 90_000),
        ):
            ssrc, codec = it.sender._ssrc, it._codecs[0]
            self.says.append(Said(ssrc, codec.payloadType, pieces, mark, rate, clock, start))

    def _take_over(self) -> None:
        dtls: Any = self.pc.getTransceivers()[0].sender.transport
        pair = dtls.transport._connection._nominated[1]
        self._protocol, self._server = pair.protocol, pair.remote_addr
        shared = self._protocol.transport.get_extra_info("socket")
        loop: Any = asyncio.get_running_loop()
        loop._remove_reader(shared.fileno())
        self.socket: socket.socket = shared.dup()
        self._batches = Batches(self.socket)
        self._keys = SrtpKeys(dtls._rx_srtp, dtls._tx_srtp)
        host, port = self._server
        self._there = Destination(
            SOCKADDR_IN.pack(socket.AF_INET, port.to_bytes(2, "big"), socket.inet_aton(host))
        )

    def speak(self, now: float) -> None:
        """Send what is due."""
        self._batches.gather()
        for said in self.says:
            while said.due <= now:
                self._say(said)
        self._batches.release()

    def _say(self, said: Said) -> None:
        pieces = said.pieces[said.turn % len(said.pieces)]
        timestamp = said.turn * said.clock // said.rate & 0xFFFFFFFF
        for number, payload in enumerate(pieces, start=1):
            mark = said.mark if number == len(pieces) else 0
            view, length = OUTBOUND.view, 12 + len(payload)
            kind = mark | said.payload_type
            RTP_HEADER.pack_into(view, 0, PLAIN, kind, said.sequence, timestamp, said.ssrc)
            view[12:length] = payload
            self._batches.send(self._keys.protect(OUTBOUND, length), self._there)
            said.sequence = said.sequence + 1 & 0xFFFF
        said.turn += 1
        said.due += 1 / said.rate

    def listen(self) -> None:
        """Count what came; what is no media goes where it always went."""
        for place in range(self._batches.receive()):
            length, _ = self._batches.open(place)
            view = INBOUND.view
            if not 127 < view[0] < 192:
                self._protocol.datagram_received(bytes(view[:length]), self._server)
            elif not 191 < view[1] < 224 and self._keys.unprotect(INBOUND, length):
                _, second, sequence, _, ssrc = RTP_HEADER.unpack_from(view)
                self._count(ssrc, sequence, is_marked=bool(second & MARKED))

    def _count(self, ssrc: int, sequence: int, *, is_marked: bool) -> None:
        self.marks += is_marked
        heard = self.heard.get(ssrc)
        if heard is None:
            self.heard[ssrc] = Heard(sequence)
            return
        ahead = (sequence - heard.highest) & 0xFFFF
        if ahead != 1:
            heard.gaps += 1
        if ahead < 0x8000:
            heard.highest += ahead

    def report(self) -> None:
        """Tell the server how it goes, as a browser does every second."""
        own = self.says[0].ssrc
        reports = [
            RtcpReceiverInfo(it, 0, 0, heard.highest, 0, 0, 0) for it, heard in self.heard.items()
        ]
        room = pack_remb_fci(ROOM, list(self.heard))
        compound = bytes(RtcpRrPacket(own, reports)) + bytes(
            RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=own, media_ssrc=0, fci=room)
        )
        length = self._keys.protect_rtcp(OUTBOUND, OUTBOUND.fill(compound))
        self._batches.send(length, self._there)

    async def leave(self) -> None:
        """Hang up."""
        await self.pc.close()
        self.socket.close()


class Crowd:
    """Talks of two, all at once."""

    def __init__(self, frames: list[bytes]) -> None:
        self._pictures = [Vp8Encoder._packetize(it, n) for n, it in enumerate(frames)]
        self.people: list[Person] = []

    @property
    def marks(self) -> int:
        """Return how many pictures arrived."""
        return sum(person.marks for person in self.people)

    @property
    def gaps(self) -> int:
        """Return how often a number was missing."""
        return sum(person.gaps for person in self.people)

    async def __aenter__(self) -> "Crowd":
        self._driving = asyncio.create_task(self._drive())
        return self

    async def __aexit__(self, *error: object) -> None:
        self._driving.cancel()
        await asyncio.gather(self._driving, return_exceptions=True)
        await asyncio.gather(*(person.leave() for person in self.people))

    async def enter(self, session: aiohttp.ClientSession, port: int, talks: int) -> None:
        """Let people come two by two, their pictures spread over the time of one."""
        for number in range(talks * 2):
            person = Person()
            door = Door(session, port, room=f"room-{number // 2}", name=f"p{number}")
            start = time.monotonic() + number / (talks * 2) / RATE
            await person.enter(door, self._pictures, start=start)
            self.people.append(person)

    async def _drive(self) -> None:
        tick, begun = 0, time.monotonic()
        while True:
            now = time.monotonic()
            for person in self.people:
                person.speak(now)
                if not tick % READ_EVERY:
                    person.listen()
                if not tick % REPORT_EVERY:
                    person.report()
            tick += 1
            await asyncio.sleep(max(0.0, begun + tick * TICK - time.monotonic()))
