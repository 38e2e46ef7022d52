"""A case with its benefit officer, who is signed in, and a colleague of another department."""

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.casefiles.models import Case
from tests.client import PortalClient
from tests.factories import accounts, casefiles


@pytest.fixture
def case(session: Session) -> Case:
    return casefiles.case(session, accounts.citizen(session, last_name="Kovalenko"))


@pytest.fixture
def jana(session: Session, client: PortalClient, case: Case) -> StaffMember:
    made = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=case.team, last_name="Weber")
    case.benefit_officer_id = made.id
    session.flush()
    session.refresh(case, ["benefit_officer", "integration_officer"])
    client.sign_in(made)
    return made


@pytest.fixture
def selin(session: Session) -> StaffMember:
    """Employ an expert of another department, to whom the file is closed."""
    return accounts.staff_member(session, Role.INTEGRATION_OFFICER, last_name="Yildiz")
