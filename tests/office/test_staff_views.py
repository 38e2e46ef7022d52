"""How absences are entered, and how a closed file is opened again."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.audit.models import Event
from portal.core import clock
from portal.notifications.models import Message
from portal.office.models import ConflictOfInterest, Substitution
from tests.client import PortalClient
from tests.factories import accounts, casefiles, office

PAGE = "/amt/konto/vertretung"


@pytest.fixture
def jana(session: Session, client: PortalClient) -> StaffMember:
    made = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    client.sign_in(made)
    return made


def typed(absent: StaffMember, substitute: StaffMember, days: int = 7) -> dict[str, object]:
    today = clock.local_date(clock.now())
    last = today + timedelta(days=days)
    return {
        "absent": str(absent.id),
        "substitute": str(substitute.id),
        "first_day": [str(today.day), str(today.month), str(today.year)],
        "last_day": [str(last.day), str(last.month), str(last.year)],
    }


def deeds(session: Session, *names: str) -> list[str]:
    return list(session.scalars(select(Event.deed).where(Event.deed.in_(names)).order_by(Event.id)))


def test_the_substitute_gets_a_message_and_the_list_shows_it(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    murat = accounts.staff_member(session, Role.BENEFIT_OFFICER, last_name="Aydin")
    assert client.post_form(PAGE, typed(jana, murat)).status_code == 302
    page = client.get(PAGE).text
    assert "gilt jetzt" in page
    assert murat.name in page
    letter = session.scalars(select(Message).where(Message.recipient_id == murat.id)).one()
    assert jana.name in letter.text
    assert deeds(session, "office.substitution_made") == ["office.substitution_made"]


def test_it_can_be_ended_before_its_time(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    made = office.substitution(
        session, absent=jana, substitute=accounts.staff_member(session, Role.BENEFIT_OFFICER)
    )
    client.post_form(f"{PAGE}/{made.id}/beenden")
    session.refresh(made)
    assert made.ended_by_name == jana.name
    assert "Keine Vertretung eingetragen" in client.get(PAGE).text


def test_somebody_elses_absence_is_not_there(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    tobias = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=jana.team)
    murat = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    assert client.post_form(PAGE, typed(tobias, murat)).status_code == 422
    made = office.substitution(session, absent=tobias, substitute=murat)
    assert client.post_form(f"{PAGE}/{made.id}/beenden").status_code == 404
    assert session.scalars(select(Substitution)).all() == [made]


def test_a_lead_enters_the_absence_of_somebody_who_is_ill(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    client.sign_in(office.lead(session, of=jana))
    murat = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    assert client.post_form(PAGE, typed(jana, murat)).status_code == 302
    assert session.scalars(select(Substitution.absent_id)).all() == [jana.id]


def test_check_17_another_person_lifts_a_conflict_of_interest(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    case = casefiles.case(session)
    made = office.conflict(session, case=case, member=jana)
    lift = f"/amt/konto/befangenheit/{made.id}/aufheben"
    assert case.members[0].citizen.name in client.get("/amt/konto/befangenheit").text
    assert client.post_form(lift).status_code == 404
    client.sign_in(office.lead(session))
    assert client.post_form(lift).status_code == 404
    client.sign_in(office.lead(session, of=jana))
    assert client.post_form(lift).status_code == 302
    lifted = session.scalars(select(ConflictOfInterest)).one()
    session.refresh(lifted)
    assert lifted.lifted_at is not None
    assert deeds(session, "office.conflict_declared", "office.conflict_lifted") == [
        "office.conflict_declared",
        "office.conflict_lifted",
    ]
