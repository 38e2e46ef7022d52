"""Contradictions in a form definition that its shape allows.

`faults(form)` returns sentences; an empty list means that every question can be reached, every
condition looks at an earlier question, everybody is told why they are asked, and every text can be
shown. `untranslated(form, language)` names the texts that a further language still lacks.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from portal.applications.conditions import (
    Age,
    Amount,
    AnyOf,
    AnyRow,
    Chosen,
    Condition,
    Equals,
    OfApplicant,
    parts_of,
    questions_in,
)
from portal.applications.definitions import Form, Page, Requirement, Section
from portal.applications.questions import (
    REQUIRED_LANGUAGES,
    ChoiceQuestion,
    ChoicesQuestion,
    DateQuestion,
    GroupQuestion,
    MoneyQuestion,
    NumberQuestion,
    PersonQuestion,
    Question,
    TableQuestion,
    Text,
    YesNoQuestion,
)
from portal.applications.sheet import PLACEHOLDER

RESERVED_PAGES = frozenset(
    {"unterlagen", "pruefen", "senden", "gesendet", "zurueckziehen", "neu", "eintrag", "merken"}
    | {"karte", "aenderungen", "nachtrag", "korrektur", "mitmachen", "fortschritt", "stand"}
    | {"mitlesen", "vorschlag", "teilen", "teil"}
)
PREFILLS = frozenset(
    {
        "profile.first_name",
        "profile.last_name",
        "profile.birth_date",
        "profile.phone",
        "profile.email",
        "profile.street",
        "profile.postcode",
        "profile.city",
        "profile.address",
        "profile.language",
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
        *_sections(form),
        *_conditions(form),
        *_questions(form),
        *_reasons(form),
        *_requirements(form),
        *_texts(form),
    ]


def untranslated(form: Form, language: str) -> list[str]:
    """Return where a text in this language is missing and German is shown instead."""
    return [place for place, text in _walk(form, "form") if not getattr(text, language, None)]


def _double_ids(form: Form) -> Iterator[str]:
    questions = [q.id for page in form.pages for q in page.questions]
    questions += [c.id for q in form.groups for c in q.questions]
    kinds = {
        "question": questions,
        "page": [page.id for page in form.pages],
        "section": [section.id for section in form.sections],
        "requirement": [requirement.key for requirement in form.requirements],
        "notice": [notice.key for notice in form.notices],
        "paper": [one.key for one in form.requirements] + [one.id for one in form.documents],
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


def _sections(form: Form) -> Iterator[str]:
    lists: set[str] = set()
    for section in form.sections:
        if section.per is not None and section.per not in lists:
            yield f"section {section.id}: {section.per} is no earlier list outside of persons"
        if section.per is None:
            own = (question for page in section.pages for question in page.questions)
            lists |= {question.id for question in own if isinstance(question, GroupQuestion)}
    if form.household is not None and form.people is None:
        yield f"form: {form.household} is no list"


def _steps(form: Form) -> Iterator[tuple[str, Condition | None, str | None, Section]]:
    """Walk the form in its order: each place with its condition, and the question it asks."""
    for section in form.sections:
        yield f"section {section.id}", section.when, None, section
        for page in section.pages:
            yield f"page {page.id}", page.when, None, section
            for question in page.questions:
                yield f"question {question.id}", question.when, question.id, section
                if isinstance(question, GroupQuestion):
                    for column in question.questions:
                        yield f"question {column.id}", column.when, column.id, section


def _placed_conditions(form: Form) -> Iterator[tuple[str, Condition, set[str], bool]]:
    """Give each condition with the questions that come before it, and whether it is of a person."""
    known: set[str] = set()
    for place, condition, question, section in _steps(form):
        if condition is not None:
            yield place, condition, set(known), section.per is not None
        if question is not None:
            known.add(question)
    yield from _conditions_of_what_follows(form, known)


def _conditions_of_what_follows(
    form: Form, known: set[str]
) -> Iterator[tuple[str, Condition, set[str], bool]]:
    for page in form.pages:
        per_person = form.section_of[page.id].per is not None
        for note in page.notes:
            if note.when is not None:
                yield f"note on page {page.id}", note.when, known, per_person
    for requirement in form.requirements:
        if requirement.when is not None:
            yield f"requirement {requirement.key}", requirement.when, known, True
    for number, urgency in enumerate(form.urgencies, 1):
        yield f"urgency {number}", urgency.when, known, False
    for notice in form.notices:
        yield f"notice {notice.key}", notice.when, known, False


def _conditions(form: Form) -> Iterator[str]:
    questions = {question.id: question for question in form.every_question}
    for place, condition, known, per_person in _placed_conditions(form):
        for id in questions_in(condition):
            if id not in questions:
                yield f"{place}: its condition names {id}, which does not exist"
            elif id not in known:
                yield f"{place}: its condition looks ahead at {id}, so it can never be reached"
        for part in parts_of(condition):
            yield from (f"{place}: {fault}" for fault in _fits(part, questions))
            if isinstance(part, OfApplicant) and not per_person:
                yield f"{place}: nobody is the applicant outside the part of a person"


def _fits(  # noqa: C901 (one a kind)
    condition: Condition, questions: dict[str, Question]
) -> Iterator[str]:
    match condition:
        case Equals():
            yield from _value(questions.get(condition.question), condition.equals)
        case AnyOf():
            for value in condition.any_of:
                yield from _value(questions.get(condition.question), value)
        case Age():
            if not isinstance(questions.get(condition.age_of), DateQuestion | None):
                yield f"{condition.age_of} is no day, so nobody has an age by it"
        case Amount():
            if not isinstance(
                questions.get(condition.amount_of), MoneyQuestion | NumberQuestion | None
            ):
                yield f"{condition.amount_of} is no amount"
        case Chosen():
            if not isinstance(questions.get(condition.chosen_in), PersonQuestion | None):
                yield f"{condition.chosen_in} does not ask for a person"
        case AnyRow():
            if not isinstance(questions.get(condition.any_row), GroupQuestion | None):
                yield f"{condition.any_row} is no list"
        case _:
            return


def _value(question: Question | None, value: bool | int | str) -> Iterator[str]:  # noqa: FBT001
    if isinstance(question, YesNoQuestion) and not isinstance(value, bool):
        yield f"{question.id} is answered by yes or no, not by {value}"
    if isinstance(question, ChoiceQuestion | ChoicesQuestion):
        offered = {option.id for option in question.options}
        if value not in offered:
            yield f"{question.id} does not offer {value}, so this never holds"


def _questions(form: Form) -> Iterator[str]:
    for question in form.every_question:
        if question.prefill is not None and question.prefill not in PREFILLS:
            yield f"question {question.id}: nothing is known under {question.prefill}"
        match question:
            case ChoiceQuestion() | ChoicesQuestion():
                yield from _options(question)
            case GroupQuestion():
                columns = {column.id for column in question.questions}
                for name in set(PLACEHOLDER.findall(question.row_title.de)) - columns:
                    yield f"question {question.id}: cannot fill in {{{name}}}"
            case TableQuestion():
                yield from _table(form, question)
            case PersonQuestion() if form.people is None and not question.applicant:
                yield f"question {question.id}: there is nobody to choose from"
            case _:
                continue


def _options(question: ChoiceQuestion | ChoicesQuestion) -> Iterator[str]:
    for id, count in Counter(option.id for option in question.options).items():
        if count > 1:
            yield f"question {question.id}: offers {id} {count} times"


def _table(form: Form, table: TableQuestion) -> Iterator[str]:
    if bool(table.columns) == (table.months_of is not None):
        yield f"question {table.id}: has either columns or the months of a period"
    if table.months_of is not None and table.months_of not in form.periods:
        yield f"question {table.id}: {table.months_of} is no period"
    for id, count in Counter(line.id for line in (*table.lines, *table.columns)).items():
        if count > 1:
            yield f"question {table.id}: names {id} {count} times"


def _reasons(form: Form) -> Iterator[str]:
    """Whoever is asked is told why: by the question, a neighbour, the page or the section."""
    for section in form.sections:
        for page in section.pages:
            asked = [*page.questions, *(page.group.questions if page.group else ())]
            told = section.why or page.why or any(question.why for question in asked)
            if not told and not _is_plain(page):
                yield f"page {page.id}: does not say why it asks"


def _is_plain(page: Page) -> bool:
    return all(question.type in {"declaration", "document"} for question in page.questions)


def _requirements(form: Form) -> Iterator[str]:
    groups = {group.id: group for group in form.groups}
    for requirement in form.requirements:
        if requirement.per is not None and requirement.per not in groups:
            yield f"requirement {requirement.key}: {requirement.per} is no list"
            continue
        allowed = _placeholders(form, requirement, groups) | GLOBAL_PLACEHOLDERS
        for text in (requirement.title, requirement.reason):
            for words in (text.de, text.en):
                for name in PLACEHOLDER.findall(words):
                    if name not in allowed:
                        yield f"requirement {requirement.key}: cannot fill in {{{name}}}"


def _placeholders(
    form: Form, requirement: Requirement, groups: dict[str, GroupQuestion]
) -> set[str]:
    if requirement.per is None:
        return set()
    columns = {column.id for column in groups[requirement.per].questions}
    is_of_person = requirement.applicant or form.owners[requirement.per].per is not None
    return columns | ({"person"} if is_of_person or requirement.per == form.household else set())


def _texts(form: Form) -> Iterator[str]:
    for place, text in _walk(form, "form"):
        for language in REQUIRED_LANGUAGES:
            words = getattr(text, language)
            if not words.strip():
                yield f"{place}: the text in {language} is missing"
            if STRAIGHT_QUOTE.search(words):
                yield f"{place}: straight quotes in {language}"
        names = {name: PLACEHOLDER.findall(getattr(text, name)) for name in REQUIRED_LANGUAGES}
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
