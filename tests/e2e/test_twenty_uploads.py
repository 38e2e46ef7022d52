"""Twenty uploads are worked off by keyboard in a real browser, and every keystroke is counted."""

import json
import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.casefiles.models import Document, DocumentKind, DocumentState
from portal.core import clock
from portal.core.vault import service as vault
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.factories import accounts, casefiles, papers

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST_KEYS = 3
UPLOADS = 20
ONE_PAPER = re.compile(r"/amt/akten/dokument/[0-9a-f-]{36}")


class Keyboard:
    """Press keys and count them."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def are_ready(self) -> None:
        """Wait until the page listens: its help says so."""
        self.page.get_by_role("button", name="Tasten").wait_for()

    def press(self, key: str) -> None:
        self.count += 1
        self.page.keyboard.press(key)


def hand_in(session: Session) -> StaffMember:
    """Let twenty papers of four people wait, each read by machine."""
    jana = casefiles.officer(session)
    for number in range(UPLOADS):
        if number % 5 == 0:
            owner = accounts.citizen(session)
            casefiles.case(session, owner).team = jana.team
        file = casefiles.upload(papers.picture(width=600 + number), f"IMG_{number}.jpg")
        paper = casefiles.document(session, owner=owner, file=file, kind=DocumentKind.OTHER)
        words = json.dumps([f"Sparkasse\nKontoauszug {number % 9 + 1:02}/2026"]).encode()
        kept = vault.keep(session, holder=paper.case_id, chunks=[words], now=clock.now())
        paper.text_file_id = kept.id
    session.flush()
    return jana


def accepted(session: Session) -> list[tuple[str, str]]:
    found = session.execute(
        select(Document.kind, Document.title)
        .where(Document.state == DocumentState.ACCEPTED)
        .order_by(Document.id)
    )
    return [(kind.value, title) for kind, title in found]


def test_twenty_uploads_are_worked_off_by_keyboard(office: Office, open_page: OpenPage) -> None:
    # Given twenty papers whose suggestion is right
    jana = office.do(hand_in, patience=240)
    page = open_page(jana)
    keys = Keyboard(page)
    # When they are worked off from the inbox, without a mouse
    page.goto("/amt/eingang")
    keys.are_ready()
    keys.press("j")
    keys.press("o")
    for _ in range(UPLOADS):
        page.wait_for_url(ONE_PAPER)
        page.get_by_role("button", name="Annehmen").wait_for()
        keys.are_ready()
        assert re.fullmatch(r"Kontoauszug \S+ 2026", page.get_by_label("Titel").input_value())
        before = page.url
        keys.press("e")
        page.wait_for_url(lambda url, before=before: url != before)
    # Then each took one key, and all are what was suggested
    assert keys.count <= UPLOADS * MOST_KEYS
    assert keys.count == UPLOADS + 2
    done = office.do(accepted)
    assert len(done) == UPLOADS
    assert {kind for kind, _ in done} == {"bank_statements_3m"}
    assert all(re.fullmatch(r"Kontoauszug \S+ 2026", title) for _, title in done)
    # And the last one can be taken back with one more
    page.goto("/amt/akten/dokumente")
    keys.are_ready()
    keys.press("z")
    page.wait_for_url(ONE_PAPER)
    # And asked for again with four: the form, another reason, and Enter
    keys.are_ready()
    for key in ("n", "ArrowDown"):
        keys.press(key)
    expect(page.get_by_label("So liest es die Person")).to_contain_text("Der Rand ist abgeschn")
    keys.press("Enter")
    page.get_by_text("hat jetzt eine Aufgabe im Portal").wait_for()
    assert office.do(lambda session: _count(session, DocumentState.REJECTED)) == 1


def _count(session: Session, state: DocumentState) -> int:
    return session.scalar(select(func.count()).where(Document.state == state)) or 0
