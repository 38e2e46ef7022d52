"""A question about two answers: marked by the office, answered on a small phone in a few taps."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.applications.models import CorrectionRound, Supplement
from portal.audit.models import Event
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.pages.visitor import Visitor
from tests.factories import accounts, applications

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"width": 360, "height": 780}
MOST_TAPS = 6


def sent(session: Session) -> tuple[Citizen, StaffMember, str]:
    """Send an application to the team of an officer."""
    officer = accounts.staff_member(session, Role.BENEFIT_OFFICER, first_name="Jana")
    oksana = accounts.citizen(session, first_name="Oksana", last_name="Kovalenko")
    made = applications.sent(session, oksana)
    assert made.case
    made.case.team = officer.team
    return oksana, officer, str(made.id)


def ask(theirs: Visitor, id: str) -> None:
    """Mark two answers, say why, and send the question."""
    theirs.go(f"/amt/antraege/{id}")
    theirs.reads("Weiterbewilligungsantrag von Oksana Kovalenko")
    for label in (
        "Rückfrage zu: Auf Girokonten und Bezahldiensten",
        "Rückfrage zu: Sind Sie umgezogen?",
    ):
        theirs.page.get_by_label(label).first.check()
    theirs.press("Rückfrage stellen")
    theirs.reads("Rückfrage an Oksana Kovalenko")
    theirs.page.locator("[name=reason_0]").select_option("contradicts")
    theirs.page.locator("[name=note_0]").fill("Auf dem Auszug steht ein anderer Betrag.")
    theirs.page.locator("[name=words]").fill("Bitte sehen Sie noch einmal nach.")
    theirs.press("Rückfrage senden")
    theirs.sees("Wartet auf die Person")
    theirs.check_barriers()


class Taps:
    """Count what a thumb does."""

    def __init__(self, hers: Visitor) -> None:
        self.hers = hers
        self.count = 0

    def follow(self, name: str) -> None:
        self.count += 1
        self.hers.page.get_by_role("link", name=name).first.click()

    def press(self, name: str) -> None:
        self.count += 1
        self.hers.press(name)

    def types(self, field: str, text: str) -> None:
        self.count += 1
        self.hers.page.locator(f"[name={field}]").first.fill(text)

    def picks(self, label: str) -> None:
        self.count += 1
        self.hers.page.get_by_label(label, exact=True).first.check()


def answer(hers: Visitor) -> int:
    """Answer both questions and send; return how many taps it took."""
    hers.go("/")
    hers.check_barriers()
    taps = Taps(hers)
    taps.follow("Rückfrage zu Ihrem Antrag beantworten")
    hers.sees("Auf dem Auszug steht ein anderer Betrag.")
    hers.check_barriers()
    hers.page.locator("section[aria-labelledby=fehlt] .task-list__link").first.click()
    taps.count += 1
    hers.sees("Darum fragen wir noch einmal")
    hers.check_barriers()
    expect(hers.page.locator("main form [name=assets_savings]")).to_have_count(0)
    first = hers.page.locator("main form [name=assets_accounts]").count()
    for wanted in ("accounts", "moved") if first else ("moved", "accounts"):
        if wanted == "accounts":
            taps.types("assets_accounts", "480")
        taps.press("Weiter")
    hers.reads("Rückfrage 1")
    taps.press("Antwort jetzt senden")
    hers.reads("Ihr Nachtrag ist angekommen")
    return taps.count


def check_what_is_kept(session: Session) -> None:
    """What was sent stays; the supplement lists both answers; the trail knows."""
    made = session.scalars(select(Supplement)).one()
    kept = {one["place"][0]: (one["before"], one["after"]) for one in made.changes}
    assert kept == {"assets_accounts": ("320.50", "480.00"), "moved": (False, False)}
    assert session.scalars(select(CorrectionRound)).one().end_kind == "accepted"
    deeds = set(session.scalars(select(Event.deed)))
    assert {"applications.correction_opened", "applications.correction_accepted"} <= deeds


def test_two_marked_answers_come_back_in_a_few_taps(office: Office, open_page: OpenPage) -> None:
    oksana, officer, id = office.do(sent)
    theirs, hers = Visitor(open_page(officer)), Visitor(open_page(oksana, **PHONE))
    ask(theirs, id)
    taps = answer(hers)
    assert taps <= 2 * MOST_TAPS
    hers.reload_until(hers.page.get_by_text("Eingangsbestätigung (PDF) speichern"))
    hers.follow("Zum Stand Ihres Antrags")
    hers.page.wait_for_url(f"**/antraege/{id}")
    hers.check_barriers()

    theirs.go("/amt/eingang?wer=alle")
    row = theirs.page.locator("[data-row]", has_text="Antwort auf Rückfrage 1.")
    row.locator("[data-open]").click()
    theirs.reads("Antwort auf Rückfrage 1")
    theirs.sees("480,00")
    theirs.press("Annehmen")
    theirs.sees("Erledigt")
    office.do(check_what_is_kept)
