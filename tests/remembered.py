"""What the process that opens files has made of the same bytes before, in this run of tests.

Most tests hand in the same few papers and ask for something else. Each is opened by the real
process once; after that its answer and its files are taken from memory. `tests/papers` and what
starts real processes always open anew.
"""

import copy
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from portal.papers import sandbox

MOST, LARGEST = 300, 3_000_000

_open = sandbox.run
_known: dict[str, tuple[dict[str, Any], dict[str, bytes]]] = {}


def run(deed: str, folder: Path, content_types: Sequence[str], **more: Any) -> dict[str, Any]:
    """Do what `sandbox.run` does, from memory where the same was asked before."""
    given = sorted(path for path in folder.iterdir() if path.name.startswith("in-"))
    asked = json.dumps([deed, list(content_types), more], default=str, sort_keys=True)
    digest = hashlib.sha256(asked.encode())
    for path in given:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    key = digest.hexdigest()
    if key not in _known:
        before = {path.name for path in folder.iterdir()}
        answer = _open(deed, folder, content_types, **more)
        made = {
            path.name: path.read_bytes()
            for path in folder.iterdir()
            if path.is_file() and path.name not in before
        }
        if len(_known) == MOST or sum(map(len, made.values())) > LARGEST:
            return answer
        _known[key] = copy.deepcopy(answer), made
    answer, made = _known[key]
    for name, content in made.items():
        (folder / name).write_bytes(content)
    return copy.deepcopy(answer)
