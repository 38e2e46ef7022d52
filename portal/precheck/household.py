"""Who is calculated for: plain values, without names and without days of birth as people know them.

Whoever asks says an age; `Person.aged` makes of it the birthday that gives this age and, in this
month, the higher step of § 12. All amounts are euros a month.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)
OF_AGE = 18
CENT = Decimal("0.01")


class Place(StrEnum):
    """Who somebody is in the household (Bedarfsgemeinschaft, § 7 (3) SGB II)."""

    SELF = "self"
    PARTNER = "partner"
    CHILD = "child"


@dataclass(frozen=True)
class Person:
    """One person with what comes in each month; `gross` is needed for the allowance only."""

    place: Place
    born: date
    gross: Decimal = ZERO
    net: Decimal = ZERO
    benefits: Decimal = ZERO
    """Pension, unemployment benefit, maintenance of an adult, and the like."""
    child_benefit: Decimal = ZERO
    maintenance: Decimal = ZERO
    """Maintenance or its advance (Unterhaltsvorschuss) for a child."""
    in_training: bool = False
    is_pregnant: bool = False
    """From the 13th week."""
    in_participation: bool = False
    """Gets benefits for participation because of a disability (§ 21 (4) SGB II)."""

    @staticmethod
    def birthday_of(age: int, *, on: date) -> date:
        """Return a birthday that makes somebody `age` years old since the first of this month."""
        return date(on.year - age, on.month, 1)

    def age(self, on: date) -> int:
        """Return the full years on this day."""
        before_birthday = (on.month, on.day) < (self.born.month, self.born.day)
        return on.year - self.born.year - before_birthday

    def age_in_month(self, on: date) -> int:
        """Return the full years at the end of the month (§ 12 (2) SGB II, steps by month)."""
        return on.year - self.born.year - (on.month < self.born.month)

    def is_minor(self, on: date) -> bool:
        """Tell whether the person is below 18."""
        return self.age(on) < OF_AGE


@dataclass(frozen=True)
class Household:
    """All who are calculated together, in the order in which they are shown, and how they live."""

    people: tuple[Person, ...]
    rent: Decimal = ZERO
    """With operating costs, without heating."""
    heating: Decimal = ZERO
    is_past_grace: bool = False
    """Has had the benefit for more than a year."""
    heats_own_water: bool = False
    assets: Decimal = ZERO

    def __post_init__(self) -> None:
        if [one.place for one in self.people].count(Place.SELF) != 1:
            raise ValueError("a household is somebody's")

    @property
    def has_partner(self) -> bool:
        """Tell whether two adults stand in for each other."""
        return any(one.place is Place.PARTNER for one in self.people)

    def minor_children(self, on: date) -> list[Person]:
        """Return the children below 18."""
        return [one for one in self.people if one.place is Place.CHILD and one.is_minor(on)]
