"""Editions: small changes that the office makes in a form, as data over a shipped version.

Changed can be words, in every language; a question can be made optional; a simple question can be
added to a page. What a form means in law stays as shipped: ids, conditions, the types of shipped
questions, and when a paper is asked for.

Everything here is pure. A text of a form has an address (`question/first_name/label`), so that a
change finds its place again in a newer shipped version, or is known not to (`conflicts`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from portal.applications.conditions import Piece, QuestionId
from portal.applications.definitions import Form, PageId
from portal.applications.questions import (
    LANGUAGES,
    REQUIRED_LANGUAGES,
    ChoiceQuestion,
    DateQuestion,
    LongTextQuestion,
    MoneyQuestion,
    NumberQuestion,
    TextQuestion,
    YesNoQuestion,
)

OWN = "office_"
"""How the ids of questions begin that the office has added; no shipped one does (tests)."""

LONGEST: dict[str, int] = {
    "title": 160,
    "heading": 160,
    "applicant_title": 160,
    "label": 1000,
    "hint": 1000,
    "lead": 1000,
    "why": 1500,
    "purpose": 1000,
    "note": 1500,
    "reason": 1000,
    "one": 120,
    "add": 120,
    "row_title": 160,
    "unit": 40,
}
"""How many characters a text may have. A label may be long: a declaration is one."""

_LONGEST_TEXT = max(LONGEST.values())

Raw = dict[str, Any]


class NewWords(Piece):
    """Other words for a text in one language; None takes a translation away.

    `was` are the words that stood there in the shipped version, `source` the German ones: if either
    is different in a newer version, somebody must look again.
    """

    kind: Literal["words"] = "words"
    at: Annotated[str, Field(max_length=200)]
    language: Literal["de", "en", "uk", "ru", "ar", "tr", "fa"]
    words: Annotated[str, Field(min_length=1, max_length=_LONGEST_TEXT)] | None
    was: str | None = None
    source: str | None = None


class MadeOptional(Piece):
    """A question that need not be answered any more."""

    kind: Literal["optional"] = "optional"
    question: QuestionId


OwnQuestion = Annotated[
    TextQuestion
    | LongTextQuestion
    | YesNoQuestion
    | DateQuestion
    | MoneyQuestion
    | NumberQuestion
    | ChoiceQuestion,
    Field(discriminator="type"),
]


class Added(Piece):
    """A question of the office on a page, behind another one or at the end."""

    kind: Literal["added"] = "added"
    page: PageId
    after: QuestionId | None = None
    question: OwnQuestion


Change = Annotated[NewWords | MadeOptional | Added, Field(discriminator="kind")]
_CHANGES: TypeAdapter[tuple[Change, ...]] = TypeAdapter(tuple[Change, ...])
OWN_QUESTION: TypeAdapter[OwnQuestion] = TypeAdapter(OwnQuestion)


def read(stored: Sequence[Mapping[str, Any]]) -> tuple[Change, ...]:
    """Read changes as they are stored."""
    return _CHANGES.validate_python(stored)


def written(changes: Iterable[Change]) -> list[Raw]:
    """Return changes as they are stored."""
    return [change.model_dump(mode="json", by_alias=True, exclude_none=False) for change in changes]


# Where texts stand


@dataclass(frozen=True)
class Slot:
    """A place where a text stands or can stand, with its words by language."""

    at: str
    name: str
    words: Mapping[str, str]
    section: str | None = None
    page: str | None = None
    question: str | None = None
    part: str | None = None
    """What is named inside a question: an option, a line; or the number of a note."""


def slots(form: Form) -> tuple[Slot, ...]:
    """Return every place of a form where a text stands or can stand, in the order of the form."""
    return tuple(slot for slot, _, _ in _walk(_raw(form)))


def slot(form: Form, at: str) -> Slot | None:
    """Return one place."""
    return next((one for one in slots(form) if one.at == at), None)


def is_own(question: str) -> bool:
    """Tell whether the office has added this question."""
    return question.startswith(OWN)


def _raw(form: Form) -> Raw:
    return form.model_dump(mode="json", by_alias=True, exclude_none=True)


_Found = tuple[Slot, Raw, str]

_ALWAYS = {"why", "lead", "hint"}
"""Texts that may be added where there is none."""


def _texts(holder: Raw, at: str, names: Iterable[str], **where: str | None) -> Iterator[_Found]:
    for name in names:
        if name in holder or name in _ALWAYS:
            yield Slot(f"{at}/{name}", name, holder.get(name, {}), **where), holder, name


def _walk(raw: Raw) -> Iterator[_Found]:
    yield from _texts(raw, "form", ("title", "heading", "purpose"))
    for section in raw["sections"]:
        here = {"section": section["id"]}
        yield from _texts(section, f"section/{section['id']}", ("title", "why"), **here)
        for page in section["pages"]:
            yield from _walk_page(page, section["id"])
    for requirement in raw.get("requirements", ()):
        at = f"requirement/{requirement['key']}"
        yield from _texts(requirement, at, ("title", "reason"), part=requirement["key"])
    for annex in raw.get("annexes", ()):
        yield from _texts(annex, f"annex/{annex['id']}", ("title",), part=annex["id"])


def _walk_page(page: Raw, section: str) -> Iterator[_Found]:
    at, here = f"page/{page['id']}", {"section": section, "page": page["id"]}
    yield from _texts(page, at, ("title", "applicant_title", "lead", "why"), **here)
    for number, note in enumerate(page.get("notes", ()), 1):
        place = Slot(f"{at}/note/{number}", "note", note["text"], part=str(number), **here)
        yield place, note, "text"
    for question in page["questions"]:
        yield from _walk_question(question, here)
        for column in question.get("questions", ()):
            yield from _walk_question(column, here)


def _walk_question(question: Raw, where: Mapping[str, str]) -> Iterator[_Found]:
    at, here = f"question/{question['id']}", {**where, "question": question["id"]}
    names = ("label", "hint", "why", "one", "add", "row_title", "unit")
    yield from _texts(question, at, names, **here)
    for kind in ("options", "lines", "columns"):
        for one in question.get(kind, ()):
            yield from _texts(
                one, f"{at}/{kind}/{one['id']}", ("label", "hint"), part=one["id"], **here
            )


# Putting changes into a form


class Misfit(StrEnum):
    """Why a change does not find its place."""

    GONE = "gone"
    CHANGED = "changed"
    TAKEN = "taken"


@dataclass(frozen=True)
class Conflict:
    """A change that does not find its place in a form."""

    change: Change
    misfit: Misfit


class Misplaced(ValueError):
    """Changes do not fit a form; `conflicts` says which."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        super().__init__(f"{len(conflicts)} changes do not fit")
        self.conflicts = conflicts


