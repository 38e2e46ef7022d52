"""Messages at two browsers: a text outlives its page, and the answer comes back."""

import pytest
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.factories import accounts
from tests.factories import messages as make

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def begun(session: Session) -> tuple[Citizen, StaffMember]:
    """Let Jana answer about money in Oksana's case."""
    oksana, jana = accounts.citizen(session), make.officer(session)
    make.case_with(session, oksana, jana)
    return oksana, jana


def test_oksana_writes_is_interrupted_sends_and_reads_the_answer(
    office: Office, open_page: OpenPage
) -> None:
    oksana, jana = office.do(begun)
    phone = open_page(oksana, width=360)
    phone.goto("/nachrichten/neu")
    phone.get_by_label("Geld, Wohnung").check()
    phone.get_by_label("Betreff").fill("Frage zur Heizung")
    phone.get_by_label("Ihre Nachricht").fill("Wann kommt das Geld?")
    phone.wait_for_function("() => document.querySelector('.kept-text').dataset.upgraded")
    phone.wait_for_timeout(1_000)  # the last second of typing may be lost
    phone.goto("/")  # something else came up

    phone.goto("/nachrichten/neu")
    expect(phone.get_by_label("Ihre Nachricht")).to_have_value("Wann kommt das Geld?")
    expect(phone.get_by_label("Betreff")).to_have_value("Frage zur Heizung")
    expect(phone.get_by_role("button", name="Verwerfen")).to_be_visible()
    phone.get_by_label("Geld, Wohnung").check()
    phone.get_by_role("button", name="Nachricht senden").click()
    expect(phone.get_by_role("heading", name="Frage zur Heizung")).to_be_visible()
    here = phone.url
    expect(phone.get_by_label("Ihre Nachricht")).to_have_value("")

    phone.goto("/nachrichten/neu")
    expect(phone.get_by_label("Ihre Nachricht")).to_have_value("")  # it has arrived: forgotten

    desk = open_page(jana)
    desk.goto("/amt/nachrichten")
    desk.get_by_role("link", name="Frage zur Heizung").click()
    desk.get_by_label("Antwort", exact=True).fill("Am Montag.")
    desk.get_by_role("button", name="Senden", exact=True).click()
    expect(desk.get_by_text("Noch nicht gelesen")).to_be_visible()

    phone.goto("/nachrichten")
    expect(phone.get_by_text("Neu", exact=True)).to_be_visible()
    phone.goto(here)
    expect(phone.get_by_text("Am Montag.")).to_be_visible()
    desk.reload()
    expect(desk.get_by_text("Gelesen:")).to_be_visible()
