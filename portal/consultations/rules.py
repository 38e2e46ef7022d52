"""When a talk opens and closes, who may enter, admit and end it. Pure questions, no I/O.

"When" (`check_is_open`) and "who" (`check_can_enter`, `check_can_admit`) are asked one by one:
hours and roles change for different reasons.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import gettext

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import rules as appointments_rules
from portal.appointments.models import Booking, BookingState
from portal.casefiles.models import Document
from portal.consultations.guest_models import Guest
from portal.consultations.models import (
    REMARKS_MAX,
    Consultation,
    ConsultationState,
    WaitingState,
    WaitingTicket,
)
from portal.consultations.roles import Person
from portal.core.clock import local
from portal.core.errors import Conflict, Expired, InvalidInput, NotFound, PortalError

CLOSES_AFTER = timedelta(minutes=60)
STILL_THERE = timedelta(seconds=40)
COUNTS_FOR = timedelta(minutes=10)
"""For how long somebody whose page has fallen silent still counts as waiting."""

TRANSITIONS: Mapping[ConsultationState, frozenset[ConsultationState]] = {
    ConsultationState.PLANNED: frozenset({ConsultationState.OPEN}),
    ConsultationState.OPEN: frozenset({ConsultationState.RUNNING, ConsultationState.ENDED}),
    ConsultationState.RUNNING: frozenset({ConsultationState.ENDED}),
    ConsultationState.ENDED: frozenset(),
}

WAITING_TRANSITIONS: Mapping[WaitingState, frozenset[WaitingState]] = {
    WaitingState.WAITING: frozenset({WaitingState.ADMITTED, WaitingState.LEFT}),
    WaitingState.ADMITTED: frozenset({WaitingState.SENT_BACK, WaitingState.LEFT}),
    WaitingState.SENT_BACK: frozenset({WaitingState.ADMITTED, WaitingState.LEFT}),
    WaitingState.LEFT: frozenset({WaitingState.WAITING}),
}


class Stage(StrEnum):
    """Which page somebody sees who comes to a talk; each has a template of this name."""

    CANCELLED = "cancelled"
    EARLY = "early"
    OPEN = "open"
    WAITING = "waiting"
    ADMITTED = "admitted"
    CLOSED = "closed"
    ENDED = "ended"


def opens_at(booking: Booking) -> datetime:
    """Return the moment from which people may come."""
    return appointments_rules.room_opens_at(booking)


def closes_at(booking: Booking) -> datetime:
    """Return the moment after which nobody may come any more; a running talk goes on."""
    return booking.ends_at + CLOSES_AFTER


def is_over(booking: Booking, *, now: datetime) -> bool:
    """Tell whether the time of a talk that never began is over."""
    return now > closes_at(booking)


def state_of(consultation: Consultation | None) -> ConsultationState:
    """Return the state; before the first deed there is no row."""
    return consultation.state if consultation else ConsultationState.PLANNED


def stage(
    booking: Booking,
    consultation: Consultation | None,
    ticket: WaitingTicket | None,
    *,
    now: datetime,
) -> Stage:
    """Tell where the citizen stands on the way into the talk and out of it."""
    state = state_of(consultation)
    if state == ConsultationState.ENDED:
        return Stage.ENDED
    if booking.state == BookingState.CANCELLED:
        return Stage.CANCELLED
    if not is_open(booking, consultation, now=now):
        return Stage.EARLY if now < opens_at(booking) else Stage.CLOSED
    if ticket is None or ticket.state == WaitingState.LEFT:
        return Stage.OPEN
    return Stage.ADMITTED if ticket.state == WaitingState.ADMITTED else Stage.WAITING


def check_is_open(booking: Booking, consultation: Consultation | None, *, now: datetime) -> None:
    """Ask "when?": the talk takes people in now."""
    state = state_of(consultation)
    if state == ConsultationState.ENDED:
        raise Expired(gettext("Dieses Gespräch ist beendet."))
    if state == ConsultationState.RUNNING:
        return
    if booking.state != BookingState.BOOKED:
        raise Expired(gettext("Dieser Termin findet nicht statt. Ihre Termine stehen im Portal."))
    if now < opens_at(booking):
        hour = local(opens_at(booking)).strftime("%H:%M")
        raise Conflict(gettext("Der Warteraum öffnet um %(hour)s Uhr.", hour=hour))
    if is_over(booking, now=now):
        raise Expired(gettext("Die Zeit für dieses Gespräch ist vorbei."))


def is_open(booking: Booking, consultation: Consultation | None, *, now: datetime) -> bool:
    """Tell whether the talk takes people in now."""
    return _can(lambda: check_is_open(booking, consultation, now=now))


def check_takes_part(booking: Booking, by: Person) -> None:
    """Raise unless it is the talk of this person: of the citizen, an officer of it, a guest."""
    _check_takes_part(booking, by)


def check_can_wait(
    booking: Booking, consultation: Consultation | None, *, by: Citizen | Guest, now: datetime
) -> None:
    """Ask whether the citizen or a guest may take a place in the waiting room."""
    _check_takes_part(booking, by)
    check_is_open(booking, consultation, now=now)


def check_can_enter(
    booking: Booking,
    consultation: Consultation | None,
    ticket: WaitingTicket | None,
    *,
    by: Person,
    now: datetime,
) -> None:
    """Ask whether somebody may enter the room itself: the officers, and who was admitted."""
    _check_takes_part(booking, by)
    check_is_open(booking, consultation, now=now)
    if not isinstance(by, StaffMember) and (
        ticket is None or ticket.state != WaitingState.ADMITTED
    ):
        raise Conflict(
            gettext("Bitte warten Sie noch einen Moment. Sie werden gleich eingelassen.")
        )


def check_can_admit(
    booking: Booking,
    consultation: Consultation,
    ticket: WaitingTicket,
    *,
    by: StaffMember,
    now: datetime,
) -> None:
    """Ask whether the officer may let this person in."""
    _check_takes_part(booking, by)
    check_is_open(booking, consultation, now=now)
    _check_next(ticket, WaitingState.ADMITTED)


def check_can_send_back(booking: Booking, ticket: WaitingTicket, *, by: StaffMember) -> None:
    """Ask whether the officer may ask this person to wait once more."""
    _check_takes_part(booking, by)
    _check_next(ticket, WaitingState.SENT_BACK)


def check_can_leave(ticket: WaitingTicket) -> None:
    """Ask whether somebody can give up the place."""
    _check_next(ticket, WaitingState.LEFT)


def check_can_write_note(
    booking: Booking, consultation: Consultation | None, *, by: StaffMember
) -> None:
    """Ask whether the draft of the note may still change."""
    _check_takes_part(booking, by)
    if state_of(consultation) == ConsultationState.ENDED:
        raise Expired(gettext("Das Gespräch ist beendet, die Notiz liegt in der Akte."))


def check_can_end(booking: Booking, consultation: Consultation | None, *, by: StaffMember) -> None:
    """Ask whether there is a talk to end: one that was held, by video or as a callback."""
    _check_takes_part(booking, by)
    state = state_of(consultation)
    if state == ConsultationState.ENDED:
        raise Expired(gettext("Dieses Gespräch ist schon beendet."))
    called = consultation is not None and consultation.callback_at is not None
    if state != ConsultationState.RUNNING and not called:
        raise Conflict(
            gettext("Das Gespräch hat noch nicht begonnen. Lassen Sie zuerst jemanden ein.")
        )


def can_end(booking: Booking, consultation: Consultation | None, *, by: StaffMember) -> bool:
    """Tell whether the talk can be ended."""
    return _can(lambda: check_can_end(booking, consultation, by=by))


def check_note_is_written(note: str) -> None:
    """Ask for at least a sentence: the citizen reads this note."""
    if not note.strip():
        raise InvalidInput(
            gettext("Schreiben Sie kurz auf, worüber Sie gesprochen haben."), field="note"
        )


def check_can_remark(
    booking: Booking, consultation: Consultation, *, count: int, by: Citizen
) -> None:
    """Ask whether the citizen can read the note, and so say something about it."""
    _check_takes_part(booking, by)
    if consultation.note_shown_at is None:
        raise Conflict(gettext("Die Notiz wird noch geschrieben. Sie können sie gleich lesen."))
    if count >= REMARKS_MAX:
        raise Conflict(
            gettext("Zu dieser Notiz gibt es schon viele Anmerkungen. Schreiben oder rufen Sie an.")
        )


def check_can_show(
    booking: Booking, consultation: Consultation, document: Document, *, by: StaffMember
) -> None:
    """Ask whether a paper may be put before everybody: in a running talk, and only the citizen's.

    Whoever else lives in the household is somebody else, too.
    """
    _check_takes_part(booking, by)
    if document.owner_id != booking.citizen_id:
        raise NotFound
    if consultation.state != ConsultationState.RUNNING:
        raise Conflict(gettext("Zeigen können Sie etwas, sobald das Gespräch läuft."))


def check_can_pick(booking: Booking, consultation: Consultation, *, by: StaffMember) -> None:
    """Ask whether the officer may put a file of their own on the table: in a running talk."""
    _check_takes_part(booking, by)
    if consultation.state != ConsultationState.RUNNING:
        raise Conflict(
            gettext("Zeigen können Sie etwas, sobald das Gespräch läuft."), field="files"
        )


def check_can_put_away(booking: Booking, *, by: StaffMember) -> None:
    """Ask whether the paper on the table may be taken away."""
    _check_takes_part(booking, by)


def check_can_hand_over(
    booking: Booking, consultation: Consultation, ticket: WaitingTicket | None, *, by: Citizen
) -> None:
    """Ask whether the citizen sits at the table and can hand something over it."""
    _check_takes_part(booking, by)
    admitted = ticket is not None and ticket.state == WaitingState.ADMITTED
    if consultation.state != ConsultationState.RUNNING or not admitted:
        raise Conflict(
            gettext("Das Gespräch läuft nicht mehr. Geben Sie die Unterlage im Portal ab.")
        )


def check_can_report_problem(
    booking: Booking,
    consultation: Consultation | None,
    *,
    by: Citizen | StaffMember,
    now: datetime,
) -> None:
    """Ask whether something can have gone wrong yet: from the opening of the door on."""
    _check_takes_part(booking, by)
    if now < opens_at(booking) and state_of(consultation) == ConsultationState.PLANNED:
        raise Conflict(gettext("Dieses Gespräch hat noch nicht begonnen."))


def is_still_there(ticket: WaitingTicket, *, now: datetime) -> bool:
    """Tell whether the page of a waiting person has reported lately."""
    return now - ticket.last_seen_at <= STILL_THERE


def was_on_time(booking: Booking, ticket: WaitingTicket) -> bool:
    """Tell whether somebody was there when the talk should have begun."""
    return ticket.arrived_at <= booking.starts_at


def _check_takes_part(booking: Booking, by: Person) -> None:
    if not _takes_part(booking, by):
        raise NotFound


def _takes_part(booking: Booking, by: Person) -> bool:
    if isinstance(by, Citizen):
        return booking.citizen_id == by.id
    if isinstance(by, Guest):
        return by.booking_id == booking.id and by.ended_at is None
    if booking.staff_member_id == by.id:
        return True
    return by.id in {other.staff_member_id for other in booking.others}


def _check_next(ticket: WaitingTicket, state: WaitingState) -> None:
    if state not in WAITING_TRANSITIONS[ticket.state]:
        raise Conflict(
            gettext("Das hat sich inzwischen geändert. Die Seite zeigt den neuen Stand.")
        )


def _can(check: Callable[[], None]) -> bool:
    try:
        check()
    except PortalError:
        return False
    return True
