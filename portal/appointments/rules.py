"""The law of booking as plain questions: who may, and when. Which slots are free: see `slots`.

A slot that a citizen has chosen is an offer, not a summons (§ 59 SGB II, § 309 SGB III): it never
carries a text about legal consequences. That is a fact of how it came about
(`Booking.chosen_by_citizen`), and no verb changes it. A summons (`Booking.is_summons`) is made by
`summoning` alone and is neither moved nor cancelled here: its letter names the time.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Person, Right, StaffMember
from portal.appointments.models import Arranged, Booking, BookingState
from portal.calendars.models import AppointmentType, BookableBy, Channel
from portal.calendars.rules import (
    channels_for,
    check_in_bookable_time,
    check_video_is_justified,
)
from portal.casefiles.models import Case
from portal.core.errors import Conflict, InvalidInput, NotAllowed, PortalError

OUTCOMES = frozenset(
    {
        BookingState.CAME,
        BookingState.CAME_LATER,
        BookingState.EXCUSED,
        BookingState.OFFICE_FAULT,
        BookingState.TECHNICAL_FAILURE,
        BookingState.MISSED,
    }
)
HELD_OUTCOMES = frozenset({BookingState.CAME, BookingState.CAME_LATER})

# A move keeps a booking booked. An outcome may be corrected: someone comes later the same day, a
# reason is handed in.
TRANSITIONS: dict[BookingState, frozenset[BookingState]] = {
    BookingState.HELD: frozenset(),  # `holding` confirms it, or it lapses
    BookingState.BOOKED: OUTCOMES | {BookingState.BOOKED, BookingState.CANCELLED},
    BookingState.CANCELLED: frozenset(),
    **{outcome: OUTCOMES - {outcome} for outcome in OUTCOMES},
}

ROOM_OPENS_BEFORE = timedelta(minutes=15)
OUTCOME_DUE_AFTER = timedelta(hours=1)


# Who


def can_change(booking: Booking, *, by: Person) -> bool:
    """Tell whether the booking is the citizen's own, or the staff member manages appointments."""
    if isinstance(by, Citizen):
        return booking.citizen_id == by.id
    return accounts_rules.can(by, Right.MANAGE_APPOINTMENTS)


def check_can_change(booking: Booking, *, by: Person) -> None:
    """Raise unless the booking is one's own or one manages appointments."""
    if not can_change(booking, by=by):
        raise NotAllowed("Diesen Termin können Sie nicht ändern.")


# When


def check_before_limit(booking: Booking, *, hours: int, by: Person, now: datetime) -> None:
    """Raise when the appointment has begun or, for citizens, begins in less than `hours`."""
    if now >= booking.starts_at:
        raise Conflict("Dieser Termin hat schon begonnen.")
    if isinstance(by, Citizen) and now > booking.starts_at - timedelta(hours=hours):
        raise Conflict(
            f"Online geht das nur bis {hours} Stunden vor dem Termin. Rufen Sie uns bitte an."
        )


def room_opens_at(booking: Booking) -> datetime:
    """Return when the door to the video room opens."""
    return booking.starts_at - ROOM_OPENS_BEFORE


def can_join(booking: Booking, *, now: datetime) -> bool:
    """Tell whether the door to the video room stands open."""
    is_on = booking.state == BookingState.BOOKED and booking.channel == Channel.VIDEO
    return is_on and room_opens_at(booking) <= now < booking.ends_at + OUTCOME_DUE_AFTER


def check_transition(booking: Booking, to: BookingState) -> None:
    """Raise unless the table leads from the state of the booking to `to`."""
    if to not in TRANSITIONS[booking.state]:
        if booking.state == BookingState.CANCELLED:
            raise Conflict("Dieser Termin ist schon abgesagt.")
        raise Conflict("Dieser Termin ist schon abgeschlossen.")


def is_held(booking: Booking, *, now: datetime) -> bool:
    """Tell whether the time is held and the hold has not run out."""
    is_hold = booking.state == BookingState.HELD
    return is_hold and booking.held_until is not None and booking.held_until > now


# What somebody wants to do: each question twice, for the server and for the button


