"""What a person needs each month: standard need, supplement, additional needs (§§ 20, 21, 72)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from portal.precheck.amounts import Amounts, SingleParent
from portal.precheck.household import CENT, OF_AGE, ZERO, Household, Person, Place


class Need(StrEnum):
    """What a part of a need is for."""

    STANDARD = "standard"
    SUPPLEMENT = "supplement"
    PREGNANT = "pregnant"
    SINGLE_PARENT = "single_parent"
    PARTICIPATION = "participation"
    CAP = "cap"
    HOT_WATER = "hot_water"


@dataclass(frozen=True)
class NeedLine:
    """One part of a need; `percent` of the standard need, where it is one; CAP is negative."""

    need: Need
    amount: Decimal
    percent: Decimal | None = None


@dataclass(frozen=True)
class PersonNeed:
    """What one person needs, without housing."""

    level: int
    lines: tuple[NeedLine, ...]

    @property
    def total(self) -> Decimal:
        """Return the sum, in euros a month."""
        return sum((line.amount for line in self.lines), ZERO)


def rounded(amount: Decimal) -> Decimal:
    """Round to cents, half up (§ 41 (2) SGB II)."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def level_of(person: Person, household: Household, *, on: date) -> int:
    """Return the level of the standard need, 1 to 6 (§§ 20, 23 SGB II)."""
    if person.place is Place.CHILD:
        return _level_of_child(person.age(on))
    if not household.has_partner:
        return 1
    if person.is_minor(on):
        return 4
    couple = [one for one in household.people if one.place is not Place.CHILD]
    return 1 if any(one.is_minor(on) for one in couple) else 2  # § 20 (2) and (4)


def _level_of_child(age: int) -> int:
    for level, from_age in ((3, OF_AGE), (4, 14), (5, 6)):
        if age >= from_age:
            return level
    return 6


def of_each(household: Household, amounts: Amounts) -> tuple[PersonNeed, ...]:
    """Return the need of each person, in the order of the household."""
    return tuple(_of_person(person, household, amounts) for person in household.people)


def _of_person(person: Person, household: Household, amounts: Amounts) -> PersonNeed:
    level = level_of(person, household, on=amounts.on)
    standard = amounts.standard.levels[level]
    lines = [NeedLine(Need.STANDARD, standard)]
    if person.place is Place.CHILD and level in amounts.supplement.levels:
        lines.append(NeedLine(Need.SUPPLEMENT, amounts.supplement.amount))
    capped = [
        NeedLine(need, rounded(standard * percent / 100), percent)
        for need, percent in _percentages(person, household, amounts)
    ]
    lines += capped
    most = rounded(standard * amounts.additional.most / 100)
    above = sum((line.amount for line in capped), ZERO) - most
    if above > 0:
        lines.append(NeedLine(Need.CAP, -above))
    if household.heats_own_water:
        percent = amounts.additional.hot_water[level]
        lines.append(NeedLine(Need.HOT_WATER, rounded(standard * percent / 100), percent))
    return PersonNeed(level, tuple(lines))


def _percentages(
    person: Person, household: Household, amounts: Amounts
) -> Iterator[tuple[Need, Decimal]]:
    """Name each additional need under the cap of § 21 (8)."""
    if person.is_pregnant:
        yield Need.PREGNANT, amounts.additional.pregnant
    if person.place is Place.SELF and not household.has_partner:
        ages = [one.age(amounts.on) for one in household.minor_children(amounts.on)]
        if ages:
            yield Need.SINGLE_PARENT, for_single_parent(ages, amounts.additional.single_parent)
    if person.in_participation:
        yield Need.PARTICIPATION, amounts.additional.participation


def for_single_parent(ages: list[int], rule: SingleParent) -> Decimal:
    """Return the percentage for a single parent of minor children of these ages (§ 21 (3))."""
    each = min(rule.each_child * len(ages), rule.most)
    has_young = min(ages) < rule.young
    at_school = len([age for age in ages if age < rule.school]) in rule.school_children
    return max(each, rule.usual) if has_young or at_school else each
