"""Fixtures for every test: one real PostgreSQL, one migrated template database, a copy per worker.

`session` lives in a transaction that is rolled back; `client` sends requests on the same
connection. `committed_app` has a database of its own, for tests that need several connections
(races, the worker, real processes). Both work in the role of web and worker, so that any test finds
a right that is missing; what only the owner may do stands in `tests.owner`.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from portal.app import create_app
from portal.applications import shelf
from portal.cli.database import ROLE
from portal.core import embedded, grants, schema
from portal.core.config import Settings
from portal.core.db import Model, db
from portal.papers import sandbox
from tests import owner, remembered, roomy
from tests.clamd import RunningClamd
from tests.client import PortalClient
from tests.factories import applications
from tests.house import world

TEMPLATE = "portal_template"
SERVER_FOLDER = "PORTAL_TEST_SERVER"


@pytest.fixture(scope="session", autouse=True)
def _probe() -> None:
    shelf.shipped()["probe", 1] = applications.form()


def pytest_configure(config: pytest.Config) -> None:
    """Name the folder of this run's PostgreSQL; workers inherit the name.

    It does not lie below pytest's own folder: each further run takes the rights of others away
    there, and PostgreSQL does not run as root.
    """
    if not hasattr(config, "workerinput"):
        os.environ[SERVER_FOLDER] = tempfile.mkdtemp(prefix="portal-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folder once every worker has ended."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(SERVER_FOLDER, ""), ignore_errors=True)


@pytest.fixture(scope="session")
def server_url() -> str:
    """Start one PostgreSQL for all workers of this run and migrate its template database once."""
    shared = Path(os.environ[SERVER_FOLDER])
    with (shared / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        roomy.prepare(shared / "postgres")
        url = embedded.start(shared / "postgres")
        done = shared / "template.done"
        if not done.exists():
            template = embedded.ensure_database(url, TEMPLATE)
            schema.upgrade(template)
            grants.ensure_role(url, ROLE)
            grants.give(template, role=ROLE, append_only=grants.append_only(Model.metadata))
            done.touch()
    return url


@contextlib.contextmanager
def _copy(server_url: str, name: str) -> Iterator[str]:
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute("SELECT pg_advisory_lock(42)")  # one copy of the template at a time
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
        admin.execute("SELECT pg_advisory_unlock(42)")
    yield embedded.database_url(server_url, name)
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _settings(owner_url: str, url: str, folder: Path) -> Settings:
    return Settings(
        database_url=url,
        database_owner_url=owner_url,
        data_dir=folder,
        demo=True,
        base_url="http://localhost",
    )


@pytest.fixture(scope="session")
def rolled_back_app(
    server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """Build the application that shares one connection with each test; ask for `app` instead."""
    with _copy(server_url, f"portal_{worker_id}") as url:
        folder = tmp_path_factory.mktemp("data")
        app = create_app(_settings(url, owner.in_role(url, ROLE), folder))
        app.config["TESTING"] = True
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def connection(rolled_back_app: Flask) -> Iterator[Connection]:
    """Open the transaction of this test and roll it back at the end."""
    with rolled_back_app.app_context():
        engine, maker = db.engine, db.sessionmaker
    with engine.connect() as connection, connection.begin() as transaction:
        maker.configure(bind=connection, binds={}, join_transaction_mode="create_savepoint")
        yield connection
        maker.configure(bind=engine)
        transaction.rollback()


@pytest.fixture
def app(rolled_back_app: Flask, connection: Connection) -> Flask:
    """Return the application on the connection of this test."""
    return rolled_back_app


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """Open a session inside a request context, so that services can render messages."""
    with app.test_request_context(base_url=app.config["BASE_URL"]):
        yield db.session


@pytest.fixture
def client(app: Flask) -> PortalClient:
    """Return a browser without scripts that checks each answer; it has `sign_in(person)`."""
    return PortalClient(app, app.response_class, use_cookies=True)


@pytest.fixture
def committed_app(server_url: str, worker_id: str, tmp_path: Path) -> Iterator[Flask]:
    """Build an application on a database of its own, where commits are real."""
    with _copy(server_url, f"portal_{worker_id}_own") as url:
        app = create_app(_settings(url, embedded.role_url(url, ROLE), tmp_path))
        yield app
        with ThreadPoolExecutor(1) as aside:  # a browser may keep an event loop in this thread
            aside.submit(_hang_up, app).result()


@pytest.fixture(scope="module")
def shown_app(
    server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """Build an application on a database of its own for a file whose tests only look."""
    with _copy(server_url, f"portal_{worker_id}_shown") as url:
        folder = tmp_path_factory.mktemp("shown")
        app = create_app(_settings(url, embedded.role_url(url, ROLE), folder))
        yield app
        with ThreadPoolExecutor(1) as aside:
            aside.submit(_hang_up, app).result()


def _hang_up(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def _one_clamd() -> Iterator[RunningClamd]:
    running = RunningClamd()
    yield running
    running.remove()


@pytest.fixture
def clamd(_one_clamd: RunningClamd) -> RunningClamd:
    """Return a virus scanner that runs; a test may kill it."""
    _one_clamd.start()
    return _one_clamd


@pytest.fixture(scope="session")
def furnished_office(
    server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[world.Office]:
    """Furnish an office of its own, for tests that walk every page: each request is undone."""
    with _copy(server_url, f"portal_{worker_id}_world") as url:
        folder = tmp_path_factory.mktemp("world")
        app = create_app(_settings(url, embedded.role_url(url, ROLE), folder))
        yield from world.furnished(app)


@pytest.fixture(autouse=True)
def _no_database_unless_asked(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Make any query fail in a test that did not ask for the database."""
    if {"rolled_back_app", "committed_app", "server_url"} & set(request.fixturenames):
        return

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("this test asked for no database")

    monkeypatch.setattr(Session, "execute", refuse)


@pytest.fixture(autouse=True)
def _papers_are_remembered(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open each paper once in this run, except where opening is what is tested."""
    if "papers" not in request.path.parts and request.node.get_closest_marker("slow") is None:
        monkeypatch.setattr(sandbox, "run", remembered.run)
