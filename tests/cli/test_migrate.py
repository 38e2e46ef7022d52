"""`portal migrate` as in production: the owner is no superuser, the role owns nothing."""

from collections.abc import Iterator

import psycopg
import pytest

from portal.cli.database import ROLE
from portal.core import embedded
from tests.cli.conftest import Portal

OWNER = "portal_plain_owner"


@pytest.fixture
def owner_url(server_url: str, worker_id: str) -> Iterator[str]:
    """Make an empty database that belongs to an ordinary role; return the owner's address."""
    owner, name = f"{OWNER}_{worker_id}", f"portal_{worker_id}_plain"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {owner} LOGIN")
        admin.execute(f'CREATE DATABASE "{name}" OWNER {owner} TEMPLATE template0')
    url = embedded.database_url(server_url, name)
    yield embedded.role_url(url, owner)
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        admin.execute(f"DROP ROLE {owner}")


@pytest.fixture
def migrated(portal: Portal, owner_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Migrate it, with the addresses that an operator would set."""
    monkeypatch.setenv("PORTAL_DATABASE_URL", embedded.role_url(owner_url, ROLE))
    monkeypatch.setenv("PORTAL_DATABASE_OWNER_URL", owner_url)
    answer = portal("migrate")
    assert (answer.code, answer.err) == (0, "")
    return owner_url


def test_check_46_the_role_gets_its_rights_from_an_ordinary_owner(migrated: str, portal: Portal):
    told = portal("doctor").out

    assert "✓ Rechte" in told
    assert "✓ Aufträge" in told
    assert "✓ Schema" in told


def test_check_46_without_a_role_of_its_own_doctor_complains(
    migrated: str, portal: Portal, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PORTAL_DATABASE_URL", migrated)
    monkeypatch.setenv("PORTAL_DATABASE_OWNER_URL", "")

    assert portal("migrate").code == 0
    assert "✗ Rechte" in portal("doctor").out


def test_a_role_that_is_not_there_is_named(
    migrated: str, portal: Portal, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PORTAL_DATABASE_URL", embedded.role_url(migrated, "nobody_at_all"))

    answer = portal("migrate")

    assert answer.code == 2
    assert 'role "nobody_at_all" does not exist' in answer.err
    assert "CREATE ROLE" in answer.err
