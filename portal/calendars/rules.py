"""What may stand in a calendar, who may change it, and within which time it can be booked."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Person, Right, StaffMember
from portal.calendars.limits import LONGEST, MOST_DOCUMENTS, check_figures
from portal.calendars.models import (
    AppointmentType,
    Availability,
    BookableBy,
    Channel,
    Format,
    Occupancy,
)
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


# Kinds of appointments


def channels_for(kind: AppointmentType, *, by: Person) -> list[Channel]:
    """Return the ways that `by` may book a kind.

    The first talk takes place in person (§ 15 (4) SGB II): citizens are not offered it by video.
    Staff may, where it is justified; the law asks them for the reason (`check_video_is_justified`).
    """
    if isinstance(by, Citizen) and kind.starts_in_person:
        return [channel for channel in kind.channels if channel != Channel.VIDEO]
    return list(kind.channels)


def needs_video_reason(kind: AppointmentType, channel: Channel) -> bool:
    """Tell whether a talk of this kind by this way departs from „in person“ (§ 15 (4) SGB II)."""
    return kind.starts_in_person and channel == Channel.VIDEO


def check_video_is_justified(kind: AppointmentType, channel: Channel, reason: str | None) -> None:
    """Raise unless somebody says why the first talk shall not be in person."""
    if needs_video_reason(kind, channel) and not (reason or "").strip():
        raise InvalidInput(
            "Das erste Gespräch ist persönlich (§ 15 Absatz 4 SGB II). Per Video geht es nur"
            " ausnahmsweise: Vergeben Sie den Termin selbst und schreiben Sie auf, warum.",
            field="video_reason",
        )


def check_kind(facts: dict[str, Any]) -> None:
    """Raise unless the facts of a kind stay within `limits` and make sense together."""
    check_figures(facts)
    if not any(character.isalnum() for character in facts["name"]):
        raise InvalidInput("Geben Sie einen Namen ein.", field="name")
    for name in ("name", "purpose"):
        if len(facts[name]) > LONGEST[name]:
            raise InvalidInput(f"Höchstens {LONGEST[name]} Zeichen.", field=name)
    for name in ("names", "purposes"):
        _check_translations(facts[name], name)
    for name in ("text_before", "text_after"):
        _check_text(facts[name], name)
    if len(facts["documents"]) > MOST_DOCUMENTS:
        raise InvalidInput(f"Höchstens {MOST_DOCUMENTS} Zeilen.", field="documents")
    if any(len(line) > LONGEST["documents"] for line in facts["documents"]):
        raise InvalidInput(f"Höchstens {LONGEST['documents']} Zeichen je Zeile.", field="documents")
    _check_together(facts)


def _check_translations(texts: dict[str, str], name: str) -> None:
    for language, text in texts.items():
        if len(text) > LONGEST[name]:
            raise InvalidInput(f"Höchstens {LONGEST[name]} Zeichen.", field=f"{name}_{language}")


def _check_text(texts: dict[str, str], name: str) -> None:
    if any(len(text) > LONGEST[name] for text in texts.values()):
        raise InvalidInput(f"Höchstens {LONGEST[name]} Zeichen.", field=f"{name}_de")
    if texts and not texts.get("de"):
        raise InvalidInput("Schreiben Sie den Text auch auf Deutsch.", field=f"{name}_de")


def _check_together(facts: dict[str, Any]) -> None:
    chosen_alone = facts["bookable_by"] in {BookableBy.CITIZENS, BookableBy.OWN_OFFICER}
    if not facts["channels"]:
        raise InvalidInput("Wählen Sie mindestens einen Weg.", field="channels")
    if facts["lead_hours"] >= facts["horizon_days"] * 24:
        raise InvalidInput(
            "Der Vorlauf ist länger als die Zeit, für die gebucht werden kann.", field="lead_hours"
        )
    if chosen_alone and facts["starts_in_person"] and facts["channels"] == [Channel.VIDEO]:
        raise InvalidInput(
            "Ein erstes Gespräch ist persönlich (§ 15 Absatz 4 SGB II). Nehmen Sie einen anderen"
            " Weg dazu.",
            field="channels",
        )
    if facts["format"] == Format.JOINT and len(facts["roles"]) < 2:
        raise InvalidInput("Wählen Sie, wer zusammen am Tisch sitzt.", field="roles")
    if facts["bookable_by"] == BookableBy.OWN_OFFICER and len(facts["roles"]) > 1:
        raise InvalidInput("Mit der eigenen Ansprechperson geht nur einzeln.", field="bookable_by")


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
