"""Look at the files of a folder, or prepare them; run as `python -m portal.papers.opening`.

The parent (`papers.sandbox`) names the deed and the folder, and gives no secrets: an empty
environment, a folder that holds the files of this one hand-in and nothing else. Before a foreign
byte is parsed the process gives up what it does not need: time, memory, big files, the network.
"""

import contextlib
import ctypes
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

from portal.papers.opening import looking, making

CPU_SECONDS = {"look": 20, "make": 120}
MEMORY_BYTES = 2 * 1024**3
FILE_BYTES = 300 * 1024**2

_CLONE_NEWNET = 0x40000000
_CLONE_NEWUSER = 0x10000000


def give_up_powers(deed: str) -> None:
    """Set hard limits on time, memory and files, and leave the network where the kernel lets us."""
    seconds = CPU_SECONDS[deed]
    for limit, value in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        if library.unshare(_CLONE_NEWNET) != 0:
            library.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def main() -> None:
    """Do the deed; the answer is one JSON object on standard output."""
    deed, folder = sys.argv[1], Path(sys.argv[2])
    give_up_powers(deed)
    os.umask(0o077)
    order: list[str] = json.loads((folder / "order.json").read_text("utf-8"))
    answer: dict[str, Any] = (
        looking.look(folder, len(order)) if deed == "look" else making.make(folder, order)
    )
    json.dump(answer, sys.stdout)


main()
