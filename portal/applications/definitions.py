"""The shape of a form definition, and the shelf of all definitions.

A definition is a versioned YAML file in `catalogue/`: sections hold pages, pages hold questions
with stable ids. Documents, urgency and visibility are derived from answers by conditions, a small
typed tree. Here is shape only; `lint.py` finds contradictions, `sheet.py` fills a form in.
"""

import functools
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from portal.casefiles.models import DocumentKind

CATALOGUE = Path(__file__).parent / "catalogue"

QuestionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
PageId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)]
OptionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Part(BaseModel):
    """A piece of a definition: complete, immutable, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Part):
    """A text in every language that the portal speaks."""

    de: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


class Equals(Part):
    """The answer is exactly this; for several choices: this one is among them."""

    question: QuestionId
    equals: bool | int | str


class AnyOf(Part):
    """The answer is one of these; for several choices: one of these is among them."""

    question: QuestionId
    any_of: Annotated[tuple[str, ...], Field(min_length=1)]


class Answered(Part):
    """There is an answer."""

    answered: QuestionId


class Every(Part):
    """Every one of these holds."""

    all: Annotated[tuple["Condition", ...], Field(min_length=1)]


class Some(Part):
    """At least one of these holds."""

    any: Annotated[tuple["Condition", ...], Field(min_length=1)]


class Not(Part):
    """The opposite holds."""

    not_: Annotated["Condition", Field(alias="not")]


_KINDS = ("equals", "any_of", "answered", "all", "any", "not")


def _kind(value: object) -> str | None:
    if isinstance(value, dict):
        return next((key for key in _KINDS if key in value), None)
    return next((key for key in _KINDS if hasattr(value, key.replace("not", "not_"))), None)


Condition = Annotated[
    Annotated[Equals, Tag("equals")]
    | Annotated[AnyOf, Tag("any_of")]
    | Annotated[Answered, Tag("answered")]
    | Annotated[Every, Tag("all")]
    | Annotated[Some, Tag("any")]
    | Annotated[Not, Tag("not")],
    Discriminator(_kind),
]


def questions_in(condition: Condition) -> Iterator[str]:
    """Name every question that a condition looks at."""
    match condition:
        case Equals() | AnyOf():
            yield condition.question
        case Answered():
            yield condition.answered
        case Every():
            for part in condition.all:
                yield from questions_in(part)
        case Some():
            for part in condition.any:
                yield from questions_in(part)
        case Not():
            yield from questions_in(condition.not_)


class Asked(Part):
    """What every question has. `carry` takes the answer over from the last application."""

    id: QuestionId
    label: Text
    hint: Text | None = None
    why: Text | None = None
    when: Condition | None = None
    optional: bool = False
    carry: bool = False
    prefill: str | None = None
    field_number: str | None = None


class TextQuestion(Asked):
    """One line of text."""

    type: Literal["text"]
    max_length: Annotated[int, Field(ge=1, le=500)] = 200
    autocomplete: str | None = None


class LongTextQuestion(Asked):
    """Several lines of text."""

    type: Literal["long_text"]
    max_length: Annotated[int, Field(ge=1, le=10_000)] = 4000


class DateQuestion(Asked):
    """A day."""

    type: Literal["date"]
    past: bool = False
    autocomplete: str | None = None


class MonthQuestion(Asked):
    """A month of a year."""

    type: Literal["month"]


class MoneyQuestion(Asked):
    """An amount in euro."""

    type: Literal["money"]


class NumberQuestion(Asked):
    """A whole number."""

    type: Literal["number"]
    minimum: int = 0
    maximum: int = 100_000


class YesNoQuestion(Asked):
    """Yes or no, nothing chosen beforehand."""

    type: Literal["yes_no"]


class Option(Part):
    """One choice. An exclusive one (“none of these”) stands alone."""

    id: OptionId
    label: Text
    hint: Text | None = None
    exclusive: bool = False


class ChoiceQuestion(Asked):
    """One of several."""

    type: Literal["choice"]
    options: Annotated[tuple[Option, ...], Field(min_length=2)]


class ChoicesQuestion(Asked):
    """Any of several."""

    type: Literal["choices"]
    options: Annotated[tuple[Option, ...], Field(min_length=2)]


class IbanQuestion(Asked):
    """An international bank account number, with check digits."""

    type: Literal["iban"]


class DeclarationQuestion(Asked):
    """A sentence that must be agreed to."""

    type: Literal["declaration"]


Simple = Annotated[
    TextQuestion
    | LongTextQuestion
    | DateQuestion
    | MonthQuestion
    | MoneyQuestion
    | NumberQuestion
    | YesNoQuestion
    | ChoiceQuestion
    | ChoicesQuestion
    | IbanQuestion
    | DeclarationQuestion,
    Field(discriminator="type"),
]


class GroupQuestion(Asked):
    """A list of like things, such as persons or jobs; each row answers the same questions.

    `{column}` in the title of a row is filled from the row.
    """

    type: Literal["group"]
    one: Text
    add: Text
    row_title: Text
    questions: Annotated[tuple[Simple, ...], Field(min_length=1)]
    max_rows: Annotated[int, Field(ge=1, le=60)] = 30


Question = Annotated[Simple | GroupQuestion, Field(discriminator="type")]


class Page(Part):
    """One thing to answer. The id is part of its address, so it is German and stays."""

    id: PageId
    title: Text
    lead: Text | None = None
    when: Condition | None = None
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]

    @property
    def group(self) -> GroupQuestion | None:
        """Return the list that this page asks for, if it is such a page."""
        first = self.questions[0]
        return first if isinstance(first, GroupQuestion) else None


class Section(Part):
    """One line of the task list."""

    id: QuestionId
    title: Text
    pages: Annotated[tuple[Page, ...], Field(min_length=1)]


class Requirement(Part):
    """A paper that follows from the answers; with `per`, one for each row of that list.

    `{column}` in the title is filled from the row.
    """

    key: QuestionId
    kind: DocumentKind
    title: Text
    reason: Text
    legal_basis: str
    when: Condition | None = None
    per: QuestionId | None = None


class Urgency(Part):
    """A fact that puts an application on top of the inbox, and the words that say why."""

    when: Condition
    level: Annotated[int, Field(ge=1, le=2)]
    reason: Annotated[str, Field(min_length=1)]


class Form(Part):
    """A whole form in one version; the heading is the title with soft hyphens."""

    form: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    version: Annotated[int, Field(ge=1)]
    valid_from: date
    legal_basis: str
    minutes: Annotated[int, Field(ge=1)]
    title: Text
    heading: Text | None = None
    purpose: Text
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    requirements: tuple[Requirement, ...] = ()
    urgencies: tuple[Urgency, ...] = ()

    @functools.cached_property
    def pages(self) -> tuple[Page, ...]:
        """Return every page in order."""
        return tuple(page for section in self.sections for page in section.pages)

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


def read(text: str) -> Form:
    """Read one definition; raise `pydantic.ValidationError` where it has the wrong shape."""
    return Form.model_validate(yaml.load(text, Loader=yaml.CSafeLoader))


@functools.cache
def shelf() -> dict[tuple[str, int], Form]:
    """Return every definition of the catalogue by form and version."""
    forms = [read(path.read_text("utf-8")) for path in sorted(CATALOGUE.glob("*.yaml"))]
    return {(form.form, form.version): form for form in forms}


def version_of(form: str, version: int) -> Form | None:
    """Return one version of a form."""
    return shelf().get((form, version))


def current(form: str, day: date) -> Form | None:
    """Return the version of a form that is valid on `day`."""
    valid = [one for one in shelf().values() if one.form == form and one.valid_from <= day]
    return max(valid, key=lambda one: one.version, default=None)
