"""The shape of a form: sections of pages of questions, and what follows from the answers.

A form is written in `catalogue/forms/`. Sections that several forms share, such as an annex about
income, are written once in `catalogue/parts/` and included; a part with a `code` is an annex, and
whether somebody needs it follows from the answers alone. A part or section may repeat: once for
every person of a list. Here is shape only; `shelf.py` puts forms together, `lint.py` finds
contradictions, `sheet.py` fills a form in.
"""

import functools
import itertools
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from portal.applications.conditions import Condition, Piece, QuestionId
from portal.applications.places import Place
from portal.applications.questions import (
    DocumentQuestion,
    GroupQuestion,
    PeriodQuestion,
    Question,
    Simple,
    Text,
)
from portal.casefiles.models import DocumentKind

PageId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)]
PartId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Note(Piece):
    """Words on a page that say what an answer leads to, before it is too late to change it."""

    text: Text
    when: Condition | None = None
    tone: Literal["info", "warning", "success"] = "info"


class Page(Piece):
    """One thing to answer. The id is part of its address, so it is German and stays.

    In a section that repeats, `{person}` in a text is the name of the person, and
    `applicant_title` is the title for who applies, if it would sound odd with a name.
    """

    id: PageId
    title: Text
    applicant_title: Text | None = None
    lead: Text | None = None
    why: Text | None = None
    when: Condition | None = None
    notes: tuple[Note, ...] = ()
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]

    @property
    def group(self) -> GroupQuestion | None:
        """Return the list that this page asks for, if it is such a page."""
        first = self.questions[0]
        return first if isinstance(first, GroupQuestion) else None


class Section(Piece):
    """One line of the task list; with `per`, one line for each row of that list.

    `applicant` adds the person who applies. `card`: if everything in it is known from before, it
    is shown as one card with the question whether that still holds. `fresh`: it is asked because
    something is new, so nothing is taken over into it. `part` is set by the shelf.
    """

    id: QuestionId
    title: Text
    why: Text | None = None
    when: Condition | None = None
    per: QuestionId | None = None
    applicant: bool = False
    card: bool = False
    fresh: bool = False
    part: PartId | None = None
    pages: Annotated[tuple[Page, ...], Field(min_length=1)]


class Requirement(Piece):
    """A paper that follows from the answers.

    `per` is a list: one paper for each row; `{column}` in the title is filled from the row. In a
    part that repeats it is one for each person, `{person}` is the name.
    """

    key: QuestionId
    kind: DocumentKind
    title: Text
    reason: Text
    legal_basis: str
    when: Condition | None = None
    per: QuestionId | None = None
    applicant: bool = False
    private: Literal["health", "safety"] | None = None


class Urgency(Piece):
    """A fact that puts an application on top of the inbox, and the words that say why."""

    when: Condition
    level: Annotated[int, Field(ge=1, le=2)]
    reason: Annotated[str, Field(min_length=1)]


class Notice(Piece):
    """What the office must be told in plain words when this holds (German, for staff only)."""

    key: QuestionId
    when: Condition
    text: Annotated[str, Field(min_length=1)]
    private: Literal["health", "safety"] | None = None


class Annex(Piece):
    """What an included part is called when it is an annex of the paper form."""

    id: PartId
    code: str
    title: Text
    legal_basis: str | None = None
    official: str | None = None


class Owner(NamedTuple):
    """How a question is repeated: by which list, and inside which list of rows."""

    per: str | None
    group: str | None


