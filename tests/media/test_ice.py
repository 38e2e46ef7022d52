"""ICE-lite: who is answered, which addresses are learned, which path is taken."""

from typing import Any

import pytest
from aioice import stun

from portal.media.ice import (
    CHECKS_REMEMBERED,
    PATHS_MAX,
    SILENT_AFTER,
    DatagramSink,
    IceLite,
    local_fragment,
    parse_request,
)


class FakePath:
    protocol = "udp"

    def __init__(self, port: int = 5000) -> None:
        self.address = ("192.0.2.7", port)
        self.agent: IceLite | None = None
        self.sink: DatagramSink | None = None

    def send(self, datagram: memoryview | bytes) -> None:
        raise AssertionError("nothing is sent here")

    def send_outbound(self, length: int) -> None:
        raise AssertionError("nothing is sent here")


class PickySink:
    """Find what is longer than ten bytes authentic."""

    def on_media(self, length: int) -> bool:
        return length > 10

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
    return IceLite(PickySink(), now=0)


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


def carrying(agent: IceLite, *, port: int = 1) -> FakePath:
    """Give an agent a selected path that media came from."""
    path = FakePath(port)
    agent.on_request(parsed(request(agent, nominate=True)), path, now=1)
    assert path.sink is not None
    path.sink.on_media(100)
    assert agent.selected is path
    return path


def test_a_check_counts_once(agent: IceLite) -> None:
    home, elsewhere = FakePath(1), FakePath(2)
    check = parsed(request(agent, nominate=True))
    agent.on_request(check, home, now=1)

    assert agent.on_request(check, elsewhere, now=5) is None
    assert (elsewhere.agent, agent.paths, agent.selected) == (None, [home], home)
    # The client itself asks again when an answer was lost.
    assert agent.on_request(check, home, now=6) is not None
    assert agent.last_seen == 1


def test_an_old_check_brings_no_old_path_back(agent: IceLite) -> None:
    first, second = FakePath(1), FakePath(2)
    check = parsed(request(agent, nominate=True))
    agent.on_request(check, first, now=1)
    agent.on_request(parsed(request(agent, nominate=True)), second, now=2)

    agent.on_request(check, first, now=3)

    assert agent.selected is second


def test_a_path_in_use_is_left_for_one_that_media_comes_from(agent: IceLite) -> None:
    old, new = carrying(agent), FakePath(2)
    # It may be a check that was caught before it ever arrived.
    assert agent.on_request(parsed(request(agent, nominate=True)), new, now=3) is not None
    assert new.sink is not None
    new.sink.on_media(5)
    new.sink.on_dtls(b"\x16")
    assert (agent.selected, agent.last_seen, agent.path_changes) == (old, 1, 1)

    new.sink.on_media(100)

    assert (agent.selected, agent.path_changes) == (new, 2)
    assert new.sink is agent.sink, "no packet more is looked at"


def test_the_way_back_is_proven_anew(agent: IceLite) -> None:
    first, second = carrying(agent), FakePath(2)
    agent.on_request(parsed(request(agent, nominate=True)), second, now=2)
    assert second.sink is not None
    second.sink.on_media(100)

    agent.on_request(parsed(request(agent, nominate=True)), first, now=3)
    assert agent.selected is second
    first.sink.on_media(100)  # type: ignore[union-attr]
    assert agent.selected is first


def test_who_stays_after_all_has_nominated_nothing_else(agent: IceLite) -> None:
    home, elsewhere = carrying(agent), FakePath(2)
    agent.on_request(parsed(request(agent, nominate=True)), elsewhere, now=2)
    agent.on_request(parsed(request(agent, nominate=True)), home, now=3)

    elsewhere.sink.on_media(100)  # type: ignore[union-attr]

    assert agent.selected is home


def test_a_path_without_checks_holds_nobody_back(agent: IceLite) -> None:
    carrying(agent)
    rebound = FakePath(2)
    agent.on_request(parsed(request(agent)), rebound, now=1 + SILENT_AFTER)
    assert agent.selected is not rebound

    agent.on_request(parsed(request(agent)), rebound, now=1.1 + SILENT_AFTER)

    assert (agent.selected, agent.last_seen) == (rebound, 1.1 + SILENT_AFTER)


def test_a_connection_that_ended_holds_nobody_back(agent: IceLite) -> None:
    agent.forget(carrying(agent))
    path = FakePath(2)

    agent.on_request(parsed(request(agent)), path, now=2)

    assert agent.selected is path


def test_what_comes_after_the_end_confirms_nothing(agent: IceLite) -> None:
    carrying(agent)
    new = FakePath(2)
    agent.on_request(parsed(request(agent, nominate=True)), new, now=2)
    witness = new.sink
    assert witness is not None
    agent.close()

    witness.on_media(100)

    assert (agent.selected, new.sink) == (None, None)


def test_remembered_checks_are_bounded(agent: IceLite) -> None:
    path = FakePath()
    for _ in range(CHECKS_REMEMBERED + 10):
        agent.on_request(parsed(request(agent)), path, now=1)

    assert len(agent._checks) == CHECKS_REMEMBERED


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
        agent.on_request(parsed(request(agent)), FakePath(port), now=1 + port / 100)

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
