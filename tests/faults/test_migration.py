"""Fault 16: a migration is killed between two statements."""

import os
import subprocess
import sys
import textwrap

import psycopg
import pytest

from portal.core import embedded, schema
from tests.house.tree import ROOT

pytestmark = pytest.mark.slow

KILLED_AT_STATEMENT = textwrap.dedent(
    """
    import os, signal, sys
    from sqlalchemy import Engine, event
    from portal.core import schema

    left = int(sys.argv[2])

    @event.listens_for(Engine, "before_cursor_execute")
    def count(*_):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    schema.upgrade(sys.argv[1])
    """
)


@pytest.fixture
def empty_database(server_url: str, worker_id: str) -> str:
    """Return the address of a database with nothing in it."""
    name = f"portal_{worker_id}_killed"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    return embedded.ensure_database(server_url, name)


@pytest.mark.parametrize("statement", [8, 60, 150])
def test_fault_16_a_killed_migration_leaves_nothing_half_and_runs_again(
    empty_database: str, statement: int
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_AT_STATEMENT, empty_database, str(statement)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
        check=False,
    )
    assert killed.returncode == -9, "the test kills later than the migration lasts"
    assert schema.current(empty_database) is None
    with psycopg.connect(empty_database) as connection:
        tables = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone()
    assert tables == (0,)

    schema.upgrade(empty_database)
    schema.check(empty_database)