def check_can_book(
    kind: AppointmentType,
    channel: Channel,
    starts_at: datetime,
    *,
    by: Person,
    now: datetime,
    is_invited: bool = False,
    video_reason: str | None = None,
) -> None:
    """Raise unless `by` may book this kind, by this channel, at this time.

    A kind for the invited only is booked with an invitation to it (`is_invited`). The office says
    why a first talk shall be by video (`video_reason`).
    """
    if not kind.is_active:
        raise Conflict("Diese Art von Termin gibt es nicht mehr. Wählen Sie bitte eine andere.")
    if kind.is_for_groups:
        raise Conflict("Dafür gibt es feste Termine mit Plätzen. Wählen Sie bitte einen davon.")
    may_choose = kind.invited_can_choose if is_invited else kind.citizen_can_book
    if isinstance(by, Citizen) and not may_choose:
        raise NotAllowed("Diesen Termin vergibt das Jobcenter. Rufen Sie uns bitte an.")
    if isinstance(by, StaffMember):
        accounts_rules.check(by, Right.MANAGE_APPOINTMENTS)
    if channel not in channels_for(kind, by=by):
        raise InvalidInput("Auf diesem Weg gibt es den Termin nicht.", field="channel")
    check_video_is_justified(kind, channel, video_reason)
    check_in_bookable_time(kind, starts_at, by=by, now=now)


def own_officer_only(kind: AppointmentType, case: Case | None, *, by: Person) -> UUID | None:
    """Return the one officer with whom `by` may book this kind, or None: with any."""
    if isinstance(by, StaffMember) or kind.bookable_by != BookableBy.OWN_OFFICER:
        return None
    return case.integration_officer_id if case else None


def check_officer(kind: AppointmentType, officer: UUID, case: Case | None, *, by: Person) -> None:
    """Raise when a kind that is for the own officer only is asked of another."""
    if isinstance(by, StaffMember) or kind.bookable_by != BookableBy.OWN_OFFICER:
        return
    if case is None or officer != case.integration_officer_id:
        raise NotAllowed("Diesen Termin gibt es nur bei Ihrer eigenen Ansprechperson.")


def check_arranged(arranged: Arranged | None, *, by: Person) -> None:
    """Raise when somebody says of a time that it was agreed in a way it cannot have been."""
    possible = {Arranged.ONLINE} if isinstance(by, Citizen) else set(Arranged) - {Arranged.ONLINE}
    if arranged is not None and arranged not in possible:
        raise InvalidInput("Wie ist der Termin zustande gekommen?", field="arranged")


def check_can_say_needs(booking: Booking, *, by: Person, now: datetime) -> None:
    """Raise unless the talk is still to come and one may change the booking."""
    check_can_change(booking, by=by)
    if booking.state not in {BookingState.HELD, BookingState.BOOKED} or now >= booking.starts_at:
        raise Conflict("Dieser Termin ist vorbei oder abgesagt.")


def can_say_needs(booking: Booking, *, by: Person, now: datetime) -> bool:
    """Tell whether what somebody needs for the talk can still be changed."""
    return _passes(check_can_say_needs, booking, by=by, now=now)


def check_is_no_summons(booking: Booking, *, by: Person) -> None:
    """Raise for a summons: a letter has named its time, only another letter changes it."""
    if not booking.is_summons:
        return
    if isinstance(by, Citizen):
        raise Conflict(
            "Zu diesem Termin hat Sie das Jobcenter aufgefordert. Wenn Sie nicht kommen können,"
            " sagen Sie uns den Grund, auf der Seite der Meldeaufforderung oder am Telefon."
        )
    raise Conflict("Nehmen Sie dazu die Meldeaufforderung zurück und schreiben Sie eine neue.")


def check_can_move(booking: Booking, *, by: Person, now: datetime) -> None:
    """Raise unless `by` may still give the booking another time.

    A seat in a group has no time of its own: the office moves the whole event.
    """
    check_can_change(booking, by=by)
    check_is_no_summons(booking, by=by)
    _check_has_own_time_ahead(booking, by=by, now=now)


def _check_has_own_time_ahead(booking: Booking, *, by: Person, now: datetime) -> None:
    if booking.group_event_id is not None:
        raise Conflict(
            "Ein Platz in einer Gruppe lässt sich nicht verschieben. Sagen Sie ab und nehmen Sie"
            " einen Platz in einem anderen Termin."
        )
    check_transition(booking, BookingState.BOOKED)
    check_before_limit(booking, hours=booking.type.move_limit_hours, by=by, now=now)


def can_move(booking: Booking, *, by: Person, now: datetime) -> bool:
    """Tell whether `by` may still give the booking another time."""
    return _passes(check_can_move, booking, by=by, now=now)


def check_can_hand_over(booking: Booking, *, by: StaffMember, now: datetime) -> None:
    """Raise unless `by` may give the booking to a colleague at the same time.

    A summons too: its letter must name purpose, place and time (§ 59 SGB II, § 309 SGB III), not
    the person, and those three stay. The letter stays as it was sent; who speaks now is told.
    """
    check_can_change(booking, by=by)
    _check_has_own_time_ahead(booking, by=by, now=now)


