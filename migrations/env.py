"""Run the migrations: one transaction, under an advisory lock, with a short lock timeout."""

from alembic import context
from sqlalchemy import Connection, text

from portal.app import FEATURES
from portal.core.db import Model
from portal.core.schema import LOCK

TABLES_OF = FEATURES  # importing the wiring has brought every table into the metadata


def _run(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
    connection.commit()
    try:
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            compare_type=True,
            include_name=lambda name, kind, parents: not (name or "").startswith("procrastinate"),
        )
        with context.begin_transaction():
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
        connection.commit()


_run(context.config.attributes["connection"])
