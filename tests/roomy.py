"""A PostgreSQL with room for tests that walk the whole house in one transaction.

Each request of such a walk is a savepoint, and each savepoint that wrote holds a lock until the
walk ends: far more than any request of a real office.
"""

import subprocess
import sys
from pathlib import Path

LOCKS = "max_locks_per_transaction = 1024\n"
_ONCE = """
import pathlib, sys
from portal.core import embedded
server = embedded.Server(pathlib.Path(sys.argv[1]))
server.start()
server.stop()
"""


def prepare(folder: Path) -> None:
    """Make the data folder of a server, in a process of its own, and give it room; once."""
    if not folder.exists():
        subprocess.run([sys.executable, "-c", _ONCE, str(folder)], check=True)
        with (folder / "postgresql.auto.conf").open("a", encoding="ascii") as settings:
            settings.write(LOCKS)