def can_hand_over(booking: Booking, *, by: StaffMember, now: datetime) -> bool:
    """Tell whether `by` may give the booking to a colleague at the same time."""
    return _passes(check_can_hand_over, booking, by=by, now=now)


def check_can_change_room(booking: Booking, *, by: Person, now: datetime) -> None:
    """Raise unless the talk is still to come, in the office, and its letter names no room."""
    check_can_change(booking, by=by)
    check_is_no_summons(booking, by=by)
    check_transition(booking, BookingState.BOOKED)
    if now >= booking.starts_at:
        raise Conflict("Dieser Termin hat schon begonnen.")
    if booking.channel != Channel.OFFICE or booking.place_id is None:
        raise Conflict("Dieser Termin braucht keinen Raum.")


def can_change_room(booking: Booking, *, by: Person, now: datetime) -> bool:
    """Tell whether the talk can be in another room."""
    return _passes(check_can_change_room, booking, by=by, now=now)


def check_can_cancel(booking: Booking, *, by: Person, now: datetime) -> None:
    """Raise unless `by` may still cancel."""
    check_can_change(booking, by=by)
    check_is_no_summons(booking, by=by)
    check_transition(booking, BookingState.CANCELLED)
    check_before_limit(booking, hours=booking.type.cancel_limit_hours, by=by, now=now)


def can_cancel(booking: Booking, *, by: Person, now: datetime) -> bool:
    """Tell whether `by` may still cancel."""
    return _passes(check_can_cancel, booking, by=by, now=now)


def check_can_record_outcome(
    booking: Booking, outcome: BookingState, reason: str | None, *, by: StaffMember, now: datetime
) -> None:
    """Raise unless the talk has begun, the table allows the outcome and its reason is given."""
    check_can_change(booking, by=by)
    if now < booking.starts_at:
        raise Conflict("Das Ergebnis können Sie eintragen, sobald der Termin begonnen hat.")
    check_transition(booking, outcome)
    if outcome not in HELD_OUTCOMES and not reason:
        raise InvalidInput("Bitte nennen Sie den Grund.", field="reason")


def can_record_outcome(booking: Booking, *, by: StaffMember, now: datetime) -> bool:
    """Tell whether any outcome can be recorded."""
    has_begun = now >= booking.starts_at
    return has_begun and can_change(booking, by=by) and bool(OUTCOMES & TRANSITIONS[booking.state])


def _passes(check: Callable[..., None], booking: Booking, *, by: Person, now: datetime) -> bool:
    try:
        check(booking, by=by, now=now)
    except PortalError:
        return False
    return True


def check_can_note(booking: Booking, *, by: StaffMember) -> None:
    """Raise `NotAllowed` or `Conflict` unless staff may write down what is known about it."""
    check_can_change(booking, by=by)
    if booking.state in {BookingState.HELD, BookingState.CANCELLED}:
        raise Conflict("Dieser Termin findet nicht statt. Dazu gibt es nichts einzutragen.")


def can_note(booking: Booking, *, by: StaffMember) -> bool:
    """Tell whether staff may write down what is known about it."""
    try:
        check_can_note(booking, by=by)
    except PortalError:
        return False
    return True


def check_reason_is_asked_here(booking: Booking) -> None:
    """Raise for a summons: its reason is given and decided on there, which ends it or not."""
    if booking.is_summons:
        raise Conflict("Den Grund dazu nimmt die Seite der Meldeaufforderung auf.")


def needs_reason(booking: Booking) -> bool:
    """Tell whether a reason can still change something: nobody came, or it is still to be."""
    return booking.state not in HELD_OUTCOMES | {BookingState.HELD, BookingState.CANCELLED}


def check_can_give_reason(booking: Booking, *, by: Person) -> None:
    """Raise unless the citizen may say why they cannot come, or staff take it down for them.

    No time limit: an important reason counts whenever it is shown (§ 32 (1) sentence 2 SGB II).
    """
    check_can_change(booking, by=by)
    check_reason_is_asked_here(booking)
    if not needs_reason(booking):
        raise Conflict("Zu diesem Termin ist kein Grund nötig.")


def can_give_reason(booking: Booking, *, by: Person) -> bool:
    """Tell whether the citizen may say why they cannot come, or staff for them."""
    try:
        check_can_give_reason(booking, by=by)
    except PortalError:
        return False
    return True
