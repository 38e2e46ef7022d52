"""Appointments whose officer is missing: ill today, or no longer in the office."""

from datetime import time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.accounts.service import inviting
from portal.appointments import covering, jobs, service
from portal.appointments.models import Booking, BookingState
from portal.calendars import away, resources, truth
from portal.calendars.models import AbsenceReason, Channel, Occupancy
from portal.calendars.recurrence import Rule
from portal.casefiles import accesses
from portal.core.errors import Conflict, InvalidInput
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications.queries import latest_messages
from portal.office.models import ConflictKind
from tests.client import PortalClient
from tests.factories import accounts, groups
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW
from tests.queries import counted_queries

pytestmark = pytest.mark.usefixtures("quiet_monday")
COVER = "/amt/termine/vertretung"


@pytest.fixture
def officer(session: Session) -> StaffMember:
    return make.officer(session)


@pytest.fixture
def booking(session: Session, officer: StaffMember) -> Booking:
    return make.booking(session, officer=officer)


@pytest.fixture
def colleague(session: Session, officer: StaffMember) -> StaffMember:
    return make.officer(session, team=officer.team)


@pytest.fixture
def lead(session: Session, officer: StaffMember) -> StaffMember:
    return accounts.staff_member(
        session, Role.INTEGRATION_OFFICER, Role.TEAM_LEAD, team=officer.team
    )


def free_for(session: Session, booking: Booking, asker: StaffMember) -> list[StaffMember]:
    session.flush()
    return covering.colleagues_for(session, [booking], asker=asker, now=NOW)[booking.id]


class TestWhoIsFree:
    def test_the_own_team_first_and_never_oneself(
        self, session: Session, booking: Booking, colleague: StaffMember, lead: StaffMember
    ) -> None:
        stranger = make.officer(session, last_name="Aal")
        assert free_for(session, booking, lead) == [colleague, stranger]

    def test_not_who_is_booked_away_or_at_lunch(
        self, session: Session, booking: Booking, lead: StaffMember, officer: StaffMember
    ) -> None:
        booked, absent, eating, closed, other_way = (
            make.officer(session, team=officer.team, opens=number < 3) for number in range(5)
        )
        make.booking(session, officer=booked)
        make.absence(session, absent)
        make.hours(session, closed, starts=time(9, 30))
        make.hours(session, other_way, channels=[Channel.PHONE])
        away.add_recurring_absences(
            session,
            officers=[eating],
            rule=Rule.weekly(1),
            starts=time(9, 25),
            ends=time(10),
            valid_from=MONDAY,
            valid_until=None,
            reason=AbsenceReason.BREAK,
            by=eating,
            now=NOW,
        )
        assert free_for(session, booking, lead) == []

    @pytest.mark.parametrize("number", [1, 5])
    def test_asks_a_fixed_number_of_times(
        self, session: Session, officer: StaffMember, lead: StaffMember, number: int
    ) -> None:
        bookings = [
            make.booking(session, officer=officer, slot=make.slot_at(officer, wall=wall))
            for wall in (time(9), time(9, 45), time(10, 30), time(11, 15), time(12))[:number]
        ]
        for _ in range(number):
            make.officer(session, team=officer.team)
        session.flush()
        with counted_queries() as statements:
            covering.colleagues_for(session, bookings, asker=lead, now=NOW)
        assert len(statements) <= 10


