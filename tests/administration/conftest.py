"""An office with two administrators, and one person they look after."""

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from tests.client import PortalClient
from tests.factories import accounts


@dataclass
class Office:
    """Who takes part in a test."""

    admin: StaffMember
    other_admin: StaffMember
    jana: StaffMember


@pytest.fixture
def office(session: Session, client: PortalClient) -> Office:
    """Two administrators, of whom the first is signed in, and a benefit officer."""
    made = Office(
        accounts.staff_member(session, Role.ADMINISTRATOR, first_name="Nele", last_name="Jansen"),
        accounts.staff_member(session, Role.ADMINISTRATOR, first_name="Ole", last_name="Behr"),
        accounts.staff_member(
            session,
            Role.BENEFIT_OFFICER,
            first_name="Jana",
            last_name="Keller",
            email="jana.keller@jobcenter.example",
            team=accounts.team(session, "Leistung 1"),
        ),
    )
    session.commit()
    client.sign_in(made.admin)
    return made
