"""What somebody has answered so far. It travels in the address, sealed, and is kept nowhere.

Why in the address: the way back and the reload of a browser work, a language can be chosen in the
middle, and no answer leaves a trace on the server. Why sealed: addresses stand in the history of a
browser and in the records of servers in front; without the key of the portal nobody reads them
there, and after `FRESH` the portal does not open them any more.
"""

import json
import zlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from portal.core import crypto
from portal.precheck.household import ZERO, Household, Person, Place

FRESH = timedelta(hours=4)
SKEW = timedelta(minutes=1)  # how far the clocks of two machines may differ
PURPOSE = "precheck"


class Part(BaseModel):
    """Immutable, and without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PersonAnswers(Part):
    """What was said of one person; None: not asked yet, or left empty."""

    age: int | None = None
    net: Decimal | None = None
    gross: Decimal | None = None
    benefits: Decimal | None = None
    child_benefit: Decimal | None = None
    maintenance: Decimal | None = None
    in_training: bool = False
    is_pregnant: bool = False
    in_participation: bool = False


class Answers(Part):
    """All answers: first who asks, then the partner, if any, then the children."""

    has_partner: bool = False
    people: tuple[PersonAnswers, ...] = ()
    rent: Decimal | None = None
    operating: Decimal | None = None
    heating: Decimal | None = None
    is_past_grace: bool = False
    assets: Decimal | None = None
    heats_own_water: bool = False
    done: tuple[str, ...] = ()
    """Ids of the pages that were answered."""

    def with_people(self, count: int, **changes: Any) -> "Answers":
        """Return the answers for `count` people: known ones stay, new ones know nothing."""
        kept = self.people[:count]
        added = (PersonAnswers(),) * (count - len(kept))
        return self.model_copy(update={"people": (*kept, *added), **changes})

    def with_person(self, number: int, **changes: Any) -> "Answers":
        """Return the answers with other ones of the person at `number` (from 0)."""
        people = list(self.people)
        people[number] = people[number].model_copy(update=changes)
        return self.model_copy(update={"people": tuple(people)})

    def place_of(self, number: int) -> Place:
        """Return who the person at `number` (from 0) is."""
        if number == 0:
            return Place.SELF
        return Place.PARTNER if number == 1 and self.has_partner else Place.CHILD

    @property
    def shape(self) -> tuple[tuple[Place, int | None], ...]:
        """Return who lives there and how old they are."""
        return tuple((self.place_of(n), one.age) for n, one in enumerate(self.people))

    @property
    def child_count(self) -> int:
        """Return how many children there are."""
        return max(0, len(self.people) - 1 - self.has_partner)

    def household(self, *, on: date) -> Household:
        """Return who is calculated for; every page must be answered."""
        return Household(
            people=tuple(
                _person(one, self.place_of(number), on=on) for number, one in enumerate(self.people)
            ),
            rent=(self.rent or ZERO) + (self.operating or ZERO),
            heating=self.heating or ZERO,
            is_past_grace=self.is_past_grace,
            heats_own_water=self.heats_own_water,
            assets=self.assets or ZERO,
        )


def _person(one: PersonAnswers, place: Place, *, on: date) -> Person:
    net = one.net or ZERO
    return Person(
        place=place,
        born=Person.birthday_of(one.age or 0, on=on),
        gross=one.gross or net,
        net=net,
        benefits=one.benefits or ZERO,
        child_benefit=one.child_benefit or ZERO,
        maintenance=one.maintenance or ZERO,
        in_training=one.in_training,
        is_pregnant=one.is_pregnant,
        in_participation=one.in_participation,
    )


def sealed(answers: Answers, *, now: datetime) -> str:
    """Return the answers for the address; nobody but the portal can read or change them."""
    told = {"at": int(now.timestamp()), "a": answers.model_dump(mode="json", exclude_defaults=True)}
    return crypto.seal(PURPOSE, zlib.compress(json.dumps(told).encode(), 9)).rstrip("=")


def opened(stand: str, *, now: datetime) -> Answers | None:
    """Return the answers that `sealed` was given, or None: nothing, forged, or too old."""
    padding = "=" * (-(len(stand) - len("1.")) % 4)
    try:
        told = json.loads(zlib.decompress(crypto.unseal(PURPOSE, stand + padding)))
        answers = Answers.model_validate(told["a"])
    except (crypto.Tampered, ValidationError, KeyError, ValueError, zlib.error):
        return None
    age = timedelta(seconds=now.timestamp() - told["at"])
    return answers if -SKEW <= age < FRESH else None
