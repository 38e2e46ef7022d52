"""Jobs that leave a line in the table `effects`, and a worker process that carries them out.

Run as a script with the address of a database and the seconds after which a worker counts as dead.
"""

import asyncio
import logging
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.app import create_app
from portal.core import jobs
from portal.core.config import Settings


def note(session: Session, line: str) -> None:
    session.execute(text("INSERT INTO effects (line) VALUES (:line)"), {"line": line})


@jobs.job("sample.write")
def write(session: Session, *, now: datetime, line: str) -> None:
    note(session, line)


@jobs.job("sample.write_promptly", lane=jobs.Lane.PROMPT)
def write_promptly(session: Session, *, now: datetime, line: str) -> None:
    note(session, line)


@jobs.job("sample.write_and_pass_on")
def write_and_pass_on(session: Session, *, now: datetime, line: str) -> None:
    note(session, line)
    write.enqueue(session, line=f"{line}, passed on")


@jobs.job("sample.fail_first", tries=3)
def fail_first(session: Session, *, now: datetime, flag: str) -> None:
    note(session, "worked")
    if not Path(flag).exists():
        Path(flag).touch()
        raise RuntimeError("first try")


@jobs.job("sample.fail_always", tries=1)
def fail_always(session: Session, *, now: datetime) -> None:
    note(session, "never seen")
    raise RuntimeError("always")


@jobs.job("sample.linger")
def linger(session: Session, *, now: datetime, flag: str) -> None:
    """Hang in the first run, until somebody kills the process; be quick in the second."""
    note(session, "lingered")
    if not Path(flag).exists():
        Path(flag).touch()
        time.sleep(60)


@jobs.job("sample.slow", lane=jobs.Lane.SLOW)
def slow(session: Session, *, now: datetime, flag: str, line: str) -> None:
    """Take as long as there is no flag, and say how many do so at the same time."""
    folder = Path(flag).parent
    own = folder / f"slow-{line}"
    own.touch()
    note(session, f"slow {line}, {len(list(folder.glob('slow-*')))} at once")
    end = time.monotonic() + 60
    while not Path(flag).exists() and time.monotonic() < end:
        time.sleep(0.05)
    own.unlink()


@jobs.every("* * * * *", "sample.each_minute")
def each_minute(session: Session, *, now: datetime, **_: Any) -> None:
    note(session, "minute")


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    url, folder, stalled = sys.argv[1:]
    create_app(Settings(database_url=url, demo=True, data_dir=Path(folder)))
    asyncio.run(jobs.run_worker(url, stalled_after=timedelta(seconds=float(stalled))))


if __name__ == "__main__":
    main()
