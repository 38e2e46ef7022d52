"""A talk outlives its media process when there is another one: real nodes, killed and stopped."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect

from portal.appointments.models import Booking
from portal.consultations import nodes
from portal.core import clock
from portal.core.config import Settings
from tests.e2e import guests
from tests.e2e.call import CallPage
from tests.e2e.conftest import OpenPage
from tests.e2e.office import PATIENCE, Office, free_ports
from tests.e2e.test_call_states import both_in, sealing
from tests.factories import consultations as factory

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.alone]

NODES = ("media", "media 2")
HEARTBEAT = 1.0


class TwoNodes(Office):
    """An office with two media processes of different names, addresses and ports."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        ports = free_ports(4)
        self._ports = dict(zip(NODES, (ports[:2], ports[2:]), strict=True))
        addresses = (
            f"{self.id_of(name)}=ws://localhost:{port}|http://127.0.0.1:{port}"
            for name, (port, _) in self._ports.items()
        )
        super().__init__(settings.model_copy(update={"media_nodes": tuple(addresses)}), folder)
        self._ready |= {
            name: f"http://127.0.0.1:{port}/medien/gesund"
            for name, (port, _) in self._ports.items()
        }

    @staticmethod
    def id_of(name: str) -> str:
        """Return the name under which a process reports itself."""
        return name.replace(" ", "-")

    def environment_of(self, name: str) -> dict[str, str]:
        """Give each media process ports and a name of its own."""
        environment = super().environment_of(name)
        if name not in self._ports:
            return environment
        port, udp_port = self._ports[name]
        return {
            **environment,
            "PORTAL_MEDIA_PORT": str(port),
            "PORTAL_MEDIA_UDP_PORT": str(udp_port),
            "PORTAL_MEDIA_NODE": self.id_of(name),
            "PORTAL_MEDIA_LOAD_INTERVAL": str(HEARTBEAT),
            "PORTAL_MEDIA_DRAIN_LIMIT": "0",
        }

    def living(self) -> set[str]:
        """Return which processes the portal knows to be alive."""
        return self.do(
            lambda session: {
                name
                for name in NODES
                for node, _ in nodes.all_nodes(session)
                if node.id == self.id_of(name) and nodes.is_living(node, now=clock.now())
            }
        )

    def carrying(self, booking: Booking) -> str:
        """Return the process that has the talk of a booking."""
        talk = guests.talk_of(self, booking)
        node = self.do(lambda session: nodes.where(session, consultation_id=talk))
        return next(name for name in NODES if self.id_of(name) == node.id)

    def udp_port_of(self, name: str) -> int:
        """Return the port of a media process."""
        return self._ports[name][1]


@pytest.fixture
def office(committed_app: Flask, tmp_path: Path) -> Iterator[TwoNodes]:
    office = TwoNodes(committed_app.config["SETTINGS"], tmp_path)
    try:
        office.start()
        yield office
    finally:
        office.stop()


@pytest.fixture
def booking(office: TwoNodes) -> Booking:
    return office.do(factory.booking)


def until(condition: Callable[[], bool], *, limit: float = PATIENCE) -> float:
    """Wait, and return how long it took."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < limit
        time.sleep(0.1)
    return time.monotonic() - begun


def test_a_talk_goes_on_where_the_database_says_when_its_node_is_killed_or_stopped(
    office: TwoNodes, open_page: OpenPage, booking: Booking
) -> None:
    until(lambda: office.living() == set(NODES))
    pages = both_in(office, open_page, booking)
    one, other = map(CallPage, pages)
    officer_id, citizen_id = f"staff:{booking.staff_member.id}", f"citizen:{booking.citizen.id}"

    def both_on(name: str) -> None:
        for side, who in ((one, officer_id), (other, citizen_id)):
            side.wait_until_connected()
            side.wait_for_frames_of(who)
            assert side.stats()["path"]["remotePort"] == office.udp_port_of(name)
        for page in pages:
            sealing(page, "Verschlüsselung prüfen")

    first = office.carrying(booking)
    [second] = set(NODES) - {first}
    both_on(first)

    # The node is killed. Nobody tells the portal; its lease runs out, and both come back elsewhere.
    office.kill(first)
    for page in pages:
        expect(page.get_by_text("Unterbrochen.")).to_be_visible()
    until(lambda: office.carrying(booking) == second)
    both_on(second)
    assert office.living() == {second}
    one.say("Da bin ich wieder.")
    other.wait_for_message("Da bin ich wieder.")

    # The other one is stopped by its operator. It says so before its pages move: no lease to wait
    # for.
    office.start(first)
    until(lambda: office.living() == set(NODES))
    begun = time.monotonic()
    office.terminate(second)
    until(lambda: office.carrying(booking) == first)
    both_on(first)
    assert time.monotonic() - begun < nodes.LEASE.total_seconds()
    for page in pages:
        assert page.evaluate("window.consultation.counts()")["plain"] == 0
