"""People who change forms or read drafts along; no edition of another test is remembered."""

import pytest

from portal.accounts.models import Role
from portal.applications import versions
from tests.client import PortalClient
from tests.factories import applications, form_edits, reading_along
from tests.factories.accounts import citizen, staff_member


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


@pytest.fixture
def browse(app):
    """Open browsers, each signed in as somebody."""

    def open_for(person):
        made = PortalClient(app, app.response_class, use_cookies=True)
        made.sign_in(person)
        return made

    return open_for


@pytest.fixture
def oksana(session):
    return citizen(session, first_name="Oksana", last_name="Sonnenblum")


@pytest.fixture
def jana(session):
    return staff_member(session, Role.BENEFIT_OFFICER, last_name="Aydın")


@pytest.fixture
def hers(browse, oksana):
    return browse(oksana)


@pytest.fixture
def at_the_office(browse, jana):
    return browse(jana)


@pytest.fixture
def draft(session, oksana):
    made = applications.draft(session, oksana, applications.NOTHING_CHANGED)
    session.commit()
    return made


@pytest.fixture
def reading(session, draft, oksana, jana):
    made = reading_along.running(session, draft, oksana, jana)
    session.commit()
    return made
