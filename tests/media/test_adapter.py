"""The contract with aiortc and pylibsrtp: what has to hold before their pin moves."""

import asyncio
import inspect
from collections.abc import AsyncIterator

import aioice.stun
import pytest
from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport

from portal.media.adapter import (
    INBOUND,
    OUTBOUND,
    Certificate,
    DatagramPipe,
    DescriptionInvalid,
    DtlsServer,
    Fingerprint,
    HandshakeFailed,
    SrtpKeys,
    parse_description,
)

RTP = bytes([0x80, 96, 0, 1]) + bytes(8) + b"payload"
RTCP = bytes([0x80, 201, 0, 1]) + bytes(4)


async def shake_hands(
    server: DtlsServer, certificate: Certificate, *, expected: Fingerprint | None = None
) -> tuple[SrtpKeys, SrtpKeys]:
    """Let aiortc's own client connect to our server side, without any network."""
    identity = Certificate()
    pipe = DatagramPipe(server.feed)
    server._pipe._deliver = pipe.feed
    client = RTCDtlsTransport(pipe, [identity.inner])  # type: ignore[arg-type]
    client._set_role("client")
    print_of_server = certificate.fingerprint
    parameters = RTCDtlsParameters([RTCDtlsFingerprint("sha-256", print_of_server.value)])
    starting = asyncio.create_task(client.start(parameters))
    try:
        ours = await server.handshake([expected or identity.fingerprint])
        await starting
    finally:
        await asyncio.gather(starting, return_exceptions=True)
        await client.stop()
    return SrtpKeys(client._rx_srtp, client._tx_srtp), ours


@pytest.fixture
def certificate() -> Certificate:
    return Certificate()


@pytest.fixture
async def server(certificate: Certificate) -> AsyncIterator[DtlsServer]:
    server = DtlsServer(certificate, lambda datagram: None)
    yield server
    await server.close()


async def test_the_handshake_ends_in_keys_that_work_in_place(
    server: DtlsServer, certificate: Certificate
) -> None:
    theirs, ours = await shake_hands(server, certificate)

    length = theirs.protect(OUTBOUND, OUTBOUND.fill(RTP))
    protected = bytes(OUTBOUND.view[:length])
    assert protected[12 : len(RTP)] != RTP[12:]
    length = ours.unprotect(INBOUND, INBOUND.fill(protected))
    assert bytes(INBOUND.view[:length]) == RTP
    assert ours.unprotect(INBOUND, INBOUND.fill(protected)) == 0, "a replay must be dropped"

    length = theirs.protect_rtcp(OUTBOUND, OUTBOUND.fill(RTCP))
    length = ours.unprotect_rtcp(INBOUND, INBOUND.fill(bytes(OUTBOUND.view[:length])))
    assert bytes(INBOUND.view[:length]) == RTCP
    for garbage in (b"\x80", bytes(200), protected[:-1] + b"\x00"):
        assert ours.unprotect(INBOUND, INBOUND.fill(garbage)) == 0
        assert ours.unprotect_rtcp(INBOUND, INBOUND.fill(garbage)) == 0


async def test_a_stranger_with_another_certificate_is_refused(
    server: DtlsServer, certificate: Certificate
) -> None:
    with pytest.raises(HandshakeFailed):
        await shake_hands(server, certificate, expected=Certificate().fingerprint)


async def test_goodbye_is_heard_once(server: DtlsServer, certificate: Certificate) -> None:
    heard: list[bool] = []
    server.on_closed(lambda: heard.append(True))
    await shake_hands(server, certificate)
    async with asyncio.timeout(5):
        while not heard:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert heard == [True]


async def test_a_handshake_can_be_given_up(server: DtlsServer, certificate: Certificate) -> None:
    task = asyncio.create_task(server.handshake([certificate.fingerprint]))
    await asyncio.sleep(0)
    for _ in range(100):
        server.feed(b"\x16garbage")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()


def test_the_private_names_are_still_there() -> None:
    source = inspect.getsource(RTCDtlsTransport)
    for name in ("_set_role", "_rx_srtp", "_tx_srtp", "transport._recv()", "transport._send("):
        assert name in source
    assert callable(aioice.stun.Message.check_message_integrity)
    assert RTCCertificate.generateCertificate().getFingerprints()


@pytest.mark.parametrize(
    "sdp", ["", "m=", "v=0\r\nm=audio 9 x y\r\n", "m=audio 9 UDP/TLS/RTP/SAVPF 300\r\na=mid:0\r\n"]
)
def test_descriptions_that_cannot_be_read_are_refused(sdp: str) -> None:
    try:
        description = parse_description(sdp)
    except DescriptionInvalid:
        return
    assert not description.media
