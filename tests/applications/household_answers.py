"""Main applications filled in as a household would: what is special is said, the rest is usual.

A story says what is not as usual with somebody. `Filled.complete` answers everything else that the
form then asks, page by page, so a question that nobody can answer, or that opens another one for
ever, is found.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from portal.applications import shelf
from portal.applications.definitions import Form
from portal.applications.places import APPLICANT, LATER, Kept, Place
from portal.applications.questions import (
    AddressQuestion,
    ChoiceQuestion,
    ChoicesQuestion,
    CountryQuestion,
    DateQuestion,
    DeclarationQuestion,
    GroupQuestion,
    IbanQuestion,
    MoneyQuestion,
    MonthQuestion,
    NumberQuestion,
    PeriodQuestion,
    PersonQuestion,
    Question,
    TableQuestion,
    YesNoQuestion,
)
from portal.applications.sheet import Gap, Sheet

DAY = date(2026, 11, 27)

USUAL: dict[str, Any] = {
    "gender": "f",
    "wep_gender": "m",
    "ki_gender": "f",
    "able_3h": True,
    "wep_able_3h": True,
    "has_account": True,
    "housing_costs": True,
    "kdu_same_address": True,
    "pension_no_status": "none",
    "wep_pension_no_status": "none",
    "wep_bond": ["over_1_year"],
}
"""What is usual and is not simply “no”, “none of these”, zero or the first choice."""


@dataclass
class Filled:
    """A main application on its way: the answers so far, and who lives in the household."""

    form: Form = field(default_factory=lambda: shelf.shipped()["ha", 1])
    kept: dict[Place, Kept] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)
    rows: int = 0

    @property
    def sheet(self) -> Sheet:
        """Return the form filled in so far."""
        return Sheet(self.form, self.kept, day=DAY)

    def applies(self, name: str, born: str, **answers: Any) -> None:
        """Say who applies, and what is not as usual with them."""
        self.people[name] = APPLICANT
        self.say(first_name=name, last_name="Beispiel", birth_date=born, **answers)

    def lives_here(self, name: str, born: str, relationship: str, **answers: Any) -> None:
        """Add somebody to the household; `member_…` answers are those of the list."""
        row = self.people[name] = self._new_row()
        self.say(lives_alone=False)
        listed = {key: value for key, value in answers.items() if key.startswith("member_")}
        own = {key: value for key, value in answers.items() if key not in listed}
        listed |= {
            "member_first_name": name,
            "member_last_name": "Beispiel",
            "member_birth_date": born,
            "member_relationship": relationship,
        }
        for key, value in listed.items():
            self.kept[Place(key, row)] = Kept(value)
        self.of(name, **own)

    def say(self, **answers: Any) -> None:
        """Answer questions of the person who applies, whether they repeat for others or not."""
        for key, value in answers.items():
            is_of_persons = self.form.owners[key].per is not None
            self.kept[Place(key, None, APPLICANT if is_of_persons else None)] = Kept(value)

    def of(self, name: str, **answers: Any) -> None:
        """Answer questions in the part of one person."""
        for key, value in answers.items():
            self.kept[Place(key, None, self.people[name])] = Kept(value)

    def entry(self, name: str | None = None, **answers: Any) -> None:
        """Add a row to a list, such as a job: of one person, or (None) of the household."""
        row = self._new_row()
        for key, value in answers.items():
            self.kept[Place(key, row, self.people[name] if name else None)] = Kept(value)

    def complete(self) -> Sheet:
        """Answer everything else as usual, and return the finished form."""
        for _ in range(200):
            sheet = self.sheet
            if not sheet.gaps:
                return sheet
            for gap in sheet.gaps:
                place = Place(gap.question.id, gap.row, gap.step.owner)
                self.kept[place] = Kept(self._usual(gap, sheet))
        raise AssertionError([gap.question.id for gap in self.sheet.gaps])

    def _new_row(self) -> UUID:
        self.rows += 1
        return UUID(int=self.rows)

    def _usual(self, gap: Gap, sheet: Sheet) -> Any:
        question = gap.question
        if question.id in USUAL:
            return USUAL[question.id]
        return LATER if question.later else _usual_answer(question, sheet)


def _usual_answer(question: Question, sheet: Sheet) -> Any:  # noqa: C901 (one a type)
    match question:
        case GroupQuestion():
            raise AssertionError(f"the story does not say what stands in {question.id}")
        case YesNoQuestion():
            return False
        case DeclarationQuestion():
            return True
        case ChoicesQuestion():
            alone = [option.id for option in question.options if option.exclusive]
            return alone or [question.options[0].id]
        case ChoiceQuestion():
            return question.options[0].id
        case CountryQuestion():
            return ["DE"] if question.several else "DE"
        case DateQuestion():
            return "2027-01-15" if question.future else "2020-01-15"
        case MonthQuestion():
            return "2026-11"
        case PeriodQuestion():
            return {"from": "2026-11-01", "to": "2027-04-30"}
        case MoneyQuestion():
            return "0.00"
        case NumberQuestion():
            return max(question.minimum, 1)
        case AddressQuestion():
            return {"street": "Hauptstraße 1", "postcode": "12345", "city": "Musterstadt"}
        case IbanQuestion():
            return "DE02120300000000202051"
        case PersonQuestion():
            return "applicant" if question.applicant else str(sheet.people(question)[0])
        case TableQuestion():
            return {}
        case _:
            return "Beispiel"
