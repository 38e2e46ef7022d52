"""The migrations build what the models say, and take it away again."""

import psycopg
import pytest

from portal.core import embedded, schema
from portal.core.paths import MIGRATIONS


@pytest.fixture
def empty_database(server_url: str, worker_id: str) -> str:
    """Return the address of a database with nothing in it."""
    name = f"portal_{worker_id}_empty"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    return embedded.ensure_database(server_url, name)


def tables(url: str) -> set[str]:
    """Return the tables of the public schema."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {row[0] for row in rows}


def test_schema_equals_models(empty_database: str) -> None:
    schema.upgrade(empty_database)
    schema.check(empty_database)


def test_down_leaves_nothing_and_up_again_works(empty_database: str) -> None:
    schema.upgrade(empty_database)
    built = tables(empty_database)
    schema.downgrade(empty_database, "base")
    assert tables(empty_database) <= {"alembic_version"}
    schema.upgrade(empty_database)
    assert tables(empty_database) == built


def test_the_head_is_pinned() -> None:
    """Two branches with a migration each conflict in git, not at night."""
    pinned = (MIGRATIONS / "HEAD").read_text("utf-8").strip()
    assert schema.head() == pinned
