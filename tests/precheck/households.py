"""Households for the tests: an age, and what differs from having nothing."""

from datetime import date
from decimal import Decimal

from portal.precheck import amounts
from portal.precheck.calculation import Estimate, estimate
from portal.precheck.household import Household, Person, Place
from portal.precheck.housing_limits import HousingLimits

TODAY = date(2026, 11, 27)
LIMITS = HousingLimits(
    valid_from=date(2026, 1, 1),
    source="Nur für Tests",
    persons={1: Decimal(500), 2: Decimal(600), 3: Decimal(700), 4: Decimal(800)},
    each_more=Decimal(100),
)


def person(place: Place, age: int, *, on: date = TODAY, **more: object) -> Person:
    """Return somebody of this age."""
    return Person(place, Person.birthday_of(age, on=on), **more)  # type: ignore[arg-type]


def me(age: int = 40, **more: object) -> Person:
    """Return who asks."""
    return person(Place.SELF, age, **more)


def partner(age: int = 40, **more: object) -> Person:
    """Return the partner."""
    return person(Place.PARTNER, age, **more)


def child(age: int, **more: object) -> Person:
    """Return a child."""
    return person(Place.CHILD, age, **more)


def of(*people: Person, on: date = TODAY, limits: HousingLimits = LIMITS, **more: str) -> Estimate:
    """Estimate for these people; `more` are rent, heating and assets as text."""
    given = {name: Decimal(v) if isinstance(v, str) else v for name, v in more.items()}
    return estimate(Household(people, **given), amounts.on(on), limits)  # type: ignore[arg-type]
