"""Conditions over answers: a small typed tree, written in a definition, weighed by `sheet.py`.

Inside a list or in the part of one person, a question means that row or that person; from outside
it means any of them. A question that is not asked has no answer, so nothing holds for it.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

QuestionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]


class Piece(BaseModel):
    """A piece of a definition: complete, immutable, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Equals(Piece):
    """The answer is exactly this; for several choices: this one is among them."""

    question: QuestionId
    equals: bool | int | str


class AnyOf(Piece):
    """The answer is one of these; for several choices: one of these is among them."""

    question: QuestionId
    any_of: Annotated[tuple[str, ...], Field(min_length=1)]


class Answered(Piece):
    """There is an answer; for a list: there is a row."""

    answered: QuestionId


class Amount(Piece):
    """A number or an amount lies between these: `at_least` is in, `below` is out."""

    amount_of: QuestionId
    at_least: Decimal | None = None
    below: Decimal | None = None


class Age(Piece):
    """Who was born on this day has turned `from` and not yet `under` on the day of the form.

    A year of life is over at the end of the day before the birthday (§ 187 (2), § 188 (2) BGB).
    """

    age_of: QuestionId
    from_: Annotated[int, Field(alias="from")] = 0
    under: int = 200

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class OfApplicant(Piece):
    """It is the part of the person who applies, not of another one."""

    applicant: Literal[True]


class Chosen(Piece):
    """It is the part or row of a person whom the answer to this question names."""

    chosen_in: QuestionId


class AnyRow(Piece):
    """There is a row of this list for which all of the condition holds."""

    any_row: QuestionId
    where: "Condition"


class Every(Piece):
    """Every one of these holds."""

    all: Annotated[tuple["Condition", ...], Field(min_length=1)]


class Some(Piece):
    """At least one of these holds."""

    any: Annotated[tuple["Condition", ...], Field(min_length=1)]


class Not(Piece):
    """The opposite holds."""

    not_: Annotated["Condition", Field(alias="not")]


_KINDS = (
    *("equals", "any_of", "answered", "amount_of", "age_of", "applicant"),
    *("chosen_in", "any_row", "all", "any", "not"),
)


def _kind(value: object) -> str | None:
    if isinstance(value, dict):
        return next((key for key in _KINDS if key in value), None)
    return next((key for key in _KINDS if hasattr(value, {"not": "not_"}.get(key, key))), None)


Condition = Annotated[
    Annotated[Equals, Tag("equals")]
    | Annotated[AnyOf, Tag("any_of")]
    | Annotated[Answered, Tag("answered")]
    | Annotated[Amount, Tag("amount_of")]
    | Annotated[Age, Tag("age_of")]
    | Annotated[OfApplicant, Tag("applicant")]
    | Annotated[Chosen, Tag("chosen_in")]
    | Annotated[AnyRow, Tag("any_row")]
    | Annotated[Every, Tag("all")]
    | Annotated[Some, Tag("any")]
    | Annotated[Not, Tag("not")],
    Discriminator(_kind),
]


def both(one: Condition | None, other: Condition | None) -> Condition | None:
    """Return the condition that both hold."""
    if one is None or other is None:
        return other if one is None else one
    return Every(all=(one, other))


def parts_of(condition: Condition) -> Iterator[Condition]:
    """Walk the tree: the condition itself and everything in it."""
    yield condition
    match condition:
        case Every():
            inner: tuple[Condition, ...] = condition.all
        case Some():
            inner = condition.any
        case Not():
            inner = (condition.not_,)
        case AnyRow():
            inner = (condition.where,)
        case _:
            inner = ()
    for part in inner:
        yield from parts_of(part)


def questions_in(condition: Condition) -> Iterator[str]:
    """Name every question that a condition looks at."""
    for part in parts_of(condition):
        match part:
            case Equals() | AnyOf():
                yield part.question
            case Answered():
                yield part.answered
            case Amount():
                yield part.amount_of
            case Age():
                yield part.age_of
            case Chosen():
                yield part.chosen_in
            case AnyRow():
                yield part.any_row
