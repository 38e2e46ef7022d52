"""People who change forms, and a process that remembers no edition of another test."""

import pytest

from portal.accounts.models import Role
from portal.applications import versions
from tests.factories import form_edits
from tests.factories.accounts import staff_member


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Forget the words of editions: their transaction was rolled back."""
    versions._READ.clear()
    yield
    versions._READ.clear()


@pytest.fixture
def author(session):
    return staff_member(session, Role.DATA_QUALITY_OFFICER)


@pytest.fixture
def lead(session):
    return staff_member(session, Role.TEAM_LEAD)


@pytest.fixture
def edit(session, author):
    return form_edits.begun(session, author)
