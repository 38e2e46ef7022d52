"""Datagrams by the dozen, over real sockets."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from portal.media.adapter import BUFFER_SIZE, INBOUND, OUTBOUND, PLACES
from portal.media.batches import SOCKADDR_IN, Batches, Destination, address_of

FAMILIES = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]


@pytest.fixture(params=FAMILIES, ids=["IPv4", "IPv6"])
def sockets(request: pytest.FixtureRequest) -> Iterator[list[socket.socket]]:
    """Open four sockets of one family on loopback."""
    family, host = request.param
    with ExitStack() as stack:
        made = [stack.enter_context(socket.socket(family, socket.SOCK_DGRAM)) for _ in range(4)]
        for one in made:
            one.bind((host, 0))
            one.settimeout(0.5)
        made[0].settimeout(0)
        yield made


def names_of(batches: Batches, sockets: list[socket.socket]) -> list[bytes]:
    """Let the others write to the first socket, and return their addresses as the kernel has it."""
    here = sockets[0].getsockname()
    for other in sockets[1:]:
        other.sendto(b"hello", here)
    return [batches.open(place)[1] for place in range(batches.receive())]


def test_what_came_together_is_read_in_order_with_length_and_address(
    sockets: list[socket.socket],
) -> None:
    batches, here = Batches(sockets[0]), sockets[0].getsockname()
    for number, other in enumerate(sockets[1:], start=1):
        other.sendto(b"x" * number, here)
    sockets[1].sendto(b"", here)
    sockets[1].sendto(bytes(BUFFER_SIZE + 1), here)
    assert batches.receive() == 5
    read = [(batches.open(place), bytes(INBOUND.view[:1])) for place in range(5)]
    assert [length for (length, _), _ in read] == [1, 2, 3, 0, BUFFER_SIZE]
    assert [first for _, first in read[:3]] == [b"x"] * 3
    there = [address_of(name) for (_, name), _ in read[:3]]
    assert there == [other.getsockname()[:2] for other in sockets[1:]]
    assert batches.receive() == 0, "nothing is left, and nobody waits"


def test_what_is_gathered_leaves_on_release_and_the_rest_at_once(
    sockets: list[socket.socket],
) -> None:
    batches = Batches(sockets[0])
    paths = [Destination(name) for name in names_of(batches, sockets)]
    batches.send(OUTBOUND.fill(b"at once"), paths[0])
    assert sockets[1].recv(100) == b"at once"

    batches.gather()
    for number in range(PLACES + 3):
        batches.send(OUTBOUND.fill(b"%d" % number), paths[number % 3])
    batches.release()
    for which, other in enumerate(sockets[1:]):
        expected = [b"%d" % number for number in range(PLACES + 3) if number % 3 == which]
        assert [other.recv(100) for _ in expected] == expected
    assert [path.dropped for path in paths] == [0, 0, 0]


def test_a_datagram_that_the_kernel_refuses_is_counted_and_stops_no_other() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there,
    ):
        here.bind(("127.0.0.1", 0))
        there.bind(("127.0.0.1", 0))
        there.settimeout(0.5)
        batches, port = Batches(here), there.getsockname()[1].to_bytes(2, "big")
        good = Destination(SOCKADDR_IN.pack(socket.AF_INET, port, socket.inet_aton("127.0.0.1")))
        bad = Destination(SOCKADDR_IN.pack(socket.AF_INET, bytes(2), socket.inet_aton("127.0.0.1")))
        batches.gather()
        for path in (bad, good, bad, good):
            batches.send(OUTBOUND.fill(b"hello"), path)
        batches.release()
        assert [there.recv(100) for _ in range(2)] == [b"hello"] * 2
        assert (bad.dropped, good.dropped) == (2, 0)
