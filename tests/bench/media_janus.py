"""Janus (the Debian package) as the other server of the media bench: its process and its clients.

It has a configuration folder of its own, the videoroom plugin and the WebSocket API and nothing
else; what is not named below stays as the package has it. It gathers no candidates on the loopback
interface, so its media takes the address that the clients use too; the kernel keeps what goes from
a machine to itself on loopback all the same. The clients are those of the media process, except
that Janus wants two connections a person: one that sends and one that receives everybody else
(janus.conf.meetecho.com/docs/videoroom).
"""

import asyncio
import json
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
from aioice.ice import get_host_addresses
from aiortc import RTCPeerConnection, RTCSessionDescription

from tests.bench import media_load
from tests.bench.media_load import Usage, configuration

PROGRAM = shutil.which("janus")
LIBRARIES = Path("/usr/lib")
PLUGIN = "libjanus_videoroom.so"
TRANSPORT = "libjanus_websockets.so"
PORTS = "20000-20200"
"""UDP ports, one a connection, below those that the kernel hands out."""
ROOM = 1
START_LIMIT, JOIN_LIMIT, STOP_LIMIT = 10.0, 20.0, 5.0
"""Seconds."""

CORE = """
general: {{
    configs_folder = "{folder}"
    debug_level = 2
    session_timeout = 0
}}
nat: {{
    ice_enforce_list = "{address}"
}}
media: {{
    rtp_port_range = "{ports}"
}}
plugins: {{
    disable = "{plugins}"
}}
transports: {{
    disable = "{transports}"
}}
"""
WEBSOCKETS = """
general: {{
    ws = true
    ws_ip = "127.0.0.1"
    ws_port = {port}
    wss = false
}}
"""


class Server:
    """A Janus of the bench's own, with the same face as `media_load.Server`."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="janus-")
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> int:
        """Start it, wait until its WebSockets answer and return their port."""
        port = free_port()
        process = self._process = self._launch(port)
        end = time.monotonic() + START_LIMIT
        while time.monotonic() < end and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return port
            await asyncio.sleep(0.05)
        said = (Path(self._folder.name) / "log").read_text("utf-8", "replace")[-1000:]
        self.stop()
        raise RuntimeError(said)

    def _launch(self, port: int) -> subprocess.Popen[bytes]:
        folder = Path(self._folder.name)
        configure(folder, port)
        janus = [str(PROGRAM), "-F", str(folder), "-C", str(folder / "janus.jcfg")]
        with (folder / "log").open("wb") as log:
            return subprocess.Popen(
                # It must not outlive the bench, however that ends.
                ["setpriv", "--pdeathsig", "TERM", *janus],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    async def usage(self) -> Usage:
        """Read what the process and all its threads have used, ended ones included."""
        assert self._process is not None
        pid = self._process.pid
        # clock_getcpuclockid(3): the ticks of /proc/PID/stat are too coarse for a few seconds.
        cpu = time.clock_gettime((~pid << 3) | 2)
        return Usage(cpu, media_load.resident(pid))

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._folder.cleanup()


def configure(folder: Path, port: int) -> None:
    """Write the configuration: one address, no STUN, one plugin, one transport."""
    core = CORE.format(
        folder=folder,
        address=get_host_addresses(use_ipv4=True, use_ipv6=False)[0],
        ports=PORTS,
        plugins=all_but(PLUGIN, "plugins"),
        transports=all_but(TRANSPORT, "transports"),
    )
    (folder / "janus.jcfg").write_text(core)
    (folder / "janus.transport.websockets.jcfg").write_text(WEBSOCKETS.format(port=port))
    (folder / "janus.plugin.videoroom.jcfg").write_text("general: {}\n")


def all_but(wanted: str, kind: str) -> str:
    """Return the names of all installed libraries of a kind except one, as Janus lists them."""
    found = {path.name.partition(".so")[0] + ".so" for path in LIBRARIES.glob(f"*/janus/{kind}/*")}
    return ",".join(sorted(found - {wanted}))


def free_port() -> int:
    """Return a TCP port that nobody uses at the moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Api:
    """One WebSocket and Janus session; asks one thing at a time."""

    def __init__(self, channel: aiohttp.ClientWebSocketResponse) -> None:
        self._channel = channel
        self._session: dict[str, int] = {}
        self._count = 0

    async def open(self) -> None:
        """Create the session."""
        answer = await self.ask(janus="create")
        self._session = {"session_id": answer["data"]["id"]}

    async def attach(self) -> int:
        """Return a new handle of the videoroom plugin: one connection."""
        answer = await self.ask(janus="attach", plugin="janus.plugin.videoroom")
        return int(answer["data"]["id"])

    async def tell(self, handle: int, body: dict[str, Any], **words: Any) -> dict[str, Any]:
        """Send a message to the plugin and return its answer; `jsep` comes and goes beside it."""
        answer = await self.ask(janus="message", handle_id=handle, body=body, **words)
        if "error" in answer["plugindata"]["data"]:
            raise ConnectionError(answer["plugindata"]["data"]["error"])
        return answer

    async def ask(self, **words: Any) -> dict[str, Any]:
        """Send a request and return what answers it, past acknowledgements and other news."""
        self._count += 1
        transaction = str(self._count)
        await self._channel.send_json({**words, **self._session, "transaction": transaction})
        async for received in self._channel:
            answer: dict[str, Any] = json.loads(received.data)
            if answer.get("transaction") == transaction and answer["janus"] != "ack":
                if answer["janus"] == "error":
                    raise ConnectionError(answer["error"]["reason"])
                return answer
        raise ConnectionError


