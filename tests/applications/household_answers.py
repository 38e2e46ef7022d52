"""Main applications filled in as a household would: what is special is said, the rest is usual.

A story says what is not as usual with somebody. `Filled.complete` answers everything else that the
form then asks, page by page, so a question that nobody can answer, or that opens another one for
ever, is found. `STORIES` are those told in `households/`.
"""

from collections.abc import Callable
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

    def rents(self, cold: str, operating: str, heating: str) -> None:
        """Live in a rented home at these amounts a month."""
        self.say(cold_rent=cold, operating_costs=operating, heating_costs=heating)

    def works(self, name: str, gross: str, **answers: Any) -> None:
        """Let somebody have a job with this gross pay a month."""
        self.of(name, ek_kinds=["job"])
        usual = {"ek_job_employer": "Firma", "ek_job_kind": "main", "ek_job_gross": gross}
        self.entry(name, **usual | answers)

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


def single() -> Filled:
    """Fill in for Jana, who lives alone."""
    filled = Filled()
    filled.applies("Jana", "1992-05-04", lives_alone=True, unemployment_claim="claimed")
    filled.say(employed_5y=True, wage_replacement=True, ek_kinds=["benefits"])
    filled.entry(prior_job_employer="Firma")
    filled.entry(wage_replacement_kind="unemployment_benefit")
    filled.entry("Jana", ek_benefit_kind="unemployment_benefit")
    filled.say(vm_current_accounts="310.00", vm_cash="40.00")
    filled.rents("400.00", "50.00", "70.00")
    return filled


def single_parent(*, has_advance: bool) -> Filled:
    """Fill in for Lena and Mia; without the advance contact with the father is dangerous."""
    filled = Filled()
    filled.applies("Lena", "1997-08-19", single_parent=True)
    filled.lives_here("Mia", "2022-07-08", "child", ki_child_benefit="259.00")
    filled.of("Mia", ki_other_parent_outside=True, uh4_danger=not has_advance)
    filled.of("Mia", ki_uvg="227.00" if has_advance else "0.00")
    filled.works("Lena", "900.00")
    filled.rents("520.00", "50.00", "80.00")
    return filled


def couple_two_children() -> Filled:
    """Fill in for Mehmet and Sarah with Elif and Can, who goes on a class trip."""
    filled = Filled()
    filled.applies("Mehmet", "1988-02-11", gender="m", marital_status="married")
    filled.lives_here("Sarah", "1990-09-30", "partner", wep_gender="f", wep_health_cover="family")
    for name, born in (("Elif", "2021-03-14"), ("Can", "2016-06-02")):
        filled.lives_here(name, born, "child", ki_joint=True, ki_child_benefit="259.00")
    filled.of("Can", ki_but_wish=True, but_place="school", but_items=["class_trip"])
    filled.works("Mehmet", "1800.00")
    filled.rents("750.00", "90.00", "120.00")
    return filled


def self_employed() -> Filled:
    """Fill in for Ralf, who is self-employed, and Ines, whose pay varies."""
    filled = Filled()
    filled.applies("Ralf", "1982-04-21", gender="m", marital_status="married")
    filled.lives_here("Ines", "1985-01-15", "partner", wep_gender="f", wep_health_cover="family")
    filled.say(health_cover="voluntary", ek_kinds=["self_employed"], eks_mode="provisional")
    filled.works("Ines", "410.00", ek_job_kind="mini", ek_job_varies=True)
    filled.of("Ines", vm_savings="2100.00")
    filled.say(vm_has_vehicle=True)
    filled.entry(vm_vehicle_owner="applicant", vehicle_model="Kombi", vehicle_value="3500.00")
    filled.rents("610.00", "70.00", "90.00")
    return filled


def under_25_moved_out() -> Filled:
    """Fill in for Nele, who is in training and has left the home of her parents."""
    filled = Filled()
    filled.applies("Nele", "2007-04-10", lives_alone=True, u25_parent_outside=True)
    filled.say(in_education=True, education_kind="training")
    filled.say(other_benefits=True, other_benefit_kinds=["bab"])
    filled.say(moved=True, moved_on="2026-11-20", moved_with_assurance=False, kdu_u25_moved=True)
    filled.works("Nele", "620.00", ek_job_kind="training")
    filled.entry("Nele", uh3_parent="mother")
    filled.entry("Nele", uh3_parent="father")
    filled.say(vm_current_accounts="120.00", hot_water="decentral")
    filled.rents("310.00", "40.00", "50.00")
    return filled


def no_fixed_address() -> Filled:
    """Fill in for Piotr, who has neither a home nor money nor health cover."""
    filled = Filled()
    filled.applies("Piotr", "1979-12-03", gender="m", lives_alone=True, marital_status="divorced")
    filled.say(emergency=["no_money", "health_cover"], no_fixed_address=True, has_account=False)
    filled.say(status_since="2009-05-12", able_3h=False, health_cover="none", housing_costs=False)
    filled.say(employed_5y=True, unemployment_claim="no_claim", vm_cash="3.00")
    filled.entry(prior_job_employer="Firma")
    return filled


