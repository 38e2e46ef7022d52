"""What an appointment opens, and what stays closed in the calendars."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.appointments import queries, service
from portal.appointments.models import Booking
from portal.calendars import search
from portal.calendars.models import Channel
from portal.casefiles import walls
from portal.casefiles.models import CaseAccess
from portal.casefiles.walls import Ground
from portal.core import clock
from portal.core.errors import Conflict, NotFound
from tests.client import PortalClient
from tests.factories import accounts, office
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW


@pytest.fixture(autouse=True)
def _monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def booking(session: Session) -> Booking:
    """Book with an officer of another team than that of the case."""
    accounts.staff_member(session, Role.BENEFIT_OFFICER)
    citizen = accounts.citizen(session)
    make.case_of(session, citizen)
    made = make.booking(session, citizen=citizen, officer=make.officer(session))
    session.flush()
    return made


def accesses(session: Session, booking: Booking) -> list[tuple[object, datetime | None]]:
    rows = session.scalars(
        select(CaseAccess).where(CaseAccess.subject_id == booking.id).order_by(CaseAccess.ends_at)
    )
    return [(row.staff_member_id, row.ends_at) for row in rows]


def sees(session: Session, booking: Booking, asker: StaffMember) -> bool:
    try:
        queries.booking_for(session, booking.id, asker=asker)
    except NotFound:
        return False
    return True


def test_an_appointment_opens_the_file_until_30_days_after_it(
    session: Session, booking: Booking
) -> None:
    officer, until = booking.staff_member, booking.ends_at + timedelta(days=30)
    assert accesses(session, booking) == [(officer.id, until)]
    why = walls.why(session, case_id=booking.case_id, asker=officer)
    assert why.ground is Ground.APPOINTMENT


def test_whoever_sees_the_file_anyway_needs_no_row(session: Session) -> None:
    citizen, officer = accounts.citizen(session), make.officer(session)
    make.case_of(session, citizen, integration_officer=officer)
    made = make.booking(session, citizen=citizen, officer=officer)
    assert accesses(session, made) == []


def test_the_file_closes_when_the_appointment_moves_to_somebody_else(
    session: Session, booking: Booking
) -> None:
    before, after = booking.staff_member, make.officer(session)
    service.move(
        session,
        booking=booking,
        slot=make.slot_at(after),
        by=booking.citizen,
        now=NOW - timedelta(days=3),
    )
    session.flush()
    assert [officer for officer, _ in accesses(session, booking)] == [before.id, after.id]
    with pytest.raises(NotFound):
        walls.why(session, case_id=booking.case_id, asker=before)


def test_the_file_closes_when_the_appointment_is_cancelled(
    session: Session, booking: Booking
) -> None:
    officer = booking.staff_member
    service.cancel(session, booking=booking, by=officer, now=NOW)
    session.flush()
    with pytest.raises(NotFound):
        walls.why(session, case_id=booking.case_id, asker=officer)
    assert sees(session, booking, officer)  # the talk stays one's own


def test_check_13_a_booking_is_there_for_who_sees_the_file(
    session: Session, booking: Booking
) -> None:
    case_team = make.case_of(session, booking.citizen).team
    colleague = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=case_team)
    desk = accounts.staff_member(session, Role.FRONT_DESK)
    stranger = make.officer(session)
    assert sees(session, booking, colleague)
    assert sees(session, booking, desk)
    assert not sees(session, booking, stranger)
    office.substitution(session, absent=booking.staff_member, substitute=stranger)
    session.flush()
    assert sees(session, booking, stranger)


def test_check_17_a_conflict_of_interest_closes_even_the_own_talk(
    session: Session, booking: Booking, client: PortalClient
) -> None:
    officer = booking.staff_member
    office.conflict(session, case=make.case_of(session, booking.citizen), member=officer)
    session.flush()
    assert not sees(session, booking, officer)
    client.sign_in(officer)
    page = client.get("/amt/termine").text
    assert "belegt" in page
    assert booking.citizen.name not in page
    for path in (f"/amt/termine/{booking.id}", f"/amt/beratung/{booking.id}"):
        assert client.get(path).status_code == 404


def test_check_14_a_calendar_of_another_team_shows_the_time_and_not_the_person(
    session: Session, booking: Booking, client: PortalClient
) -> None:
    client.sign_in(make.officer(session))
    page = client.get(f"/amt/termine?wer={booking.staff_member_id}").text
    assert "belegt" in page
    assert booking.citizen.name not in page
    assert str(booking.id) not in page


def test_check_17_nobody_is_booked_with_an_officer_who_is_related(session: Session) -> None:
    citizen, cousin, other = accounts.citizen(session), make.officer(session), make.officer(session)
    case = make.case_of(session, citizen, integration_officer=cousin)
    office.conflict(session, case=case, member=cousin)
    session.flush()
    found = search.free_slots(
        session,
        type=make.kind(session),
        channel=Channel.VIDEO,
        citizen=citizen,
        first=NOW,
        last=NOW + timedelta(days=5),
        asker=citizen,
        now=NOW,
    )
    assert {slot.officer for slot in found} == {other.id}
    with pytest.raises(Conflict):
        make.booking(session, citizen=citizen, officer=cousin, slot=make.slot_at(cousin, MONDAY))
