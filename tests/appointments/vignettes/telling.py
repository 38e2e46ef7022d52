"""How a story is told: what is known, when it is asked, which rule decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import uuid4

from portal.appointments.fairness import Circumstances
from portal.appointments.models import BookingFact, FactKind
from portal.calendars.slots import at_wall

DAY = date(2026, 11, 16)  # a Monday
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DAYS = timedelta(days=1)


@dataclass(frozen=True)
class Cited:
    """One rule of the check in the version that counts from a day."""

    key: str
    valid_from: date


SGB_II, REFORM = date(2005, 1, 1), date(2026, 7, 1)
FREE = Cited("free_will", SGB_II)
LETTER = Cited("delivery", SGB_II)
LEAD = Cited("lead", SGB_II)
SAME_DAY = Cited("same_day", SGB_II)
THERE = Cited("was_there", SGB_II)
CALLED = Cited("contact", SGB_II)
TRIED, TRIED_OLD = Cited("tried", REFORM), Cited("tried", SGB_II)
REASON, REASON_OLD = Cited("reason", REFORM), Cited("reason", SGB_II)
OFFICE, OFFICE_OLD = Cited("office", REFORM), Cited("office", SGB_II)
OUTAGE, OUTAGE_OLD = Cited("outage", REFORM), Cited("outage", SGB_II)


@dataclass(frozen=True)
class Vignette:
    """What happened, which rule decides, and every rule that speaks against „missed“."""

    about: Circumstances
    decides: Cited
    against: frozenset[Cited]


POSTED: list[tuple[date, date]] = []
"""Days of posting and the day on which the letter counts, as the stories say."""
NOTIFIED: list[tuple[date, date]] = []
"""Days on which a notice left the house and the day on which its letter counts."""


def at(day: date, wall: str) -> datetime:
    return at_wall(day, time.fromisoformat(wall))


def fact(kind: FactKind, moment: datetime, text: str = "") -> BookingFact:
    return BookingFact(id=uuid4(), kind=kind, at=moment, text=text or kind, said_by="Jana Keller")


def letter(counts: date, *, noted: datetime | None = None) -> BookingFact:
    """Note that the summons counts as made known on a day."""
    noted = noted or at(counts - 4 * DAYS, "09:00")
    made = fact(FactKind.SUMMONED, noted, "Meldeaufforderung")
    made.day = counts
    return made


def by_post(sent: date, counts: date) -> BookingFact:
    POSTED.append((sent, counts))
    return letter(counts)


def by_portal(sent: date, counts: date) -> BookingFact:
    NOTIFIED.append((sent, counts))
    return letter(counts)


def lost(moment: datetime, text: str = "Der Brief kam von der Post zurück.") -> BookingFact:
    return fact(FactKind.NOT_DELIVERED, moment, text)


def waited(wall: str, day: date = DAY, text: str = "im Warteraum") -> BookingFact:
    return fact(FactKind.WAITED, at(day, wall), text)


def tried(wall: str, day: date = DAY, text: str = "Kamera ging nicht") -> BookingFact:
    return fact(FactKind.TRIED_TO_JOIN, at(day, wall), text)


def broke(wall: str, day: date = DAY, text: str = "Verbindung brach ab") -> BookingFact:
    return fact(FactKind.CONNECTION_FAILED, at(day, wall), text)


def called(wall: str, day: date = DAY, text: str = "rief an") -> BookingFact:
    return fact(FactKind.CONTACT, at(day, wall), text)


def gave(day: date, text: str, wall: str = "08:00") -> BookingFact:
    return fact(FactKind.REASON_GIVEN, at(day, wall), text)


def accepted(day: date, wall: str = "10:00") -> BookingFact:
    return fact(FactKind.REASON_ACCEPTED, at(day, wall), "belegt")


def refused(day: date, wall: str = "10:00") -> BookingFact:
    return fact(FactKind.REASON_REFUSED, at(day, wall), "kein wichtiger Grund")


def own_fault(text: str, wall: str = "09:00", day: date = DAY) -> BookingFact:
    return fact(FactKind.OFFICE_AWAY, at(day, wall), text)


def outage(text: str, wall: str = "09:00", day: date = DAY) -> BookingFact:
    return fact(FactKind.OUTAGE, at(day, wall), text)


KNOWN = letter(date(2026, 11, 10))  # counts six days before
TUESDAY, WEDNESDAY = DAY + DAYS, DAY + 2 * DAYS


class Stories(dict[str, Vignette]):
    """Stories by what happened."""

    def tell(
        self,
        story: str,
        *facts: BookingFact,
        by: Cited,
        missed: bool = False,
        also: Sequence[Cited] = (),
        on: date = DAY,
        wall: str = "09:00",
        now: datetime | None = None,
        chosen: bool = False,
        away: bool = False,
        summoned: bool = False,
    ) -> None:
        """Add one story; `missed` says that the word may be used, else `by` speaks against it."""
        assert story not in self
        starts_at = at(on, wall)
        about = Circumstances(
            starts_at=starts_at,
            ends_at=starts_at + 30 * MINUTE,
            chosen_by_citizen=chosen,
            facts=facts,
            officer_was_away=away,
            now=now or at(on + DAYS, "09:00"),
            is_summons=summoned,
        )
        self[story] = Vignette(about, by, frozenset(also) if missed else frozenset({by, *also}))
