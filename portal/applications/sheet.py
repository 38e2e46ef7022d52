"""A form filled in so far: what is asked, what is missing, which papers follow, what is aside.

Everything here is pure: one definition, the answers, the day, no database. Visibility is computed
in one pass in the order of the form, since a condition looks at earlier questions only (`lint.py`
sees to that). An answer to a question that is not asked any more counts as none; it is set aside,
not lost.

An answer has a place: the question, the row if it stands in a list, and the owner if its section
repeats for persons. The owner is the row of that person in the list, or `APPLICANT`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from portal.applications import answers_as_sent, weighing
from portal.applications.conditions import Condition
from portal.applications.definitions import Annex, Form, Notice, Page, Requirement, Section
from portal.applications.models import Source
from portal.applications.places import APPLICANT, NOWHERE, Kept, Place, Value, Where
from portal.applications.questions import (
    DocumentQuestion,
    GroupQuestion,
    PersonQuestion,
    Question,
    Simple,
    Text,
)
from portal.casefiles.kinds import KEPT_FROM_PARTNER
from portal.casefiles.models import DocumentKind

PLACEHOLDER = re.compile(r"\{([a-z_0-9]+)\}")


class Step(NamedTuple):
    """One page as it is gone through: for a certain person, if its section repeats."""

    page: Page
    owner: UUID | None = None


@dataclass(frozen=True)
class Gap:
    """A question that waits for an answer."""

    step: Step
    question: Question
    row: UUID | None = None

    @property
    def page(self) -> Page:
        """Return the page it stands on."""
        return self.step.page


@dataclass(frozen=True)
class Need:
    """A paper that follows from the answers. Its key stays the same as long as the answers do."""

    key: str
    requirement: Requirement
    row: UUID | None = None
    owner: UUID | None = None


@dataclass(frozen=True)
class Part:
    """One line of the task list: a section, for a certain person if it repeats."""

    section: Section
    owner: UUID | None
    steps: tuple[Step, ...]

    @property
    def key(self) -> str:
        """Return a name of this part that is unique on a page."""
        return f"{self.section.id}-{self.owner.hex}" if self.owner is not None else self.section.id


@dataclass(frozen=True)
class Eyes:
    """What who looks at a sheet does not get to see of it.

    `kept_back`: papers of these kinds, and with them whatever is private. `closed`: what is private
    in the parts of these persons. `apart`: all of the parts of these persons. `only`: the part of
    this person is all there is.
    """

    kept_back: frozenset[DocumentKind] = frozenset()
    closed: frozenset[UUID] = frozenset()
    apart: frozenset[UUID] = frozenset()
    only: UUID | None = None


class Progress(StrEnum):
    """How far one part of the form is."""

    OPEN = "open"
    STARTED = "started"
    PREFILLED = "prefilled"
    DONE = "done"


class Sheet:
    """One definition with its answers on a day; the day decides how old somebody is."""

    def __init__(
        self,
        form: Form,
        answers: Mapping[Place, Kept],
        *,
        day: date,
        eyes: Eyes = Eyes(),
    ) -> None:
        self.form = form
        self.kept = answers
        self.day = day
        self.eyes = eyes
        self._weighed = weighing.weigh(form, answers, day)

    @classmethod
    def of_sent(
        cls,
        form: Form,
        sent: Mapping[str, Any],
        *,
        day: date,
        sources: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> "Sheet":
        """Return the sheet as it was sent, with where answers came from."""
        return cls(form, answers_as_sent.read(form, sent, sources or {}), day=day)

    def rows(self, group: GroupQuestion, owner: UUID | None = None) -> tuple[UUID, ...]:
        """Return the rows of a list that hold an answer, in the order in which they were added."""
        return self._weighed.rows(group.id, owner)

    def holds(self, condition: Condition | None, where: Where = NOWHERE) -> bool:
        """Tell whether a condition holds: for the whole sheet, one row or one person."""
        return condition is None or self._weighed.holds(condition, where)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Return the lines of the task list, in the order in which they are gone through."""
        found: dict[tuple[str, UUID | None], list[Step]] = {}
        for step in self.steps:
            section = self.form.section_of[step.page.id]
            found.setdefault((section.id, step.owner), []).append(step)
        by_id = {section.id: section for section in self.form.sections}
        return tuple(Part(by_id[id], owner, tuple(own)) for (id, owner), own in found.items())

    def part_of(self, step: Step) -> Part:
        """Return the line of the task list that a step belongs to."""
        return next(part for part in self.parts if step in part.steps)

    @cached_property
    def annexes(self) -> tuple[tuple[Annex, tuple[UUID | None, ...]], ...]:
        """Return the annexes that follow from the answers, each with the persons it is for."""
        owners: dict[str, dict[UUID | None, None]] = {}
        for part in self.parts:
            if part.section.part:
                owners.setdefault(part.section.part, {})[part.owner] = None
        return tuple(
            (annex, tuple(owners[annex.id])) for annex in self.form.annexes if annex.id in owners
        )

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Return the pages in the order in which they are gone through, person by person."""
        pages = {page.id: page for page in self.form.pages}
        found = (Step(pages[id], owner) for id, owner in self._weighed.steps)
        return tuple(step for step in found if self._is_shown(step))

    @cached_property
    def _numbers(self) -> dict[tuple[str, UUID | None], int]:
        """Return which of the shown steps each is, from 0: comparing pages would take long."""
        return {(step.page.id, step.owner): at for at, step in enumerate(self.steps)}

    def _is_shown(self, step: Step) -> bool:
        """Leave out the parts of others, and pages of which nothing is for these eyes."""
        if self.eyes == Eyes():
            return True
        if self.eyes.only is not None:
            papers_only = all(isinstance(one, DocumentQuestion) for one in self.asked_on(step))
            return step.owner == self.eyes.only and not papers_only
        return bool(self.asked_on(step))

    def step(self, page: str, owner: UUID | None = None) -> Step | None:
        """Return one shown step."""
        at = self._numbers.get((page, owner))
        return None if at is None else self.steps[at]

    def number_of(self, step: Step) -> int:
        """Return which of the shown steps this is, counted from 1."""
        return self._numbers[step.page.id, step.owner] + 1

    def after(self, step: Step) -> Step | None:
        """Return the next shown step, None after the last."""
        at = self._numbers.get((step.page.id, step.owner))
        if at is not None:
            return next(iter(self.steps[at + 1 :]), None)
        order = [page.id for page in self.form.pages]
        later = order[order.index(step.page.id) + 1 :]
        return next((one for one in self.steps if one.page.id in later), None)

    def before(self, step: Step) -> Step | None:
        """Return the shown step before this one."""
        at = self._numbers[step.page.id, step.owner]
        return self.steps[at - 1] if at else None

    def is_asked(
        self, question: Question, row: UUID | None = None, owner: UUID | None = None
    ) -> bool:
        """Tell whether this question is asked with these answers."""
        return Place(question.id, row, owner) in self._weighed.asked

    def asked_on(self, step: Step) -> tuple[Question, ...]:
        """Return the questions that a page asks now."""
        asked = (q for q in step.page.questions if self.is_asked(q, None, step.owner))
        return tuple(question for question in asked if not self.hides(question, step.owner))

    def hides(self, question: Question, owner: UUID | None = None) -> bool:
        """Tell whether a question is not for the eyes of who looks at this sheet.

        What somebody says about health or safety stays between the person and the office: who acts
        for the person and lives in the same household neither sees nor answers it. The same holds
        for who applies, in the part that another person fills in.
        """
        if owner in self.eyes.apart:
            return True
        return question.private is not None and self._is_closed(owner)

    def _is_closed(self, owner: UUID | None) -> bool:
        return bool(self.eyes.kept_back) or owner in self.eyes.closed

    def asked_in(
        self, group: GroupQuestion, row: UUID | None, owner: UUID | None = None
    ) -> tuple[Simple, ...]:
        """Return the questions that one row of a list asks now; a new row asks what always is."""
        known = row if row in self._weighed.all_rows(group.id, owner) else None
        asked = (c for c in group.questions if self.is_asked(c, known, owner))
        return tuple(column for column in asked if not self.hides(column, owner))

    def answer(
        self, question: str, row: UUID | None = None, owner: UUID | None = None
    ) -> Value | None:
        """Return the answer to a question that is asked; one left for later is none."""
        place = Place(question, row, owner)
        kept = self.kept.get(place)
        if kept is None or kept.is_later or place not in self._weighed.asked:
            return None
        return kept.value

    def is_later(self, question: str, row: UUID | None = None, owner: UUID | None = None) -> bool:
        """Tell whether somebody has said that the answer will follow."""
        place = Place(question, row, owner)
        kept = self.kept.get(place)
        return kept is not None and kept.is_later and place in self._weighed.asked

    @cached_property
    def left_for_later(self) -> tuple[Place, ...]:
        """Return every question that is asked and whose answer will follow."""
        asked = self._weighed.asked
        return tuple(place for place, kept in self.kept.items() if kept.is_later and place in asked)

    def source(
        self, question: str, row: UUID | None = None, owner: UUID | None = None
    ) -> Source | None:
        """Return where an answer came from."""
        kept = self.kept.get(Place(question, row, owner))
        return kept.source if kept else None

    def gaps_on(self, step: Step) -> tuple[Gap, ...]:
        """Return what is still to answer on one page."""
        gaps: list[Gap] = []
        for question in self.asked_on(step):
            if isinstance(question, GroupQuestion):
                gaps += self._gaps_in(step, question)
            elif self._is_gap(question, None, step.owner):
                gaps.append(Gap(step, question))
        return tuple(gaps)

    def _gaps_in(self, step: Step, group: GroupQuestion) -> Iterator[Gap]:
        rows = self.rows(group, step.owner)
        if not rows and not group.optional:
            yield Gap(step, group)
        for row in rows:
            for column in self.asked_in(group, row, step.owner):
                if self._is_gap(column, row, step.owner):
                    yield Gap(step, column, row)

    def _is_gap(self, question: Question, row: UUID | None, owner: UUID | None) -> bool:
        if question.optional or isinstance(question, DocumentQuestion):
            return False
        return Place(question.id, row, owner) not in self.kept

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """Return everything that is still to answer."""
        return tuple(gap for step in self.steps for gap in self.gaps_on(step))

    @cached_property
    def done(self) -> int:
        """Return how many of the shown pages need no more answer."""
        waiting = {gap.step for gap in self.gaps}
        return sum(step not in waiting for step in self.steps)

    def places_on(self, step: Step) -> tuple[Place, ...]:
        """Return the places that one page asks and that hold an answer."""
        return tuple(place for place in self._places(step) if place in self.kept)

    def _places(self, step: Step) -> Iterator[Place]:
        for question in self.asked_on(step):
            if isinstance(question, GroupQuestion):
                for row in self.rows(question, step.owner):
                    for column in self.asked_in(question, row, step.owner):
                        yield Place(column.id, row, step.owner)
            else:
                yield Place(question.id, None, step.owner)

    def progress_of(self, step: Step) -> Progress:
        """Return how far one page is."""
        kept = [self.kept[place] for place in self.places_on(step)]
        if self.gaps_on(step):
            return Progress.STARTED if kept else Progress.OPEN
        is_known = bool(kept) and not any(one.is_own for one in kept)
        return Progress.PREFILLED if is_known else Progress.DONE

    def progress_in(self, part: Part) -> Progress:
        """Return how far one line of the task list is: as far as its pages taken together."""
        found = {self.progress_of(step) for step in part.steps}
        if found == {Progress.DONE}:
            return Progress.DONE
        if found == {Progress.OPEN}:
            return Progress.OPEN
        if found <= {Progress.DONE, Progress.PREFILLED}:
            return Progress.PREFILLED
        return Progress.STARTED

    def continue_in(self, part: Part) -> Step:
        """Return the page of a part to go on with: the first that is not done."""
        waiting = (step for step in part.steps if self.progress_of(step) is not Progress.DONE)
        return next(waiting, part.steps[0])

    @cached_property
    def unconfirmed(self) -> tuple[Part, ...]:
        """Return the parts of which everything is known, but not confirmed yet."""
        return tuple(part for part in self.parts if self.progress_in(part) is Progress.PREFILLED)

    @cached_property
    def aside(self) -> tuple[Place, ...]:
        """Return the places of the citizen's own answers that are not asked for any more."""
        asked = self._weighed.asked
        own = (place for place, kept in self.kept.items() if kept.is_own)
        return tuple(p for p in own if p not in asked and not self.hides_place(p))

    def hides_place(self, place: Place) -> bool:
        """Tell whether a place is unknown to the form, or not for the eyes of who looks."""
        question = self.form.find(place.question)
        if self.eyes.only is not None and place.owner != self.eyes.only:
            return True
        return question is None or self.hides(question, place.owner)

    def changed(self, answers: Mapping[Place, Value | None]) -> "Sheet":
        """Return the sheet with these answers, without the emptied ones."""
        return self.keeping({p: None if v is None else Kept(v) for p, v in answers.items()})

    def keeping(self, answers: Mapping[Place, Kept | None]) -> "Sheet":
        """Return the sheet with these answers and their sources, without the emptied ones."""
        kept = dict(self.kept)
        for place, answer in answers.items():
            if answer is None:
                kept.pop(place, None)
            else:
                kept[place] = answer
        return Sheet(self.form, kept, day=self.day, eyes=self.eyes)

    @cached_property
    def sent(self) -> dict[str, Any]:
        """Return every answer that is asked for, as it is sent: nothing set aside is in it.

        Answers that repeat for persons stand under `@` and the name of their list, by owner.
        """
        answers: dict[str, Any] = {}
        for step in self.steps:
            into = answers
            if step.owner is not None:
                per = f"@{self.form.section_of[step.page.id].per}"
                into = answers.setdefault(per, {}).setdefault(str(step.owner), {})
            for question in self.asked_on(step):
                if isinstance(question, GroupQuestion):
                    into[question.id] = [
                        {"row": str(row)} | self._sent_row(question, row, step.owner)
                        for row in self.rows(question, step.owner)
                    ]
                elif (place := Place(question.id, None, step.owner)) in self.kept:
                    into[question.id] = self.kept[place].value
        return answers

    def _sent_row(self, group: GroupQuestion, row: UUID, owner: UUID | None) -> dict[str, Any]:
        places = [Place(c.id, row, owner) for c in self.asked_in(group, row, owner)]
        return {place.question: self.kept[place].value for place in places if place in self.kept}

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """Return the papers that follow from the answers, those asked for on a page first."""
        found = [*self._needs_on_pages(), *self._needs_that_follow()]
        return tuple(need for need in found if not self._keeps_back(need))

    def _keeps_back(self, need: Need) -> bool:
        if self.eyes.only is not None and self.eyes.only not in {need.owner, need.row}:
            return True
        if need.owner in self.eyes.apart:
            return True
        asked = need.requirement
        is_closed = self._is_closed(need.owner) or need.row in self.eyes.closed
        if is_closed and (asked.private is not None or asked.kind in KEPT_FROM_PARTNER):
            return True
        return asked.kind in self.eyes.kept_back

    def _needs_on_pages(self) -> Iterator[Need]:
        for step in self.steps:
            for question in self.asked_on(step):
                if isinstance(question, DocumentQuestion):
                    yield self.need_on(step, question)

    def need_on(self, step: Step, question: DocumentQuestion) -> Need:
        """Return the paper that is asked for on a page."""
        asked = Requirement(
            key=question.id,
            kind=question.kind,
            title=question.label,
            reason=question.why or step.page.why or question.label,
            legal_basis=question.legal_basis,
            private=question.private,
        )
        return Need(_key(question.id, step.owner, None), asked, None, step.owner)

    def _needs_that_follow(self) -> Iterator[Need]:
        for requirement in self.form.requirements:
            for where in self._weighed.places_of(requirement.per, applicant=requirement.applicant):
                if self.holds(requirement.when, where):
                    key = _key(requirement.key, where.owner, where.row)
                    yield Need(key, requirement, where.row, where.owner)

    def without(self, kinds: frozenset[DocumentKind]) -> "Sheet":
        """Return the same sheet for somebody who must not know of papers of these kinds.

        Where any kind is kept back, private questions are, too.
        """
        return self.seen_with(replace(self.eyes, kept_back=kinds)) if kinds else self

    def seen_with(self, eyes: Eyes) -> "Sheet":
        """Return the same sheet for other eyes."""
        return self if eyes == self.eyes else Sheet(self.form, self.kept, day=self.day, eyes=eyes)

    def need(self, key: str) -> Need | None:
        """Return one of the papers that follow from the answers."""
        return next((need for need in self.needs if need.key == key), None)

    def people(self, question: PersonQuestion) -> tuple[UUID, ...]:
        """Return the persons that a question offers, the applicant as `APPLICANT`."""
        group = self.form.people
        rows = self.rows(group) if group else ()
        fitting = [
            row for row in rows if self.holds(question.among, Where(group=group.id, row=row))
        ] if group else []  # fmt: skip
        return (APPLICANT, *fitting) if question.applicant else tuple(fitting)

    @cached_property
    def urgency(self) -> tuple[int, tuple[str, ...]]:
        """Return how urgent the answers make it, and why."""
        found = [one for one in self.form.urgencies if self.holds(one.when)]
        return max((one.level for one in found), default=0), tuple(one.reason for one in found)

    @cached_property
    def notices(self) -> tuple[Notice, ...]:
        """Return what the office must be told of in plain words."""
        return tuple(one for one in self.form.notices if self.holds(one.when))


def _key(name: str, *ids: UUID | None) -> str:
    return "-".join([name, *(id.hex for id in ids if id is not None)])


def filled(text: Text, language: str, values: Mapping[str, str]) -> str:
    """Write a text in one language with its placeholders filled in; German where it is missing."""
    words: str = getattr(text, language, None) or text.de
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), words)
