"""Talks for tests: a booking by video that begins soon, and the deeds up to the state one needs."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import Citizen, Role, StaffMember
from portal.appointments.models import Booking
from portal.calendars.models import Channel
from portal.consultations import guests, queries, service
from portal.consultations.guest_models import Guest, GuestRole
from portal.consultations.guests import Wanted
from portal.consultations.models import Consultation, Doer, Presence, TakingPart, WaitingTicket
from portal.consultations.note_words import NoteWords, Step
from portal.consultations.queries import Room
from portal.core import clock
from tests.factories import accounts, appointments


def officer(session: Session, **fields: Any) -> StaffMember:
    """Make an officer who holds talks."""
    return accounts.staff_member(session, Role.INTEGRATION_OFFICER, **fields)


def booking(
    session: Session,
    *,
    starts_in: timedelta = timedelta(minutes=5),
    now: datetime | None = None,
    citizen: Citizen | None = None,
    officer: StaffMember | None = None,
    channel: Channel = Channel.VIDEO,
) -> Booking:
    """Write a booking that begins soon.

    The row is written by hand: the verb takes slots in working hours only, and tests run at night.
    """
    now = now or clock.now()
    citizen = citizen or accounts.citizen(session)
    officer = officer or accounts.staff_member(session, Role.INTEGRATION_OFFICER)
    made = Booking(
        type=appointments.kind(session),
        citizen=citizen,
        staff_member=officer,
        channel=channel,
        starts_at=now + starts_in,
        ends_at=now + starts_in + timedelta(minutes=30),
        blocked_until=now + starts_in + timedelta(minutes=45),
        chosen_by_citizen=True,
        booked_at=now,
        booked_by=citizen.name,
        agreed_at=now,
    )
    session.add(made)
    session.flush()
    return made


def waiting(session: Session, booking: Booking, *, now: datetime | None = None) -> WaitingTicket:
    """Let the citizen come to the waiting room."""
    ticket = service.arrive(
        session,
        booking=booking,
        taking_part=TakingPart.VIDEO,
        by=booking.citizen,
        now=now or clock.now(),
    )
    session.flush()
    return queries.waiting_ticket_for(session, ticket.id, asker=booking.staff_member)


def running(session: Session, booking: Booking, *, now: datetime | None = None) -> Consultation:
    """Let the citizen come and the officer admit."""
    now = now or clock.now()
    ticket = waiting(session, booking, now=now)
    service.admit(session, ticket=ticket, booking=booking, by=booking.staff_member, now=now)
    session.flush()
    return consultation(session, booking)


def ended(session: Session, booking: Booking, *, now: datetime | None = None) -> Consultation:
    """Hold the talk and end it with a note."""
    now = now or clock.now()
    running(session, booking, now=now)
    return service.end(
        session,
        booking=booking,
        words=NoteWords(
            note="Wir haben über die Weiterbewilligung gesprochen.",
            steps=[
                Step(Doer.CITIZEN, "Den Mietvertrag schicken.", date(2026, 12, 4)),
                Step(Doer.OFFICE, "Den Mietvertrag prüfen."),
            ],
        ),
        by=booking.staff_member,
        now=now,
    )


def consultation(session: Session, booking: Booking) -> Consultation:
    """Return the row of the talk."""
    return session.execute(
        select(Consultation)
        .where(Consultation.booking_id == booking.id)
        .options(joinedload(Consultation.booking))
    ).scalar_one()


def stay(
    session: Session,
    talk: Consultation,
    participant: str,
    *,
    came: datetime,
    left: datetime | None = None,
) -> Presence:
    """Write down that somebody was in the room, as media reported it."""
    made = Presence(
        id=uuid4(),
        consultation_id=talk.id,
        participant=participant,
        name="Jemand",
        joined_at=came,
        last_seen_at=left or came,
        left_at=left,
    )
    session.add(made)
    session.flush()
    return made


def room(session: Session, booking: Booking) -> Room:
    """Return the room as the officer sees it."""
    return queries.room_for(session, booking.id, asker=booking.staff_member)


def guest(
    session: Session,
    booking: Booking,
    *,
    role: GuestRole = GuestRole.COMPANION,
    called: str = "Rita Sommer",
    address: str | None = None,
    colleague: StaffMember | None = None,
    by: Citizen | StaffMember | None = None,
    now: datetime | None = None,
) -> tuple[Guest, str]:
    """Invite somebody; return the row and the secret of the link."""
    made, code = guests.invite(
        session,
        room=room(session, booking),
        wanted=Wanted(role, called, address, colleague),
        link=lambda _, code: f"http://localhost/gast/{code}",
        by=by or booking.staff_member,
        now=now or clock.now(),
    )
    session.flush()
    return made, code


def agreed(
    session: Session, guest: Guest, *, device: str = "d", now: datetime | None = None
) -> Guest:
    """Let a guest promise to keep things to themselves."""
    found = session.scalars(
        select(Guest).where(Guest.id == guest.id).options(joinedload(Guest.booking))
    ).one()
    guests.agree(session, guest=found, name=guest.called, device=device, now=now or clock.now())
    session.flush()
    return found


def guest_waiting(session: Session, guest: Guest, *, now: datetime | None = None) -> WaitingTicket:
    """Let a guest who has agreed take a place in the waiting room."""
    ticket = service.arrive(
        session,
        booking=guest.booking,
        taking_part=TakingPart.VIDEO,
        by=guest,
        now=now or clock.now(),
    )
    session.flush()
    return ticket
