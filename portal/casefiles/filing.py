"""The filing plan (Aktenplan) as data: the sections of a file, and how long each is kept.

The plan stands in `filing_plan.yaml`; its shape is checked when it is read, and so is that every
kind of document lies in exactly one section. The dates that follow from it stand in `retention`.
"""

import functools
from collections import Counter
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from portal.casefiles.models import DocumentKind

PLAN = Path(__file__).with_name("filing_plan.yaml")

Words = Annotated[str, Field(min_length=1)]


class CountsFrom(StrEnum):
    """From when a period counts; it begins at the end of that calendar year."""

    AWARD_END = "award_end"
    RECEIVED = "received"


class Part(BaseModel):
    """A piece of the plan: complete, immutable, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Section(Part):
    """One section of every file: what lies in it and how long, in years, and why."""

    number: Annotated[str, Field(pattern=r"^\d\d$")]
    title: Words
    kinds: Annotated[tuple[DocumentKind, ...], Field(min_length=1)]
    years: Annotated[int, Field(ge=1, le=100)]
    counts_from: CountsFrom
    reason: Words
    source: Words


class Plan(Part):
    """The whole plan; `archive_offer_days` before its end a file is offered to the archive."""

    valid_from: date
    archive_offer_days: Annotated[int, Field(ge=0)]
    draft_days: Annotated[int, Field(ge=1)]
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """Refuse a plan that leaves a kind out, files one twice, or numbers out of order."""
        numbers = [section.number for section in self.sections]
        if numbers != sorted(set(numbers)):
            raise ValueError("numbers of sections must be ascending and stand once")
        filed = Counter(kind for section in self.sections for kind in section.kinds)
        twice = sorted(kind for kind, count in filed.items() if count > 1)
        missing = sorted(set(DocumentKind) - set(filed))
        if twice or missing:
            raise ValueError(f"in several sections: {twice}; in none: {missing}")
        return self

    def section_of(self, kind: DocumentKind) -> Section:
        """Return the section in which documents of this kind lie."""
        return next(section for section in self.sections if kind in section.kinds)

    def section(self, number: str) -> Section | None:
        """Return the section with this number, if there is one."""
        return next((section for section in self.sections if section.number == number), None)


def read(text: str) -> Plan:
    """Read a plan; raise `pydantic.ValidationError` for a wrong one."""
    return Plan.model_validate(yaml.load(text, Loader=yaml.CSafeLoader))


@functools.cache
def plan() -> Plan:
    """Return the plan of this office."""
    return read(PLAN.read_text("utf-8"))
