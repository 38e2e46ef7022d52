"""What may stand in a calendar, who may change it, and within which time it can be booked."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Person, Right, StaffMember
from portal.calendars.models import AppointmentType, Availability, Channel, Occupancy
from portal.calendars.opening import LONGEST_SPAN, Recurring, days_of
from portal.core import clock
from portal.core.errors import Conflict, InvalidInput, NotAllowed

MOST_HOURS = 200
"""Rows of hours of one person: who needs more has a rule that is missing here."""
MOST_EXCEPTIONS = 200
MOST_PEOPLE = 100
"""People who get something at once; a bigger office does it team by team."""

# Who


def can_plan(officer: StaffMember, *, by: StaffMember) -> bool:
    """Tell whether the hours are one's own, or one leads the team of the officer."""
    leads = officer.team_id == by.team_id and accounts_rules.can(by, Right.SEE_TEAM)
    return officer.id == by.id or leads


def check_can_plan(officer: StaffMember, *, by: StaffMember) -> None:
    """Raise unless one plans one's own hours, or leads the team of the officer."""
    if not can_plan(officer, by=by):
        raise NotAllowed("Die Zeiten dieser Person können Sie nicht ändern.")


def check_how_many(officers: Sequence[StaffMember]) -> None:
    """Raise unless somebody is meant, and not the whole town."""
    if not officers:
        raise InvalidInput("Wählen Sie mindestens eine Person.", field="officers")
    if len(officers) > MOST_PEOPLE:
        raise InvalidInput(
            f"Mehr als {MOST_PEOPLE} Personen gehen nicht auf einmal.", field="officers"
        )


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


def check_hours(hours: Availability, *, others: Sequence[Availability]) -> None:
    """Raise unless the hours run forward, fall on some day and overlap no others."""
    check_recurring(hours)
    if Channel.OUTREACH in hours.channels and hours.place_id is None:
        raise InvalidInput("Nennen Sie den Ort, an dem Sie zu treffen sind.", field="place")
    if len(others) >= MOST_HOURS:
        raise Conflict(
            f"Mehr als {MOST_HOURS} Sprechzeiten gehen nicht. Löschen Sie alte Sprechzeiten."
        )
    if clash_of(hours, others):
        raise InvalidInput(
            "In dieser Zeit haben Sie schon Sprechzeiten. Löschen Sie die alten zuerst.",
            field="starts",
        )


def check_recurring(one: Recurring) -> None:
    """Raise unless what comes again runs forward in five minutes and falls on some day."""
    for field, wall in (("starts", one.starts), ("ends", one.ends)):
        if wall.minute % 5 or wall.second:
            raise InvalidInput(
                "Bitte in Schritten von fünf Minuten, zum Beispiel 9:30.", field=field
            )
    if one.ends <= one.starts:
        raise InvalidInput("Das Ende muss nach dem Beginn liegen.", field="ends")
    if one.valid_until is not None and one.valid_until < one.valid_from:
        raise InvalidInput("Der letzte Tag muss nach dem ersten liegen.", field="valid_until")
    if not days_of(one, one.valid_from, one.valid_from + LONGEST_SPAN):
        raise InvalidInput(
            "Auf diese Wiederholung fällt kein Tag. Prüfen Sie den ersten und den letzten Tag.",
            field="valid_from",
        )


def clash_of(hours: Availability, others: Iterable[Availability]) -> Availability | None:
    """Return the first of the others that is open at the same time, within the next two years.

    Times are compared on the wall, before any rule is followed: most rows end there.
    """
    for other in others:
        if hours.starts < other.ends and other.starts < hours.ends:
            first = max(hours.valid_from, other.valid_from)
            if not _days_from(hours, first).isdisjoint(_days_from(other, first)):
                return other
    return None


def _days_from(one: Recurring, first: date) -> set[date]:
    """Return the days of two years, and the single extra days wherever they lie."""
    return {*days_of(one, first, first + LONGEST_SPAN), *(one.days_extra or ())}


def check_exception(hours: Availability, day: date, *, out: bool, now: datetime) -> None:
    """Raise unless a day that is taken out is one of the hours, and an extra day is none yet."""
    if day < clock.local_date(now):
        raise InvalidInput("Dieser Tag ist schon vorbei.", field="day")
    falls = day in days_of(hours, day, day)
    if out and not falls:
        raise InvalidInput("An diesem Tag gilt die Sprechzeit ohnehin nicht.", field="day")
    if not out and falls:
        raise InvalidInput("An diesem Tag gilt die Sprechzeit schon.", field="day")
    if len([*hours.days_out, *hours.days_extra]) >= MOST_EXCEPTIONS:
        raise Conflict(f"Mehr als {MOST_EXCEPTIONS} Ausnahmen gehen nicht.")


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
