"""What a session costs: one query for session, person and whom the person acts for."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from tests.client import PortalClient
from tests.factories.accounts import citizen, staff_member
from tests.queries import counted_queries


def citizen_at_home(session: Session, client: PortalClient) -> str:
    client.sign_in(citizen(session))
    return "/hilfe"


def officer_at_work(session: Session, client: PortalClient) -> str:
    client.sign_in(staff_member(session, Role.BENEFIT_OFFICER, Role.TEAM_LEAD, Role.MAILROOM))
    return "/amt/anmelden"


@pytest.mark.parametrize("somebody", [citizen_at_home, officer_at_work])
def test_a_signed_in_page_adds_one_query(
    client: PortalClient,
    session: Session,
    somebody: Callable[[Session, PortalClient], str],
) -> None:
    page = somebody(session, client)
    session.commit()
    with counted_queries() as statements:
        client.get(page)
    about_people = [one for one in statements if "sessions" in one or "staff_" in one]
    assert len(about_people) == 1, about_people
