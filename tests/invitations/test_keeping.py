"""The time held for the invited stays a real one; who reads no mail is called."""

from datetime import time, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.appointments.models import Booking, BookingState
from portal.calendars import weeks
from portal.calendars.models import Absence, AbsenceReason
from portal.calendars.resources import of_staff
from portal.core.db import new_id
from portal.inbox.models import ItemKind, WorkItem
from portal.invitations import answering, inviting, jobs, queries
from portal.invitations.models import Invitation, InvitationState
from portal.notifications.queries import latest_messages
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import appointments as calendars
from tests.factories import invitations as make
from tests.factories.appointments import NOW

DAY = timedelta(days=1)


def read(session: Session, invitation: Invitation) -> Invitation:
    return queries.invitation_for(session, invitation.id, asker=invitation.citizen, lock=True)


def held(session: Session, invitation: Invitation) -> Booking:
    found = queries.held_for(session, read(session, invitation))
    assert found is not None
    return found


def items(session: Session) -> list[WorkItem]:
    wanted = select(WorkItem).where(
        WorkItem.kind == ItemKind.INVITATION, WorkItem.closed_at.is_(None)
    )
    return list(session.scalars(wanted))


def mails(session: Session, citizen: Citizen) -> list[str]:
    return [one.template for one in latest_messages(session, address=citizen.email)]


def leave(session: Session, officer: StaffMember) -> None:
    officer.is_active = False
    session.flush()


@pytest.fixture
def inviter(session: Session) -> StaffMember:
    """Return who invites, and has no hours of their own."""
    return calendars.officer(session, opens=False)


class TestWhoseOfficerIsGone:
    def test_a_colleague_takes_the_same_time(self, session: Session, inviter: StaffMember) -> None:
        # Given a time that is held with an officer, and a colleague with the same hours
        officer, citizen = calendars.officer(session), accounts.citizen(session)
        invitation = make.invitation(session, citizen, inviter)
        before = held(session, invitation)
        old, starts_at, until = before.id, before.starts_at, before.held_until
        colleague = calendars.officer(session)
        # When the officer leaves
        leave(session, officer)
        jobs.keep_capacity(session, now=NOW + DAY)
        # Then the colleague has it at the hour that the letter names, and it can be taken
        now_held = held(session, invitation)
        assert (now_held.staff_member, now_held.starts_at) == (colleague, starts_at)
        assert now_held.held_until == until
        assert session.get(Booking, old) is None
        assert mails(session, citizen) == ["invited"]
        assert items(session) == []
        booking = answering.take_held(
            session, invitation=read(session, invitation), by=citizen, now=NOW + DAY
        )
        assert booking.state is BookingState.BOOKED

    def test_else_another_time_is_held_and_said(
        self, session: Session, inviter: StaffMember
    ) -> None:
        # Given a colleague who is there in the afternoon only
        officer, citizen = calendars.officer(session), accounts.citizen(session)
        invitation = make.invitation(session, citizen, inviter)
        before = held(session, invitation)
        starts_at = before.starts_at
        colleague = calendars.officer(session, opens=False)
        later = starts_at.isoweekday() % 5 + 1
        calendars.hours(session, colleague, starts=time(14), ends=time(15), weekday=later)
        # When the officer is away at that time
        session.add(
            Absence(
                id=new_id(),
                staff_member_id=officer.id,
                starts_at=starts_at - 30 * DAY,
                ends_at=starts_at + 60 * DAY,
                reason=AbsenceReason.AWAY,
            )
        )
        session.flush()
        weeks.refresh_all_weeks(session, touched=[of_staff(officer)], now=NOW)
        jobs.keep_capacity(session, now=NOW + DAY)
        # Then another time is held, and the invited know
        assert held(session, invitation).staff_member == colleague
        assert mails(session, citizen).count("invitation_time_changed") == 1
        jobs.keep_capacity(session, now=NOW + DAY)
        assert mails(session, citizen).count("invitation_time_changed") == 1

    def test_without_any_time_the_lead_is_told_until_there_is_one(
        self, session: Session, inviter: StaffMember
    ) -> None:
        lead = accounts.staff_member(session, Role.TEAM_LEAD, team=inviter.team)
        officer, citizen = calendars.officer(session), accounts.citizen(session)
        invitation = make.invitation(session, citizen, inviter)
        leave(session, officer)
        jobs.keep_capacity(session, now=NOW + DAY)
        jobs.keep_capacity(session, now=NOW + DAY)
        [item] = items(session)
        assert (item.assignee_id, item.subject_id) == (lead.id, invitation.id)
        assert "keine Zeit mehr frei gehalten" in item.reason
        # Somebody opens hours
        calendars.officer(session)
        jobs.keep_capacity(session, now=NOW + DAY)
        assert items(session) == []
        assert held(session, invitation).staff_member.is_active


class TestWhoReadsNoMail:
    def invited(self, session: Session, inviter: StaffMember) -> Invitation:
        calendars.officer(session)
        citizen = accounts.citizen(session, email=None, phone="0641 1234")
        return make.invitation(session, citizen, inviter)

    def test_is_called_by_who_has_invited_on_the_third_day(
        self, session: Session, inviter: StaffMember
    ) -> None:
        invitation = self.invited(session, inviter)
        jobs.remind(session, now=NOW + 2 * DAY)
        assert items(session) == []
        jobs.remind(session, now=NOW + 3 * DAY)
        jobs.remind(session, now=NOW + 3 * DAY + timedelta(hours=1))
        [item] = items(session)
        assert item.assignee_id == inviter.id
        assert "Erinnerung geht nicht hinaus" in item.reason
        assert invitation.reminded_at is None  # nobody has yet
        # When they are called, it is said, and nobody asks again
        called = NOW + 4 * DAY
        found = read(session, invitation)
        inviting.close_item(session, invitation=found, by=inviter, now=called)
        assert (found.state, found.reminded_at) == (InvitationState.REMINDED, called)
        jobs.remind(session, now=called + timedelta(hours=1))
        assert items(session) == []

    def test_an_answer_takes_it_off_the_list(self, session: Session, inviter: StaffMember) -> None:
        invitation = self.invited(session, inviter)
        jobs.remind(session, now=NOW + 3 * DAY)
        answering.decline(
            session,
            invitation=read(session, invitation),
            by=invitation.citizen,
            now=NOW + 4 * DAY,
        )
        assert items(session) == []

    def test_the_page_says_the_number_and_takes_the_call(
        self, client: PortalClient, session: Session, inviter: StaffMember
    ) -> None:
        invitation = self.invited(session, inviter)
        session.commit()
        page = f"/amt/einladungen/{invitation.id}"
        with time_machine.travel(NOW + 3 * DAY, tick=False):
            client.sign_in(inviter)
            assert "Anrufen: 0641 1234" in client.get(page).text
            assert client.post_form(f"{page}/erledigt", {}).location == page
        session.refresh(invitation)
        assert invitation.state is InvitationState.REMINDED
