"""A session that ends: one is warned, may stay, and loses nothing of what one has typed."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.accounts import passwords
from portal.accounts.keys import PortalSession
from portal.accounts.models import Citizen
from portal.core import clock
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.pages.visitor import Visitor
from tests.factories.accounts import citizen
from tests.processes.running import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "grüner tee am morgen"


def oksana(session: Session) -> Citizen:
    return citizen(session, email="oksana@example.org", password_hash=passwords.hash_of(PASSWORD))


def idle_for(office: Office, minutes: float) -> None:
    """Let the last sign of life lie so many minutes back."""
    seen_at = clock.now() - timedelta(minutes=minutes)
    office.do(lambda session: session.execute(update(PortalSession).values(seen_at=seen_at)) and 0)


def minutes_idle(office: Office) -> float:
    seen = office.do(lambda session: session.scalars(select(PortalSession.seen_at)).one())
    return (clock.now() - seen).total_seconds() / 60


def test_one_is_warned_and_stays(office: Office, open_page: OpenPage) -> None:
    """Given three minutes left, when the page says so, then one press lets one stay."""
    visitor = Visitor(open_page(office.do(oksana), width=360))
    visitor.page.clock.install()
    visitor.go("/konto/kontakt")
    idle_for(office, 28)
    visitor.page.clock.fast_forward("27:30")
    warning = visitor.page.get_by_role("dialog", name="Sind Sie noch da?")
    expect(warning).to_be_visible()
    expect(warning.get_by_role("status")).to_contain_text("Minuten, dann melden wir Sie")
    assert minutes_idle(office) > 27, "asking how long is no sign of life"
    visitor.check_barriers()
    visitor.press("Angemeldet bleiben")
    expect(warning).to_be_hidden()
    visitor.page.wait_for_load_state("networkidle")
    wait_for(lambda: minutes_idle(office) < 1, 15)


def test_what_was_sent_too_late_goes_on_after_signing_in(
    office: Office, open_page: OpenPage
) -> None:
    """Given a session that has ended, when a form is sent, then nothing typed is lost."""
    visitor = Visitor(open_page(office.do(oksana), width=360))
    visitor.go("/konto/kontakt")
    visitor.page.get_by_label("Telefon").fill("0641 5550123")
    idle_for(office, 61)
    visitor.press("Speichern")
    visitor.reads("Anmelden")
    visitor.page.get_by_label("E-Mail-Adresse oder Handynummer").fill("oksana@example.org")
    visitor.types("Passwort", PASSWORD)
    visitor.press("Anmelden")
    visitor.reads("Ihre Eingaben sind noch da")
    visitor.press("Jetzt senden")
    visitor.reads("Konto")
    visitor.sees("0641 5550123")