class Form(Piece):
    """A whole form in one version and edition; the heading is the title with soft hyphens.

    Versions come with the portal; an edition is what the office has changed in one (0: nothing).
    `household` is the list of the persons who live with who applies. `effect`: what is applied for
    counts from the first of the month (§ 37 (2) SGB II), or the day of arrival is all there is to
    say. `begins_award`: what was lodged without a form before was an application for the same, so
    its day counts; `starts_on` is the question that names a later start.
    """

    form: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    version: Annotated[int, Field(ge=1)]
    edition: Annotated[int, Field(ge=0)] = 0
    valid_from: date
    legal_basis: str
    minutes: Annotated[int, Field(ge=1)]
    official: str | None = None
    title: Text
    heading: Text | None = None
    purpose: Text
    household: QuestionId | None = None
    effect: Literal["month", "none"] = "none"
    begins_award: bool = False
    starts_on: QuestionId | None = None
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    requirements: tuple[Requirement, ...] = ()
    urgencies: tuple[Urgency, ...] = ()
    notices: tuple[Notice, ...] = ()
    annexes: tuple[Annex, ...] = ()

    @functools.cached_property
    def pages(self) -> tuple[Page, ...]:
        """Return every page in order."""
        return tuple(page for section in self.sections for page in section.pages)

    @functools.cached_property
    def runs(self) -> tuple[tuple[Section, ...], ...]:
        """Return the sections that are gone through together: person by person, part by part."""
        return tuple(
            tuple(run)
            for _, run in itertools.groupby(
                self.sections,
                lambda one: (one.part, one.per, one.applicant) if one.per else one.id,
            )
        )

    @functools.cached_property
    def section_of(self) -> dict[str, Section]:
        """Return the section of every page, by the id of the page."""
        return {page.id: section for section in self.sections for page in section.pages}

    @functools.cached_property
    def questions(self) -> dict[str, Question]:
        """Return every question that does not stand in a list, by its id."""
        return {question.id: question for page in self.pages for question in page.questions}

    @functools.cached_property
    def groups(self) -> tuple[GroupQuestion, ...]:
        """Return every list."""
        return tuple(q for q in self.questions.values() if isinstance(q, GroupQuestion))

    @functools.cached_property
    def columns(self) -> dict[str, tuple[GroupQuestion, Simple]]:
        """Return every question inside a list, by its id, with the list."""
        return {column.id: (group, column) for group in self.groups for column in group.questions}

    @functools.cached_property
    def page_of(self) -> dict[str, Page]:
        """Return the page of every question, also of those inside a list, by the id."""
        found = {question.id: page for page in self.pages for question in page.questions}
        return found | {id: found[group.id] for id, (group, _) in self.columns.items()}

    @functools.cached_property
    def owners(self) -> dict[str, Owner]:
        """Return how every question is repeated, by its id."""
        found: dict[str, Owner] = {}
        for section in self.sections:
            for page in section.pages:
                for question in page.questions:
                    found[question.id] = Owner(section.per, None)
                    if isinstance(question, GroupQuestion):
                        inner = Owner(section.per, question.id)
                        found |= {column.id: inner for column in question.questions}
        return found

    @functools.cached_property
    def plain(self) -> dict[str, frozenset[Place]]:
        """Return the places of every page that asks all it has, whatever was answered."""
        return {
            page.id: frozenset(Place(question.id) for question in page.questions)
            for page in self.pages
            if not any(q.when or isinstance(q, GroupQuestion) for q in page.questions)
        }

    def find(self, id: str) -> Question | None:
        """Return a question by its id, wherever it stands."""
        column = self.columns.get(id)
        return column[1] if column else self.questions.get(id)

    @property
    def people(self) -> GroupQuestion | None:
        """Return the list of the persons of the household, if the form has one."""
        found = self.questions.get(self.household or "")
        return found if isinstance(found, GroupQuestion) else None

    @functools.cached_property
    def every_question(self) -> tuple[Question, ...]:
        """Return every question, each list followed by what its rows are asked."""
        return tuple(self._walk())

    def _walk(self) -> Iterator[Question]:
        for question in self.questions.values():
            yield question
            if isinstance(question, GroupQuestion):
                yield from question.questions

    @functools.cached_property
    def documents(self) -> tuple[DocumentQuestion, ...]:
        """Return the papers that are asked for on a page."""
        return tuple(q for q in self.questions.values() if isinstance(q, DocumentQuestion))

    @functools.cached_property
    def periods(self) -> frozenset[str]:
        """Return the questions whose answer is a period."""
        return frozenset(q.id for q in self.every_question if isinstance(q, PeriodQuestion))


class Included(Piece):
    """Where a form takes in a part: under which condition, and for whom.

    As a `card` its sections become one for each owner, so that one tap confirms all of it.
    `without` names sections and papers that stay out, and with them what looks at their questions.
    """

    include: PartId
    when: Condition | None = None
    per: QuestionId | None = None
    applicant: bool = False
    card: bool = False
    fresh: bool = False
    without: tuple[QuestionId, ...] = ()


class Shared(Piece):
    """A part of forms, written once. With a `code` it is an annex."""

    part: PartId
    code: str | None = None
    title: Text
    legal_basis: str | None = None
    official: str | None = None
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    requirements: tuple[Requirement, ...] = ()
    urgencies: tuple[Urgency, ...] = ()
    notices: tuple[Notice, ...] = ()


_Written = Annotated[Included | Section, Field(union_mode="left_to_right")]


class Written(Form):
    """A form as it is written: sections and places where parts are taken in."""

    sections: Annotated[tuple[_Written, ...], Field(min_length=1)]  # type: ignore[assignment]