class TestHandOver:
    def test_the_time_stays_and_the_officer_changes(
        self, session: Session, booking: Booking, colleague: StaffMember, lead: StaffMember
    ) -> None:
        before = booking.starts_at
        covering.hand_over(session, booking=booking, colleague=colleague, by=lead, now=NOW)
        assert (booking.starts_at, booking.staff_member, booking.sequence) == (before, colleague, 1)
        taken = session.scalars(
            select(Occupancy.resource).where(Occupancy.taken_by == booking.id)
        ).all()
        assert resources.of_staff(colleague) in taken
        assert len(taken) == 2
        written = latest_messages(session, address=booking.citizen.email)
        [message] = [one for one in written if one.template == "booking_handed_over"]
        assert f"Mit Ihnen spricht jetzt {colleague.name}." in message.text
        assert "Montag, 16. November 2026, 09:00 Uhr" in message.text

    def test_a_second_tap_changes_nothing(
        self, session: Session, booking: Booking, colleague: StaffMember, lead: StaffMember
    ) -> None:
        for _ in range(2):
            covering.hand_over(session, booking=booking, colleague=colleague, by=lead, now=NOW)
        assert booking.sequence == 1

    def test_what_the_citizen_chose_stays_chosen(
        self, session: Session, booking: Booking, colleague: StaffMember, lead: StaffMember
    ) -> None:
        assert booking.chosen_by_citizen
        covering.hand_over(session, booking=booking, colleague=colleague, by=lead, now=NOW)
        assert booking.chosen_by_citizen

    def test_who_was_just_booked_cannot(
        self, session: Session, booking: Booking, colleague: StaffMember, lead: StaffMember
    ) -> None:
        make.booking(session, officer=colleague)
        with pytest.raises(Conflict, match="nicht mehr frei"):
            covering.hand_over(session, booking=booking, colleague=colleague, by=lead, now=NOW)
        assert booking.staff_member != colleague
        assert session.scalar(
            select(Occupancy).where(
                Occupancy.taken_by == booking.id,
                Occupancy.resource == resources.of_staff(booking.staff_member),
            )
        )

    def test_a_conflict_of_interest_is_not_named(
        self, session: Session, booking: Booking, colleague: StaffMember, lead: StaffMember
    ) -> None:
        case = make.case_of(session, booking.citizen)
        accesses.keep_out(
            session,
            case=case,
            citizen=booking.citizen,
            kind=ConflictKind.RELATIVE,
            reason="",
            by=colleague,
            now=NOW,
        )
        session.flush()
        with pytest.raises(InvalidInput, match="kann den Termin nicht übernehmen"):
            covering.hand_over(session, booking=booking, colleague=colleague, by=lead, now=NOW)

    def test_nobody_hands_over_what_has_begun(
        self, session: Session, booking: Booking, colleague: StaffMember, lead: StaffMember
    ) -> None:
        later = booking.starts_at + timedelta(minutes=1)
        with pytest.raises(Conflict, match="schon begonnen"):
            covering.hand_over(session, booking=booking, colleague=colleague, by=lead, now=later)


