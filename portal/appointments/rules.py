"""The law of booking as plain questions: who may, and when. Which slots are free: see `slots`.

A slot that a citizen has chosen is an offer, not a summons (§ 59 SGB II, § 309 SGB III): it never
carries a text about legal consequences. That is a fact of how it came about
(`Booking.chosen_by_citizen`), and no verb changes it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Right, StaffMember
from portal.appointments.models import (
    AppointmentType,
    Availability,
    Booking,
    BookingState,
    Channel,
)
from portal.core.errors import Conflict, InvalidInput, NotAllowed, PortalError

Person = Citizen | StaffMember

TAKEN = "Dieser Termin wurde gerade vergeben. Wählen Sie bitte einen anderen."
OWN_OVERLAP = "Um diese Zeit gibt es schon einen Termin. Wählen Sie bitte eine andere Zeit."

OUTCOMES = frozenset({BookingState.CAME, BookingState.EXCUSED, BookingState.MISSED})

# A move keeps a booking booked. An outcome may be corrected: someone comes later the same day, a
# reason is handed in.
TRANSITIONS: dict[BookingState, frozenset[BookingState]] = {
    BookingState.BOOKED: OUTCOMES | {BookingState.BOOKED, BookingState.CANCELLED},
    BookingState.CANCELLED: frozenset(),
    BookingState.CAME: OUTCOMES - {BookingState.CAME},
    BookingState.EXCUSED: OUTCOMES - {BookingState.EXCUSED},
    BookingState.MISSED: OUTCOMES - {BookingState.MISSED},
}

ROOM_OPENS_BEFORE = timedelta(minutes=15)
EARLY_REMINDER = timedelta(hours=48)
LATE_REMINDER = timedelta(hours=2)
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


def check_can_plan(officer: StaffMember, *, by: StaffMember) -> None:
    """Raise unless one plans one's own hours, or leads the team of the officer."""
    own = officer.id == by.id
    leads = officer.team_id == by.team_id and accounts_rules.can(by, Right.SEE_TEAM)
    if not (own or leads):
        raise NotAllowed("Die Zeiten dieser Person können Sie nicht ändern.")


# When


def earliest_start(kind: AppointmentType, *, by: Person, now: datetime) -> datetime:
    """Return the first moment that can be booked; the office itself needs no lead time."""
    return now + timedelta(hours=kind.lead_hours) if isinstance(by, Citizen) else now


def latest_start(kind: AppointmentType, *, now: datetime) -> datetime:
    """Return the last moment that can be booked."""
    return now + timedelta(days=kind.horizon_days)


def check_in_bookable_time(
    kind: AppointmentType, starts_at: datetime, *, by: Person, now: datetime
) -> None:
    """Raise when `starts_at` is too soon or too far away."""
    if starts_at <= now:
        raise InvalidInput("Dieser Termin liegt in der Vergangenheit.", field="slot")
    if starts_at < earliest_start(kind, by=by, now=now):
        raise InvalidInput(
            f"Bitte wählen Sie einen Termin, der in mehr als {kind.lead_hours} Stunden beginnt.",
            field="slot",
        )
    if starts_at > latest_start(kind, now=now):
        raise InvalidInput(
            f"Termine gibt es nur für die nächsten {kind.horizon_days} Tage.", field="slot"
        )


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


def is_near(booking: Booking, *, now: datetime) -> bool:
    """Tell whether the time of the late reminder has come."""
    return booking.starts_at - now <= LATE_REMINDER


def needs_reminder(booking: Booking, *, now: datetime) -> bool:
    """Tell whether a reminder is due and was not sent; booked at short notice means no reminder."""
    if booking.state != BookingState.BOOKED or now >= booking.starts_at:
        return False
    ahead, sent = (
        (LATE_REMINDER, booking.late_reminder_at)
        if is_near(booking, now=now)
        else (EARLY_REMINDER, booking.early_reminder_at)
    )
    due_at = booking.starts_at - ahead
    return sent is None and booking.agreed_at < due_at <= now


def check_transition(booking: Booking, to: BookingState) -> None:
    """Raise unless the table leads from the state of the booking to `to`."""
    if to not in TRANSITIONS[booking.state]:
        if booking.state == BookingState.CANCELLED:
            raise Conflict("Dieser Termin ist schon abgesagt.")
        raise Conflict("Dieser Termin ist schon abgeschlossen.")