def pregnant_with_parents() -> Filled:
    """Fill in for Sofia, who is pregnant and lives with both parents."""
    filled = Filled()
    filled.applies("Sofia", "2004-06-15", pregnant=True, due_date="2027-04-20")
    for name, born in (("Uwe", "1975-03-03"), ("Karin", "1977-08-08")):
        filled.lives_here(name, born, "parent", wep_marital_status="married")
    filled.of("Karin", wep_gender="f", wep_health_cover="family")
    filled.works("Uwe", "2900.00")
    filled.rents("700.00", "90.00", "110.00")
    return filled


def patchwork() -> Filled:
    """Fill in for Anna and Ben, who are not married, with her, his and their child."""
    filled = Filled()
    filled.applies("Anna", "1990-07-07")
    filled.lives_here("Ben", "1988-05-05", "partner", wep_marital_status="divorced")
    filled.of("Ben", wep_bond=["over_1_year", "common_child"], wep_status_since="2022-03-01")
    filled.lives_here("Paul", "2018-01-20", "child", ki_other_parent_outside=True)
    filled.of("Paul", ki_child_benefit="259.00", ki_uvg="299.00")
    filled.lives_here("Lia", "2015-09-09", "partners_child", ki_other_parent_outside=True)
    filled.of("Lia", ki_shared_custody=True, ki_contact_days=15, uh4_title="youth_office")
    filled.of("Lia", ki_child_benefit="0.00", ki_uvg="0.00")
    filled.lives_here("Emil", "2025-10-01", "child", ki_joint=True, ki_child_benefit="259.00")
    filled.say(wage_replacement=True)
    filled.entry(wage_replacement_kind="parental_benefit")
    filled.works("Ben", "1500.00")
    filled.rents("820.00", "110.00", "130.00")
    return filled


def eu_citizen_own_house() -> Filled:
    """Fill in for Ioana from Romania and Samir from Syria in her own house."""
    filled = Filled()
    filled.applies("Ioana", "1986-10-10", marital_status="married", nationalities=["RO"])
    filled.say(lived_abroad=True, entry_date="2015-04-01")
    filled.say(employed_5y=True, unemployment_claim="not_claimed")
    filled.entry(prior_job_employer="Firma")
    filled.lives_here("Samir", "1984-02-02", "partner", wep_nationalities=["SY"])
    filled.of("Samir", wep_title_valid=True, wep_asylblg=True, wep_asylblg_until="2026-10-31")
    filled.say(tenure="own", own_heating_costs="150.00", heat_source="oil", buys_fuel=True)
    return filled


def couple_64_private_insurance() -> Filled:
    """Fill in for Georg and Maria with Jonas (15 today), Tim (24) and Rita (25 today)."""
    filled = Filled()
    filled.applies("Georg", "1962-03-03", gender="m", marital_status="married")
    filled.lives_here("Maria", "1962-06-06", "partner", wep_gender="f", wep_health_cover="private")
    filled.lives_here(
        "Jonas", "2011-11-27", "child", member_school=True, wep_health_cover="private"
    )
    filled.of("Jonas", wep_education_kind="school", ek_kinds=["benefits"])
    filled.entry("Jonas", ek_benefit_kind="child_benefit", ek_benefit_amount="259.00")
    filled.lives_here("Tim", "2001-11-28", "child")
    filled.lives_here("Rita", "2001-11-27", "child", hg_contributes=True, hg_amount="200.00")
    filled.say(health_cover="private", vm_savings="18000.00", vm_has_vehicle=True)
    filled.of("Maria", vm_securities="9000.00")
    filled.entry(vm_vehicle_owner="applicant", vehicle_model="Kombi", vehicle_value="9000.00")
    filled.say(vm_pension_exempt=True, vm_was_self_employed=True)
    filled.entry(vm_retirement_person="applicant", vm_retirement_what="Lebensversicherung")
    filled.entry(vm_self_employed_person="applicant", vm_self_employed_count=20)
    filled.rents("900.00", "120.00", "140.00")
    return filled


STORIES: dict[str, Callable[[], Filled]] = {
    "single": single,
    "single_parent:with_uvg": lambda: single_parent(has_advance=True),
    "single_parent:without_uvg": lambda: single_parent(has_advance=False),
    "couple_two_children": couple_two_children,
    "self_employed": self_employed,
    "under_25_moved_out": under_25_moved_out,
    "no_fixed_address": no_fixed_address,
    "pregnant_with_parents": pregnant_with_parents,
    "patchwork": patchwork,
    "eu_citizen_own_house": eu_citizen_own_house,
    "couple_64_private_insurance": couple_64_private_insurance,
}
"""What each household of `households/` answers, by its file and the variant in it."""
