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


# Kinds of appointments


def channels_for(kind: AppointmentType, *, by: Person) -> list[Channel]:
    """Return the ways that `by` may book a kind.

    The first talk takes place in person (§ 15 (4) SGB II): citizens are not offered it by video.
    Staff may, where it is justified; the law asks them for the reason.
    """
    if isinstance(by, Citizen) and kind.starts_in_person:
        return [channel for channel in kind.channels if channel != Channel.VIDEO]
    return list(kind.channels)


def check_kind(facts: dict[str, Any]) -> None:
    """Raise unless the facts of a kind stay within `limits` and make sense together."""
    check_figures(facts)
    if not any(character.isalnum() for character in facts["name"]):
        raise InvalidInput("Geben Sie einen Namen ein.", field="name")
    for name in ("name", "purpose"):
        if len(facts[name]) > LONGEST[name]:
            raise InvalidInput(f"Höchstens {LONGEST[name]} Zeichen.", field=name)
    for name in ("text_before", "text_after"):
        _check_text(facts[name], name)
    if len(facts["documents"]) > MOST_DOCUMENTS:
        raise InvalidInput(f"Höchstens {MOST_DOCUMENTS} Zeilen.", field="documents")
    if any(len(line) > LONGEST["documents"] for line in facts["documents"]):
        raise InvalidInput(f"Höchstens {LONGEST['documents']} Zeichen je Zeile.", field="documents")
    _check_together(facts)


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