# What somebody wants to do: each question twice, for the server and for the button


def check_can_book(
    kind: AppointmentType, channel: Channel, starts_at: datetime, *, by: Person, now: datetime
) -> None:
    """Raise unless `by` may book this kind, by this channel, at this time."""
    if isinstance(by, Citizen) and not kind.citizen_can_book:
        raise NotAllowed("Diesen Termin vergibt das Jobcenter. Rufen Sie uns bitte an.")
    if isinstance(by, StaffMember):
        accounts_rules.check(by, Right.MANAGE_APPOINTMENTS)
    if channel not in kind.channels:
        raise InvalidInput("Auf diesem Weg gibt es den Termin nicht.", field="channel")
    check_in_bookable_time(kind, starts_at, by=by, now=now)


def check_can_move(booking: Booking, *, by: Person, now: datetime) -> None:
    """Raise unless `by` may still give the booking another time."""
    check_can_change(booking, by=by)
    check_transition(booking, BookingState.BOOKED)
    check_before_limit(booking, hours=booking.type.move_limit_hours, by=by, now=now)


def can_move(booking: Booking, *, by: Person, now: datetime) -> bool:
    """Tell whether `by` may still give the booking another time."""
    return _passes(check_can_move, booking, by=by, now=now)


def check_can_cancel(booking: Booking, *, by: Person, now: datetime) -> None:
    """Raise unless `by` may still cancel."""
    check_can_change(booking, by=by)
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
    if outcome in {BookingState.EXCUSED, BookingState.MISSED} and not reason:
        raise InvalidInput("Bitte nennen Sie den Grund.", field="reason")


def can_record_outcome(booking: Booking, *, by: StaffMember, now: datetime) -> bool:
    """Tell whether any outcome can be recorded."""
    has_begun = now >= booking.starts_at
    return has_begun and can_change(booking, by=by) and bool(OUTCOMES & TRANSITIONS[booking.state])


# Hours of the staff


class CollidesWithBookings(Conflict):
    """The absence would leave people standing before a closed door; names their appointments."""

    def __init__(self, bookings: Sequence[Booking]) -> None:
        super().__init__(
            "In dieser Zeit sind Termine gebucht. Verlegen Sie sie zuerst oder sagen Sie sie ab."
        )
        self.bookings = bookings


def check_hours(hours: Availability, *, others: Iterable[Availability]) -> None:
    """Raise unless the hours run forward in steps of five minutes and overlap no others."""
    for field, wall in (("starts", hours.starts), ("ends", hours.ends)):
        if wall.minute % 5 or wall.second:
            raise InvalidInput(
                "Bitte in Schritten von fünf Minuten, zum Beispiel 9:30.", field=field
            )
    if hours.ends <= hours.starts:
        raise InvalidInput("Das Ende muss nach dem Beginn liegen.", field="ends")
    if hours.valid_until is not None and hours.valid_until < hours.valid_from:
        raise InvalidInput("Der letzte Tag muss nach dem ersten liegen.", field="valid_until")
    if any(_overlap(hours, other) for other in others):
        raise InvalidInput(
            "In dieser Zeit haben Sie schon Sprechzeiten. Löschen Sie die alten zuerst.",
            field="starts",
        )


def _overlap(one: Availability, other: Availability) -> bool:
    same_days = (
        one.weekday == other.weekday
        and one.valid_from <= (other.valid_until or date.max)
        and other.valid_from <= (one.valid_until or date.max)
    )
    return same_days and one.starts < other.ends and other.starts < one.ends


def check_absence(starts_at: datetime, ends_at: datetime, *, now: datetime) -> None:
    """Raise unless the absence runs forward and is not over yet."""
    if ends_at <= starts_at:
        raise InvalidInput("Das Ende muss nach dem Beginn liegen.", field="ends")
    if ends_at <= now:
        raise InvalidInput("Diese Zeit ist schon vorbei.", field="ends")


def check_nothing_booked(bookings: Sequence[Booking]) -> None:
    """Raise when appointments stand in the time of an absence."""
    if bookings:
        raise CollidesWithBookings(bookings)


def _passes(check: Callable[..., None], booking: Booking, *, by: Person, now: datetime) -> bool:
    try:
        check(booking, by=by, now=now)
    except PortalError:
        return False
    return True
