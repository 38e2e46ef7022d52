"""The deeds: come, wait, be let in, go back, end; and what two people do at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.models import Booking, BookingState
from portal.audit import queries as audit
from portal.consultations import notes, queries, service
from portal.consultations.models import (
    Consultation,
    ConsultationState,
    TakingPart,
    WaitingState,
    WaitingTicket,
)
from portal.consultations.note_words import NoteWords
from portal.core import clock
from portal.core.db import db
from portal.core.errors import Conflict, Expired, InvalidInput
from portal.inbox.models import WorkItem
from tests.factories import consultations as factory


def deeds(session: Session, booking: Booking) -> list[str]:
    return [event.deed for event in audit.events_about(session, kind="booking", id=booking.id)]


def queued(session: Session) -> list[str]:
    names = session.scalars(text("SELECT task_name FROM procrastinate_jobs ORDER BY id"))
    return [name for name in names if name.startswith("consultations.")]


def test_coming_twice_keeps_the_first_time(session: Session) -> None:
    booking, now = factory.booking(session), clock.now()
    factory.waiting(session, booking, now=now)

    again = factory.waiting(session, booking, now=now + timedelta(minutes=4))

    assert again.arrived_at == now
    assert again.last_seen_at == now + timedelta(minutes=4)
    assert deeds(session, booking).count("consultation.arrived") == 1


def test_the_first_admission_starts_the_talk(session: Session) -> None:
    booking = factory.booking(session)

    talk = factory.running(session, booking)

    assert talk.state == ConsultationState.RUNNING
    assert talk.started_at is not None
    ticket = factory.room(session, booking).ticket
    assert ticket is not None
    assert ticket.admitted_by_id == booking.staff_member_id
    assert deeds(session, booking)[-1] == "consultation.admitted"


def test_sent_back_waits_again_and_is_shown_out(session: Session) -> None:
    booking = factory.booking(session)
    factory.running(session, booking)
    ticket = factory.room(session, booking).ticket
    assert ticket is not None

    service.send_back(
        session, ticket=ticket, booking=booking, by=booking.staff_member, now=clock.now()
    )

    assert ticket.state == WaitingState.SENT_BACK
    assert ticket.admitted_at is None
    assert queued(session) == ["consultations.show_out"]
    service.admit(session, ticket=ticket, booking=booking, by=booking.staff_member, now=clock.now())
    assert ticket.state == WaitingState.ADMITTED


def test_who_left_may_come_back(session: Session) -> None:
    booking, now = factory.booking(session), clock.now()
    ticket = factory.waiting(session, booking, now=now)
    service.leave(session, ticket=ticket, booking=booking, by=booking.citizen, now=now)
    with pytest.raises(Conflict):
        service.admit(session, ticket=ticket, booking=booking, by=booking.staff_member, now=now)

    factory.waiting(session, booking, now=now + timedelta(minutes=1))

    assert ticket.state == WaitingState.WAITING
    assert ticket.arrived_at == now


def test_position_counts_earlier_appointments_of_the_same_officer(session: Session) -> None:
    officer = factory.officer(session)
    first = factory.booking(session, officer=officer, starts_in=timedelta(minutes=-50))
    second = factory.booking(session, officer=officer)
    foreign = factory.booking(session, starts_in=timedelta(minutes=-50))
    for booking in (first, foreign):
        factory.waiting(session, booking)
    ticket = factory.waiting(session, second)

    assert queries.waiting_before(session, ticket=ticket, booking=second) == 1


def test_ending_closes_everything_in_one_transaction(session: Session) -> None:
    booking = factory.booking(session, starts_in=timedelta(minutes=-20))
    now = clock.now()

    talk = factory.ended(session, booking, now=now)

    assert talk.state == ConsultationState.ENDED
    assert (talk.ended_at, talk.ended_by_id) == (now, booking.staff_member_id)
    assert booking.state == BookingState.CAME
    assert queued(session) == ["consultations.close_room", "consultations.file_note"]
    assert "consultation.ended" in deeds(session, booking)
    with pytest.raises(Expired):
        service.end(
            session, booking=booking, words=NoteWords(note="x"), by=booking.staff_member, now=now
        )
    with pytest.raises(Expired):
        notes.save(
            session, booking=booking, words=NoteWords(note="x"), by=booking.staff_member, now=now
        )


def test_a_talk_over_before_its_time_gets_its_outcome_at_its_time(session: Session) -> None:
    booking = factory.booking(session, starts_in=timedelta(minutes=10))

    factory.ended(session, booking)

    assert booking.state == BookingState.BOOKED
    assert "consultations.record_held" in queued(session)


def test_ending_needs_a_note_and_keeps_the_talk(session: Session) -> None:
    booking = factory.booking(session)
    talk = factory.running(session, booking)

    with pytest.raises(InvalidInput):
        service.end(
            session,
            booking=booking,
            words=NoteWords(note="  "),
            by=booking.staff_member,
            now=clock.now(),
        )

    assert talk.state == ConsultationState.RUNNING


def test_a_callback_can_be_ended_without_video(session: Session) -> None:
    booking, now = factory.booking(session), clock.now()
    service.ask_for_callback(session, booking=booking, phone="0171 1", by=booking.citizen, now=now)
    item = session.scalars(select(WorkItem)).one()
    assert item.closed_at is None

    service.end(
        session,
        booking=booking,
        words=NoteWords(note="Am Telefon."),
        by=booking.staff_member,
        now=now,
    )

    session.flush()
    assert item.closed_at == now


def test_two_taps_on_the_door_make_one_place(committed_app: Flask) -> None:
    with committed_app.test_request_context():
        id = factory.booking(db.session).id
        db.session.commit()

    def come(_: int) -> None:
        with committed_app.test_request_context():
            booking = db.session.get_one(Booking, id)
            service.arrive(
                db.session,
                booking=booking,
                taking_part=TakingPart.VIDEO,
                by=_citizen_of(booking),
                now=clock.now(),
            )
            db.session.commit()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(come, range(8)))

    with committed_app.test_request_context():
        assert len(db.session.scalars(select(Consultation)).all()) == 1
        assert len(db.session.scalars(select(WaitingTicket)).all()) == 1


def test_two_ends_make_one_note(committed_app: Flask) -> None:
    with committed_app.test_request_context():
        booking = factory.booking(db.session, starts_in=timedelta(minutes=-5))
        factory.running(db.session, booking)
        id = booking.id
        db.session.commit()

    def end(_: int) -> str:
        with committed_app.test_request_context():
            booking = db.session.get_one(Booking, id)
            try:
                service.end(
                    db.session,
                    booking=booking,
                    words=NoteWords(note="Gesprochen."),
                    by=_officer_of(booking.staff_member_id),
                    now=clock.now(),
                )
                db.session.commit()
            except Expired as error:
                return error.message
            return "ended"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(end, range(4)))

    assert outcomes.count("ended") == 1
    with committed_app.test_request_context():
        assert queued(db.session).count("consultations.file_note") == 1


def _citizen_of(booking: Booking) -> Citizen:
    return db.session.get_one(Citizen, booking.citizen_id)


def _officer_of(id: UUID) -> StaffMember:
    return db.session.get_one(StaffMember, id)
