"""Starting the process that opens foreign files, and hearing what it says.

It gets a folder with the files, an empty environment, and a time on the clock; its walls stand in
`walls.py`. Its limits on memory and processor time it sets on itself before it parses a byte
(`opening.__main__`).

The deeds, the files they find and make in the folder, and their answers:

- `look` (`in-1` …): `{"files": [{"content_type", "pages", "warnings": [Flaw, …]}, …]}`, or
  `{"fault": Fault, "number"}` for the first that cannot be taken.
- `make` (`in-1` …) writes `served`, `page-n.jpg`, `thumbnail-n.jpg`: `{"served": content type,
  "pages": [{"original", "original_page", "rotation", "width", "height", "straightened"}, …]}`.
  A paper of the office has the type `own` and is pictured only: no `served`.
- `read` (`in-1`, the served copy) writes `archive`, a PDF/A: `{"texts": [words of page 1, …],
  "archive": bool}`, and `"why"` when there is no archive.
- `marks` (`in-1`): `{"marks": [[page, text], …]}`, the QR codes from top to bottom.
"""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from portal.papers import walls
from portal.papers.order import NOT_WALLED, Order

WALL_SECONDS = {"look": 25, "make": 180, "read": 900, "marks": 90}
_ANSWER_LIMIT = 8_000_000


class Died(Exception):
    """The process ended without an answer: a limit, a signal, a crash."""


def run(
    deed: str,
    folder: Path,
    content_types: Sequence[str],
    *,
    pages: Sequence[tuple[int, int, int]] | None = None,
    straighten: bool = True,
) -> dict[str, Any]:
    """Do `look`, `make`, `read` or `marks` on the files `in-1`, `in-2`, … of `folder`.

    `pages` and `straighten` are those of `Order`, for `make`. Raise `Died` when there is no answer,
    `Unavailable` where this machine cannot wall the process in.
    """
    wanted = None if pages is None else tuple((page, number, turn) for page, number, turn in pages)
    Order(tuple(content_types), wanted, straighten).write(folder)
    wall = walls.around(folder)
    # Words go through files: a pipe would let the process fill the memory of its parent.
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
            wall.command("portal.papers.opening", deed),
            cwd=folder,
            env=wall.environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=complained,
            start_new_session=True,
        )
        try:
            code = process.wait(WALL_SECONDS[deed])
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise Died("out of time") from error
        if code == NOT_WALLED:
            raise walls.missing()
        if code != 0 or said.seek(0, os.SEEK_END) > _ANSWER_LIMIT:
            raise Died(f"ended with {code}: {_last_line(complained)}")
        said.seek(0)
        answer: dict[str, Any] = json.load(said)
        return answer


def _last_line(complained: IO[bytes]) -> str:
    """Return the last line of what the process wrote to its standard error."""
    complained.seek(max(0, complained.seek(0, os.SEEK_END) - 2000))
    lines = complained.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else ""