def apply(
    form: Form,
    changes: Sequence[Change],
    *,
    edition: int | None = None,
    valid_from: date | None = None,
) -> Form:
    """Return a shipped form with the changes of the office in it; raise `Misplaced`."""
    if not changes and edition is None and valid_from is None:
        return form
    raw, found = _put_in(form, changes)
    if found:
        raise Misplaced(found)
    if edition is not None:
        raw["edition"] = edition
    if valid_from is not None:
        raw["valid_from"] = max(valid_from, form.valid_from).isoformat()
    return Form.model_validate(raw)


def conflicts(form: Form, changes: Sequence[Change]) -> tuple[Conflict, ...]:
    """Return the changes that find no place (any more) in a form; none for the one they are for."""
    return _put_in(form, changes)[1]


def fitting(form: Form, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return the changes that find their place in a form."""
    lost = [conflict.change for conflict in conflicts(form, changes)]
    kept = tuple(change for change in changes if change not in lost)
    half = _half_texts(form, kept)
    return tuple(c for c in kept if not (isinstance(c, NewWords) and c.at in half))


def _half_texts(form: Form, changes: Sequence[Change]) -> set[str]:
    """Return where only some of the required languages of a new text are left."""
    with_own, _ = _put_in(form, [change for change in changes if not isinstance(change, NewWords)])
    known = {slot.at: slot.words for slot, _, _ in _walk(with_own)}
    given: dict[str, set[str]] = {}
    for change in changes:
        if isinstance(change, NewWords) and change.words:
            given.setdefault(change.at, set(known.get(change.at, {}))).add(change.language)
    return {at for at, languages in given.items() if not set(REQUIRED_LANGUAGES) <= languages}


def _put_in(form: Form, changes: Sequence[Change]) -> tuple[Raw, tuple[Conflict, ...]]:
    """Carry out what finds its place: first the questions, then the words, also of the new ones."""
    raw = _raw(form)
    found = [*_put_questions(raw, changes), *_put_words(raw, changes)]
    return raw, tuple(found)


def _put_questions(raw: Raw, changes: Sequence[Change]) -> Iterator[Conflict]:
    for change in changes:
        if isinstance(change, Added) and (misfit := _add(raw, change)):
            yield Conflict(change, misfit)
    questions = {question["id"]: question for question in _questions(raw)}
    for change in changes:
        if isinstance(change, MadeOptional):
            if _may_be_optional(questions.get(change.question)):
                questions[change.question]["optional"] = True
            else:
                yield Conflict(change, Misfit.GONE)


def _put_words(raw: Raw, changes: Sequence[Change]) -> Iterator[Conflict]:
    places = {place.at: (place.words, holder, name) for place, holder, name in _walk(raw)}
    for change in changes:
        if not isinstance(change, NewWords):
            continue
        if misfit := _misfit_of(change, places):
            yield Conflict(change, misfit)
        else:
            _, holder, name = places[change.at]
            _say(holder, name, change)


def _misfit_of(
    change: NewWords, places: Mapping[str, tuple[Mapping[str, str], Raw, str]]
) -> Misfit | None:
    if change.at not in places:
        return Misfit.GONE
    shipped = places[change.at][0]
    same = shipped.get(change.language) == change.was and shipped.get("de") == change.source
    return None if same else Misfit.CHANGED


def _say(holder: Raw, name: str, change: NewWords) -> None:
    text = dict(holder.get(name, {}))
    if change.words is None:
        text.pop(change.language, None)
    else:
        text[change.language] = change.words
    holder[name] = text


def _add(raw: Raw, change: Added) -> Misfit | None:
    """Put a question of the office on its page; say why it cannot stand there."""
    page = next((p for s in raw["sections"] for p in s["pages"] if p["id"] == change.page), None)
    if page is None or any(question["type"] == "group" for question in page["questions"]):
        return Misfit.GONE
    if any(question["id"] == change.question.id for question in _questions(raw)):
        return Misfit.TAKEN
    ids = [question["id"] for question in page["questions"]]
    if change.after is not None and change.after not in ids:
        return Misfit.GONE
    at = len(ids) if change.after is None else ids.index(change.after) + 1
    made = change.question.model_dump(mode="json", by_alias=True, exclude_none=True)
    page["questions"].insert(at, made)
    return None


def _questions(raw: Raw) -> Iterator[Raw]:
    for section in raw["sections"]:
        for page in section["pages"]:
            for question in page["questions"]:
                yield question
                yield from question.get("questions", ())


def _may_be_optional(question: Raw | None) -> bool:
    """Tell whether a question may be left open: a declaration and a paper are what they are."""
    return question is not None and question["type"] not in {"declaration", "document"}


# Changing the changes


def with_words(
    form: Form, changes: Sequence[Change], at: str, words: Mapping[str, str | None]
) -> tuple[Change, ...]:
    """Return the changes with these words for a text; raise `KeyError` for an unknown place.

    Words that are the shipped ones again are no change.
    """
    others = [c for c in changes if not (isinstance(c, NewWords) and c.at == at)]
    base = {one.at: one for one in slots(apply(form, without_words(changes)))}[at].words
    made = [
        NewWords(
            at=at,
            language=language,
            words=words.get(language),
            was=base.get(language),
            source=base.get("de"),
        )
        for language in LANGUAGES
        if language in words and (words[language] or None) != base.get(language)
    ]
    return (*others, *made)


def without_words(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return the changes that are not about words."""
    return tuple(change for change in changes if not isinstance(change, NewWords))


def with_optional(
    changes: Sequence[Change], question: str, *, optional: bool
) -> tuple[Change, ...]:
    """Return the changes with a shipped question made optional, or as it was shipped."""
    others = [c for c in changes if not (isinstance(c, MadeOptional) and c.question == question)]
    return (*others, MadeOptional(question=question)) if optional else tuple(others)


def with_added(changes: Sequence[Change], added: Added) -> tuple[Change, ...]:
    """Return the changes with one more question."""
    return (*changes, added)


def without_question(changes: Sequence[Change], question: str) -> tuple[Change, ...]:
    """Return the changes without a question of the office, and without what was about it."""
    gone = next(c for c in changes if isinstance(c, Added) and c.question.id == question)
    kept: list[Change] = []
    for change in changes:
        match change:
            case Added() if change.question.id == question:
                continue
            case Added() if change.after == question and change.page == gone.page:
                kept.append(change.model_copy(update={"after": gone.after}))
            case MadeOptional() if change.question == question:
                continue
            case NewWords() if change.at.startswith(f"question/{question}/"):
                continue
            case _:
                kept.append(change)
    return tuple(kept)


# What is different between two forms


class Kind(StrEnum):
    """What kind of difference it is."""

    WORDS = "words"
    ADDED = "added"
    TAKEN_OUT = "taken_out"
    OPTIONAL = "optional"
    NEEDED = "needed"


@dataclass(frozen=True)
class Difference:
    """One thing that reads or works differently; `words` are before and after by language."""

    kind: Kind
    place: Slot
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)


def differences(before: Form, after: Form) -> tuple[Difference, ...]:
    """Return what is different between two editions of a form, in the order of the newer one."""
    old, new = ({one.at: one for one in slots(form)} for form in (before, after))
    was, now = ({q.id: q for q in form.every_question} for form in (before, after))
    return tuple(_differences(old, new, was, now))


def _differences(
    old: Mapping[str, Slot], new: Mapping[str, Slot], was: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[Difference]:
    for at, place in {**old, **new}.items():
        if place.question and (place.question in was) != (place.question in now):
            if place.name == "label" and not place.part:
                kind = Kind.ADDED if place.question in now else Kind.TAKEN_OUT
                yield Difference(kind, place, after=place.words)
            continue
        if place.name == "label" and place.question and not place.part:
            before, after = was[place.question], now[place.question]
            if before.optional != after.optional:
                yield Difference(Kind.OPTIONAL if after.optional else Kind.NEEDED, place)
        known, said = (dict(found[at].words) if at in found else {} for found in (old, new))
        if known != said:
            others = [one for one in LANGUAGES if known.get(one) != said.get(one)]
            yield Difference(
                Kind.WORDS,
                place,
                {one: known.get(one, "") for one in others},
                {one: said.get(one, "") for one in others},
            )
