"""Contradictions in a form definition that its shape allows.

`faults(form)` returns sentences; an empty list means that every question can be reached, every
condition looks at an earlier question and every text can be shown.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from portal.applications.definitions import (
    AnyOf,
    ChoiceQuestion,
    ChoicesQuestion,
    Condition,
    Equals,
    Every,
    Form,
    GroupQuestion,
    Not,
    Question,
    Requirement,
    Some,
    Text,
    YesNoQuestion,
    questions_in,
)
from portal.applications.sheet import PLACEHOLDER

RESERVED_PAGES = frozenset({"unterlagen", "pruefen", "senden", "gesendet", "zurueckziehen", "neu"})
PREFILLS = frozenset(
    {
        "profile.first_name",
        "profile.last_name",
        "profile.birth_date",
        "profile.phone",
        "profile.street",
        "profile.postcode",
        "profile.city",
        "case.award_until",
        "case.file_reference",
    }
)
GLOBAL_PLACEHOLDERS = frozenset({"benefit"})
STRAIGHT_QUOTE = re.compile(r'"')


def faults(form: Form) -> list[str]:
    """Return everything that is wrong with a definition."""
    return [
        *_double_ids(form),
        *_pages(form),
        *_conditions(form),
        *_questions(form),
        *_requirements(form),
        *_texts(form),
    ]


def _all_questions(form: Form) -> Iterator[Question]:
    for page in form.pages:
        for question in page.questions:
            yield question
            if isinstance(question, GroupQuestion):
                yield from question.questions


def _double_ids(form: Form) -> Iterator[str]:
    kinds = {
        "question": [question.id for question in _all_questions(form)],
        "page": [page.id for page in form.pages],
        "section": [section.id for section in form.sections],
        "requirement": [requirement.key for requirement in form.requirements],
    }
    for kind, ids in kinds.items():
        for id, count in Counter(ids).items():
            if count > 1:
                yield f"{kind} {id}: the id is used {count} times"


def _pages(form: Form) -> Iterator[str]:
    for page in form.pages:
        if page.id in RESERVED_PAGES:
            yield f"page {page.id}: this address is taken"
        lists = [question for question in page.questions if isinstance(question, GroupQuestion)]
        if lists and len(page.questions) > 1:
            yield f"page {page.id}: a list stands alone on its page"


def _steps(form: Form) -> Iterator[tuple[str, Condition | None, str | None]]:
    """Walk the form in its order: each place with its condition, and the question it asks."""
    for page in form.pages:
        yield f"page {page.id}", page.when, None
        for question in page.questions:
            yield f"question {question.id}", question.when, question.id
            if isinstance(question, GroupQuestion):
                for column in question.questions:
                    yield f"question {column.id}", column.when, column.id


def _placed_conditions(form: Form) -> Iterator[tuple[str, Condition, set[str]]]:
    """Give each condition with the questions that come before it."""
    known: set[str] = set()
    for place, condition, question in _steps(form):
        if condition is not None:
            yield place, condition, set(known)
        if question is not None:
            known.add(question)
    for requirement in form.requirements:
        if requirement.when is not None:
            yield f"requirement {requirement.key}", requirement.when, known
    for number, urgency in enumerate(form.urgencies, 1):
        yield f"urgency {number}", urgency.when, known


def _conditions(form: Form) -> Iterator[str]:
    questions = {question.id: question for question in _all_questions(form)}
    for place, condition, known in _placed_conditions(form):
        for id in questions_in(condition):
            if id not in questions:
                yield f"{place}: its condition names {id}, which does not exist"
            elif id not in known:
                yield f"{place}: its condition looks ahead at {id}, so it can never be reached"
        yield from (f"{place}: {fault}" for fault in _values(condition, questions))


def _values(condition: Condition, questions: dict[str, Question]) -> Iterator[str]:
    match condition:
        case Equals():
            yield from _value(questions.get(condition.question), condition.equals)
        case AnyOf():
            for value in condition.any_of:
                yield from _value(questions.get(condition.question), value)
        case Every() | Some():
            parts = condition.all if isinstance(condition, Every) else condition.any
            for part in parts:
                yield from _values(part, questions)
        case Not():
            yield from _values(condition.not_, questions)


def _value(question: Question | None, value: bool | int | str) -> Iterator[str]:  # noqa: FBT001
    if isinstance(question, YesNoQuestion) and not isinstance(value, bool):
        yield f"{question.id} is answered by yes or no, not by {value}"
    if isinstance(question, ChoiceQuestion | ChoicesQuestion):
        offered = {option.id for option in question.options}
        if value not in offered:
            yield f"{question.id} does not offer {value}, so this never holds"


def _questions(form: Form) -> Iterator[str]:
    for question in _all_questions(form):
        if question.prefill is not None and question.prefill not in PREFILLS:
            yield f"question {question.id}: nothing is known under {question.prefill}"
        if isinstance(question, ChoiceQuestion | ChoicesQuestion):
            yield from _options(question)
        if isinstance(question, GroupQuestion):
            columns = {column.id for column in question.questions}
            for name in set(PLACEHOLDER.findall(question.row_title.de)) - columns:
                yield f"question {question.id}: cannot fill in {{{name}}}"


def _options(question: ChoiceQuestion | ChoicesQuestion) -> Iterator[str]:
    for id, count in Counter(option.id for option in question.options).items():
        if count > 1:
            yield f"question {question.id}: offers {id} {count} times"


def _requirements(form: Form) -> Iterator[str]:
    groups = {group.id: group for group in form.groups}
    for requirement in form.requirements:
        if requirement.per is not None and requirement.per not in groups:
            yield f"requirement {requirement.key}: {requirement.per} is no list"
            continue
        allowed = _placeholders(requirement, groups) | GLOBAL_PLACEHOLDERS
        for text in (requirement.title, requirement.reason):
            for words in (text.de, text.en):
                for name in PLACEHOLDER.findall(words):
                    if name not in allowed:
                        yield f"requirement {requirement.key}: cannot fill in {{{name}}}"


def _placeholders(requirement: Requirement, groups: dict[str, GroupQuestion]) -> set[str]:
    if requirement.per is None:
        return set()
    return {column.id for column in groups[requirement.per].questions}


def _texts(form: Form) -> Iterator[str]:
    for place, text in _walk(form, "form"):
        for language in ("de", "en"):
            words = getattr(text, language)
            if not words.strip():
                yield f"{place}: the text in {language} is missing"
            if STRAIGHT_QUOTE.search(words):
                yield f"{place}: straight quotes in {language}"
        names = {name: PLACEHOLDER.findall(getattr(text, name)) for name in ("de", "en")}
        if sorted(names["de"]) != sorted(names["en"]):
            yield f"{place}: the placeholders differ between the languages"


def _walk(part: Any, place: str) -> Iterator[tuple[str, Text]]:
    """Find every text of a definition and say where it stands."""
    if isinstance(part, Text):
        yield place, part
    elif isinstance(part, tuple):
        for item in part:
            name = getattr(item, "id", None) or getattr(item, "key", None)
            yield from _walk(item, f"{place} {name}" if name else place)
    elif hasattr(type(part), "model_fields"):
        for field in type(part).model_fields:
            yield from _walk(getattr(part, field), place)
