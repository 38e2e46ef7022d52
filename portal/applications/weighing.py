"""Weighing the conditions of a form against answers: which places are asked, in which order.

One pass over the form. A section that repeats is walked person by person together with the other
sections of its part, so that everything about one person is asked in one go.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from portal.applications.conditions import (
    Age,
    Amount,
    Answered,
    AnyOf,
    AnyRow,
    Chosen,
    Condition,
    Equals,
    Every,
    Not,
    OfApplicant,
    Some,
)
from portal.applications.definitions import Form, Page, Section
from portal.applications.places import APPLICANT, NOWHERE, Kept, Place, Value, Where
from portal.applications.questions import GroupQuestion


@dataclass
class Weighed:
    """What is asked so far; complete once `weigh` has returned it."""

    form: Form
    kept: Mapping[Place, Kept]
    day: date
    asked: set[Place] = field(default_factory=set)
    steps: list[tuple[str, UUID | None]] = field(default_factory=list)
    _rows: dict[tuple[str, UUID | None], tuple[UUID, ...]] = field(default_factory=dict)
    _all: dict[tuple[str, UUID | None], list[UUID]] = field(default_factory=dict)

    def all_rows(self, group: str, owner: UUID | None) -> list[UUID]:
        """Return every row of a list that holds an answer, asked or not, in order of adding."""
        return self._all.get((group, owner), [])

    def rows(self, group: str, owner: UUID | None = None) -> tuple[UUID, ...]:
        """Return the rows of a list that hold an answer that is asked."""
        known = self._rows.get((group, owner))
        if known is None and Place(group, None, owner) in self.asked:
            known = self._rows[group, owner] = tuple(self._asked_rows(group, owner))
        return known or ()

    def _asked_rows(self, group: str, owner: UUID | None) -> Iterator[UUID]:
        question = self.form.questions[group]
        if not isinstance(question, GroupQuestion):
            return
        for row in self.all_rows(group, owner):
            places = (Place(column.id, row, owner) for column in question.questions)
            if any(place in self.asked and place in self.kept for place in places):
                yield row

    def places_of(self, per: str | None, *, applicant: bool) -> Iterator[Where]:
        """Return where something is weighed that follows once, or once for each row of a list."""
        if per is None:
            yield NOWHERE
            return
        outer = self.form.owners[per].per
        if outer is None:
            if applicant:
                yield Where(per=per, owner=APPLICANT)
            for row in self.rows(per):
                yield Where(per, row) if not applicant else Where(per=per, owner=row)
            return
        for owner in (APPLICANT, *self.rows(outer)):
            for row in self.rows(per, owner):
                yield Where(per, row, outer, owner)

    def values(self, question: str, where: Where) -> Iterator[Value]:
        """Return the answers that a question has, looked at from somewhere."""
        for place in self._places(question, where):
            if place in self.asked:
                kept = self.kept.get(place)
                if kept is not None and not kept.is_later:
                    yield kept.value

    def _places(self, question: str, where: Where) -> Iterator[Place]:  # noqa: C901 (one a case)
        home = self.form.owners.get(question)
        if home is None:
            return
        if home.per is None:
            owners: tuple[UUID | None, ...] = (None,)
        elif where.per == home.per and where.owner is not None:
            owners = (where.owner,)
        elif where.group == home.per and where.row is not None:
            owners = (where.row,)
        else:
            owners = (APPLICANT, *self.rows(home.per))
        for owner in owners:
            if home.group is None:
                yield Place(question, None, owner)
            elif where.group == home.group and where.row is not None:
                yield Place(question, where.row, owner)
            elif where.per == home.group and where.owner is not None:
                yield Place(question, where.owner, owner)
            else:
                for row in self.rows(home.group, owner):
                    yield Place(question, row, owner)

    def holds(  # noqa: C901, PLR0911 (one a kind)
        self, condition: Condition, where: Where = NOWHERE
    ) -> bool:
        """Tell whether a condition holds, looked at from somewhere."""
        match condition:
            case Equals():
                found = self.values(condition.question, where)
                return any(_is(value, condition.equals) for value in found)
            case AnyOf():
                given = list(self.values(condition.question, where))
                return any(_is(value, wanted) for value in given for wanted in condition.any_of)
            case Answered():
                return self._is_answered(condition.answered, where)
            case Amount():
                found = self.values(condition.amount_of, where)
                return any(_lies_in(value, condition) for value in found)
            case Age():
                ages = [age(value, self.day) for value in self.values(condition.age_of, where)]
                return any(condition.from_ <= one < condition.under for one in ages)
            case OfApplicant():
                return where.owner == APPLICANT
            case Chosen():
                person = self._person(where)
                return person is not None and person in self.values(condition.chosen_in, where)
            case AnyRow():
                rows = self.rows(condition.any_row, self._owner_of(condition.any_row, where))
                return any(
                    self.holds(condition.where, where._replace(group=condition.any_row, row=row))
                    for row in rows
                )
            case Every():
                return all(self.holds(part, where) for part in condition.all)
            case Some():
                return any(self.holds(part, where) for part in condition.any)
            case Not():
                return not self.holds(condition.not_, where)

    def _person(self, where: Where) -> str | None:
        """Return how the answer to a question about persons names who this place is about."""
        one = where.row if where.group == self.form.household else where.owner
        return "applicant" if one == APPLICANT else str(one) if one else None

    def _owner_of(self, group: str, where: Where) -> UUID | None:
        return where.owner if self.form.owners[group].per is not None else None

    def _is_answered(self, question: str, where: Where) -> bool:
        if isinstance(self.form.questions.get(question), GroupQuestion):
            return bool(self.rows(question, self._owner_of(question, where)))
        return any(True for _ in self.values(question, where))

    def walk(self) -> None:
        """Go through the form once."""
        for question, row, owner in self.kept:
            home = self.form.owners.get(question)
            if row is not None and home is not None and home.group is not None:
                known = self._all.setdefault((home.group, owner), [])
                if row not in known:
                    known.append(row)
        for rows in self._all.values():
            rows.sort()
        for run in self.form.runs:
            first = run[0]
            if first.per is None:
                self._walk_for(run, None)
                continue
            for owner in (*((APPLICANT,) if first.applicant else ()), *self.rows(first.per)):
                self._walk_for(run, owner)

    def _walk_for(self, run: tuple[Section, ...], owner: UUID | None) -> None:
        for section in run:
            where = Where(per=section.per, owner=owner)
            if section.when is None or self.holds(section.when, where):
                for page in section.pages:
                    self._walk_page(page, where)

    def _walk_page(self, page: Page, where: Where) -> None:
        if page.when is not None and not self.holds(page.when, where):
            return
        if where.owner is None and page.id in self.form.plain:
            self.asked |= self.form.plain[page.id]
            self.steps.append((page.id, None))
            return
        is_shown = False
        for question in page.questions:
            if question.when is None or self.holds(question.when, where):
                self.asked.add(Place(question.id, None, where.owner))
                is_shown = True
                if isinstance(question, GroupQuestion):
                    self._walk_rows(question, where)
        if is_shown:
            self.steps.append((page.id, where.owner))

    def _walk_rows(self, group: GroupQuestion, where: Where) -> None:
        for row in (*self.all_rows(group.id, where.owner), None):
            inside = where._replace(group=group.id, row=row)
            for column in group.questions:
                if column.when is None or (row and self.holds(column.when, inside)):
                    self.asked.add(Place(column.id, row, where.owner))


def weigh(form: Form, kept: Mapping[Place, Kept], day: date) -> Weighed:
    """Go through a form with these answers on a day; return what is asked."""
    found = Weighed(form, kept, day)
    found.walk()
    return found


def age(born: Value, day: date) -> int:
    """Return how many years of life somebody has completed on a day (§ 187 (2), § 188 (2) BGB)."""
    birthday = date.fromisoformat(str(born))
    return day.year - birthday.year - ((day.month, day.day) < (birthday.month, birthday.day))


def _lies_in(value: Value, condition: Amount) -> bool:
    if isinstance(value, bool | list | dict):
        return False
    number = Decimal(str(value))
    return (condition.at_least is None or number >= condition.at_least) and (
        condition.below is None or number < condition.below
    )


def _is(value: Value, wanted: bool | int | str) -> bool:  # noqa: FBT001 (an answer, not a switch)
    if isinstance(value, list):
        return wanted in value
    return type(value) is type(wanted) and value == wanted
