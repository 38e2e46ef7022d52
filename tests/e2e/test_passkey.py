"""Passkeys by hand: Chromium with a virtual device (WebDriver protocol, Virtual Authenticators)."""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import CDPSession, Page, expect
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.accounts.service import inviting
from portal.audit.models import SYSTEM
from portal.core import clock
from tests.accounts import doing
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
FAILED = "Das hat nicht geklappt. Sie können es noch einmal versuchen."


class Device:
    """The fingerprint reader of one browser."""

    def __init__(self, page: Page, **options: bool) -> None:
        self._cdp: CDPSession = page.context.new_cdp_session(page)
        self._cdp.send("WebAuthn.enable")
        added = self._cdp.send(
            "WebAuthn.addVirtualAuthenticator", {"options": {**DEVICE, **options}}
        )
        self.id = str(added["authenticatorId"])

    def keys(self) -> list[dict[str, Any]]:
        """Return the keys on the device."""
        found = self._cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(found["credentials"])

    def refuse(self) -> None:
        """Let the finger not fit from now on."""
        self._cdp.send(
            "WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": False}
        )


def sign_in_by_password(page: Page) -> None:
    page.goto("/anmelden")
    page.get_by_label("E-Mail-Adresse oder Handynummer").fill(doing.EMAIL)
    page.get_by_label("Passwort", exact=True).fill(doing.PASSWORD)
    page.get_by_role("button", name="Anmelden", exact=True).click()
    page.wait_for_url(lambda address: "/anmelden" not in address)


def set_up_passkey(page: Page) -> None:
    page.goto("/konto/schluessel")
    page.get_by_label("Name des Geräts").fill("Mein Handy")
    page.get_by_role("button", name="Passkey einrichten").click()
    expect(page.get_by_text("Der Passkey ist eingerichtet.")).to_be_visible()


def test_a_citizen_sets_up_a_passkey_and_signs_in_with_it(
    office: Office, open_page: OpenPage
) -> None:
    """Given a password, when a passkey is set up, then a finger is enough; a wrong one is not."""
    office.do(doing.citizen)
    page = open_page(width=390, height=780)
    device = Device(page)
    sign_in_by_password(page)
    set_up_passkey(page)
    assert len(device.keys()) == 1
    expect(page.get_by_text("Mein Handy", exact=True)).to_be_visible()

    page.request.post("/abmelden", form={"csrf_token": page.request.get("/dev/csrf").text()})
    page.goto("/konto")
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    page.get_by_role("button", name="Mit Passkey anmelden").click()
    page.wait_for_url(lambda address: "/anmelden" not in address)

    page.request.post("/abmelden", form={"csrf_token": page.request.get("/dev/csrf").text()})
    device.refuse()
    page.goto("/anmelden")
    page.get_by_role("button", name="Mit Passkey anmelden").click()
    expect(page.get_by_text(FAILED)).to_be_visible()
    page.goto("/konto")
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()


def test_staff_come_from_the_invitation_to_the_inbox_with_a_passkey(
    office: Office, open_page: OpenPage
) -> None:
    """Given an invitation, when password and passkey are set up, then the office opens."""

    def invited(session: Session) -> str:
        member = doing.member(session, Role.BENEFIT_OFFICER, password_hash=None)
        link, secret = inviting.draw_invitation(session, member=member, by=SYSTEM, now=clock.now())
        session.flush()
        return f"/amt/einladung/{link.id}/{secret}"

    page = open_page()
    Device(page)
    page.goto(office.do(invited))
    page.get_by_label("Neues Passwort").fill(doing.PASSWORD)
    page.get_by_role("button", name="Weiter").click()
    page.wait_for_url("**/amt/konto/einrichten")
    page.goto("/amt/eingang")
    page.wait_for_url("**/amt/konto/einrichten")
    page.get_by_role("button", name="Passkey einrichten").click()
    page.wait_for_url("**/amt/konto")
    page.goto("/amt/eingang")
    assert page.url.endswith("/amt/eingang")

    page.request.post("/amt/abmelden", form={"csrf_token": page.request.get("/dev/csrf").text()})
    page.goto("/amt/eingang")
    page.get_by_role("button", name="Mit Passkey anmelden").click()
    page.wait_for_url(lambda address: "/anmelden" not in address)


def test_an_answer_of_the_device_is_worth_one_sign_in(office: Office, open_page: OpenPage) -> None:
    """Given what a browser has sent, when a thief sends it again, then nothing opens."""
    office.do(doing.citizen)
    page = open_page()
    Device(page)
    sign_in_by_password(page)
    set_up_passkey(page)
    page.request.post("/abmelden", form={"csrf_token": page.request.get("/dev/csrf").text()})
    sent: list[str] = []
    page.on(
        "request",
        lambda request: (
            sent.append(request.post_data or "")
            if request.method == "POST" and request.url.endswith("/anmelden/passkey")
            else None
        ),
    )
    page.goto("/anmelden")
    page.get_by_role("button", name="Mit Passkey anmelden").click()
    page.wait_for_url(lambda address: "/anmelden" not in address)
    assert len(sent) == 1

    thief = open_page()
    thief.goto("/anmelden")
    status = thief.evaluate(
        """async (body) => {
            const form = new URLSearchParams(body);
            form.set("csrf_token", document.querySelector("[name=csrf_token]").value);
            const answer = await fetch("/anmelden/passkey", { method: "POST", body: form });
            return answer.status;
        }""",
        sent[0],
    )
    assert status == 410
    thief.goto("/konto")
    expect(thief.get_by_role("heading", name="Anmelden")).to_be_visible()
    assert json.loads(dict(parse_qsl(sent[0]))["answer"])["type"] == "public-key"
