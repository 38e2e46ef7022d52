"""Starting the process that opens foreign files, and hearing what it says.

It gets a folder with the files, an empty environment, and a time on the clock. Its limits on memory
and processor time it sets on itself before it parses a byte (`opening.__main__`).
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import portal

WALL_SECONDS = {"look": 30, "make": 180}
_ANSWER_LIMIT = 1_000_000


class Died(Exception):
    """The process ended without an answer: a limit, a signal, a crash."""


def run(deed: str, folder: Path, content_types: Sequence[str]) -> dict[str, Any]:
    """Do `look` or `make` on the files `in-1`, `in-2`, … of `folder`."""
    (folder / "order.json").write_text(json.dumps(list(content_types)), "utf-8")
    package_root = Path(portal.__file__).resolve().parent.parent
    try:
        done = subprocess.run(  # noqa: S603 (our own interpreter and module, no foreign word)
            [sys.executable, "-P", "-m", "portal.papers.opening", deed, str(folder)],
            cwd=folder,
            env={"PYTHONPATH": str(package_root), "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=WALL_SECONDS[deed],
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Died("out of time") from error
    if done.returncode != 0 or len(done.stdout) > _ANSWER_LIMIT:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise Died(f"ended with {done.returncode}: {' '.join(last)[:200]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
