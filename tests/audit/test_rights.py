"""The database itself refuses whoever would change the trail: the role first, then a trigger."""

import psycopg
import pytest
from flask import Flask
from psycopg import errors
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from portal.audit import pending, service
from portal.audit.models import SYSTEM, Event
from portal.cli import database
from portal.core import clock, grants
from portal.core.db import Model, db
from tests import owner

CHANGES = (
    "UPDATE audit_events SET actor_name = 'x'",
    "DELETE FROM audit_events",
    "TRUNCATE audit_events",
)
DISARMING = (
    "ALTER TABLE audit_events DISABLE TRIGGER USER",
    "ALTER TABLE audit_events DISABLE TRIGGER append_only",
    "DROP TRIGGER append_only ON audit_events",
    "ALTER TRIGGER append_only ON audit_events RENAME TO asleep",
    """CREATE TRIGGER other BEFORE INSERT ON audit_events
       FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()""",
    """CREATE OR REPLACE FUNCTION refuse_change_of_trail() RETURNS trigger
       LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$""",
    "DROP TABLE audit_events",
    "CREATE RULE quiet AS ON INSERT TO audit_events DO INSTEAD NOTHING",
    "ALTER TABLE audit_events OWNER TO portal_app",
    "SET session_replication_role = replica",
    "SET ROLE postgres",
)


def write_deed(session: Session) -> None:
    service.record(session, deed="things.made", subject=("thing", "1"), by=SYSTEM, now=clock.now())
    pending.write(session)


@pytest.fixture
def unguarded(committed_app: Flask) -> Flask:
    """Put a deed into a trail whose triggers the owner has switched off."""
    with committed_app.app_context():
        write_deed(db.session)
        db.session.commit()
    with owner.connection(committed_app) as connection:
        connection.execute("ALTER TABLE audit_events DISABLE TRIGGER ALL")
    return committed_app


@pytest.mark.parametrize("statement", CHANGES + DISARMING)
def test_check_46_the_role_of_the_portal_cannot_change_the_trail(
    unguarded: Flask, statement: str
) -> None:
    url = unguarded.config["SETTINGS"].database_url

    with psycopg.connect(url) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(statement)

    with unguarded.app_context():
        assert db.session.scalars(select(Event.actor_name)).all() == ["System"]


def test_check_46_the_role_cannot_give_itself_a_right(unguarded: Flask) -> None:
    with unguarded.app_context():
        db.session.execute(text("GRANT ALL ON audit_events TO portal_app"))  # only a warning
        assert not grants.can_change(db.session, "audit_events")


@pytest.mark.parametrize("statement", CHANGES)
def test_check_46_a_trigger_refuses_the_owner_too(session: Session, statement: str) -> None:
    write_deed(session)
    session.execute(text("SET LOCAL ROLE NONE"))

    with pytest.raises(ProgrammingError, match="append-only"), session.begin_nested():
        session.execute(text(statement))


def test_check_46_the_role_reads_and_adds(committed_app: Flask) -> None:
    with committed_app.app_context():
        write_deed(db.session)
        db.session.commit()
        assert not grants.can_change(db.session, "audit_events")
        assert grants.can_change(db.session, "citizens")


def test_check_46_the_role_is_nobody_special(committed_app: Flask) -> None:
    with psycopg.connect(committed_app.config["SETTINGS"].database_url) as connection:
        found = connection.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
            " FROM pg_roles WHERE rolname = session_user"
        ).fetchone()
        owned = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = session_user::regrole"
        ).fetchone()
    assert found == (False,) * 5
    assert owned == (0,)


@pytest.mark.parametrize(
    "right",
    [
        "GRANT UPDATE (actor_name) ON audit_events TO portal_app",
        "GRANT DELETE ON audit_events TO PUBLIC",
        "GRANT TRUNCATE ON audit_events TO portal_app",
        "GRANT TRIGGER ON audit_events TO portal_app",
        "ALTER TABLE audit_events OWNER TO portal_app",
    ],
)
def test_check_46_a_right_too_many_is_seen(session: Session, right: str) -> None:
    owner.does(session, right)

    assert grants.can_change(session, "audit_events")


@pytest.mark.parametrize(
    "right",
    [
        "GRANT UPDATE (actor_name) ON audit_events TO portal_app",
        "GRANT ALL ON audit_events TO portal_app",
        "GRANT DELETE ON audit_events TO PUBLIC",
    ],
)
def test_check_46_the_next_migration_takes_a_right_too_many_away(
    committed_app: Flask, right: str
) -> None:
    with owner.connection(committed_app) as connection:
        connection.execute(right)

    database.bring_up_to_date(committed_app.config["SETTINGS"])

    with committed_app.app_context():
        assert not grants.can_change(db.session, "audit_events")


def test_a_new_table_needs_no_entry_in_a_list(committed_app: Flask) -> None:
    with owner.connection(committed_app) as connection:
        connection.execute("CREATE TABLE news (id serial PRIMARY KEY, line text)")

    database.bring_up_to_date(committed_app.config["SETTINGS"])

    with committed_app.app_context():
        db.session.execute(text("INSERT INTO news (line) VALUES ('a')"))
        db.session.execute(text("UPDATE news SET line = 'b'"))
        db.session.execute(text("DELETE FROM news"))


def test_the_trail_is_the_table_that_only_grows() -> None:
    assert grants.append_only(Model.metadata) == ["audit_events"]


def test_the_role_of_an_embedded_server_is_made_once(server_url: str) -> None:
    grants.ensure_role(server_url, database.ROLE)
    grants.ensure_role(server_url, database.ROLE)
