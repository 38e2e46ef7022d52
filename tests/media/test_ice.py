"""ICE-lite: who is answered, which addresses are learned, which path is taken."""

from typing import Any

import pytest
from aioice import stun

from portal.media.ice import PATHS_MAX, IceLite, local_fragment, parse_request


class FakePath:
    protocol = "udp"

    def __init__(self, port: int = 5000) -> None:
        self.address = ("192.0.2.7", port)
        self.agent: IceLite | None = None

    def send(self, datagram: memoryview | bytes) -> None:
        raise AssertionError("nothing is sent here")


class NoSink:
    def on_media(self, length: int) -> None: ...

    def on_dtls(self, datagram: bytes) -> None: ...


def request(agent: IceLite, *, password: str = "", nominate: bool = False, **more: Any) -> bytes:
    fragment, right = agent.credentials
    attributes: dict[str, Any] = {"USERNAME": f"{fragment}:client", "PRIORITY": 1, **more}
    if nominate:
        attributes["USE-CANDIDATE"] = None
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, attributes=attributes)
    message.add_message_integrity((password or right).encode())
    return bytes(message)


def parsed(datagram: bytes) -> stun.Message:
    message = parse_request(datagram)
    assert message is not None
    return message


@pytest.fixture
def agent() -> IceLite:
    return IceLite(NoSink(), now=0)


def test_a_check_is_answered_and_its_path_learned(agent: IceLite) -> None:
    path = FakePath()
    response = agent.on_request(parsed(request(agent)), path, now=5)

    assert response is not None
    answer = stun.parse_message(response)
    assert answer.message_class is stun.Class.RESPONSE
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == path.address
    assert answer.check_message_integrity(agent.credentials[1].encode())
    assert (path.agent, agent.selected, agent.last_seen) == (agent, path, 5)


def test_a_wrong_password_teaches_nothing(agent: IceLite) -> None:
    path = FakePath()

    assert agent.on_request(parsed(request(agent, password="guessed")), path, now=5) is None
    assert (path.agent, agent.selected, agent.last_seen) == (None, None, 0)


def test_a_request_without_integrity_teaches_nothing(agent: IceLite) -> None:
    message = stun.Message(
        stun.Method.BINDING,
        stun.Class.REQUEST,
        attributes={"USERNAME": f"{agent.credentials[0]}:client"},
    )

    assert agent.on_request(parsed(bytes(message)), FakePath(), now=5) is None
    assert agent.selected is None


def test_the_newest_nominated_path_is_the_path(agent: IceLite) -> None:
    first, second = FakePath(1), FakePath(2)
    agent.on_request(parsed(request(agent, nominate=True)), first, now=1)
    agent.on_request(parsed(request(agent)), second, now=2)
    assert agent.selected is first

    agent.on_request(parsed(request(agent, nominate=True)), second, now=3)
    assert agent.selected is second
    assert agent.path_changes == 2


def test_a_controlled_client_is_told_to_switch(agent: IceLite) -> None:
    datagram = request(agent, **{"ICE-CONTROLLED": 1})
    response = agent.on_request(parsed(datagram), FakePath(), now=1)

    assert response is not None
    assert stun.parse_message(response).error_code == 487
    assert agent.selected is None


def test_old_credentials_stay_valid_for_a_while_after_a_restart(agent: IceLite) -> None:
    before = request(agent)
    first = agent.fragments[0]
    assert agent.renew_credentials() == []
    assert agent.on_request(parsed(before), FakePath(), now=1) is not None

    agent.renew_credentials()
    assert agent.renew_credentials() == [first]
    assert agent.on_request(parsed(before), FakePath(), now=1) is None


def test_known_paths_are_bounded_and_the_selected_one_stays(agent: IceLite) -> None:
    selected = FakePath(1)
    agent.on_request(parsed(request(agent, nominate=True)), selected, now=1)
    for port in range(2, 100):
        agent.on_request(parsed(request(agent)), FakePath(port), now=port)

    assert len(agent.paths) == PATHS_MAX
    assert selected in agent.paths


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        bytes(20),
        b"\x00\x01\x00\x00" + bytes(16),
        b"\x00\x01\x00\x08\x21\x12\xa4\x42" + bytes(12) + b"\x00\x06\x00\x04\xff\xff\xff\xff",
        b"\x00\x01\x00\x08\x21\x12\xa4\x42" + bytes(12) + b"\x00\x24\x00\x01\xff\xff\xff\xff",
        b"\x01\x01\x00\x00\x21\x12\xa4\x42" + bytes(12),
        b"\x00\x03\x00\x00\x21\x12\xa4\x42" + bytes(12),
        b"\x00\x01\xff\xff\x21\x12\xa4\x42" + bytes(2000),
    ],
)
def test_what_is_no_binding_request_is_ignored(datagram: bytes) -> None:
    message = parse_request(datagram)

    assert message is None or local_fragment(message) == ""
