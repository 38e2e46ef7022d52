"""The deeds around a talk: come, wait, admit, send back, write, end.

What the media process reports is written down in `attendance`.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import evidence
from portal.appointments import service as appointments
from portal.appointments.models import Booking, BookingState, FactKind
from portal.consultations import (
    calling_in,
    holds,
    jobs,
    nodes,
    notes,
    ringing,
    roles,
    rules,
    showing_out,
)
from portal.consultations.guest_models import Guest
from portal.consultations.models import (
    Consultation,
    ConsultationState,
    TakingPart,
    WaitingState,
    WaitingTicket,
)
from portal.consultations.note_words import NoteWords
from portal.consultations.queries import Room
from portal.consultations.roles import Person
from portal.consultations.steps import locked, record
from portal.core.errors import Conflict
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.media import tickets


def arrive(
    session: Session,
    *,
    booking: Booking,
    taking_part: TakingPart | None,
    otherwise: TakingPart = TakingPart.VIDEO,
    by: Citizen | Guest,
    now: datetime,
) -> WaitingTicket:
    """Give somebody a place in the waiting room; coming twice keeps the first time.

    Who names no way of `taking_part` keeps the one they had, and has `otherwise` at first.
    """
    consultation = locked(session, booking)
    rules.check_can_wait(booking, consultation, by=by, now=now)
    _open(consultation)
    ticket = _place_of(session, consultation, by)
    was_there = ticket is not None and ticket.state != WaitingState.LEFT
    if ticket is None:
        ticket = WaitingTicket(
            consultation_id=consultation.id,
            person_kind=by.actor.kind,
            person_id=by.id,
            name=roles.name_of(by),
            role=roles.role_of(by),
            taking_part=taking_part or otherwise,
            arrived_at=now,
            last_seen_at=now,
        )
        session.add(ticket)
        _arrived(session, booking, by=by, now=now)
    elif ticket.state == WaitingState.LEFT:
        ticket.state = WaitingState.WAITING
        _arrived(session, booking, by=by, now=now)
    ticket.taking_part = taking_part or ticket.taking_part
    ticket.last_seen_at = now
    ticket.wants_call, ticket.called_at = False, None
    if not was_there and isinstance(by, Citizen):
        session.flush()  # whoever has just come is counted
        ringing.ring(session, booking=booking, now=now)
    return ticket


def _arrived(session: Session, booking: Booking, *, by: Citizen | Guest, now: datetime) -> None:
    """Keep that the citizen was there: nobody who waited can be said to have missed the talk."""
    record(session, "consultation.arrived", booking, by=by, now=now)
    if isinstance(by, Guest):
        return
    evidence.note_fact(
        session,
        booking=booking,
        kind=FactKind.WAITED,
        text=gettext("Im Warteraum des Gesprächs angekommen."),
        at=now,
        said_by=by.name,
    )


def report_waiting(ticket: WaitingTicket, *, now: datetime) -> None:
    """Note that the page of a waiting person is still open."""
    ticket.last_seen_at = max(now, ticket.last_seen_at)


def leave(
    session: Session, *, ticket: WaitingTicket, booking: Booking, by: Citizen | Guest, now: datetime
) -> None:
    """Give up the place in the waiting room; that one was there stays on record."""
    locked(session, booking)
    rules.check_can_leave(ticket)
    ticket.state = WaitingState.LEFT
    ticket.admitted_at = ticket.admitted_by_id = None
    record(session, "consultation.left_waiting_room", booking, by=by, now=now)


def ask_for_callback(
    session: Session, *, booking: Booking, phone: str, by: Citizen, now: datetime
) -> None:
    """Ask the officer to call by telephone instead; put it before the office at once."""
    consultation = locked(session, booking)
    rules.check_can_wait(booking, consultation, by=by, now=now)
    _open(consultation)
    consultation.callback_at, consultation.callback_phone = now, phone
    inbox.open_item(
        session,
        kind=ItemKind.CALLBACK_WANTED,
        subject_id=booking.id,
        case_id=booking.case_id,
        title=gettext("Rückruf statt Video"),
        person=by.name,
        reason=gettext("Die Person bittet zum Termin um einen Anruf."),
        next_step=gettext("Anrufen"),
        team_id=booking.staff_member.team_id,
        assignee_id=booking.staff_member_id,
        due_on=None,
        urgency=2,
        urgency_reason=gettext("Der Termin ist jetzt."),
        now=now,
    )
    record(session, "consultation.callback_asked", booking, by=by, now=now)


def admit(
    session: Session, *, ticket: WaitingTicket, booking: Booking, by: StaffMember, now: datetime
) -> None:
    """Let somebody in; the first admission starts the talk, a later one ends being on hold."""
    consultation = locked(session, booking)
    session.refresh(ticket, ["state"])
    rules.check_can_admit(booking, consultation, ticket, by=by, now=now)
    ticket.state = WaitingState.ADMITTED
    ticket.admitted_at, ticket.admitted_by_id = now, by.id
    holds.let_in(session, consultation, participant=ticket.participant, now=now)
    if not rules.is_still_there(ticket, now=now):
        calling_in.call_in(session, ticket=ticket, booking=booking, by=by, now=now)
    if consultation.state == ConsultationState.OPEN:
        consultation.started_at = now
        _move(consultation, ConsultationState.RUNNING)
    record(session, "consultation.admitted", booking, by=by, now=now)


def send_back(
    session: Session, *, ticket: WaitingTicket, booking: Booking, by: StaffMember, now: datetime
) -> None:
    """Ask somebody to wait once more; media shows them out of the room."""
    locked(session, booking)
    session.refresh(ticket, ["state"])
    rules.check_can_send_back(booking, ticket, by=by)
    showing_out.to_waiting_room(session, ticket=ticket, booking=booking, by=by, now=now)


@dataclass(frozen=True)
class Door:
    """The way into the room: the node that has it, and the ticket that opens it once."""

    node: nodes.Node
    token: str


def call_ticket(
    session: Session, *, room: Room, by: Person, now: datetime, keys: tuple[str, ...]
) -> Door:
    """Issue the short-lived ticket that opens the door of the media process once."""
    place = room.place_of(by)
    rules.check_can_enter(room.booking, room.consultation, place, by=by, now=now)
    consultation = room.consultation or locked(session, room.booking)
    _open(consultation)
    if isinstance(by, Citizen):
        evidence.note_fact(
            session,
            booking=room.booking,
            kind=FactKind.TRIED_TO_JOIN,
            text=gettext("Den Zugang zum Gespräch geöffnet."),
            at=now,
            said_by=by.name,
        )
    node = nodes.home(session, consultation_id=consultation.id, now=now)
    participant = roles.participant_of(by)
    stands = holds.standing_of(session, consultation, participant, now=now)
    ticket = tickets.Ticket(
        id=uuid4().hex,
        room=str(consultation.id),
        participant=participant,
        name=roles.name_of(by),
        role=roles.media_role(by),
        rights=roles.rights_of(by),
        node=node.id,
        held=stands.is_held,
        locked=consultation.is_locked,
        inside=stands.was_inside,
        admitted=showing_out.admission_of(room.booking, place, by=by, now=now),
    )
    return Door(node, tickets.issue(ticket, keys=keys))


def end(
    session: Session, *, booking: Booking, words: NoteWords, by: StaffMember, now: datetime
) -> Consultation:
    """End the talk for everybody: the note is final, the booking was held, the PDF is ordered."""
    consultation = locked(session, booking)
    rules.check_can_end(booking, consultation, by=by)
    rules.check_note_is_written(words.note)
    notes.put(consultation, words, now=now)
    consultation.ended_at = consultation.note_shown_at = now
    consultation.ended_by_id = by.id
    _move(consultation, ConsultationState.ENDED)
    _record_held(session, consultation, booking, by=by, now=now)
    inbox.close_items(session, kind=ItemKind.CALLBACK_WANTED, subject_id=booking.id, by=by, now=now)
    record(session, "consultation.ended", booking, by=by, now=now)
    jobs.close_room.enqueue(session, consultation_id=str(consultation.id))
    jobs.file_note.enqueue(session, consultation_id=str(consultation.id))
    return consultation


def _record_held(
    session: Session,
    consultation: Consultation,
    booking: Booking,
    *,
    by: StaffMember,
    now: datetime,
) -> None:
    """Write down that the citizen came; a talk held early gets its outcome at its time."""
    if booking.state != BookingState.BOOKED:
        return
    if now < booking.starts_at:
        jobs.record_held.enqueue(
            session, at=booking.starts_at, consultation_id=str(consultation.id)
        )
        return
    appointments.record_outcome(
        session, booking=booking, outcome=BookingState.CAME, reason=None, by=by, now=now
    )


def _place_of(
    session: Session, consultation: Consultation, by: Citizen | Guest
) -> WaitingTicket | None:
    return session.scalar(
        select(WaitingTicket).where(
            WaitingTicket.consultation_id == consultation.id,
            WaitingTicket.person_kind == by.actor.kind,
            WaitingTicket.person_id == by.id,
        )
    )


def _open(consultation: Consultation) -> None:
    if consultation.state == ConsultationState.PLANNED:
        _move(consultation, ConsultationState.OPEN)


def _move(consultation: Consultation, state: ConsultationState) -> None:
    if state not in rules.TRANSITIONS[consultation.state]:
        raise Conflict(
            gettext("Das hat sich inzwischen geändert. Die Seite zeigt den neuen Stand.")
        )
    consultation.state = state
