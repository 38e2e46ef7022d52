"""How forms, their texts and what is different read on the pages of the office."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from portal.applications import editions, wording
from portal.applications.definitions import Form, Page, Section
from portal.applications.editing.report import missing
from portal.applications.editions import Conflict, Difference, Kind, Misfit, Slot
from portal.applications.models import EditState
from portal.applications.moving import DryRun
from portal.applications.questions import (
    LANGUAGES,
    DeclarationQuestion,
    DocumentQuestion,
    GroupQuestion,
    Question,
)

LANGUAGE_NAMES = {
    "de": _("Deutsch"),
    "en": _("Englisch"),
    "uk": _("Ukrainisch"),
    "ru": _("Russisch"),
    "ar": _("Arabisch"),
    "tr": _("Türkisch"),
    "fa": _("Persisch"),
}
RIGHT_TO_LEFT = frozenset({"ar", "fa"})

STATE_WORDS = {
    EditState.DRAFT: _("in Arbeit"),
    EditState.SUBMITTED: _("wartet auf Freigabe"),
    EditState.PUBLISHED: _("veröffentlicht"),
    EditState.REJECTED: _("abgelehnt"),
    EditState.SUPERSEDED: _("abgelöst"),
    EditState.DISCARDED: _("verworfen"),
}
STATE_TONES = {
    EditState.DRAFT: "info",
    EditState.SUBMITTED: "warning",
    EditState.PUBLISHED: "success",
    EditState.REJECTED: "danger",
    EditState.SUPERSEDED: "neutral",
    EditState.DISCARDED: "neutral",
}
SLOT_NAMES = {
    "title": _("Titel"),
    "heading": _("Überschrift mit Trennstellen"),
    "applicant_title": _("Titel, wenn es um die antragstellende Person geht"),
    "label": _("Frage"),
    "hint": _("Hinweis"),
    "lead": _("Einleitung"),
    "why": _("Warum wir fragen"),
    "purpose": _("Wozu das Formular da ist"),
    "note": _("Anmerkung"),
    "reason": _("Wozu wir das brauchen"),
    "one": _("So heißt ein neuer Eintrag"),
    "add": _("Knopf zum Hinzufügen"),
    "row_title": _("Titel eines Eintrags"),
    "unit": _("Einheit"),
}
TYPE_NAMES = {
    "text": _("Text, eine Zeile"),
    "long_text": _("Text, mehrere Zeilen"),
    "date": _("Datum"),
    "month": _("Monat"),
    "period": _("Zeitraum"),
    "money": _("Betrag in Euro"),
    "number": _("Zahl"),
    "yes_no": _("Ja oder Nein"),
    "choice": _("eine Antwort aus mehreren"),
    "choices": _("mehrere Antworten"),
    "country": _("Land"),
    "address": _("Anschrift"),
    "iban": _("IBAN"),
    "pension_number": _("Rentenversicherungsnummer"),
    "tax_id": _("Steuer-Identifikationsnummer"),
    "person": _("Person aus dem Haushalt"),
    "declaration": _("Erklärung"),
    "document": _("Unterlage"),
    "table": _("Tabelle"),
    "group": _("Liste"),
}
KIND_WORDS = {
    Kind.WORDS: _("Text geändert"),
    Kind.ADDED: _("Frage dazu"),
    Kind.TAKEN_OUT: _("Frage entfällt"),
    Kind.OPTIONAL: _("Antwort ist jetzt freiwillig"),
    Kind.NEEDED: _("Antwort ist jetzt nötig"),
}
MISFIT_WORDS = {
    Misfit.GONE: _("Die Stelle gibt es nicht mehr."),
    Misfit.CHANGED: _("Der mitgelieferte Text ist inzwischen ein anderer."),
    Misfit.TAKEN: _("Diese Frage gibt es dort schon."),
}

_DEED = "applications.form_edit_"
DEEDS = {
    f"{_DEED}begun": _("Begonnen"),
    f"{_DEED}words_changed": _("Text geändert"),
    f"{_DEED}optional_set": _("Freiwillig oder nötig gemacht"),
    f"{_DEED}question_added": _("Frage hinzugefügt"),
    f"{_DEED}question_taken_out": _("Frage entfernt"),
    f"{_DEED}submitted": _("Eingereicht"),
    f"{_DEED}taken_back": _("Zurückgeholt"),
    f"{_DEED}discarded": _("Verworfen"),
    f"{_DEED}published": _("Veröffentlicht"),
    f"{_DEED}rejected": _("Abgelehnt"),
}

HEAD, PAPERS = "-kopf", "-nachweise"
"""The parts of a form that are no sections: its head, and the papers and annexes."""

MOST_ROWS = 200


@dataclass(frozen=True)
class Row:
    """One text as it is listed."""

    place: Slot
    name: str
    is_changed: bool
    lacks: tuple[str, ...]


@dataclass
class Asked:
    """One question with its texts."""

    question: Question
    column: bool
    rows: list[Row] = field(default_factory=list)

    @property
    def type_name(self) -> str:
        """Return what kind of question it is."""
        return str(TYPE_NAMES[self.question.type])

    @property
    def is_own(self) -> bool:
        """Tell whether the office has added it."""
        return editions.is_own(self.question.id)

    @property
    def may_be_optional(self) -> bool:
        """Tell whether the office decides whether it must be answered."""
        fixed = isinstance(self.question, DeclarationQuestion | DocumentQuestion)
        return not fixed and not self.is_own


@dataclass
class Listed:
    """A page of a form (or what is no page) with its texts and questions."""

    page: Page | None
    title: str
    rows: list[Row] = field(default_factory=list)
    questions: dict[str, Asked] = field(default_factory=dict)

    @property
    def takes_questions(self) -> bool:
        """Tell whether a question can be added: a list stands alone on its page."""
        return self.page is not None and self.page.group is None


@dataclass(frozen=True)
class Wanted:
    """Which texts are listed: of one part, with these words, only what is changed or missing."""

    part: str = ""
    words: str = ""
    only: str = ""

    @property
    def is_anything(self) -> bool:
        """Tell whether something was asked for."""
        return bool(self.part or self.words or self.only)

    def takes(self, row: Row) -> bool:
        """Tell whether a text is among them."""
        if self.part and self.part != part_of(row.place):
            return False
        if self.only == "geaendert" and not row.is_changed:
            return False
        if self.only in LANGUAGES and self.only not in row.lacks:
            return False
        said = " ".join(row.place.words.values()).casefold()
        return self.words.casefold() in said


def part_of(place: Slot) -> str:
    """Return the part of the form in which a text is listed."""
    if place.section:
        return place.section
    return HEAD if place.at.startswith("form/") else PAPERS


def slot_name(place: Slot) -> str:
    """Return what a text is for its question or page."""
    if place.question and place.part:
        said = gettext("Antwort") if "/options/" in place.at else gettext("Zeile")
        return said if place.name == "label" else str(gettext("%(what)s, Hinweis", what=said))
    return str(SLOT_NAMES[place.name])


def where(form: Form, place: Slot) -> str:
    """Say where in a form a text stands."""
    say = wording.german()
    words: list[str] = []
    page = next((one for one in form.pages if one.id == place.page), None)
    section = next((one for one in form.sections if one.id == place.section), None)
    if page is not None:
        words.append(say.text(page.title))
    elif section is not None:
        words.append(say.text(section.title))
    elif place.part:
        words.append(str(gettext("Nachweise und Anlagen")))
    else:
        words.append(say.text(form.title))
    question = form.find(place.question) if place.question else None
    if question is not None:
        words.append(f"„{say.text(question.label)}“")
    return " – ".join([*words, slot_name(place)])


def listed(form: Form, shipped: Form, wanted: Wanted) -> tuple[list[Listed], int]:
    """Return the texts that are wanted, page by page, and how many were left off."""
    changed = {one.place.at for one in editions.differences(shipped, form)}
    found: dict[str, Listed] = {}
    taken = left_off = 0
    for place in editions.slots(form):
        is_new = place.at in changed or editions.is_own(place.question or "")
        row = Row(place, slot_name(place), is_new, _lacks(place))
        if not wanted.takes(row):
            continue
        taken += 1
        if taken > MOST_ROWS and not wanted.part:
            left_off += 1
            continue
        _put(form, found, row)
    return list(found.values()), left_off


def _lacks(place: Slot) -> tuple[str, ...]:
    return tuple(one for one in LANGUAGES if place.words and one not in place.words)


def _put(form: Form, found: dict[str, Listed], row: Row) -> None:
    place, say = row.place, wording.german()
    page = next((one for one in form.pages if one.id == place.page), None)
    if page is not None:
        key, title = page.id, say.text(page.title)
    else:
        key, title = part_of(place), part_title(form, part_of(place))
    here = found.setdefault(key, Listed(page, title))
    question = form.find(place.question) if place.question else None
    if question is None:
        here.rows.append(row)
    else:
        asked = Asked(question, question.id in form.columns)
        here.questions.setdefault(question.id, asked).rows.append(row)


def part_title(form: Form, part: str) -> str:
    """Return what a part of a form is called."""
    if part == HEAD:
        return str(gettext("Kopf des Formulars"))
    if part == PAPERS:
        return str(gettext("Nachweise und Anlagen"))
    return next((wording.german().text(s.title) for s in form.sections if s.id == part), part)


@dataclass(frozen=True)
class Part:
    """One line of the contents of a form."""

    key: str
    title: str
    pages: int
    questions: int
    changed: int
    lacks: int


def parts(form: Form, shipped: Form) -> list[Part]:
    """Return the contents of a form: its head, its sections, its papers."""
    changed = {one.place.at for one in editions.differences(shipped, form)}
    counts: dict[str, tuple[int, int]] = {}
    for place in editions.slots(form):
        new, lacks = counts.get(part_of(place), (0, 0))
        counts[part_of(place)] = (new + (place.at in changed), lacks + len(_lacks(place)))
    sections: Mapping[str, Section] = {section.id: section for section in form.sections}
    return [
        Part(key, part_title(form, key), *_sizes(sections.get(key)), *counts[key])
        for key in (HEAD, *sections, PAPERS)
        if key in counts
    ]


def _sizes(section: Section | None) -> tuple[int, int]:
    if section is None:
        return 0, 0
    asked = [question for page in section.pages for question in page.questions]
    inner = sum(len(one.questions) for one in asked if isinstance(one, GroupQuestion))
    return len(section.pages), len(asked) + inner


@dataclass(frozen=True)
class Told:
    """One difference in words: what, where, and how it read before and reads now."""

    what: str
    place: str
    texts: tuple[tuple[str, str, str, str], ...] = ()
    """Language code, its name, before, after."""


def told(differences: Iterable[Difference], before: Form, after: Form) -> Iterator[Told]:
    """Say what is different between two forms."""
    for one in differences:
        form = before if one.kind is Kind.TAKEN_OUT else after
        said = {**one.before, **one.after} if one.kind is Kind.WORDS else {}
        languages = [language for language in LANGUAGES if language in said]
        yield Told(
            str(KIND_WORDS[one.kind]),
            where(form, one.place),
            tuple(
                (
                    language,
                    str(LANGUAGE_NAMES[language]),
                    one.before.get(language, ""),
                    one.after.get(language, ""),
                )
                for language in languages
            ),
        )


def misfits(conflicts: Iterable[Conflict]) -> list[tuple[str, str]]:
    """Say which changes no longer find their place, and why."""
    return [(_address(one), str(MISFIT_WORDS[one.misfit])) for one in conflicts]


def _address(conflict: Conflict) -> str:
    change = conflict.change
    if isinstance(change, editions.NewWords):
        return f"{change.at} ({LANGUAGE_NAMES[change.language]}): {change.words or '–'}"
    if isinstance(change, editions.Added):
        return wording.german().text(change.question.label)
    return change.question


# The dry run


def outcome(run: DryRun) -> str:
    """Say in one sentence what a new edition does to the drafts that are open."""
    if not run.drafts:
        return str(gettext("Zu diesem Formular gibt es keinen offenen Entwurf."))
    drafts = ngettext("%(num)d Entwurf", "%(num)d Entwürfe", run.drafts)
    lose = ngettext(
        "%(num)d verliert eine Antwort", "%(num)d verlieren eine Antwort", run.lose_an_answer
    )
    new = ngettext("eine neue Frage", "%(num)d neue Fragen", len(run.asked))
    count = run.get_new_questions
    get = ngettext("%(num)d bekommt %(new)s", "%(num)d bekommen %(new)s", count, new=new)
    gained = get if run.asked else gettext("keiner bekommt eine neue Frage")
    lost = lose if run.lose_an_answer else gettext("keiner verliert eine Antwort")
    return f"{drafts}, {lost}, {gained}."


def voluntary(before: Form, after: Form) -> list[str]:
    """Return the questions that come along and need no answer: no draft waits for them."""
    known = {question.id for question in before.every_question}
    new = (one for one in after.every_question if one.id not in known and one.optional)
    return [wording.german().text(one.label) for one in new]


def questions(counted: Mapping[str, int], before: Form, after: Form) -> list[tuple[str, int]]:
    """Return the questions of a dry run as they read, with the number of drafts, most first."""
    say = wording.german()
    found = []
    for id, count in counted.items():
        question = after.find(id) or before.find(id)
        found.append((say.text(question.label) if question else id, count))
    return sorted(found, key=lambda one: (-one[1], one[0]))


def lacking(form: Form) -> list[tuple[str, str, int]]:
    """Return each further language with its name and the number of texts that it lacks."""
    return [(one, str(LANGUAGE_NAMES[one]), count) for one, count in missing(form).items()]
