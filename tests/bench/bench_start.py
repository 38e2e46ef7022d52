"""How long `portal up` takes: first in an empty folder, then again; and to stop."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure
from tests.processes.running import RunningPortal, free_port


def main() -> Iterator[Figure]:
    """Start and stop a portal twice."""
    with tempfile.TemporaryDirectory() as folder:
        portal = RunningPortal(Path(folder) / "data", free_port())
        yield Figure("first start, database made and migrated", portal.start(), "s")
        yield Figure("stop", portal.stop(), "s", bar=10)
        yield Figure("second start", portal.start(), "s", bar=10)
        portal.stop()
