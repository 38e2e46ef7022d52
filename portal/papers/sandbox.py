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
- `enclosed` (`in-1`, a PDF) writes `enclosed-n`, the files in it: `{"files": count, "all": bool}`.
"""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from portal.papers import walls
from portal.papers.order import NOT_WALLED, Order

WALL_SECONDS = {"look": 25, "make": 180, "read": 900, "marks": 90, "enclosed": 30}
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
    try:
        done = subprocess.run(  # noqa: S603 (our own interpreter and module, no foreign word)
            wall.command("portal.papers.opening", deed),
            cwd=folder,
            env=wall.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=WALL_SECONDS[deed],
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Died("out of time") from error
    if done.returncode == NOT_WALLED:
        raise walls.missing()
    if done.returncode != 0 or len(done.stdout) > _ANSWER_LIMIT:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise Died(f"ended with {done.returncode}: {' '.join(last)[:200]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
