"""What of an income counts, person by person (§§ 11 to 11b SGB II)."""

from dataclasses import dataclass
from decimal import Decimal

from portal.precheck.amounts import Allowances, Amounts
from portal.precheck.household import OF_AGE, ZERO, Household, Person, Place
from portal.precheck.needs import rounded


@dataclass(frozen=True)
class AllowanceLine:
    """A part of the allowance for a wage: the base (`percent` None), or percent of a slice."""

    above: Decimal
    to: Decimal
    amount: Decimal
    percent: Decimal | None = None


@dataclass(frozen=True)
class PersonIncome:
    """What comes in, what of it is free, and what counts."""

    gross: Decimal
    net: Decimal
    allowance: tuple[AllowanceLine, ...]
    earned: Decimal
    """What counts of the wage."""
    other: Decimal
    """Benefits and maintenance that come in, without child benefit."""
    child_benefit: Decimal
    insurance: Decimal
    """What is free of `other` and of child benefit for insurances."""
    own: Decimal
    """What counts, without child benefit; for a child at most what it needs (§ 9 (2))."""
    benefit_counted: Decimal
    """What counts of the child benefit."""

    @property
    def is_nothing(self) -> bool:
        """Tell whether nothing comes in."""
        return not (self.net or self.other or self.child_benefit)

    @property
    def free(self) -> Decimal:
        """Return the whole allowance for the wage."""
        return sum((line.amount for line in self.allowance), ZERO)

    def counted(self, most: Decimal | None) -> Decimal:
        """Return what counts; of a child's own income at most `most`, its need with its rent."""
        own = self.own if most is None else min(self.own, most)
        return rounded(own + self.benefit_counted)


def allowance(
    gross: Decimal, rules: Allowances, *, has_child: bool, is_young: bool = False
) -> tuple[AllowanceLine, ...]:
    """Return what is free of a wage of `gross` euros (§ 11b (2), (2b) and (3)).

    `has_child`: there is a minor child; `is_young`: below 25 at school or in training, then the
    base is higher and takes the place of the first slice.
    """
    if gross <= 0:
        return ()
    base = rules.young_base if is_young else rules.base
    lines = [AllowanceLine(ZERO, base, base)]
    for one in rules.slices[1:] if is_young else rules.slices:
        end = one.end(has_child=has_child)
        part = min(gross, end) - one.above
        if part > 0:
            free = rounded(part * one.percent / 100)
            lines.append(AllowanceLine(one.above, min(gross, end), free, one.percent))
    return tuple(lines)


def of_each(household: Household, amounts: Amounts) -> tuple[PersonIncome, ...]:
    """Return the income of each person, in the order of the household."""
    return tuple(_of_person(person, household, amounts) for person in household.people)


def _of_person(person: Person, household: Household, amounts: Amounts) -> PersonIncome:
    rules, age = amounts.allowances, person.age(amounts.on)
    gross = max(person.gross, person.net)
    has_child = any(one is not person for one in household.minor_children(amounts.on))
    is_young = person.in_training and age < rules.young_below
    lines = allowance(gross, rules, has_child=has_child, is_young=is_young)
    earned = max(ZERO, person.net - sum((line.amount for line in lines), ZERO))
    other = person.benefits + person.maintenance
    child_benefit = person.child_benefit if person.place is Place.CHILD else ZERO
    countable = ZERO if other <= rules.free_up_to else other
    insurance = ZERO
    if age >= OF_AGE:  # what the base of the allowance has not covered yet (§ 11b (2))
        left = max(ZERO, rules.base - person.net)
        insurance = min(rules.insurance, left, countable + child_benefit)
    from_other = min(insurance, countable)
    return PersonIncome(
        gross=gross,
        net=person.net,
        allowance=lines,
        earned=earned,
        other=other,
        child_benefit=child_benefit,
        insurance=insurance,
        own=earned + countable - from_other,
        benefit_counted=child_benefit - (insurance - from_other),
    )
