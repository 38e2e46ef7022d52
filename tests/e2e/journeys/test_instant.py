"""Somebody in need, a phone, no account: one minute, a receipt, a person who answers."""

import io
import re
import time

import pypdfium2
import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.casefiles.lodgements import Lodgement
from portal.inbox.models import WorkItem
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.pages.visitor import Visitor
from tests.factories import accounts, casefiles

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"width": 360, "height": 780}
A_SIGN = 200
"""How many milliseconds a person needs for one sign on a phone; one tap takes two seconds."""
A_TAP = 2_000


class Typist:
    """Fill in the page and count how long a person would have typed."""

    def __init__(self, visitor: Visitor) -> None:
        self.page = visitor.page
        self.milliseconds = 0

    def types(self, name: str, *texts: str) -> None:
        """Type into the inputs of this name."""
        for place, text in enumerate(texts):
            self.page.locator(f'main [name="{name}"]').nth(place).fill(text)
            self.milliseconds += A_TAP + len(text) * A_SIGN

    def taps(self, name: str, value: str) -> None:
        """Choose an answer."""
        self.page.locator(f'main [name="{name}"][value="{value}"]').check()
        self.milliseconds += A_TAP


def fill_in(visitor: Visitor) -> Typist:
    typist = Typist(visitor)
    typist.types("name", "Farid Amiri")
    typist.types("birth_date", "27", "3", "1991")
    typist.types("street", "Gartenstraße 14")
    typist.types("postcode", "35390")
    typist.types("city", "Lindenau")
    typist.taps("household", "no")
    typist.taps("emergencies", "no_money")
    typist.types("need", "Miete am Freitag")
    return typist


def code_and_number(his: Visitor) -> tuple[str, str]:
    code = his.page.locator(".big-code").inner_text()
    said = his.page.locator(".confirmation").inner_text()
    number = re.search(r"\d{4}-\d{4}", said)
    assert number is not None
    return code, number[0]


def the_team(session: Session) -> StaffMember:
    return casefiles.officer(session)


def test_one_minute_without_an_account(office: Office, open_page: OpenPage) -> None:
    """Given nothing but a phone, when the form is sent twice, then one application is secured."""
    officer = office.do(the_team)
    his = Visitor(open_page(**PHONE))
    his.go("/")
    his.check_barriers()
    his.follow("Sofort Antrag stellen")
    his.reads("Sofort Antrag stellen")
    his.picture("sofortantrag")
    his.press("Antrag jetzt stellen")
    his.sees("Bitte prüfen Sie")
    his.check_barriers()

    began = time.monotonic()
    typist = fill_in(his)
    his.page.get_by_role("button", name="Antrag jetzt stellen").dblclick()
    his.reads("Ihr Antrag ist da")
    waited = (time.monotonic() - began) * 1000
    assert typist.milliseconds + waited < 60_000
    his.picture("sofortantrag-da")
    code, number = code_and_number(his)
    assert office.do(lambda session: len(session.scalars(select(Lodgement)).all())) == 1

    paper = his.page.get_by_role("link", name="Quittung (PDF) speichern")
    expect(paper).to_be_visible(timeout=30_000)
    address = paper.get_attribute("href")
    assert address is not None
    pdf = pypdfium2.PdfDocument(io.BytesIO(his.page.request.get(address).body()))
    words = "".join(page.get_textpage().get_text_range() for page in pdf)
    assert number in words
    assert code not in words
    his.page.reload()
    assert code_and_number(his) == (code, number)
    his.press("Anzeige beenden")
    his.reads("Was möchten Sie erledigen?")

    hers = Visitor(open_page(officer))
    office.do(lambda session: hand_to(session, officer))
    hers.go("/amt/eingang")
    hers.sees("kein Geld: „Miete am Freitag“")
    hers.go("/amt/sofortantraege")
    hers.check_barriers()
    hers.follow("Farid Amiri")
    hers.reads("Sofortantrag von Farid Amiri")
    hers.press("Als gesehen vermerken")
    hers.sees("Vermerkt: gesehen.")
    hers.types("Was haben Sie veranlasst?", "Kommen Sie heute um 9 Uhr. Wir zahlen bar aus.")
    hers.press("Als beantwortet ablegen")
    hers.sees("Der Sofortantrag ist beantwortet.")
    hers.check_barriers()

    his.go("/sofortantrag/stand")
    his.check_barriers()
    his.types("Nummer", number)
    his.types("Ihr persönlicher Code", code.lower().replace("-", " "))
    his.press("Nachsehen")
    his.reads(f"Sofortantrag {number}")
    his.sees("Kommen Sie heute um 9 Uhr.")


def hand_to(session: Session, officer: StaffMember) -> None:
    """Let the item lie with the team of the officer, whichever team had room."""
    session.scalars(select(WorkItem)).one().team_id = officer.team_id


def farid(session: Session) -> Citizen:
    return accounts.citizen(session, first_name="Farid", last_name="Amiri")


def test_then_an_account_and_the_way_on(office: Office, open_page: OpenPage) -> None:
    """Given number and code on paper, when he signs in, then the application is his."""
    his = Visitor(open_page(**PHONE))
    his.go("/sofortantrag")
    fill_in(his)
    his.press("Antrag jetzt stellen")
    his.reads("Ihr Antrag ist da")
    code, number = code_and_number(his)

    signed_in = Visitor(open_page(office.do(farid), dark=True, **PHONE))
    signed_in.go(f"/sofortantrag/verbinden?nummer={number}")
    signed_in.check_barriers()
    signed_in.types("Ihr persönlicher Code", code)
    signed_in.press("Verbinden")
    signed_in.sees("Ihr Sofortantrag gehört jetzt zu Ihrem Konto.")
    signed_in.check_barriers()
    link = signed_in.page.get_by_role("link", name="Hauptantrag ausfüllen")
    expect(link).to_have_attribute("href", "/antraege/neu/ha")
