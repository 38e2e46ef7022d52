"""Two people in two network namespaces with a narrow pipe between them; run by test_namespaces.

`near` runs inside a namespace of its own, starts a media process and one person, makes a second
namespace for the other and shapes both ends of the wire. Nothing of it is visible outside or stays.
"""

import asyncio
import json
import subprocess
import sys
from typing import Any

from aiohttp import web

from portal.media.app import PORT, ROOMS, create_app
from portal.media.settings import Settings
from tests.media.bots import KEYS, ORIGIN, Bot, token

NEAR, FAR = "10.199.77.1", "10.199.77.2"
RATE = ["tbf", "rate", "64kbit", "burst", "2500", "latency", "400ms"]
NETEM = ["netem", "delay", "150ms", "loss", "15%"]
LISTENED = 6.0


def run(*command: str) -> None:
    """Run a command that must succeed."""
    subprocess.run(command, check=True, capture_output=True)


def shape(device: str, *inside: str) -> bool:
    """Narrow one end of the wire; return whether the kernel also delays and loses."""
    run(*inside, "tc", "qdisc", "add", "dev", device, "root", "handle", "1:", *RATE)
    try:
        run(*inside, "tc", "qdisc", "add", "dev", device, "parent", "1:", "handle", "2:", *NETEM)
    except subprocess.CalledProcessError:
        return False
    return True


async def near() -> None:
    """Serve, be one person, and print what the other heard."""
    far = await asyncio.create_subprocess_exec(
        "unshare", "-n", sys.executable, "-m", "tests.media.far", "far",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert far.stdin is not None
    assert far.stdout is not None
    await far.stdout.readline()
    inside = ("nsenter", "-t", str(far.pid), "-n")
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "wire0", "type", "veth", "peer", "name", "wire1")
    run("ip", "link", "set", "wire1", "netns", str(far.pid))
    run("ip", "addr", "add", f"{NEAR}/24", "dev", "wire0")
    run("ip", "link", "set", "wire0", "up")
    run(*inside, "ip", "addr", "add", f"{FAR}/24", "dev", "wire1")
    run(*inside, "ip", "link", "set", "lo", "up")
    run(*inside, "ip", "link", "set", "wire1", "up")
    app = create_app(
        Settings(
            ticket_keys=KEYS,
            allowed_origins=[ORIGIN],
            udp_host="0.0.0.0",
            udp_port=0,
            public_address=NEAR,
            events_url="http://127.0.0.1:1/nowhere",
        )
    )
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, NEAR, 0).start()
    url = f"ws://{NEAR}:{runner.addresses[0][1]}/medien/ws"
    anna = Bot(url, room="room-1", name="anna")
    await anna.join()
    await anna.connect(90, audio=True)
    emulated = shape("wire0") and shape("wire1", *inside)
    far.stdin.write(f"{url}\n".encode())
    await far.stdout.readline()
    peer = app[ROOMS].rooms["room-1"].people["ben"].peer
    assert peer is not None
    sound = peer.seats[0].slots["audio"]
    before = sound.forwarded
    heard: dict[str, Any] = json.loads(await far.stdout.readline())
    heard["sent"] = sound.forwarded - before
    heard["emulated"] = emulated
    heard["near"] = sum(anna.audio_frames.values())
    assert app[PORT].port
    print(json.dumps(heard))
    far.stdin.close()
    await far.wait()
    await anna.close()
    await runner.cleanup()


async def far() -> None:
    """Be the person at the end of the wire."""
    print("ready", flush=True)
    url = (await asyncio.to_thread(sys.stdin.readline)).strip()
    ben = Bot(url, room="room-1", name="ben")
    await ben.open()
    await ben.say(type="hello", token=token(room="room-1", participant="ben"))
    await ben.hear("joined", limit=20)
    await ben.connect(audio=True)
    paused = await ben.hear("paused", lambda it: "anna" in it["paused"], limit=20)
    # What was under way before may still wait in front of the wire.
    await asyncio.sleep(1)
    print("listening", flush=True)
    before = sum(ben.audio_frames.values())
    await asyncio.sleep(LISTENED)
    frames = sum(ben.audio_frames.values()) - before
    print(json.dumps({"frames": frames, "paused": paused["paused"]}), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await ben.close()


if __name__ == "__main__":
    asyncio.run(far() if sys.argv[1:] == ["far"] else near())
