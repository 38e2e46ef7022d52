"""The deeds of booking: what they change, what they say, what they refuse."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments import service
from portal.appointments.models import Booking, BookingState
from portal.audit.queries import events_about
from portal.calendars.slots import at_wall
from portal.calendars.taking import OWN_OVERLAP, TAKEN
from portal.core.errors import Conflict, NotAllowed
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications.queries import latest_messages
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

TUESDAY = MONDAY + timedelta(days=1)
TEN = time(10, 30)


def deeds(session: Session, booking: Booking) -> list[str]:
    return [event.deed for event in events_about(session, kind="booking", id=booking.id)]


def work_items(session: Session, kind: ItemKind) -> list[WorkItem]:
    return list(session.scalars(select(WorkItem).where(WorkItem.kind == kind)))


class TestBook:
    def test_takes_the_slot_and_tells_the_citizen(self, session: Session) -> None:
        officer = make.officer(session)
        citizen = accounts.citizen(session)

        booking = make.booking(session, citizen=citizen, officer=officer, note="Mein Mietvertrag")

        assert booking.state == BookingState.BOOKED
        assert booking.staff_member == officer
        assert booking.starts_at == at_wall(MONDAY, time(9))
        assert booking.ends_at == at_wall(MONDAY, time(9, 30))
        assert booking.blocked_until == at_wall(MONDAY, time(9, 45))
        assert booking.chosen_by_citizen
        assert booking.note == "Mein Mietvertrag"
        [message] = latest_messages(session, address=citizen.email)
        assert message.template == "booking_made"
        assert "Montag, 16. November 2026, 09:00 Uhr" in message.text
        assert deeds(session, booking) == ["appointments.booked"]

    def test_a_mail_holds_no_social_data(self, session: Session) -> None:
        booking = make.booking(session, note="Schulden beim Vermieter")
        [message] = latest_messages(session, address=booking.citizen.email)
        [entry] = message.attachments
        everything = message.subject + message.text + message.html + entry.content.decode()
        for secret in ("Schulden", booking.type.name, booking.staff_member.last_name):
            assert secret not in everything

    def test_remembers_the_case(self, session: Session) -> None:
        citizen = accounts.citizen(session)
        case = make.case_of(session, citizen)
        assert make.booking(session, citizen=citizen).case_id == case.id

    def test_a_taken_slot_is_refused_in_friendly_words(self, session: Session) -> None:
        officer = make.officer(session)
        make.booking(session, officer=officer)
        with pytest.raises(Conflict, match="gerade vergeben") as error:
            make.booking(session, officer=officer)
        assert error.value.message == TAKEN

    def test_a_slot_inside_the_buffer_of_another_is_taken(self, session: Session) -> None:
        officer = make.officer(session)
        make.booking(session, officer=officer)
        phone = make.kind(session, "telefon")
        with pytest.raises(Conflict):
            make.booking(
                session, officer=officer, type=phone, slot=make.slot_at(officer, wall=time(9, 30))
            )

    def test_a_second_click_finds_the_first_booking(self, session: Session) -> None:
        officer, citizen = make.officer(session), accounts.citizen(session)
        first = make.booking(session, citizen=citizen, officer=officer)
        second = make.booking(session, citizen=citizen, officer=officer)
        assert second is first
        assert len(latest_messages(session, address=citizen.email)) == 1

    def test_a_citizen_cannot_be_in_two_places(self, session: Session) -> None:
        citizen = accounts.citizen(session)
        make.booking(session, citizen=citizen)
        with pytest.raises(Conflict) as error:
            make.booking(session, citizen=citizen, type=make.kind(session, "telefon"))
        assert error.value.message == OWN_OVERLAP

    @pytest.mark.parametrize(
        ("day", "wall"),
        [
            (MONDAY, time(9, 10)),  # beside the rhythm
            (MONDAY, time(16)),  # after the hours
            (date(2026, 11, 21), time(9)),  # a Saturday
            (date(2026, 12, 25), time(9)),  # Christmas
        ],
    )
    def test_only_what_is_offered(self, session: Session, day: date, wall: time) -> None:
        officer = make.officer(session)
        with pytest.raises(Conflict):
            make.booking(session, officer=officer, slot=make.slot_at(officer, day, wall))

    def test_not_with_somebody_who_has_left(self, session: Session) -> None:
        officer = make.officer(session)
        officer.is_active = False
        with pytest.raises(Conflict):
            make.booking(session, officer=officer)

    def test_staff_book_on_behalf(self, session: Session) -> None:
        officer = make.officer(session)
        booking = make.booking(session, officer=officer, by=officer)
        assert not booking.chosen_by_citizen
        assert booking.booked_by == officer.name

    def test_a_cancelled_slot_is_free_again(self, session: Session) -> None:
        officer = make.officer(session)
        first = make.booking(session, officer=officer)
        service.cancel(session, booking=first, by=first.citizen, now=NOW)
        assert make.booking(session, officer=officer).id != first.id


class TestMove:
    def test_gives_the_new_time_and_frees_the_old(self, session: Session) -> None:
        officer = make.officer(session)
        booking = make.booking(session, officer=officer)

        service.move(
            session,
            booking=booking,
            slot=make.slot_at(officer, TUESDAY, TEN),
            by=booking.citizen,
            now=NOW,
        )

        assert booking.starts_at == at_wall(TUESDAY, TEN)
        assert booking.moved_from == at_wall(MONDAY, time(9))
        assert booking.sequence == 1
        assert booking.chosen_by_citizen
        assert {m.template for m in latest_messages(session, address=booking.citizen.email)} == {
            "booking_made",
            "booking_moved",
        }
        assert deeds(session, booking) == ["appointments.booked", "appointments.moved"]
        make.booking(session, officer=officer)  # the old slot

    def test_the_old_time_stays_when_the_new_one_is_taken(self, session: Session) -> None:
        officer = make.officer(session)
        booking = make.booking(session, officer=officer)
        wanted = make.slot_at(officer, wall=TEN)
        make.booking(session, officer=officer, slot=wanted)

        with pytest.raises(Conflict):
            service.move(session, booking=booking, slot=wanted, by=booking.citizen, now=NOW)

        assert booking.starts_at == at_wall(MONDAY, time(9))
        assert booking.sequence == 0

    def test_to_a_time_that_overlaps_the_old_one(self, session: Session) -> None:
        officer = make.officer(session)
        phone = make.kind(session, "telefon")
        phone.buffer_minutes = 30
        booking = make.booking(session, officer=officer, type=phone)
        slot = make.slot_at(officer, wall=time(9, 30))
        service.move(session, booking=booking, slot=slot, by=booking.citizen, now=NOW)
        assert booking.starts_at == at_wall(MONDAY, time(9, 30))

    def test_to_another_officer(self, session: Session) -> None:
        other = make.officer(session)
        booking = make.booking(session)
        slot = make.slot_at(other)
        service.move(session, booking=booking, slot=slot, by=booking.citizen, now=NOW)
        assert booking.staff_member == other


class TestCancel:
    def test_by_the_citizen_tells_the_officer(self, session: Session) -> None:
        booking = make.booking(session)

        service.cancel(session, booking=booking, by=booking.citizen, now=NOW)

        assert booking.state == BookingState.CANCELLED
        assert (booking.cancelled_at, booking.cancelled_by) == (NOW, booking.citizen.name)
        [item] = work_items(session, ItemKind.APPOINTMENT_CANCELLED)
        assert item.subject_id == booking.id
        assert item.assignee_id == booking.staff_member_id
        assert "16.11.2026, 09:00" in item.reason
        assert "booking_cancelled" in {
            message.template for message in latest_messages(session, address=booking.citizen.email)
        }

    def test_by_the_office_tells_the_citizen_only(self, session: Session) -> None:
        booking = make.booking(session)
        service.cancel(session, booking=booking, by=booking.staff_member, now=NOW)
        assert work_items(session, ItemKind.APPOINTMENT_CANCELLED) == []

    def test_twice_is_once(self, session: Session) -> None:
        booking = make.booking(session)
        service.cancel(session, booking=booking, by=booking.citizen, now=NOW)
        with pytest.raises(Conflict, match="schon abgesagt"):
            service.cancel(session, booking=booking, by=booking.citizen, now=NOW)
        assert booking.sequence == 1

    def test_not_by_others(self, session: Session) -> None:
        with pytest.raises(NotAllowed):
            service.cancel(
                session, booking=make.booking(session), by=accounts.citizen(session), now=NOW
            )


class TestOutcome:
    def test_closes_the_question(self, session: Session) -> None:
        booking = make.booking(session)
        later = booking.ends_at + timedelta(hours=1)
        service.ask_for_outcome(session, booking=booking, now=later)
        session.flush()

        service.record_outcome(
            session,
            booking=booking,
            outcome=BookingState.CAME,
            reason=None,
            by=booking.staff_member,
            now=later,
        )

        assert booking.state == BookingState.CAME
        [item] = work_items(session, ItemKind.OUTCOME_MISSING)
        assert item.closed_at == later

    def test_a_correction_keeps_the_trail(self, session: Session) -> None:
        booking = make.booking(session)
        for outcome, reason in ((BookingState.MISSED, "nicht da"), (BookingState.EXCUSED, "krank")):
            service.record_outcome(
                session,
                booking=booking,
                outcome=outcome,
                reason=reason,
                by=booking.staff_member,
                now=booking.ends_at,
            )
        assert booking.outcome_reason == "krank"
        *_, last = events_about(session, kind="booking", id=booking.id)
        assert last.facts == {"was": "missed", "outcome": "excused"}
