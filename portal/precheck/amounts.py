"""The dated tables: every amount with the day from which it counts, and its source.

The files in `tables/` are the law as data; what the amounts mean stands there. They are checked
when they are read. The local limits of rent are the office's own (`housing_limits.py`).
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

TABLES = Path(__file__).parent / "tables"

Euros = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=2)]
Percent = Annotated[Decimal, Field(gt=0, le=100)]
Level = Annotated[int, Field(ge=1, le=6)]
Age = Annotated[int, Field(ge=0, le=150)]

LEVELS = frozenset(range(1, 7))


class Part(BaseModel):
    """A piece of a table: complete, immutable, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Dated(Part):
    """What counts from a day on, and where that stands."""

    valid_from: date
    source: Annotated[str, Field(min_length=5)]


D = TypeVar("D", bound=Dated)


class StandardNeeds(Dated):
    """The standard need of each level; `known_until` is the last day it is known to hold."""

    levels: dict[Level, Euros]
    known_until: date

    @model_validator(mode="after")
    def _all_levels(self) -> "StandardNeeds":
        if set(self.levels) != LEVELS:
            raise ValueError("levels 1 to 6")
        return self


class ChildSupplement(Dated):
    """What children get on top of their standard need, on these levels."""

    amount: Euros
    levels: frozenset[Level]


class SingleParent(Part):
    """Percentages for a single parent: `usual` for few or small children, else for each child."""

    usual: Percent
    young: Age
    school: Age
    school_children: tuple[int, ...]
    each_child: Percent
    most: Percent


class AdditionalNeeds(Dated):
    """Percentages of the own standard need; `most` bounds all of them but hot water."""

    pregnant: Percent
    participation: Percent
    single_parent: SingleParent
    hot_water: dict[Level, Percent]
    most: Percent

    @model_validator(mode="after")
    def _all_levels(self) -> "AdditionalNeeds":
        if set(self.hot_water) != LEVELS:
            raise ValueError("hot_water: levels 1 to 6")
        return self


class ChildBenefit(Dated):
    """Child benefit for each child and month."""

    amount: Euros


class Slice(Part):
    """So many percent of the wage between two amounts are free; with a child up to another."""

    above: Euros
    to: Euros
    with_child: Euros | None = None
    percent: Percent

    def end(self, *, has_child: bool) -> Decimal:
        """Return the amount up to which the slice reaches."""
        return self.with_child if has_child and self.with_child is not None else self.to


class Allowances(Dated):
    """What does not count of an income."""

    base: Euros
    young_base: Euros
    young_below: Age
    slices: Annotated[tuple[Slice, ...], Field(min_length=1)]
    insurance: Euros
    free_up_to: Euros

    @model_validator(mode="after")
    def _one_after_the_other(self) -> "Allowances":
        ends = [self.base, *(one.to for one in self.slices)]
        if [one.above for one in self.slices] != ends[:-1] or ends != sorted(ends):
            raise ValueError("each slice begins where the one before ends")
        return self


class AssetStep(Part):
    """From this age on a person may own so much."""

    age: Age
    amount: Euros


class AssetAllowances(Dated):
    """What each person may own, by age."""

    steps: tuple[AssetStep, ...]

    @model_validator(mode="after")
    def _rising(self) -> "AssetAllowances":
        ages = [one.age for one in self.steps]
        if ages[:1] != [0] or ages != sorted(set(ages)):
            raise ValueError("steps: ages rise from 0")
        return self


class HousingRules(Dated):
    """How many times the local limit counts in the first year; None: the real rent."""

    grace_factor: Annotated[Decimal, Field(ge=1, le=10)] | None


class Ages(Dated):
    """From which age on somebody has a household of one's own, and a pension."""

    own_household: Age
    pension: Age


class NoAmounts(LookupError):
    """No entry of a table holds on this day."""


@dataclass(frozen=True)
class Amounts:
    """The entry of each table that holds on one day."""

    on: date
    standard: StandardNeeds
    supplement: ChildSupplement
    additional: AdditionalNeeds
    child_benefit: ChildBenefit
    allowances: Allowances
    assets: AssetAllowances
    housing: HousingRules
    ages: Ages

    @property
    def are_outdated(self) -> bool:
        """Tell whether newer standard needs may hold on this day than the table knows."""
        return self.on > self.standard.known_until


def read(path: Path, kind: type[D]) -> tuple[D, ...]:
    """Read one table; raise `pydantic.ValidationError` or `yaml.YAMLError` for a wrong one.

    The entries come back in order; two of the same day are an error.
    """
    listed = TypeAdapter(list[Any]).validate_python(yaml.safe_load(path.read_text("utf-8")))
    entries = tuple(kind.model_validate(entry) for entry in listed)
    days = [entry.valid_from for entry in entries]
    if not days or days != sorted(set(days)):
        raise ValueError(f"{path.name}: entries in order, one for each day")
    return entries


def in_force(entries: Sequence[D], day: date) -> D:
    """Return the entry that holds on `day`, or raise `NoAmounts`."""
    held = [entry for entry in entries if entry.valid_from <= day]
    if not held:
        raise NoAmounts(f"nothing holds on {day}")
    return held[-1]


@functools.cache
def _table(name: str, kind: type[D]) -> tuple[D, ...]:
    return read(TABLES / f"{name}.yaml", kind)


def on(day: date) -> Amounts:
    """Return all amounts that hold on `day`, or raise `NoAmounts`."""
    return Amounts(
        on=day,
        standard=in_force(_table("standard_needs", StandardNeeds), day),
        supplement=in_force(_table("child_supplements", ChildSupplement), day),
        additional=in_force(_table("additional_needs", AdditionalNeeds), day),
        child_benefit=in_force(_table("child_benefits", ChildBenefit), day),
        allowances=in_force(_table("allowances", Allowances), day),
        assets=in_force(_table("assets", AssetAllowances), day),
        housing=in_force(_table("housing_rules", HousingRules), day),
        ages=in_force(_table("ages", Ages), day),
    )
