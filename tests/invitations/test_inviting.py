"""Voluntary invitations from inviting to the end, through the real verbs and jobs."""

import os
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.appointments import holding
from portal.appointments import service as appointments
from portal.appointments.models import Arranged, Booking, BookingState, HeldFor
from portal.audit.queries import events_about
from portal.calendars.models import Channel
from portal.calendars.slots import Slot
from portal.core import clock
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.inbox.models import ItemKind, WorkItem
from portal.invitations import answering, inviting, jobs, law, queries, rules
from portal.invitations.capacity import NoCapacity
from portal.invitations.inviting import Round
from portal.invitations.models import Invitation, InvitationState
from portal.notifications.queries import latest_messages
from portal.postbox import jobs as postbox_jobs
from tests.factories import accounts
from tests.factories import appointments as calendars
from tests.factories import invitations as make
from tests.factories.appointments import NOW

DAY = timedelta(days=1)


def read(session: Session, invitation: Invitation) -> Invitation:
    """Read an invitation as its page does."""
    return queries.invitation_for(session, invitation.id, asker=invitation.citizen, lock=True)


def deeds(session: Session, invitation: Invitation) -> list[str]:
    found = events_about(session, kind="invitation", id=invitation.id)
    return [event.deed.removeprefix("invitations.") for event in found]


class TestInviting:
    def test_holds_a_real_time_after_the_last_day(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), accounts.citizen(session)

        invitation = make.invitation(session, citizen, officer)

        held = queries.held_for(session, invitation)
        assert held is not None
        assert held.state is BookingState.HELD
        assert held.held_for is HeldFor.INVITATION
        assert held.held_until == rules.ends_at(invitation.answer_until)
        assert held.starts_at > held.held_until
        assert not held.chosen_by_citizen
        [message] = latest_messages(session, address=citizen.email)
        assert message.template == "invited"
        assert f"/termine/einladungen/{invitation.id}" in message.text
        assert deeds(session, invitation) == ["invited"]

    def test_the_time_is_free_for_nobody_else(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), accounts.citizen(session)
        held = queries.held_for(session, make.invitation(session, citizen, officer))
        assert held is not None
        with pytest.raises(Conflict):
            calendars.booking(session, officer=officer, slot=Slot(held.starts_at, officer.id))

    def test_prefers_the_own_officer(self, session: Session) -> None:
        others = [calendars.officer(session) for _ in range(3)]
        own, citizen = calendars.officer(session), accounts.citizen(session)
        guest = make.guest(session, citizen, others[0], now=NOW)
        guest.case.integration_officer_id = own.id
        session.flush()
        held = queries.held_for(session, make.invitation(session, citizen, others[0]))
        assert held is not None
        assert held.staff_member == own

    def test_not_when_the_invited_is_busy_then(self, session: Session) -> None:
        officer, other = calendars.officer(session), calendars.officer(session, opens=False)
        citizen = accounts.citizen(session)
        first = queries.held_for(
            session, make.invitation(session, accounts.citizen(session), officer)
        )
        assert first is not None
        calendars.hours(session, other, weekday=first.day.isoweekday())
        calendars.booking(
            session,
            citizen=citizen,
            officer=other,
            slot=Slot(first.starts_at + timedelta(minutes=45), other.id),
        )
        held = queries.held_for(session, make.invitation(session, citizen, officer))
        assert held is not None
        assert held.starts_at != first.starts_at + timedelta(minutes=45)

    @pytest.mark.parametrize("days", [-1, 0, 4, 29, 4000])
    def test_too_short_or_too_long_is_refused(self, session: Session, days: int) -> None:
        until = clock.local_date(NOW) + timedelta(days=days)
        with pytest.raises(InvalidInput) as error:
            make.invitation(
                session, accounts.citizen(session), calendars.officer(session), answer_until=until
            )
        assert error.value.field == "answer_until"

    @pytest.mark.parametrize(
        "words",
        [
            "Sonst wird Ihre Leistung gemindert: Minderung um 30 Prozent.",
            "Nach § 32 SGB II droht eine SANKTION.",
            "Sie sind verpflichtet zu kommen.",
            "Dies ist eine Meldeaufforderung.",
        ],
    )
    def test_a_threat_is_refused(self, session: Session, words: str) -> None:
        with pytest.raises(InvalidInput, match="freiwillig"):
            make.invitation(
                session, accounts.citizen(session), calendars.officer(session), about=words
            )

    def test_needs_the_right(self, session: Session) -> None:
        clerk = accounts.staff_member(session, Role.MAILROOM)
        with pytest.raises(NotFound):
            make.invitation(session, accounts.citizen(session), clerk)

    def test_nobody_is_invited_twice_to_the_same(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), accounts.citizen(session)
        make.invitation(session, citizen, officer)
        with pytest.raises(Conflict, match="schon eingeladen"):
            make.invitation(session, citizen, officer)
        assert session.scalar(select(func.count()).select_from(Invitation)) == 1


