"""Do one deed on the files of a folder; run as `python -m portal.papers.opening`.

The parent (`papers.sandbox`) names the deed and the folder, and gives no secrets: an empty
environment, a folder that holds the files of this one hand-in and nothing else. Before a foreign
byte is parsed the process gives up what it does not need: time, memory, big files, the network.
"""

import ctypes
import importlib
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

from portal.papers.order import NOT_WALLED, Order

MODULES = {
    "look": "looking",
    "make": "making",
    "read": "reading",
    "marks": "marking",
    "enclosed": "enclosing",
}
CPU_SECONDS = {"look": 20, "make": 120, "read": 300, "marks": 60, "enclosed": 20}
MEMORY_BYTES = 2 * 1024**3
FILE_BYTES = 300 * 1024**2

_CLONE_NEWNET = 0x40000000
_CLONE_NEWUSER = 0x10000000


def give_up_powers(deed: str) -> None:
    """Set hard limits on processor time (seconds), memory and files (bytes)."""
    seconds = CPU_SECONDS[deed]
    for limit, value in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    os.umask(0o077)
    if deed == "read":
        os.nice(10)  # nobody waits for it, and others wait for their page images


def leave_the_network() -> None:
    """Go where no network is; end the process where the kernel does not let it."""
    unshare = getattr(ctypes.CDLL(None), "unshare", lambda flags: -1)
    if unshare(_CLONE_NEWNET) != 0 and unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        sys.exit(NOT_WALLED)


def main() -> None:
    """Do the deed; the answer is one JSON object on standard output."""
    deed, folder, wall = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    give_up_powers(deed)
    if wall != "walled":
        leave_the_network()
    # The parsers are loaded only now, behind the limits, and only those of this deed.
    module = importlib.import_module(f"portal.papers.opening.{MODULES[deed]}")
    answer: dict[str, Any] = getattr(module, deed)(folder, Order.read(folder))
    json.dump(answer, sys.stdout, ensure_ascii=False)


main()
