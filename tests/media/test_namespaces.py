"""A real wire of 64 kbit/s between two network namespaces: sound passes, pictures wait.

Where the kernel has `tc netem`, the wire also loses 15 % and delays 300 ms there and back; where it
has not, loss and delay are played in user space (`networks`, in test_sizes_browser).
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

TOOLS = ("ip", "tc", "unshare", "nsenter")
PROBE = (
    "ip link add wire0 type veth peer name wire1 && "
    "tc qdisc add dev wire0 root tbf rate 64kbit burst 2500 latency 400ms"
)


def allowed() -> bool:
    """Tell whether this machine lets us make namespaces with a shaped wire."""
    if os.geteuid() != 0 or not all(map(shutil.which, TOOLS)):
        return False
    command = ["unshare", "-n", "sh", "-c", PROBE]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not allowed(), reason="no network namespaces with tc here")
async def test_sound_passes_a_real_wire_of_64_kbit_and_pictures_wait() -> None:
    process = await asyncio.create_subprocess_exec(
        "unshare", "-n", sys.executable, "-m", "tests.media.far", "near",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(90):
        out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()[-2000:]
    heard = json.loads(out.decode().splitlines()[-1])
    assert heard["paused"] == ["anna"], heard
    # Of what was sent meanwhile, however fast this machine let it be sent.
    assert heard["sent"] > 150, heard
    assert heard["frames"] > heard["sent"] * (0.5 if heard["emulated"] else 0.65), heard
    assert heard["near"] > 0
