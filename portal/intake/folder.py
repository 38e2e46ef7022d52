"""The folder into which the scanner of the mailroom puts its files.

A file is taken once it has been still for a moment (a scanner writes for seconds), and leaves the
folder only after its row is committed: a killed worker takes it again and finds that it is here.
"""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from portal.papers.limits import BY_EXTENSION

STILL_SECONDS = 5
DONE, REFUSED = "uebernommen", "abgelehnt"


def waiting(folder: Path) -> Iterator[Path]:
    """Yield the files that lie still, the oldest first; links and folders are not followed."""
    with contextlib.suppress(FileNotFoundError):
        files = [path for path in folder.iterdir() if _is_scan(path)]
        for path in sorted(files, key=lambda path: (path.stat().st_mtime, path.name)):
            if time.time() - path.stat().st_mtime >= STILL_SECONDS:
                yield path


def _is_scan(path: Path) -> bool:
    regular = path.is_file() and not path.is_symlink()
    return regular and not path.name.startswith(".") and path.suffix.lower() in BY_EXTENSION


def put_away(path: Path, *, refused: bool) -> None:
    """Move a file that is done into a folder of its own, which the operator empties."""
    target = path.parent / (REFUSED if refused else DONE)
    target.mkdir(exist_ok=True)
    place = target / path.name
    number = 1
    while place.exists():
        number += 1
        place = target / f"{path.stem}-{number}{path.suffix}"
    path.rename(place)