class Client(media_load.Client):
    """Send the clip on one connection and count on another what comes back."""

    def __init__(self, frames: list[bytes]) -> None:
        super().__init__(frames, others=0)
        self.receiving = RTCPeerConnection(configuration())
        self._api: Api

    async def publish(self, session: aiohttp.ClientSession, port: int) -> int:
        """Enter the room, send, and return the id under which others find this."""
        url = f"ws://127.0.0.1:{port}/"
        self._api = Api(await session.ws_connect(url, protocols=["janus-protocol"]))
        await self._api.open()
        handle = await self._api.attach()
        joining = {"request": "joinandconfigure", "ptype": "publisher", "room": ROOM}
        found: dict[str, int] = {}

        async def exchange(sdp: str) -> str:
            answer = await self._api.tell(handle, joining, jsep={"type": "offer", "sdp": sdp})
            found["id"] = answer["plugindata"]["data"]["id"]
            return str(answer["jsep"]["sdp"])

        await self.offer(exchange)
        # Who is not connected yet cannot be subscribed to.
        await connected(self.pc)
        return found["id"]

    async def subscribe(self, others: list[int]) -> None:
        """Receive these people on one connection that Janus offers."""
        handle = await self._api.attach()
        joining = {"request": "join", "ptype": "subscriber", "room": ROOM}
        answer = await self._api.tell(
            handle, {**joining, "streams": [{"feed": other} for other in others]}
        )
        offer = RTCSessionDescription(answer["jsep"]["sdp"], "offer")
        await self.receiving.setRemoteDescription(offer)
        await self.receiving.setLocalDescription(await self.receiving.createAnswer())
        self.count(self.receiving)
        sdp = self.receiving.localDescription.sdp
        await self._api.tell(handle, {"request": "start"}, jsep={"type": "answer", "sdp": sdp})
        await connected(self.receiving)

    async def close(self) -> None:
        """Hang up both."""
        await asyncio.gather(super().close(), self.receiving.close())


async def connected(pc: RTCPeerConnection) -> None:
    """Wait until media can flow."""
    while pc.connectionState != "connected":
        if pc.connectionState in ("failed", "closed"):
            raise ConnectionError(pc.connectionState)
        await asyncio.sleep(0.02)


async def enter(
    frames: list[bytes], port: int, session: aiohttp.ClientSession, people: int
) -> list[media_load.Client]:
    """Fill a room with clients, each sending and each receiving all others."""
    clients = [Client(frames) for _ in range(people)]
    async with asyncio.timeout(JOIN_LIMIT):
        await create(port, session, people=people)
        ids = [await client.publish(session, port) for client in clients]
        for client, own in zip(clients, ids, strict=True):
            await client.subscribe([it for it in ids if it != own])
    return list(clients)


async def create(port: int, session: aiohttp.ClientSession, *, people: int) -> None:
    """Create the room for so many, with VP8 and no limit of the bitrate."""
    url = f"ws://127.0.0.1:{port}/"
    async with session.ws_connect(url, protocols=["janus-protocol"]) as channel:
        api = Api(channel)
        await api.open()
        wanted = {"request": "create", "room": ROOM, "publishers": people, "videocodec": "vp8"}
        await api.tell(await api.attach(), wanted)
