"""The estimate, step by step: needs, housing, income, assets, and what is left (§§ 9, 12, 19, 22).

Pure and dated: `estimate` knows the day, the amounts and the local limits it is given, nothing
else. The result is a range where the office has to look: `least` with the rent that certainly
counts, `most` with the real rent. How the income is spread over the persons is left out, because
the sum is the same.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.precheck import income, needs
from portal.precheck.amounts import Amounts
from portal.precheck.household import ZERO, Household, Place
from portal.precheck.housing_limits import HousingLimits
from portal.precheck.income import PersonIncome
from portal.precheck.needs import PersonNeed, rounded


@dataclass(frozen=True)
class Housing:
    """What counts of the rent, with heating."""

    rent: Decimal
    heating: Decimal
    limit: Decimal
    """The local limit for so many persons."""
    ceiling: Decimal | None
    """Up to which rent counts for certain; None: the real rent."""

    @property
    def least(self) -> Decimal:
        """Return what counts for certain."""
        rent = self.rent if self.ceiling is None else min(self.rent, self.ceiling)
        return rent + self.heating

    @property
    def most(self) -> Decimal:
        """Return the real cost."""
        return self.rent + self.heating


@dataclass(frozen=True)
class Assets:
    """What the household owns, and what it may own."""

    owned: Decimal
    allowances: tuple[Decimal, ...]
    """Of each person, in the order of the household."""

    @property
    def allowed(self) -> Decimal:
        """Return the sum: what one does not use counts for the others."""
        return sum(self.allowances, ZERO)

    @property
    def excess(self) -> Decimal:
        """Return what is above, or 0."""
        return max(ZERO, self.owned - self.allowed)


@dataclass(frozen=True)
class Balance:
    """Need against income, with one amount of rent."""

    need: Decimal
    incomes: tuple[Decimal, ...]
    """What counts of each person's income."""

    @property
    def income(self) -> Decimal:
        """Return all income that counts."""
        return sum(self.incomes, ZERO)

    @property
    def claim(self) -> Decimal:
        """Return what is left to pay, never negative."""
        return max(ZERO, self.need - self.income)


@dataclass(frozen=True)
class Estimate:
    """Every step of the estimate; amounts are euros a month, `assets` are euros."""

    household: Household
    on: date
    needs: tuple[PersonNeed, ...]
    housing: Housing
    incomes: tuple[PersonIncome, ...]
    assets: Assets
    least: Balance
    most: Balance


def estimate(household: Household, amounts: Amounts, limits: HousingLimits) -> Estimate:
    """Estimate what the household gets for the month of `amounts.on`."""
    each_need = needs.of_each(household, amounts)
    each_income = income.of_each(household, amounts)
    housing = _housing(household, amounts, limits)
    return Estimate(
        household=household,
        on=amounts.on,
        needs=each_need,
        housing=housing,
        incomes=each_income,
        assets=_assets(household, amounts),
        least=_balance(household, each_need, each_income, housing.least),
        most=_balance(household, each_need, each_income, housing.most),
    )


def _housing(household: Household, amounts: Amounts, limits: HousingLimits) -> Housing:
    limit, factor = limits.limit(len(household.people)), amounts.housing.grace_factor
    ceiling: Decimal | None = limit
    if not household.is_past_grace:
        ceiling = None if factor is None else rounded(limit * factor)
    return Housing(household.rent, household.heating, limit, ceiling)


def _assets(household: Household, amounts: Amounts) -> Assets:
    allowed = []
    for person in household.people:
        age = person.age_in_month(amounts.on)
        allowed.append([one.amount for one in amounts.assets.steps if one.age <= age][-1])
    return Assets(household.assets, tuple(allowed))


def _balance(
    household: Household,
    each_need: tuple[PersonNeed, ...],
    each_income: tuple[PersonIncome, ...],
    housing: Decimal,
) -> Balance:
    """Set need against income; rent is split by heads, and nobody lives on a child's money."""
    share = housing / len(household.people)
    incomes = tuple(
        one.counted(need.total + share if person.place is Place.CHILD else None)
        for person, need, one in zip(household.people, each_need, each_income, strict=True)
    )
    return Balance(sum((need.total for need in each_need), housing), incomes)
