"""Two people and their browsers."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from tests.client import PortalClient
from tests.factories import accounts
from tests.representation.browsing import Browser


@pytest.fixture
def browse(app: Flask) -> Browser:
    """Open a browser of its own, signed in as somebody."""

    def open_for(person: Citizen | None = None) -> PortalClient:
        made = PortalClient(app, app.response_class, use_cookies=True)
        if person is not None:
            made.sign_in(person)
        return made

    return open_for


@pytest.fixture
def farid(session: Session) -> Citizen:
    made = accounts.citizen(session, first_name="Farid", last_name="Amiri")
    session.commit()
    return made
