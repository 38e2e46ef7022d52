"""A helper on another phone: the code, the work, the end, and then nothing opens any more."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.applications.models import Application
from portal.audit.models import Event
from portal.casefiles.models import Document
from portal.core import clock
from portal.dev import papers
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.pages.visitor import Visitor
from tests.factories import accounts, casefiles

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"width": 360, "height": 780}


def two_people(session: Session) -> tuple[Citizen, Citizen]:
    oksana = accounts.citizen(session, first_name="Oksana", last_name="Kovalenko")
    farid = accounts.citizen(session, first_name="Farid", last_name="Amiri")
    casefiles.case(session, oksana)
    return oksana, farid


def invite(hers: Visitor) -> str:
    """Ask for help and return what stands under the picture."""
    hers.go("/vertretung/helfen-lassen")
    hers.check_barriers()
    hers.press("Code zeigen")
    hers.reads("Zeigen Sie diesen Code")
    expect(hers.page.locator(".invitation-code__qr")).to_be_visible()
    return hers.page.locator(".invitation-code__letters").inner_text().replace("-", "")


def accept(his: Visitor, code: str) -> None:
    """Open what the camera reads, and say yes."""
    his.go(f"/helfen/{code}")
    his.reads("Oksana K. bittet Sie um Hilfe")
    his.press("Ja, ich helfe")
    his.reads("Übersicht")
    his.sees("Sie handeln für")
    expect(his.page).to_have_title(
        "Übersicht – Sie handeln für Oksana Kovalenko – Jobcenter Lindenau"
    )


def work(his: Visitor, paper: Path) -> None:
    """Begin her application and hand in a paper for her."""
    his.go("/antraege/neu/wba")
    his.press("Anfangen")
    his.page.wait_for_url(re.compile(r"/antraege/[0-9a-f-]{36}"))
    his.check_barriers()
    his.go("/unterlagen/neu")
    his.check_barriers()
    his.page.locator("select[name=kind]").select_option("payslips")
    his.page.locator("input[name=files]").set_input_files(str(paper))
    his.page.locator("main form button", has_text="abgeben").first.click()
    his.page.wait_for_url(re.compile("angekommen=1"))
    his.check_barriers()


def check_trail(session: Session) -> None:
    """Everything lies in her file, and says by whom and for whom."""
    owner = session.scalars(select(Citizen).where(Citizen.first_name == "Oksana")).one()
    assert session.scalars(select(Document)).one().owner_id == owner.id
    assert session.scalars(select(Application)).one().citizen_id == owner.id
    for deed in ("casefiles.document_received", "applications.started"):
        event = session.scalars(select(Event).where(Event.deed == deed)).one()
        assert event.actor_name == "Farid Amiri"
        assert event.facts["for"]["name"] == "Oksana Kovalenko"


def test_a_helper_helps_until_she_ends_it(
    office: Office, open_page: OpenPage, tmp_path: Path
) -> None:
    """Given a code, when he has worked for her and she ends it, then it is over."""
    oksana, farid = office.do(two_people)
    paper = tmp_path / "lohn.jpg"
    slip = papers.payslip("Oksana Kovalenko", "Oktober 2026", clock.local_date(clock.now()))
    paper.write_bytes(papers.as_photo(slip))
    hers, his = Visitor(open_page(oksana, **PHONE)), Visitor(open_page(farid, **PHONE))

    accept(his, invite(hers))
    work(his, paper)
    office.do(check_trail)

    hers.page.get_by_role("link", name="Hat es geklappt? Nachsehen").click()
    hers.reads("Farid Amiri ist dabei")
    hers.press("Sofort beenden")
    hers.sees("Die Vertretung mit Farid Amiri ist beendet.")

    answer = his.page.goto("/unterlagen")
    assert answer is not None
    assert answer.status == 404
    his.reads("Diese Vertretung ist beendet")
    expect(his.page.get_by_text("Kovalenko")).to_have_count(0)
    his.press("Zurück zu mir")
    his.reads("Übersicht")
