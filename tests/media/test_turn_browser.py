"""A browser whose network lets nothing through but a TURN server: a real coturn between."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.async_api import Page

from portal.consultations.answers import TURN_LIFETIME, turn_servers
from portal.core import clock
from portal.core.config import Settings
from tests.media.browsers import Open, chromium, enter, listener, room, sees, site, until
from tests.media.conftest import Node
from tests.media.coturn import RunningCoturn, binary

__all__ = ["chromium", "enter", "listener", "room", "site"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(binary() is None, reason="no coturn here"),
]

RELAY_ONLY = """
window.iceServers = %s;
window.connections = [];
window.refused = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(settings) {
    super({ ...settings, iceTransportPolicy: "relay" });
    window.connections.push(this);
    this.addEventListener("icecandidateerror", (event) => window.refused.push(event.errorCode));
  }
};
"""
# Where the chosen path leaves the relay, and over what the page reaches the relay.
PATH = """
async () => {
  const report = await window.connections.at(-1).getStats();
  const { selectedCandidatePairId } = [...report.values()].find((it) => it.type === "transport");
  return report.get(report.get(selectedCandidatePairId).localCandidateId);
}
"""


@pytest.fixture
def coturn(tmp_path: Path) -> Iterator[RunningCoturn]:
    running = RunningCoturn(tmp_path)
    yield running
    running.stop()


def handed_out(
    coturn: RunningCoturn, transport: str, *, now: datetime
) -> list[Mapping[str, object]]:
    """Return what the portal gives the page of a citizen."""
    app = Flask(__name__)
    app.config["SETTINGS"] = Settings(turn_urls=(coturn.url(transport),), turn_secret=coturn.secret)
    with app.app_context():
        return turn_servers("citizen:7", now=now)


async def hears(page: Page, person: str) -> None:
    await until(page, f"window.test.peer.levels().{person} > 0.001")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_picture_and_sound_go_both_ways_through_the_relay(
    enter: Open, room: Node, coturn: RunningCoturn, transport: str
) -> None:
    servers = handed_out(coturn, transport, now=clock.now())
    anna = await enter("anna", "#d02020", before=RELAY_ONLY % json.dumps(servers))
    ben = await enter("ben", "#2040d0")

    await sees(anna, "ben", "#2040d0", limit=30)
    await sees(ben, "anna", "#d02020", limit=30)
    await hears(anna, "ben")
    await hears(ben, "anna")

    way = await anna.evaluate(PATH)
    assert (way["candidateType"], way["relayProtocol"]) == ("relay", transport)
    peer = room.rooms.rooms["room-1"].people["anna"].peer
    assert peer is not None
    assert peer.transport.ice.selected is not None
    assert peer.transport.ice.selected.address == ("127.0.0.1", way["port"])


async def test_a_password_that_has_ended_opens_no_relay(
    enter: Open, room: Node, coturn: RunningCoturn
) -> None:
    long_ago = clock.now() - timedelta(seconds=TURN_LIFETIME + 60)
    servers = handed_out(coturn, "udp", now=long_ago)
    anna = await enter("anna", "#d02020", before=RELAY_ONLY % json.dumps(servers))

    await until(anna, "window.refused.includes(401)", limit=30)
    assert await anna.evaluate("window.test.peer.state") != "connected"
    peer = room.rooms.rooms["room-1"].people["anna"].peer
    assert peer is None or peer.transport.ice.selected is None
    assert "check_stun_auth" in coturn.said()