class TestCapacity:
    def invite(
        self, session: Session, people: int, officer: StaffMember, *, days: int = 28
    ) -> Round:
        guests = [
            make.guest(session, accounts.citizen(session), officer, now=NOW) for _ in range(people)
        ]
        return inviting.invite(
            session,
            guests=guests,
            type=calendars.kind(session),
            channel=Channel.VIDEO,
            answer_until=clock.local_date(NOW) + timedelta(days=days),
            about="Wir möchten Sie kennenlernen.",
            by=officer,
            now=NOW,
        )

    def test_names_how_many_are_missing_and_invites_nobody(self, session: Session) -> None:
        officer = calendars.officer(session, opens=False)
        calendars.hours(session, officer, starts=time(9), ends=time(10), weekday=1)
        # One time on each Monday after 14 December that is left of the sixty days.
        with pytest.raises(NoCapacity) as error:
            self.invite(session, 7, officer)
        assert error.value.missing == 3
        assert "3 freie Termine" in error.value.message
        assert session.scalar(select(func.count()).select_from(Invitation)) == 0
        assert session.scalar(select(func.count()).select_from(Booking)) == 0

    def test_exactly_as_many_as_there_are_times(self, session: Session) -> None:
        officer = calendars.officer(session, opens=False)
        calendars.hours(session, officer, starts=time(9), ends=time(10), weekday=1)
        made = self.invite(session, 4, officer).invitations
        assert len({one.held_booking_id for one in made}) == 4

    def test_a_cohort_leaves_nobody_without_a_time(self, session: Session) -> None:
        """COHORT=5000 runs the simulation of the reference (moonshot 9)."""
        people = int(os.environ.get("COHORT", "60"))
        officers = [calendars.officer(session) for _ in range(max(2, people // 100))]

        made = self.invite(session, people, officers[0], days=10).invitations

        assert len(made) == people
        held = session.scalars(select(Booking).where(Booking.state == BookingState.HELD)).all()
        assert {one.held_booking_id for one in made} == {one.id for one in held}
        assert len({(one.staff_member_id, one.starts_at) for one in held}) == people
        # Days later each of them takes the time, whatever the others did.
        later = NOW + 9 * DAY
        for one in made:
            booking = answering.take_held(
                session, invitation=read(session, one), by=one.citizen, now=later
            )
            assert booking.state is BookingState.BOOKED

    def test_whoever_is_already_invited_is_left_out(self, session: Session) -> None:
        officer, known = calendars.officer(session), accounts.citizen(session)
        first = make.invitation(session, known, officer)
        fresh = make.guest(session, accounts.citizen(session), officer, now=NOW)
        found = inviting.invite(
            session,
            guests=[make.guest(session, known, officer, now=NOW), fresh, fresh],
            type=first.type,
            channel=Channel.VIDEO,
            answer_until=first.answer_until,
            about="Wir möchten Sie kennenlernen.",
            by=officer,
            now=NOW,
        )
        assert [one.citizen_id for one in found.invitations] == [fresh.citizen.id]
        assert [one.citizen for one in found.already] == [known]


class TestAnswering:
    def test_taking_the_held_time_is_a_free_choice(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), accounts.citizen(session)
        invitation = make.invitation(session, citizen, officer)
        held = queries.held_for(session, invitation)
        assert held is not None

        booking = answering.take_held(
            session, invitation=read(session, invitation), by=citizen, now=NOW
        )

        assert booking.id == held.id
        assert booking.chosen_by_citizen
        assert not booking.is_summons
        assert invitation.state is InvitationState.BOOKED
        again = answering.take_held(
            session, invitation=read(session, invitation), by=citizen, now=NOW
        )
        assert again == booking
        assert deeds(session, invitation) == ["invited", "booked"]

    def test_another_time_lets_the_held_one_go(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), accounts.citizen(session)
        invitation = make.invitation(session, citizen, officer)
        held = queries.held_for(session, invitation)
        assert held is not None
        slot = calendars.slot_at(officer, clock.local_date(NOW) + DAY)
        booking = answering.choose(
            session, invitation=read(session, invitation), slot=slot, by=citizen, now=NOW
        )
        session.flush()
        assert booking.starts_at == slot.starts_at
        assert session.get(Booking, held.id) is None
        calendars.booking(  # the time is free for others at once
            session, officer=officer, slot=Slot(held.starts_at, officer.id)
        )

    def test_a_taken_time_leaves_the_held_one(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), accounts.citizen(session)
        invitation = make.invitation(session, citizen, officer)
        taken = calendars.booking(session, officer=officer)
        slot = Slot(taken.starts_at, officer.id)
        with pytest.raises(Conflict):
            answering.choose(
                session,
                invitation=read(session, invitation),
                slot=slot,
                by=citizen,
                now=NOW - timedelta(hours=3),
            )
        assert queries.held_for(session, read(session, invitation)) is not None

    def test_no_is_one_word_without_a_consequence(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), accounts.citizen(session)
        invitation = make.invitation(session, citizen, officer)
        answering.decline(session, invitation=read(session, invitation), by=citizen, now=NOW)
        answering.decline(session, invitation=read(session, invitation), by=citizen, now=NOW)
        assert invitation.state is InvitationState.DECLINED
        assert session.scalar(select(func.count()).select_from(Booking)) == 0
        assert session.scalar(select(func.count()).select_from(WorkItem)) == 0
        assert deeds(session, invitation) == ["invited", "declined"]

    def test_nothing_after_the_last_day(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), accounts.citizen(session)
        invitation = make.invitation(session, citizen, officer)
        over = rules.ends_at(invitation.answer_until)
        with pytest.raises(Conflict):
            answering.take_held(session, invitation=read(session, invitation), by=citizen, now=over)
        just = over - timedelta(seconds=1)  # 23:59:59 counts
        assert answering.take_held(
            session, invitation=read(session, invitation), by=citizen, now=just
        )


class TestBookedByAnotherWay:
    def book(
        self, session: Session, invitation: Invitation, officer: StaffMember, **fields: Any
    ) -> Any:
        """Book the same kind of talk without the invitation, a day after it."""
        slot = calendars.slot_at(officer, clock.local_date(NOW) + 2 * DAY)
        wanted = {"type": invitation.type, "officer": officer, "slot": slot, "now": NOW + DAY}
        made = calendars.booking(session, citizen=invitation.citizen, **{**wanted, **fields})
        session.flush()
        return made

    def test_the_invitation_is_answered_and_its_time_free(self, session: Session) -> None:
        # Given an invitation on paper, and the same talk booked on the telephone
        officer, citizen = calendars.officer(session), accounts.citizen(session, email=None)
        invitation = read(session, make.invitation(session, citizen, officer))
        held = queries.held_for(session, invitation)
        assert held is not None
        booking = self.book(session, invitation, officer, by=officer, arranged=Arranged.PHONE)
        # When the clock looks
        jobs.notice_bookings(session, now=NOW + DAY)
        jobs.remind(session, now=NOW + 4 * DAY)
        # Then it is answered by that booking, nobody is reminded, and the time is free
        assert (invitation.state, invitation.booking_id) == (InvitationState.BOOKED, booking.id)
        assert invitation.reminded_at is None
        assert deeds(session, invitation) == ["invited", "booked"]
        assert session.get(Booking, held.id) is None
        calendars.booking(session, officer=officer, slot=Slot(held.starts_at, officer.id))
        # And no letter asks for what is done
        assert invitation.letter.held_back_at == NOW + DAY

    def test_before_the_clock_has_looked_nobody_books_twice(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), accounts.citizen(session)
        invitation = make.invitation(session, citizen, officer)
        booking = self.book(session, invitation, officer, by=citizen)
        taken = answering.take_held(
            session, invitation=read(session, invitation), by=citizen, now=NOW + DAY
        )
        assert taken == booking
        assert session.scalar(select(func.count()).select_from(Booking)) == 1

    def test_another_kind_an_older_or_a_cancelled_one_is_no_answer(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), accounts.citizen(session)
        other = {"type": calendars.kind(session, "jobcenter"), "channel": Channel.OFFICE}
        invitation = make.invitation(session, citizen, officer)
        self.book(session, invitation, officer, by=citizen, **other)
        third = calendars.slot_at(officer, clock.local_date(NOW) + 3 * DAY)
        older = self.book(session, invitation, officer, by=citizen, slot=third)
        older.booked_at = NOW - DAY
        fourth = calendars.slot_at(officer, clock.local_date(NOW) + 4 * DAY)
        gone = self.book(session, invitation, officer, by=citizen, slot=fourth)
        appointments.cancel(session, booking=gone, by=citizen, now=NOW + DAY)
        session.flush()
        jobs.notice_bookings(session, now=NOW + DAY)
        assert invitation.state is InvitationState.INVITED
        assert queries.held_for(session, read(session, invitation)) is not None


class TestTheClock:
    def test_reminds_on_the_third_day_once(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), accounts.citizen(session)
        invitation = make.invitation(session, citizen, officer)

        jobs.remind(session, now=NOW + 2 * DAY)
        assert invitation.state is InvitationState.INVITED
        jobs.remind(session, now=NOW + 3 * DAY)
        jobs.remind(session, now=NOW + 4 * DAY)

        assert invitation.state is InvitationState.REMINDED
        templates = [one.template for one in latest_messages(session, address=citizen.email)]
        assert sorted(templates) == ["invitation_reminder", "invited"]

    def test_not_within_a_day_of_another_notice(self, session: Session) -> None:
        """The letter was filed late: the first notice is an hour old."""
        officer, citizen = calendars.officer(session), accounts.citizen(session)
        invitation = make.invitation(session, citizen, officer, filed=False)
        third = NOW + 3 * DAY
        late = third - timedelta(hours=1)
        postbox_jobs.file_letter(session, now=late, letter_id=str(invitation.letter_id))
        jobs.remind(session, now=third)
        assert invitation.reminded_at is None
        jobs.remind(session, now=late + law.ONE_NOTICE_PER)
        assert invitation.reminded_at is not None

    def test_not_when_only_a_day_is_left(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), accounts.citizen(session)
        until = clock.local_date(NOW) + timedelta(days=5)
        invitation = make.invitation(session, citizen, officer, answer_until=until)
        jobs.remind(session, now=NOW + 4 * DAY)
        assert invitation.reminded_at is None

    def test_runs_out_and_says_what_comes_next(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), accounts.citizen(session)
        invitation = make.invitation(session, citizen, officer)
        over = rules.ends_at(invitation.answer_until)
        jobs.expire(session, now=over - timedelta(seconds=1))
        assert invitation.state is InvitationState.INVITED
        jobs.expire(session, now=over)
        jobs.expire(session, now=over + DAY)
        assert invitation.state is InvitationState.EXPIRED
        [item] = session.scalars(select(WorkItem)).all()
        assert (item.kind, item.next_step) == (ItemKind.INVITATION, "Anrufen oder neu einladen")
        assert session.scalar(select(func.count()).select_from(Booking)) == 0
        inviting.close_item(session, invitation=invitation, by=officer, now=over)
        assert item.closed_at == over

    def test_a_hold_that_was_cleared_first_does_no_harm(self, session: Session) -> None:
        officer, citizen = calendars.officer(session), accounts.citizen(session)
        invitation = make.invitation(session, citizen, officer)
        over = rules.ends_at(invitation.answer_until)
        holding.clear_lapsed(session, now=over)
        session.expire(invitation)
        jobs.expire(session, now=over)
        assert invitation.state is InvitationState.EXPIRED

    def test_says_where_times_run_short_and_when_not_any_more(self, session: Session) -> None:
        officer, citizen = calendars.officer(session, opens=False), accounts.citizen(session)
        calendars.hours(session, officer, starts=time(9), ends=time(10), weekday=1)
        make.invitation(session, citizen, officer)
        jobs.watch_supply(session, now=NOW)
        [item] = session.scalars(select(WorkItem)).all()
        assert item.kind is ItemKind.SLOTS_SHORT
        assert "Es fehlen" in item.reason
        calendars.hours(session, officer, weekday=2)
        jobs.watch_supply(session, now=NOW)
        assert item.closed_at is not None


def test_taking_back_frees_the_time(session: Session) -> None:
    officer, citizen = calendars.officer(session), accounts.citizen(session)
    invitation = make.invitation(session, citizen, officer)
    inviting.withdraw(session, invitation=read(session, invitation), by=officer, now=NOW)
    assert invitation.state is InvitationState.WITHDRAWN
    assert session.scalar(select(func.count()).select_from(Booking)) == 0
    with pytest.raises(Conflict):
        answering.decline(session, invitation=read(session, invitation), by=citizen, now=NOW)


def test_how_the_talk_ended_stands_at_its_booking(session: Session) -> None:
    officer, citizen = calendars.officer(session), accounts.citizen(session)
    invitation = make.invitation(session, citizen, officer)
    booking = answering.take_held(
        session, invitation=read(session, invitation), by=citizen, now=NOW
    )
    appointments.record_outcome(
        session,
        booking=booking,
        outcome=BookingState.CAME,
        reason=None,
        by=officer,
        now=booking.ends_at,
    )
    assert read(session, invitation).booking is booking
    assert booking.state is BookingState.CAME


def test_people_of_other_files_are_strangers(session: Session) -> None:
    officer, citizen = calendars.officer(session), accounts.citizen(session)
    invitation = make.invitation(session, citizen, officer)
    strangers: list[Citizen | StaffMember] = [
        accounts.citizen(session),
        calendars.officer(session),
    ]
    for stranger in strangers:
        with pytest.raises(NotFound):
            queries.invitation_for(session, invitation.id, asker=stranger)
