"""Two real browser pages with the real signalling.js and peer.js in one room."""

import pytest
from aioice import stun

from portal.media.ice import Path
from portal.media.sockets import MediaPort
from tests.media.browsers import Open, chromium, enter, listener, room, sees, site, stats, until
from tests.media.conftest import Listener, Node, start_node

__all__ = ["chromium", "enter", "listener", "room", "site"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
]


async def test_two_pages_see_each_other_through_the_one_port(enter: Open, room: Node) -> None:
    anna = await enter("anna", "#d02020")
    ben = await enter("ben", "#2040d0")

    await sees(anna, "ben", "#2040d0")
    await sees(ben, "anna", "#d02020")

    before = await stats(anna)
    assert before["path"]["remotePort"] == room.port.port
    assert before["path"]["protocol"] == "udp"
    await until(
        anna,
        f"""window.test.peer.stats().then((it) =>
            it.people.ben.framesDecoded > {before["people"]["ben"]["framesDecoded"]} + 10)""",
    )

    await anna.evaluate("document.body.dataset.colour = '#20a040'")
    await sees(ben, "anna", "#20a040")

    await anna.reload()
    await sees(anna, "ben", "#2040d0")
    await sees(ben, "anna", "#d02020")
    assert await ben.evaluate("window.test.log.people.length") == 2

    carla = await enter("carla")
    await sees(carla, "anna", "#d02020")
    await sees(carla, "ben", "#2040d0")
    await carla.evaluate("window.test.signalling.chat('Guten Tag')")
    await until(ben, "window.test.log.chat.includes('Guten Tag')")


async def test_where_udp_is_blocked_tcp_serves(enter: Open, room: Node) -> None:
    anna = await enter("anna", "#d02020", tcp="yes")
    ben = await enter("ben", "#2040d0")
    await sees(anna, "ben", "#2040d0")
    await sees(ben, "anna", "#d02020")

    path = (await stats(anna))["path"]
    assert (path["protocol"], path["remotePort"]) == ("tcp", room.port.port)


async def test_when_the_path_dies_the_page_finds_another(
    enter: Open, room: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Over TCP the browser would simply connect again, without any ICE restart.
    monkeypatch.setattr(MediaPort, "has_tcp", False)
    anna = await enter("anna", "#d02020")
    ben = await enter("ben", "#2040d0")
    await sees(ben, "anna", "#d02020")
    peer = room.rooms.rooms["room-1"].people["anna"].peer
    assert peer is not None
    ice = peer.transport.ice
    dead = {path.address for path in ice.paths}
    on_request = ice.on_request

    def deaf(message: stun.Message, path: Path, *, now: float) -> bytes | None:
        return None if path.address in dead else on_request(message, path, now=now)

    ice.on_request = deaf  # type: ignore[method-assign]
    ice.close()
    await until(anna, "window.test.peer.state === 'recovering'", limit=20)
    await anna.evaluate("document.body.dataset.colour = '#20a040'")
    await sees(ben, "anna", "#20a040", limit=25)
    await until(anna, "window.test.peer.state === 'connected'")
    assert room.rooms.rooms["room-1"].people["anna"].peer is peer


async def test_after_a_restart_of_the_server_both_are_back(
    enter: Open, room: Node, site: str, listener: Listener
) -> None:
    anna = await enter("anna", "#d02020")
    ben = await enter("ben", "#2040d0")
    await sees(anna, "ben", "#2040d0")
    await room.runner.cleanup()
    await until(anna, "window.test.signalling.state === 'waiting'")

    again = await start_node(
        listener.url,
        allowed_origins=[site],
        http_port=int(room.http.rpartition(":")[2]),
        udp_port=room.port.port,
    )
    for page, other in [(anna, "ben"), (ben, "anna")]:
        await until(
            page,
            f"""window.test.signalling.state === "open" &&
                window.test.peer.state === "connected" &&
                window.test.peer.stats().then((it) => it.people.{other}?.framesDecoded > 5)""",
        )
    assert set(again.rooms.rooms["room-1"].people) == {"anna", "ben"}
    assert await anna.evaluate("window.test.log.ended") is None
    await again.runner.cleanup()
