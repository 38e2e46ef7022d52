"""What may stand in a calendar, who may change it, and within which time it can be booked."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Person, Right, StaffMember
from portal.calendars.models import AppointmentType, Availability, Occupancy
from portal.core.errors import Conflict, InvalidInput, NotAllowed

# Who


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


# Hours of the staff


class Collides(Conflict):
    """The absence would leave people standing before a closed door; names what is taken."""

    def __init__(self, taken: Sequence[Occupancy]) -> None:
        super().__init__(
            "In dieser Zeit sind Termine gebucht. Verlegen Sie sie zuerst oder sagen Sie sie ab."
        )
        self.taken = taken


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


def check_nothing_taken(taken: Sequence[Occupancy]) -> None:
    """Raise when appointments stand in the time of an absence."""
    if taken:
        raise Collides(taken)
