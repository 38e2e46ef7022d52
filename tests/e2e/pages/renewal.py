"""The renewal form as a citizen fills it in: one thing per page."""

from collections.abc import Mapping
from pathlib import Path

from tests.e2e.pages.visitor import Visitor

ALL_ANSWERED = {
    "Unterlagen zum Antrag",
    "Antrag prüfen und senden",
    "Widerspruch prüfen und senden",
}

ANSWERS: dict[str, str | list[str]] = {
    "first_name": "Oksana",
    "last_name": "Kovalenko",
    "street": "Gartenstraße 14",
    "postcode": "35390",
    "city": "Lindenau",
    "lives_alone": "no",
    "member_first_name": "Mila",
    "member_last_name": "Kovalenko",
    "member_relationship": "child",
    "member_school": "yes",
    "kdu_same_address": "yes",
    "tenure": "rent",
    "kdu_persons": "2",
    "kdu_area_total": "54",
    "kdu_area_parts": ["none"],
    "kdu_rooms": "2",
    "kdu_kitchens": "1",
    "kdu_baths": "1",
    "kdu_rent_kind": "split",
    "cold_rent": "412,50",
    "operating_costs": "96",
    "heating_costs": "74",
    "costs_valid_from": "1/2024",
    "heat_source": "gas",
    "kdu_heating_type": "central",
    "buys_fuel": "no",
    "hot_water": "central",
    "kdu_cooking": "electric",
    "kdu_pay_landlord": "no",
    "ki_birth_place": "Lindenau",
    "ki_birth_country": "DE",
    "ki_nationalities": "DE",
    "ki_gender": "f",
    "ki_other_parent_outside": "no",
    "ki_child_benefit": "259",
    "ki_own_money": "no",
    "ek_kinds": ["job"],
    "ek_job_employer": "Bäckerei Sonnenschein GmbH",
    "ek_job_kind": "mini",
    "ek_job_hours": "10",
    "ek_job_varies": "no",
    "ek_job_gross": "601,87",
    "ek_job_net": "601,87",
    "ek_job_paid_in": "same",
    "ek_job_meals": "no",
    "ek_deduction_kinds": ["none"],
    "vm_child_has_money": "no",
    "vm_cash": "40",
    "vm_current_accounts": "214,35",
    "vm_online_accounts": "0",
    "vm_savings": "0",
    "vm_securities": "0",
    "vm_building_savings": "0",
    "vm_life_insurance": "0",
    "vm_premium_refund": "0",
    "vm_crypto": "0",
    "vm_valuables": "0",
    "vm_other": "0",
    "vm_has_vehicle": "no",
    "vm_other_property": "no",
    "vm_gifts_10y": "no",
    "vm_pension_exempt": "no",
    "vm_was_self_employed": "no",
    "arrears": "no",
    "unreported": "no",
    "foreseeable": ["none"],
    "truth": "y",
}
DATES = {
    "birth_date": ("17", "4", "1992"),
    "member_birth_date": ("3", "9", "2017"),
    "award_until": ("31", "12", "2026"),
    "ek_job_start": ("1", "3", "2024"),
}
PAGES_AT_MOST = 60


class RenewalForm:
    """Fill in what is asked, page by page, until the list of papers comes."""

    def __init__(
        self,
        visitor: Visitor,
        answers: Mapping[str, str | list[str]] = ANSWERS,
        dates: Mapping[str, tuple[str, str, str]] = DATES,
    ) -> None:
        self.visitor = visitor
        self.answers, self.dates = answers, dates
        self.page = visitor.page
        self.headings: list[str] = []

    def fill_in_everything(self) -> None:
        """Answer page after page; every page is checked for barriers."""
        for _ in range(PAGES_AT_MOST):
            heading = self.page.get_by_role("heading", level=1).inner_text()
            if heading in ALL_ANSWERED:
                return
            self.headings.append(heading)
            self.fill_in_page()
            self._go_on()
            problems = self.page.locator(".error-summary")
            assert not problems.count(), f"{heading}: {problems.inner_text()}"
            self.visitor.check_barriers()
        raise AssertionError(f"the form does not end: {self.headings}")

    def _go_on(self) -> None:
        for name in ("Ja, stimmt noch", "Ja, stimmt bei allen noch", "Weiter", "Speichern"):
            button = self.page.get_by_role("button", name=name, exact=True)
            if button.count():
                # What is being kept at this moment arrives first.
                with self.page.expect_navigation():
                    button.click()
                return
        self.page.locator("main").get_by_role("link", name="hinzufügen").click()

    def fill_in_page(self) -> None:
        """Answer every question of this page."""
        names = self.page.locator("main form [name]").evaluate_all(
            "fields => [...new Set(fields.filter(f => f.type != 'hidden').map(f => f.name))]"
        )
        for name in names:
            self._answer(name)

    def _answer(self, name: str) -> None:
        fields = self.page.locator(f'main form [name="{name}"]')
        if name in self.dates:
            for number, part in enumerate(self.dates[name]):
                fields.nth(number).fill(part)
            return
        answer = self.answers.get(name)
        if answer is None:
            return
        kind = fields.first.get_attribute("type")
        for value in answer if isinstance(answer, list) else [answer]:
            if kind in {"radio", "checkbox"}:
                self.page.locator(f'main form [name="{name}"][value="{value}"]').check()
            elif fields.first.evaluate("field => field.tagName") == "SELECT":
                fields.first.select_option(value)
            else:
                fields.first.fill(value)

    def hand_in(self, paper: str, *files: Path) -> None:
        """Attach files to one of the papers that follow from the answers."""
        self.visitor.follow(paper)
        self.page.locator("input[name=files]").set_input_files([str(file) for file in files])
        self.visitor.press("Jetzt abgeben")
