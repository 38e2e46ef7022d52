"""A form filled in so far: what is asked, what is missing, which papers follow, what is aside.

Everything here is pure: one definition, the answers, no database. Visibility is computed in one
pass in the order of the form, since a condition looks at earlier questions only (`lint.py` sees to
that). An answer to a question that is not asked any more counts as none; it is set aside, not lost.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any
from uuid import UUID

from portal.applications.definitions import (
    Answered,
    AnyOf,
    Condition,
    Equals,
    Every,
    Form,
    GroupQuestion,
    Not,
    Page,
    Question,
    Requirement,
    Section,
    Simple,
    Some,
    Text,
)
from portal.applications.models import Source
from portal.casefiles.models import DocumentKind

Value = bool | int | str | list[str]
Place = tuple[str, UUID | None]

PLACEHOLDER = re.compile(r"\{([a-z_0-9]+)\}")


@dataclass(frozen=True)
class Kept:
    """An answer as it is stored."""

    value: Value
    source: Source = Source.TYPED


@dataclass(frozen=True)
class Gap:
    """A question that waits for an answer."""

    page: Page
    question: Question
    row: UUID | None = None


@dataclass(frozen=True)
class Need:
    """A paper that follows from the answers. Its key stays the same as long as the answers do."""

    key: str
    requirement: Requirement
    row: UUID | None = None


class Progress(StrEnum):
    """How far one part of the form is."""

    OPEN = "open"
    STARTED = "started"
    PREFILLED = "prefilled"
    DONE = "done"


class Sheet:
    """One definition with its answers."""

    def __init__(
        self,
        form: Form,
        answers: Mapping[Place, Kept],
        *,
        kept_back: frozenset[DocumentKind] = frozenset(),
    ) -> None:
        self.form = form
        self.kept = answers
        self._kept_back = kept_back

    @classmethod
    def of_sent(cls, form: Form, sent: Mapping[str, Any]) -> "Sheet":
        """Return the sheet as it was sent."""
        answers: dict[Place, Kept] = {}
        for question, value in sent.items():
            if isinstance(form.questions.get(question), GroupQuestion):
                for row in value:
                    own = {key: kept for key, kept in row.items() if key != "row"}
                    answers |= {(key, UUID(row["row"])): Kept(kept) for key, kept in own.items()}
            else:
                answers[question, None] = Kept(value)
        return cls(form, answers)

    @cached_property
    def _all_rows(self) -> dict[str, tuple[UUID, ...]]:
        found: dict[str, set[UUID]] = {group.id: set() for group in self.form.groups}
        for question, row in self.kept:
            if row is not None and question in self.form.columns:
                found[self.form.columns[question][0].id].add(row)
        return {group: tuple(sorted(rows)) for group, rows in found.items()}

    @cached_property
    def _rows(self) -> dict[str, tuple[UUID, ...]]:
        return {
            group.id: tuple(
                row
                for row in self._all_rows[group.id]
                if any(
                    (column.id, row) in self._asked[1] and (column.id, row) in self.kept
                    for column in group.questions
                )
            )
            for group in self.form.groups
        }

    def rows(self, group: GroupQuestion) -> tuple[UUID, ...]:
        """Return the rows of a list that hold an answer, in the order in which they were added."""
        return self._rows[group.id]

    @cached_property
    def _asked(self) -> tuple[tuple[str, ...], frozenset[Place]]:
        """Walk the form once; return the pages that are shown and every place that is asked."""
        places: set[Place] = set()
        pages: list[str] = []
        for page in self.form.pages:
            before = len(places)
            if page.when is None or self._holds(page.when, places):
                for question in page.questions:
                    if question.when is None or self._holds(question.when, places):
                        places.add((question.id, None))
                        if isinstance(question, GroupQuestion):
                            self._ask_rows(question, places)
            if len(places) > before:
                pages.append(page.id)
        return tuple(pages), frozenset(places)

    def _ask_rows(self, group: GroupQuestion, places: set[Place]) -> None:
        for row in (*self._all_rows[group.id], None):
            for column in group.questions:
                if column.when is None or (row and self._holds(column.when, places, group, row)):
                    places.add((column.id, row))

    def _values(
        self,
        question: str,
        places: Collection[Place],
        group: GroupQuestion | None,
        row: UUID | None,
    ) -> Iterator[Value]:
        column = self.form.columns.get(question)
        if column is None:
            rows: tuple[UUID | None, ...] = (None,)
        else:
            rows = (
                (row,) if group is not None and column[0].id == group.id else self.rows(column[0])
            )
        for one in rows:
            if (question, one) in places and (question, one) in self.kept:
                yield self.kept[question, one].value

    def _holds(
        self,
        condition: Condition,
        places: Collection[Place],
        group: GroupQuestion | None = None,
        row: UUID | None = None,
    ) -> bool:
        match condition:
            case Equals():
                values = self._values(condition.question, places, group, row)
                return any(_is(value, condition.equals) for value in values)
            case AnyOf():
                found = list(self._values(condition.question, places, group, row))
                return any(_is(value, wanted) for value in found for wanted in condition.any_of)
            case Answered():
                return any(True for _ in self._values(condition.answered, places, group, row))
            case Every():
                return all(self._holds(part, places, group, row) for part in condition.all)
            case Some():
                return any(self._holds(part, places, group, row) for part in condition.any)
            case Not():
                return not self._holds(condition.not_, places, group, row)

    def holds(
        self,
        condition: Condition | None,
        group: GroupQuestion | None = None,
        row: UUID | None = None,
    ) -> bool:
        """Tell whether a condition holds for the whole sheet, or for one row of a list."""
        return condition is None or self._holds(condition, self._asked[1], group, row)

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """Return the pages that are shown with these answers."""
        shown = set(self._asked[0])
        return tuple(page for page in self.form.pages if page.id in shown)

    def page(self, id: str) -> Page | None:
        """Return one shown page."""
        return next((page for page in self.pages if page.id == id), None)

    def pages_of(self, section: Section) -> tuple[Page, ...]:
        """Return the shown pages of a section."""
        shown = self._asked[0]
        return tuple(page for page in section.pages if page.id in shown)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Return the sections that show a page."""
        return tuple(section for section in self.form.sections if self.pages_of(section))

    def page_after(self, page: Page) -> Page | None:
        """Return the next shown page, None after the last."""
        order = [one.id for one in self.form.pages]
        later = order[order.index(page.id) + 1 :]
        return next((one for one in self.pages if one.id in later), None)

    def step(self, page: Page) -> int:
        """Return which of the shown pages this is, counted from 1."""
        return [one.id for one in self.pages].index(page.id) + 1

    def page_before(self, page: Page) -> Page | None:
        """Return the shown page before this one."""
        before = self.pages[: [one.id for one in self.pages].index(page.id)]
        return before[-1] if before else None

    def page_of(self, question: str) -> Page:
        """Return the page that a question stands on."""
        column = self.form.columns.get(question)
        wanted = column[0].id if column else question
        return next(p for p in self.form.pages if any(q.id == wanted for q in p.questions))

    def is_asked(self, question: Question, row: UUID | None = None) -> bool:
        """Tell whether this question is asked with these answers."""
        return (question.id, row) in self._asked[1]

    def asked_on(self, page: Page) -> tuple[Question, ...]:
        """Return the questions that a page asks now."""
        return tuple(question for question in page.questions if self.is_asked(question))

    def asked_in(self, group: GroupQuestion, row: UUID | None) -> tuple[Simple, ...]:
        """Return the questions that one row of a list asks now; a new row asks what always is."""
        known = row if row in self._all_rows[group.id] else None
        return tuple(column for column in group.questions if self.is_asked(column, known))

    def answer(self, question: str, row: UUID | None = None) -> Value | None:
        """Return the answer to a question that is asked."""
        kept = self.kept.get((question, row))
        return kept.value if kept and (question, row) in self._asked[1] else None

    def source(self, question: str, row: UUID | None = None) -> Source | None:
        """Return where an answer came from."""
        kept = self.kept.get((question, row))
        return kept.source if kept else None

    def gaps_on(self, page: Page) -> tuple[Gap, ...]:
        """Return what is still to answer on one page."""
        gaps: list[Gap] = []
        for question in self.asked_on(page):
            if isinstance(question, GroupQuestion):
                rows = self.rows(question)
                if not rows and not question.optional:
                    gaps.append(Gap(page, question))
                gaps += [
                    Gap(page, column, row)
                    for row in rows
                    for column in self.asked_in(question, row)
                    if not column.optional and (column.id, row) not in self.kept
                ]
            elif not question.optional and (question.id, None) not in self.kept:
                gaps.append(Gap(page, question))
        return tuple(gaps)

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """Return everything that is still to answer."""
        return tuple(gap for page in self.pages for gap in self.gaps_on(page))

    def _places_on(self, page: Page) -> list[Place]:
        places: list[Place] = []
        for question in self.asked_on(page):
            if isinstance(question, GroupQuestion):
                rows = self.rows(question)
                places += [(c.id, row) for row in rows for c in self.asked_in(question, row)]
            else:
                places.append((question.id, None))
        return [place for place in places if place in self.kept]

    def progress_of(self, page: Page) -> Progress:
        """Tell how far a page is."""
        places = self._places_on(page)
        if self.gaps_on(page):
            return Progress.STARTED if places else Progress.OPEN
        if places and all(self.kept[place].source is not Source.TYPED for place in places):
            return Progress.PREFILLED
        return Progress.DONE

    @cached_property
    def done(self) -> int:
        """Count the pages that wait for nothing."""
        return sum(not self.gaps_on(page) for page in self.pages)

    def progress_in(self, section: Section) -> Progress:
        """Tell how far a section is: as far as the pages of it taken together."""
        pages = self.pages_of(section)
        found = {self.progress_of(page) for page in pages}
        if found == {Progress.DONE}:
            return Progress.DONE
        if found == {Progress.OPEN}:
            return Progress.OPEN
        if found <= {Progress.DONE, Progress.PREFILLED}:
            return Progress.PREFILLED
        return Progress.STARTED

    def continue_in(self, section: Section) -> Page:
        """Return the page of a section to go on with: the first that is not done."""
        pages = self.pages_of(section)
        return next((p for p in pages if self.progress_of(p) is not Progress.DONE), pages[0])

    @cached_property
    def aside(self) -> tuple[Place, ...]:
        """Return what was typed in answer to questions that are not asked any more."""
        known = [*self.form.questions, *self.form.columns]
        order = {id: number for number, id in enumerate(known)}
        aside = [
            place
            for place, kept in self.kept.items()
            if place not in self._asked[1] and place[0] in order and kept.source is Source.TYPED
        ]
        return tuple(sorted(aside, key=lambda place: (order[place[0]], str(place[1]))))

    def changed(self, answers: Mapping[Place, Value | None]) -> "Sheet":
        """Return the sheet with these answers, without the emptied ones."""
        kept = dict(self.kept)
        for place, value in answers.items():
            if value is None:
                kept.pop(place, None)
            else:
                kept[place] = Kept(value)
        return Sheet(self.form, kept)

    @cached_property
    def sent(self) -> dict[str, Any]:
        """Return every answer that is asked for, as it is sent: nothing set aside is in it."""
        answers: dict[str, Any] = {}
        for page in self.pages:
            for question in self.asked_on(page):
                if isinstance(question, GroupQuestion):
                    answers[question.id] = [
                        {"row": str(row)} | self._sent_row(question, row)
                        for row in self.rows(question)
                    ]
                elif (question.id, None) in self.kept:
                    answers[question.id] = self.kept[question.id, None].value
        return answers

    def _sent_row(self, group: GroupQuestion, row: UUID) -> dict[str, Any]:
        asked = self.asked_in(group, row)
        return {c.id: self.kept[c.id, row].value for c in asked if (c.id, row) in self.kept}

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """Return the papers that follow from the answers."""
        needs: list[Need] = []
        for requirement in self.form.requirements:
            if requirement.per is None:
                if self.holds(requirement.when):
                    needs.append(Need(requirement.key, requirement))
                continue
            group = next(group for group in self.form.groups if group.id == requirement.per)
            rows = self.rows(group) if self.is_asked(group) else ()
            needs += [
                Need(f"{requirement.key}-{row.hex}", requirement, row)
                for row in rows
                if self.holds(requirement.when, group, row)
            ]
        return tuple(need for need in needs if need.requirement.kind not in self._kept_back)

    def without(self, kinds: frozenset[DocumentKind]) -> "Sheet":
        """Return the same sheet for somebody who must not know of papers of these kinds."""
        return Sheet(self.form, self.kept, kept_back=kinds) if kinds else self

    def need(self, key: str) -> Need | None:
        """Return one of the papers that follow from the answers."""
        return next((need for need in self.needs if need.key == key), None)

    @cached_property
    def urgency(self) -> tuple[int, tuple[str, ...]]:
        """Return how urgent the answers make it, and why."""
        found = [one for one in self.form.urgencies if self.holds(one.when)]
        return max((one.level for one in found), default=0), tuple(one.reason for one in found)


def filled(text: Text, language: str, values: Mapping[str, str]) -> str:
    """Write a text in one language with its placeholders filled in."""
    words: str = getattr(text, language, text.de)
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), words)


def _is(value: Value, wanted: bool | int | str) -> bool:  # noqa: FBT001 (an answer, not a switch)
    if isinstance(value, list):
        return wanted in value
    return type(value) is type(wanted) and value == wanted