class TestPages:
    def test_ill_in_one_tap_then_everything_is_settled(
        self,
        client: PortalClient,
        session: Session,
        booking: Booking,
        colleague: StaffMember,
        lead: StaffMember,
        officer: StaffMember,
    ) -> None:
        later = make.booking(session, officer=officer, slot=make.slot_at(officer, wall=time(12)))
        names = booking.citizen.name, later.citizen.name
        session.commit()
        client.sign_in(lead)
        page = f"{COVER}/{officer.id}"
        answer = client.post_form(f"{page}/krank", follow_redirects=True)
        text = answer.get_data(as_text=True)
        assert "Für heute abwesend eingetragen" in text
        assert f"/amt/termine/{later.id}/absagen" in text
        assert f"{COVER}/termin/{booking.id}" in text
        give = f"{COVER}/termin/{booking.id}"
        assert client.post_form(give, {"colleague": ""}).status_code == 422
        assert client.post_form(give, {"colleague": str(officer.id)}).status_code == 422
        answer = client.post_form(give, {"colleague": str(colleague.id)}, follow_redirects=True)
        text = answer.get_data(as_text=True)
        assert f"{colleague.name} übernimmt den Termin." in text
        assert [name in text for name in names] == [False, True]

    def test_another_day(
        self, client: PortalClient, session: Session, booking: Booking, officer: StaffMember
    ) -> None:
        session.commit()
        client.sign_in(officer)
        text = client.get(f"{COVER}/{officer.id}?tag=2026-11-17").get_data(as_text=True)
        assert "Nichts zu regeln" in text
        assert "Krank heute" not in text

    def test_colleagues_do_not_send_each_other_home(
        self, client: PortalClient, session: Session, officer: StaffMember, colleague: StaffMember
    ) -> None:
        session.commit()
        client.sign_in(colleague)
        assert client.get(f"{COVER}/{officer.id}").status_code == 404
        assert client.post_form(f"{COVER}/{officer.id}/krank").status_code == 404

    def test_an_appointment_of_another_team_does_not_exist(
        self, client: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        citizen, stranger = accounts.citizen(session), make.officer(session)
        make.case_of(session, citizen)
        booking = make.booking(session, citizen=citizen, officer=officer)
        session.commit()
        client.sign_in(stranger)
        page = f"{COVER}/termin/{booking.id}"
        assert client.get(page).status_code == 404
        assert client.post_form(page, {"colleague": str(stranger.id)}).status_code == 404


class TestGone:
    @pytest.fixture(autouse=True)
    def _left(self, session: Session, booking: Booking, lead: StaffMember) -> None:
        administrator = accounts.staff_member(session, Role.ADMINISTRATOR)
        session.flush()
        member = booking.staff_member
        inviting.deactivate(session, member=member, by=administrator, now=NOW)
        session.flush()

    def items(self, session: Session) -> list[WorkItem]:
        jobs.find_those_without_officer(session, now=NOW)
        session.flush()
        open_ones = select(WorkItem).where(
            WorkItem.kind == ItemKind.OFFICER_GONE, WorkItem.closed_at.is_(None)
        )
        return list(session.scalars(open_ones))

    def test_the_lead_finds_each_appointment_once(
        self, session: Session, booking: Booking, lead: StaffMember
    ) -> None:
        self.items(session)
        [item] = self.items(session)
        assert (item.subject_id, item.assignee_id) == (booking.id, lead.id)
        assert booking.staff_member.name in item.reason
        assert item.due_on == MONDAY

    def test_the_item_leads_the_lead_to_a_file_of_another_team(
        self, client: PortalClient, session: Session, booking: Booking, lead: StaffMember
    ) -> None:
        case = make.case_of(session, booking.citizen)
        case.team = accounts.team(session, "Leistung 7")
        booking.case = case
        page = f"{COVER}/termin/{booking.id}"
        session.commit()
        client.sign_in(lead)
        assert client.get(page).status_code == 404
        assert self.items(session)
        session.commit()
        assert client.get(page).status_code == 200

    def test_handing_over_settles_it(
        self, session: Session, booking: Booking, colleague: StaffMember, lead: StaffMember
    ) -> None:
        assert self.items(session)
        covering.hand_over(session, booking=booking, colleague=colleague, by=lead, now=NOW)
        assert self.items(session) == []

    def test_cancelling_settles_it(
        self, session: Session, booking: Booking, lead: StaffMember
    ) -> None:
        assert self.items(session)
        service.cancel(session, booking=booking, by=lead, now=NOW)
        assert self.items(session) == []
        assert booking.state == BookingState.CANCELLED

    def test_what_has_passed_is_no_question_any_more(
        self, session: Session, booking: Booking
    ) -> None:
        [item] = self.items(session)
        covering.close_settled(session, now=booking.starts_at)
        session.flush()
        session.refresh(item)
        assert item.closed_at is not None

    def test_who_left_is_not_offered(self, session: Session, booking: Booking) -> None:
        citizen = accounts.citizen(session)
        slots = make.upcoming_slots(session, citizen, booking.type, NOW)
        assert booking.staff_member_id not in {slot.officer for slot in slots}
        slot = make.slot_at(booking.staff_member, MONDAY + timedelta(days=1))
        assert not truth.is_free(session, slot, type=booking.type, channel=Channel.VIDEO, now=NOW)
        with pytest.raises(Conflict):
            make.booking(session, officer=booking.staff_member, slot=slot)


def test_the_day_is_only_what_is_ahead(session: Session, booking: Booking) -> None:
    officer = booking.staff_member
    ahead = covering.day_ahead(session, MONDAY, officer=officer, asker=officer, now=NOW)
    assert (ahead.bookings, ahead.gatherings, ahead.hidden) == ([booking], [], 0)
    later = booking.starts_at + timedelta(hours=1)
    ahead = covering.day_ahead(session, MONDAY, officer=officer, asker=officer, now=later)
    assert ahead.bookings == []


def test_a_group_of_the_day_is_to_be_settled_too(client: PortalClient, session: Session) -> None:
    # Given somebody leads a group and joins another
    officer = make.officer(session, opens=False)
    led = groups.event(session, lead=officer, day=MONDAY)
    groups.seat(session, led)
    session.commit()
    # When the page of the day is opened
    client.sign_in(officer)
    page = client.get(f"/amt/termine/vertretung/{officer.id}?tag={MONDAY:%Y-%m-%d}").text
    # Then it stands there with its seats, and where it is given to somebody else
    assert "1 von 3" in page
    assert f"/amt/termine/gruppen/{led.id}/aendern" in page
