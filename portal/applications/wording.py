"""How questions and answers read, in one language: on pages, check page, PDF and staff view."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from babel import Locale
from flask import current_app
from flask_babel import format_currency, format_date, get_locale, gettext, lazy_gettext

from portal.applications.definitions import Form
from portal.applications.models import ApplicationState, MarkReason, Outcome, Source
from portal.applications.places import APPLICANT, Place, Value, Where
from portal.applications.questions import (
    AddressQuestion,
    ChoiceQuestion,
    ChoicesQuestion,
    CountryQuestion,
    DateQuestion,
    DeclarationQuestion,
    DocumentQuestion,
    GroupQuestion,
    IbanQuestion,
    MoneyQuestion,
    MonthQuestion,
    PeriodQuestion,
    PersonQuestion,
    Question,
    TableQuestion,
    Text,
    YesNoQuestion,
)
from portal.applications.sheet import Need, Part, Progress, Sheet, Step, filled

STATE_WORDS = {
    ApplicationState.DRAFT: lazy_gettext("Entwurf"),
    ApplicationState.SUBMITTED: lazy_gettext("Eingegangen"),
    ApplicationState.IN_REVIEW: lazy_gettext("In Prüfung"),
    ApplicationState.DECIDED: lazy_gettext("Entschieden"),
    ApplicationState.WITHDRAWN: lazy_gettext("Zurückgezogen"),
}
STATE_TONES = {
    ApplicationState.DRAFT: "neutral",
    ApplicationState.SUBMITTED: "info",
    ApplicationState.IN_REVIEW: "info",
    ApplicationState.DECIDED: "success",
    ApplicationState.WITHDRAWN: "neutral",
}
OUTCOME_WORDS = {
    Outcome.GRANTED: lazy_gettext("Bewilligt"),
    Outcome.PARTLY_GRANTED: lazy_gettext("Teilweise bewilligt"),
    Outcome.REJECTED: lazy_gettext("Abgelehnt"),
    Outcome.WITHHELD: lazy_gettext("Versagt, weil etwas fehlt"),
}
MARK_WORDS = {
    MarkReason.UNCLEAR: lazy_gettext("Die Angabe ist unklar"),
    MarkReason.INCOMPLETE: lazy_gettext("Es fehlt noch etwas"),
    MarkReason.CONTRADICTS: lazy_gettext("Die Angabe passt nicht zu einem Nachweis"),
    MarkReason.OUTDATED: lazy_gettext("Die Angabe ist nicht mehr aktuell"),
    MarkReason.ILLEGIBLE: lazy_gettext("Wir können es nicht lesen"),
    MarkReason.MISSING: lazy_gettext("Das liegt uns noch nicht vor"),
    MarkReason.OTHER: lazy_gettext("Wir haben eine Frage dazu"),
}
PROGRESS_WORDS = {
    Progress.OPEN: lazy_gettext("Offen"),
    Progress.STARTED: lazy_gettext("Angefangen"),
    Progress.PREFILLED: lazy_gettext("Bitte prüfen"),
    Progress.DONE: lazy_gettext("Fertig"),
}
PROGRESS_TONES = {
    Progress.OPEN: "neutral",
    Progress.STARTED: "info",
    Progress.PREFILLED: "warning",
    Progress.DONE: "success",
}

NOTHING = "–"


@dataclass(frozen=True)
class Line:
    """One question with its answer and the step it is changed on; no value: still open.

    `origin` says of an answer that it was proposed, and by whom.
    """

    term: str
    value: str | None
    step: Step
    place: Place
    is_later: bool = False
    origin: str | None = None


@dataclass
class Block:
    """Lines that belong together. With a title they are changed together, on one page or row."""

    step: Step
    title: str | None = None
    row: UUID | None = None
    lines: list[Line] = field(default_factory=list)


@dataclass
class Reading:
    """One line of the task list as it reads."""

    part: Part
    title: str
    blocks: list[Block]


class Wording:
    """Texts of a definition and answers to it, in one language."""

    def __init__(self, language: str, benefit: str) -> None:
        self.language = language
        self.values = {"benefit": benefit}

    def text(self, text: Text, **values: str) -> str:
        """Return a text with its placeholders filled in."""
        return filled(text, self.language, self.values | values).replace("§ ", "§\u00a0")

    def value(self, sheet: Sheet, question: Question, value: Value) -> str:  # noqa: C901, PLR0911, PLR0912 (one a type)
        """Return an answer as people write it."""
        match question:
            case YesNoQuestion():
                return str(gettext("Ja") if value is True else gettext("Nein"))
            case DeclarationQuestion():
                return str(gettext("Erklärt: „%(text)s“", text=self.text(question.label)))
            case MoneyQuestion():
                return _euro(value)
            case DateQuestion():
                return _day(value)
            case MonthQuestion():
                return self.month(str(value))
            case PeriodQuestion():
                return _period(value)
            case AddressQuestion():
                return _address(value)
            case CountryQuestion():
                codes = value if isinstance(value, list) else [value]
                names = Locale(self.language).territories
                return "; ".join(names.get(str(code), str(code)) for code in codes)
            case IbanQuestion():
                iban = str(value)
                return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))
            case PersonQuestion():
                id = APPLICANT if value == "applicant" else UUID(str(value))
                return self.person(sheet, id)
            case ChoiceQuestion() | ChoicesQuestion():
                chosen = value if isinstance(value, list) else [value]
                labels = {option.id: self.text(option.label) for option in question.options}
                return "; ".join(labels.get(str(one), str(one)) for one in chosen)
            case TableQuestion():
                return self._table(question, value)
            case _:
                return str(value)

    def _table(self, question: TableQuestion, value: Value) -> str:
        """Return the amounts of a table line by line; lines without an amount are left out."""
        if not isinstance(value, dict):
            return ""
        found = []
        for line in question.lines:
            amounts = {column: own[line.id] for column, own in value.items() if line.id in own}
            if amounts:
                cells = ", ".join(
                    f"{self._column(question, column)} {_euro(amount)}"
                    for column, amount in sorted(amounts.items())
                )
                total = sum((Decimal(str(one)) for one in amounts.values()), Decimal())
                summed = f" ({gettext('zusammen')} {_euro(total)})" if len(amounts) > 1 else ""
                found.append(f"{self.text(line.label)}: {cells}{summed}")
        return "; ".join(found)

    def _column(self, question: TableQuestion, id: str) -> str:
        known = next((one for one in question.columns if one.id == id), None)
        return self.text(known.label) if known else self.month(id)

    def month(self, month: str) -> str:
        """Return a month such as `2026-08` as people write it."""
        return str(format_date(date.fromisoformat(f"{month}-01"), "MMMM y"))

    def heading(self, form: Form) -> str:
        """Return the title of a form as it stands above a page."""
        return self.text(form.heading or form.title)

    def person(self, sheet: Sheet, owner: UUID) -> str:
        """Return what a person of the household is called."""
        if owner == APPLICANT:
            names = [sheet.answer(id) for id in ("first_name", "last_name")]
            known = " ".join(str(name) for name in names if name)
            return known or str(gettext("Antragstellende Person"))
        group = sheet.form.people
        return self.row_title(sheet, group, owner) if group else NOTHING

    def person_names(self, sheet: Sheet, owner: UUID | None) -> dict[str, str]:
        """Return what `{person}` stands for in the part of somebody."""
        return {} if owner is None else {"person": self.person(sheet, owner)}

    def title(self, sheet: Sheet, step: Step) -> str:
        """Return the title of a page, for the person whom it is about."""
        text = step.page.title
        is_reader = step.owner is not None and step.owner in {APPLICANT, sheet.eyes.only}
        if is_reader and step.page.applicant_title:
            text = step.page.applicant_title
        return self.text(text, **self.person_names(sheet, step.owner))

    def part_title(self, sheet: Sheet, part: Part) -> str:
        """Return the title of a line of the task list."""
        title = self.text(part.section.title, **self.person_names(sheet, part.owner))
        if part.owner is None or "{person}" in part.section.title.de:
            return title
        return f"{title} – {self.person(sheet, part.owner)}"

    def row_title(
        self, sheet: Sheet, group: GroupQuestion, row: UUID, owner: UUID | None = None
    ) -> str:
        """Return what a row of a list is called; a new one is called by its kind."""
        values = self._row_values(sheet, group, row, owner)
        if all(value == NOTHING for value in values.values()):
            return self.text(group.one)
        return self.text(group.row_title, **values)

    def place(self, sheet: Sheet, place: Place) -> str:
        """Return what a question is called where it stands alone: its page, its row, its label."""
        page = sheet.form.page_of[place.question]
        column = sheet.form.columns.get(place.question)
        question = column[1] if column else sheet.form.questions[place.question]
        words = [self.title(sheet, Step(page, place.owner))]
        if column and place.row:
            words.append(self.row_title(sheet, column[0], place.row, place.owner))
        if column or len(page.questions) > 1:
            words.append(self.text(question.label, **self.person_names(sheet, place.owner)))
        return " – ".join(words)

    def places(self, sheet: Sheet, places: Sequence[Place]) -> list[str]:
        """Return what these questions are called."""
        return [self.place(sheet, place) for place in places]

    def annexes(self, sheet: Sheet) -> list[str]:
        """Return the annexes that follow from the answers, each with the persons it is for."""
        found = []
        for annex, owners in sheet.annexes:
            people = [self.person(sheet, owner) for owner in owners if owner is not None]
            found.append(f"{annex.code} ({', '.join(people)})" if people else annex.code)
        return found

    def reasons(self, sheet: Sheet, step: Step, questions: Sequence[Question]) -> list[str]:
        """Return why these questions are asked, each reason once."""
        names = self.person_names(sheet, step.owner)
        own = [one.why for one in questions if one.why]
        shared = [step.page.why or sheet.form.section_of[step.page.id].why]
        found = [self.text(why, **names) for why in (*own, *shared) if why]
        return list(dict.fromkeys(found))

    def notes(self, sheet: Sheet, step: Step) -> list[tuple[str, str]]:
        """Return the tone and the words of what a page has to say now."""
        per = sheet.form.section_of[step.page.id].per
        where = Where(per=per, owner=step.owner)
        names = self.person_names(sheet, step.owner)
        return [
            (note.tone, self.text(note.text, **names))
            for note in step.page.notes
            if sheet.holds(note.when, where)
        ]

    def need_title(self, sheet: Sheet, need: Need) -> str:
        """Return what a paper is called."""
        return self.text(need.requirement.title, **self._need_values(sheet, need))

    def need_reason(self, sheet: Sheet, need: Need) -> str:
        """Return why a paper is needed."""
        return self.text(need.requirement.reason, **self._need_values(sheet, need))

    def _need_values(self, sheet: Sheet, need: Need) -> dict[str, str]:
        values = self.person_names(sheet, need.owner)
        group = sheet.form.questions.get(need.requirement.per or "")
        if not isinstance(group, GroupQuestion):
            return values
        if need.row is not None:
            if group == sheet.form.people:
                values |= self.person_names(sheet, need.row)
            return values | self._row_values(sheet, group, need.row, need.owner)
        if need.owner not in {None, APPLICANT}:
            return values | self._row_values(sheet, group, need.owner, None)
        return values

    def _row_values(
        self, sheet: Sheet, group: GroupQuestion, row: UUID | None, owner: UUID | None
    ) -> dict[str, str]:
        return {
            column.id: NOTHING if value is None else self.value(sheet, column, value)
            for column in group.questions
            for value in (sheet.answer(column.id, row, owner),)
        }

    def parts(self, sheet: Sheet) -> list[Reading]:
        """Return every answer of a sheet as it reads, part by part."""
        return [self.reading(sheet, part) for part in sheet.parts]

    def reading(self, sheet: Sheet, part: Part) -> Reading:
        """Return the answers of one part as they read."""
        return Reading(part, self.part_title(sheet, part), self._blocks(sheet, part))

    def _blocks(self, sheet: Sheet, part: Part) -> list[Block]:
        """Return the blocks of a part; single answers that follow each other stand together."""
        blocks: list[Block] = []
        for step in part.steps:
            for block in self._blocks_of(sheet, step):
                if blocks and block.title is None and blocks[-1].title is None:
                    blocks[-1].lines += block.lines
                else:
                    blocks.append(block)
        return blocks

    def _blocks_of(self, sheet: Sheet, step: Step) -> list[Block]:
        title = self.title(sheet, step)
        group = step.page.group
        if group is not None:
            rows = sheet.rows(group, step.owner)
            found = [self._row_block(sheet, step, group, row) for row in rows]
            nothing = NOTHING if group.optional else None
            empty = Line(title, nothing, step, Place(group.id, None, step.owner))
            return found or [Block(step, lines=[empty])]
        asked = [q for q in sheet.asked_on(step) if self._is_shown(sheet, q, None, step.owner)]
        if len(step.page.questions) == 1 and asked:
            return [Block(step, lines=[self._line(sheet, step, asked[0], None, title)])]
        lines = [self._line(sheet, step, one, None) for one in asked]
        return [Block(step, title, lines=lines)] if lines else []

    def _row_block(self, sheet: Sheet, step: Step, group: GroupQuestion, row: UUID) -> Block:
        lines = [
            self._line(sheet, step, column, row)
            for column in sheet.asked_in(group, row, step.owner)
            if self._is_shown(sheet, column, row, step.owner)
        ]
        return Block(step, self.row_title(sheet, group, row, step.owner), row, lines)

    def _is_shown(
        self, sheet: Sheet, question: Question, row: UUID | None, owner: UUID | None
    ) -> bool:
        """Leave out papers, and what may stay empty and does."""
        if isinstance(question, DocumentQuestion):
            return False
        return not question.optional or sheet.answer(question.id, row, owner) is not None

    def _line(
        self, sheet: Sheet, step: Step, question: Question, row: UUID | None, term: str = ""
    ) -> Line:
        place = Place(question.id, row, step.owner)
        value = sheet.answer(*place)
        names = self.person_names(sheet, step.owner)
        return Line(
            term or self.text(question.label, **names),
            None if value is None else self.value(sheet, question, value),
            step,
            place,
            sheet.is_later(*place),
            None if value is None else _origin(sheet, place),
        )


def _origin(sheet: Sheet, place: Place) -> str | None:
    """Say of an answer that the office has proposed by whom, wherever it is read."""
    kept = sheet.kept.get(place)
    if kept is None or kept.source is not Source.PROPOSED:
        return None
    return str(gettext("Vorschlag von %(name)s vom Jobcenter, übernommen", name=kept.by or NOTHING))


def _euro(value: object) -> str:
    return str(format_currency(Decimal(str(value)), "EUR"))


def _day(value: object) -> str:
    return str(format_date(date.fromisoformat(str(value)), "d. MMMM y"))


def _period(value: Value) -> str:
    days: dict[str, str] = value if isinstance(value, dict) else {}
    begins = _day(days["from"]) if "from" in days else NOTHING
    if "to" not in days:
        return str(gettext("seit %(day)s", day=begins))
    return str(gettext("%(begins)s bis %(ends)s", begins=begins, ends=_day(days["to"])))


def _address(value: Value) -> str:
    parts: dict[str, str] = value if isinstance(value, dict) else {}
    place = f"{parts.get('postcode', '')} {parts.get('city', '')}".strip()
    return ", ".join(one for one in (parts.get("street"), place, parts.get("country")) if one)


def of_request() -> Wording:
    """Return the wording in the language of this request."""
    return Wording(get_locale().language, current_app.config["SETTINGS"].benefit_name)


def german() -> Wording:
    """Return the wording of the file: the record is German (§ 19 SGB X)."""
    return Wording("de", current_app.config["SETTINGS"].benefit_name)
