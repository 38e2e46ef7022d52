"""How questions and answers read, in one language: on pages, check page, PDF and staff view."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from flask import current_app
from flask_babel import format_currency, format_date, get_locale, gettext, lazy_gettext

from portal.applications.definitions import (
    ChoiceQuestion,
    ChoicesQuestion,
    DateQuestion,
    DeclarationQuestion,
    Form,
    GroupQuestion,
    IbanQuestion,
    MoneyQuestion,
    MonthQuestion,
    Page,
    Question,
    Section,
    Text,
    YesNoQuestion,
)
from portal.applications.models import ApplicationState, Outcome
from portal.applications.sheet import Need, Progress, Sheet, Value, filled

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
    """One question with its answer and the page it is changed on; no value: still open."""

    term: str
    value: str | None
    page: Page


@dataclass
class Block:
    """Lines that belong together. With a title they are changed together, on one page or row."""

    page: Page
    title: str | None = None
    row: UUID | None = None
    lines: list[Line] = field(default_factory=list)


@dataclass
class Part:
    """One section as it reads."""

    section: Section
    title: str
    blocks: list[Block]


class Wording:
    """Texts of a definition and answers to it, in one language."""

    def __init__(self, language: str, benefit: str) -> None:
        self.language = language
        self.values = {"benefit": benefit}

    def text(self, text: Text, **values: str) -> str:
        """Return a text with its placeholders filled in."""
        return filled(text, self.language, self.values | values)

    def value(self, question: Question, value: Value) -> str:  # noqa: PLR0911 (one a type)
        """Return an answer as people write it."""
        match question:
            case YesNoQuestion():
                return str(gettext("Ja") if value is True else gettext("Nein"))
            case DeclarationQuestion():
                return str(gettext("Erklärt: „%(text)s“", text=self.text(question.label)))
            case MoneyQuestion():
                return str(format_currency(Decimal(str(value)), "EUR"))
            case DateQuestion():
                return str(format_date(date.fromisoformat(str(value)), "d. MMMM y"))
            case MonthQuestion():
                return str(format_date(date.fromisoformat(f"{value}-01"), "MMMM y"))
            case IbanQuestion():
                iban = str(value)
                return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))
            case ChoiceQuestion() | ChoicesQuestion():
                chosen = value if isinstance(value, list) else [value]
                labels = {option.id: self.text(option.label) for option in question.options}
                return "; ".join(labels.get(str(one), str(one)) for one in chosen)
            case _:
                return str(value)

    def heading(self, form: Form) -> str:
        """Return the title of a form as it stands above a page."""
        return self.text(form.heading or form.title)

    def row_title(self, sheet: Sheet, group: GroupQuestion, row: UUID) -> str:
        """Return what a row of a list is called; a new one is called by its kind."""
        values = self._row_values(sheet, group, row)
        if all(value == NOTHING for value in values.values()):
            return self.text(group.one)
        return self.text(group.row_title, **values)

    def place(self, sheet: Sheet, id: str, row: UUID | None) -> str:
        """Return what a question is called where it stands alone: its page, its row, its label."""
        page = sheet.page_of(id)
        column = sheet.form.columns.get(id)
        question = column[1] if column else sheet.form.questions[id]
        words = [self.text(page.title)]
        if column and row:
            words.append(self.row_title(sheet, column[0], row))
        if column or len(page.questions) > 1:
            words.append(self.text(question.label))
        return " – ".join(words)

    def reasons(self, questions: Sequence[Question]) -> list[str]:
        """Return why these questions are asked, each reason once."""
        return list(dict.fromkeys(self.text(one.why) for one in questions if one.why))

    def need_title(self, sheet: Sheet, need: Need) -> str:
        """Return what a paper is called."""
        return self.text(need.requirement.title, **self._need_values(sheet, need))

    def need_reason(self, sheet: Sheet, need: Need) -> str:
        """Return why a paper is needed."""
        return self.text(need.requirement.reason, **self._need_values(sheet, need))

    def _need_values(self, sheet: Sheet, need: Need) -> dict[str, str]:
        group = sheet.form.questions.get(need.requirement.per or "")
        if need.row is None or not isinstance(group, GroupQuestion):
            return {}
        return self._row_values(sheet, group, need.row)

    def _row_values(self, sheet: Sheet, group: GroupQuestion, row: UUID) -> dict[str, str]:
        return {
            column.id: NOTHING if value is None else self.value(column, value)
            for column in group.questions
            for value in (sheet.answer(column.id, row),)
        }

    def parts(self, sheet: Sheet) -> list[Part]:
        """Return every answer of a sheet as it reads, section by section."""
        return [
            Part(section, self.text(section.title), self._blocks(sheet, section))
            for section in sheet.sections
        ]

    def _blocks(self, sheet: Sheet, section: Section) -> list[Block]:
        """Return the blocks of a section; single answers that follow each other stand together."""
        blocks: list[Block] = []
        for page in sheet.pages_of(section):
            for block in self._blocks_of(sheet, page):
                if blocks and block.title is None and blocks[-1].title is None:
                    blocks[-1].lines += block.lines
                else:
                    blocks.append(block)
        return blocks

    def _blocks_of(self, sheet: Sheet, page: Page) -> list[Block]:
        if page.group is not None:
            rows = [self._row_block(sheet, page, page.group, row) for row in sheet.rows(page.group)]
            return rows or [Block(page, lines=[Line(self.text(page.title), None, page)])]
        asked = [q for q in sheet.asked_on(page) if self._is_shown(sheet, q, None)]
        if len(page.questions) == 1 and asked:
            line = Line(self.text(page.title), self._answer(sheet, asked[0], None), page)
            return [Block(page, lines=[line])]
        lines = [Line(self.text(one.label), self._answer(sheet, one, None), page) for one in asked]
        return [Block(page, self.text(page.title), lines=lines)]

    def _row_block(self, sheet: Sheet, page: Page, group: GroupQuestion, row: UUID) -> Block:
        lines = [
            Line(self.text(column.label), self._answer(sheet, column, row), page)
            for column in sheet.asked_in(group, row)
            if self._is_shown(sheet, column, row)
        ]
        return Block(page, self.row_title(sheet, group, row), row, lines)

    def _is_shown(self, sheet: Sheet, question: Question, row: UUID | None) -> bool:
        """Leave out what may stay empty and does."""
        return not question.optional or sheet.answer(question.id, row) is not None

    def _answer(self, sheet: Sheet, question: Question, row: UUID | None) -> str | None:
        value = sheet.answer(question.id, row)
        return None if value is None else self.value(question, value)


def of_request() -> Wording:
    """Return the wording in the language of this request."""
    return Wording(get_locale().language, current_app.config["SETTINGS"].benefit_name)


def german() -> Wording:
    """Return the wording of the file: the record is German (§ 19 SGB X)."""
    return Wording("de", current_app.config["SETTINGS"].benefit_name)
