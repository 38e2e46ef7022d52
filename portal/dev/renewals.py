"""Filling in the renewal form as a citizen of the demo would; the story chooses the answers."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from portal.accounts.models import Citizen
from portal.applications import queries, service
from portal.applications.models import Application
from portal.applications.places import Place, Value
from portal.applications.questions import (
    AddressQuestion,
    ChoiceQuestion,
    ChoicesQuestion,
    CountryQuestion,
    DateQuestion,
    DeclarationQuestion,
    GroupQuestion,
    IbanQuestion,
    LongTextQuestion,
    MoneyQuestion,
    MonthQuestion,
    NumberQuestion,
    PersonQuestion,
    Question,
    YesNoQuestion,
)
from portal.applications.sheet import Gap, Sheet
from portal.core.db import new_id
from portal.dev.stage import Office

ALONE_WITHOUT_CHANGE: dict[str, Value] = {
    "lives_alone": True,
    "moved": False,
    "household_changes": ["none"],
    "utility_statement": "none",
    "income_kinds": ["none"],
    "asset_kinds": ["none"],
    "assets_above_allowance": "below",
    "foreseeable": ["none"],
    "assets_accounts": "214.35",
    "assets_savings": "0.00",
    "kdu_same_address": True,
    "tenure": "rent",
    "kdu_rent_kind": "split",
    "kdu_area_total": 48,
    "kdu_rooms": 2,
    "cold_rent": "412.50",
    "operating_costs": "96.00",
    "heating_costs": "74.00",
    "ek_kinds": ["none"],
    "vm_current_accounts": "214.35",
}

WITH_A_JOB: dict[str, Value] = ALONE_WITHOUT_CHANGE | {
    "income_kinds": ["job"],
    "job_employer": "Bäckerei Sonnenschein GmbH",
    "job_kind": "mini",
    "job_gross": "601.87",
    "job_net": "601.87",
    "expense_kinds": ["none"],
    "ek_kinds": ["job"],
    "ek_job_employer": "Bäckerei Sonnenschein GmbH",
    "ek_job_kind": "mini",
    "ek_job_hours": 10,
    "ek_job_gross": "601.87",
    "ek_job_net": "601.87",
    "ek_deduction_kinds": ["none"],
}

WITH_ARREARS: dict[str, Value] = WITH_A_JOB | {
    "arrears": True,
    "arrears_kinds": ["rent"],
    "arrears_amount": "1164.00",
    "arrears_threat": "eviction",
}

ROUNDS = 30  # each answer can show further pages; the form is far shorter


def start(office: Office, citizen: Citizen, *, at: datetime) -> Application:
    """Begin a renewal."""
    return service.start(office.session, form="wba", by=citizen, now=at)


def answer(
    office: Office,
    application: Application,
    citizen: Citizen,
    *,
    choices: Mapping[str, Value],
    at: datetime,
    pages: int = ROUNDS,
    until: str | None = None,
) -> None:
    """Answer page after page until nothing is open, `pages` are done, or a part begins."""
    filled = queries.filled_for(office.session, application.id, asker=citizen)
    for _ in range(pages):
        if not filled.sheet.gaps or _section(filled.sheet) == until:
            return
        rows: dict[str, UUID] = {}
        answers: dict[Place, Value | None] = {}
        for gap in filled.sheet.gaps_on(filled.sheet.gaps[0].step):
            answers |= _fill(filled.sheet, gap, choices, rows)
        filled = service.save_answers(
            office.session, filled=filled, answers=answers, by=citizen, now=at
        )


def _section(sheet: Sheet) -> str:
    return sheet.part_of(sheet.gaps[0].step).section.id


def _fill(
    sheet: Sheet, gap: Gap, choices: Mapping[str, Value], rows: dict[str, UUID]
) -> dict[Place, Value]:
    if isinstance(gap.question, GroupQuestion):
        row = rows.setdefault(gap.question.id, new_id())
        always = [column for column in gap.question.questions if column.when is None]
        return {
            Place(column.id, row, gap.step.owner): choices.get(column.id, _plain(column, sheet))
            for column in always
            if not column.optional
        }
    place = Place(gap.question.id, gap.row, gap.step.owner)
    return {place: choices.get(gap.question.id, _plain(gap.question, sheet))}


PLAIN: dict[type[Question], Value] = {
    YesNoQuestion: False,
    DeclarationQuestion: True,
    MoneyQuestion: "0.00",
    MonthQuestion: "2026-06",
    IbanQuestion: "DE02120300000000202051",
    LongTextQuestion: "Ab Januar arbeite ich voraussichtlich mehr Stunden.",
    AddressQuestion: {"street": "Feldstraße 17", "postcode": "35390", "city": "Lindenau"},
}


def _plain(question: Question, sheet: Sheet) -> Value:
    known = PLAIN.get(type(question), "Muster")
    match question:
        case ChoiceQuestion():
            known = question.options[0].id
        case ChoicesQuestion():
            known = [question.options[-1].id]
        case CountryQuestion():
            known = ["DE"] if question.several else "DE"
        case NumberQuestion():
            known = max(question.minimum, 1)
        case DateQuestion():
            known = "2099-01-15" if question.future else "2020-01-15"
        case PersonQuestion():
            known = "applicant" if question.applicant else str(sheet.people(question)[0])
    return known
