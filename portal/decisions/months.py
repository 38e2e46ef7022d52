"""Amounts by months and persons: which months read alike, and what they add up to.

Nothing here computes a benefit. It adds what was typed, so that a letter can say it once.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol


class Line(Protocol):
    """What one person gets in each month from the first to the last, in cents."""

    person: str
    first_month: date
    last_month: date
    cents: int


@dataclass(frozen=True)
class Span:
    """Months that read alike: who gets how many cents in each of them."""

    first: date
    last: date
    shares: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """Return the cents of one of these months."""
        return sum(cents for _, cents in self.shares)

    @property
    def count(self) -> int:
        """Return how many months there are."""
        return between(self.first, self.last)


def after(month: date, count: int = 1) -> date:
    """Return the first day of the month that comes `count` months later."""
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def end(month: date) -> date:
    """Return the last day of a month."""
    return after(month) - timedelta(days=1)


def between(first: date, last: date) -> int:
    """Return how many months there are from one to another, both counted."""
    return (last.year - first.year) * 12 + last.month - first.month + 1


def spans(lines: Iterable[Line]) -> list[Span]:
    """Return the months from the first line to the last, those that read alike as one."""
    known = list(lines)
    edges = sorted({one.first_month for one in known} | {after(one.last_month) for one in known})
    found: list[Span] = []
    for first, behind in itertools.pairwise(edges):
        shares = tuple(
            (one.person, one.cents) for one in known if one.first_month <= first <= one.last_month
        )
        if not shares:
            continue
        if found and found[-1].shares == shares and after(found[-1].last) == first:
            found[-1] = Span(found[-1].first, after(behind, -1), shares)
        else:
            found.append(Span(first, after(behind, -1), shares))
    return found


def total(lines: Iterable[Line]) -> int:
    """Return the cents of all months together."""
    return sum(one.cents * between(one.first_month, one.last_month) for one in lines)


def twice(lines: Sequence[Line]) -> str | None:
    """Return the first person who is named twice for the same month."""
    for number, one in enumerate(lines):
        for other in lines[:number]:
            same = one.person.casefold() == other.person.casefold()
            if same and one.first_month <= other.last_month and other.first_month <= one.last_month:
                return one.person
    return None
