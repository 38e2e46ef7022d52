"""A PostgreSQL for tests: room for walks of the whole house in one transaction, no care for discs.

Each request of such a walk is a savepoint, and each savepoint that wrote holds a lock until the
walk ends: far more than any request of a real office. And what a test has stored need not survive
that the machine loses its power (a killed server loses nothing): most of the time in which a
database is made for a test and dropped after it went into waiting for the disc.
"""

import subprocess
import sys
from pathlib import Path

SETTINGS = """
max_locks_per_transaction = 1024
fsync = off
synchronous_commit = off
full_page_writes = off
"""
_ONCE = """
import pathlib, sys
from portal.core import embedded
server = embedded.Server(pathlib.Path(sys.argv[1]))
server.start()
server.stop()
"""


def prepare(folder: Path) -> None:
    """Make the data folder of a server, in a process of its own, and set it up for tests; once."""
    if not folder.exists():
        subprocess.run([sys.executable, "-c", _ONCE, str(folder)], check=True)
        with (folder / "postgresql.auto.conf").open("a", encoding="ascii") as settings:
            settings.write(SETTINGS)
