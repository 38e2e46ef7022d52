"""Which database a command works on, and bringing it to the newest schema."""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from flask import Flask

from portal.app import create_app
from portal.appointments import contacts
from portal.calendars import service as calendars
from portal.core import embedded, grants, lock, schema
from portal.core.config import Settings
from portal.core.db import Model, db

NAME = "portal"
ROLE = "portal_app"
"""The role of web and worker on the embedded server."""


class Refused(Exception):
    """The command cannot be carried out; the lines tell the operator why and what to do."""

    def __init__(self, *lines: str) -> None:
        super().__init__(*lines)
        self.lines = lines


def lock_file(settings: Settings) -> Path:
    """Return the file that the one process owning the data folder holds."""
    return settings.data_dir / "portal.lock"


def cluster(settings: Settings) -> Path:
    """Return the folder of the embedded PostgreSQL."""
    return settings.data_dir / "postgres"


@contextmanager
def connected(settings: Settings) -> Iterator[Settings]:
    """Fill in the database: the configured one, or the embedded one for as long as the block runs.

    While a supervisor owns the data folder its running server is used and left running.
    """
    if settings.database_url:
        yield settings
        return
    try:
        with lock.hold(lock_file(settings)):
            server = embedded.Server(cluster(settings))
            try:
                yield with_database(settings, server.start())
            finally:
                server.stop()
    except lock.Held as held:
        address = embedded.running_address(cluster(settings))
        if address is None:
            raise Refused(
                f"Die Datenbank startet oder stoppt gerade (Prozess {held.pid})."
            ) from held
        yield with_database(settings, address)


def with_database(settings: Settings, server_url: str) -> Settings:
    """Name the portal's database on the embedded server; create it and its role when missing.

    Whoever may open the server's socket can also sign in as its owner: on this server the role
    stops faults and injected statements, not somebody who runs commands on the machine.
    """
    owner = embedded.ensure_database(server_url, NAME)
    grants.ensure_role(server_url, ROLE)
    return settings.model_copy(
        update={"database_url": embedded.role_url(owner, ROLE), "database_owner_url": owner}
    )


@contextmanager
def application(settings: Settings) -> Iterator[Flask]:
    """Open the application on its database, inside a request context for rendering."""
    with connected(settings) as complete:
        app = create_app(complete)
        with app.test_request_context(base_url=complete.base_url):
            try:
                yield app
            finally:
                db.session.close()
                db.engine.dispose()


def bring_up_to_date(settings: Settings) -> None:
    """Migrate when there is something to migrate, and say so; then see to the rights."""
    if schema.is_newest(settings.owner_url):
        give_rights(settings)
        return
    begun = time.monotonic()
    print("Datenbank wird auf den neuesten Stand gebracht …", flush=True)
    schema.upgrade(settings.owner_url)
    give_rights(settings)
    with create_app(settings).app_context():
        calendars.ensure_standard_types(db.session)
        calendars.ensure_standard_place(
            db.session, name=settings.jobcenter_name, address=settings.jobcenter_address
        )
        contacts.ensure_standard_tracks(db.session)
        db.session.commit()
        db.session.close()
        db.engine.dispose()
    print(f"Datenbank ist auf dem neuesten Stand ({time.monotonic() - begun:.1f} s).", flush=True)


def give_rights(settings: Settings) -> None:
    """Let the role of web and worker use the tables, where the tables belong to another."""
    append_only = grants.append_only(Model.metadata)
    try:
        role, owner = grants.role_of(settings.database_url), grants.role_of(settings.owner_url)
        if role != owner:
            grants.give(settings.owner_url, role=role, append_only=append_only)
    except psycopg.Error as error:
        raise Refused(
            "Die Rolle in PORTAL_DATABASE_URL bekommt ihre Rechte nicht:",
            str(error).strip(),
            "Gibt es die Rolle? CREATE ROLE … LOGIN PASSWORD …",
            "Gehören die Tabellen der Rolle in PORTAL_DATABASE_OWNER_URL?",
        ) from error


def migrate(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal migrate`."""
    with connected(settings) as complete:
        bring_up_to_date(complete)
        print(f"Stand der Datenbank: {schema.current(complete.owner_url)}")
    return 0
