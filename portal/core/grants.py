"""What the role of the running portal may do in its database; the owner of the tables says so.

The owner builds and changes the tables; the role reads and writes rows. A table that is marked as
append-only the role can only read and add to, so neither a fault nor an injected statement in web
or worker changes a row of it. The statements run after each migration and name no other table, so
that a new one is never forgotten.
"""

from collections.abc import Iterable, Iterator

import psycopg
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import MetaData, text
from sqlalchemy.orm import Session

from portal.core.db import APPEND_ONLY
from portal.core.embedded import libpq_url
from portal.core.schema import LOCK, VERSION_TABLE

_CAN_CHANGE = """
    SELECT pg_has_role(relowner, 'MEMBER')
        OR has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')
        OR has_any_column_privilege(oid, 'UPDATE')
    FROM pg_class WHERE oid = CAST(:table AS regclass)
"""


def append_only(metadata: MetaData) -> list[str]:
    """Name the tables that bear the mark `core.db.APPEND_ONLY`."""
    return [
        table.name for table in metadata.sorted_tables if APPEND_ONLY.items() <= table.info.items()
    ]


def ensure_role(server_url: str, role: str) -> None:
    """Create the role on a server of our own unless it exists; it can sign in and nothing more."""
    with psycopg.connect(libpq_url(server_url)) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
            connection.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(role)))


def role_of(url: str) -> str:
    """Return the role that somebody has who signs in with this address."""
    with psycopg.connect(libpq_url(url)) as connection:
        [role] = connection.execute("SELECT current_user").fetchone() or ("",)
    return str(role)


def give(owner_url: str, *, role: str, append_only: Iterable[str]) -> None:
    """Let `role` work with every table there is; run it as the owner, after each migration.

    It waits for a migration that runs elsewhere: two changes to one table's rights collide.
    """
    with psycopg.connect(libpq_url(owner_url)) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        for statement in _statements(role, append_only):
            connection.execute(statement)


def _statements(role: str, append_only: Iterable[str]) -> Iterator[Composed]:
    to = {"role": Identifier(role)}
    for what in (
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role}",
        "GRANT USAGE ON SCHEMA public TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
    ):
        yield SQL(what).format(**to)
    allowed = {VERSION_TABLE: SQL("SELECT")} | {name: SQL("SELECT, INSERT") for name in append_only}
    for name, rights in allowed.items():
        at = {**to, "table": Identifier(name), "rights": rights}
        yield SQL("REVOKE ALL ON {table} FROM {role}, PUBLIC").format(**at)
        yield SQL("GRANT {rights} ON {table} TO {role}").format(**at)


def can_change(session: Session, table: str) -> bool:
    """Tell whether the role of this session could change, empty or disarm an append-only table."""
    return bool(session.scalar(text(_CAN_CHANGE), {"table": table}))
