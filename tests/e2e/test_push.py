"""Web push in a real Chromium: switched on at the settings, shown by the real worker, clicked.

What is not real here, and why: `pushManager.subscribe` asks the push service of the browser's
maker, which a test must not and this machine cannot reach; a private profile, as tests use it, has
none at all. The one call is answered with the address and the keys of a push service on loopback.
All else is as with people: the switch, the permission, the worker's registration, the form, the
word that the office encrypts and sends, and the notification that the worker shows for it. The word
goes from the push service into the worker by the DevTools (`ServiceWorker.deliverPushMessage`).
Chromium lets nobody click a notification from outside: the event is fired within the worker, at the
real notification, and `openWindow`, which only a real click may call, is written down.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Worker, expect
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.accounts.models import Citizen, Role, StaffMember
from portal.appointments.models import Booking
from portal.core import clock
from portal.notifications import service as notifications
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.pages.visitor import Visitor
from tests.factories import accounts
from tests.factories import consultations as talks
from tests.notifications import push_service
from tests.notifications.push_service import Service

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE = 15.0
SUBSCRIBES = """PushManager.prototype.subscribe = async function (options) {
  if (!options.userVisibleOnly || options.applicationServerKey.byteLength !== 65) throw new Error();
  const given = %s;
  return { toJSON: () => ({
    endpoint: given.endpoint, keys: { p256dh: given.browser_key, auth: given.browser_secret },
  }) };
};"""
STOPS_THE_CLOCK = """const later = window.setTimeout;
window.setTimeout = (deed, pause, ...more) => (pause >= 4000 ? 0 : later(deed, pause, ...more));"""
CLICKED = """async () => {
  const [shown] = await self.registration.getNotifications();
  const opened = [];
  self.clients.openWindow = async (path) => opened.push(path);
  let waits;
  const event = new NotificationEvent("notificationclick", { notification: shown });
  Object.defineProperty(event, "waitUntil", { value: (promise) => (waits = promise) });
  self.dispatchEvent(event);
  await waits.catch(() => {});
  return opened;
}"""
PAGES = """async () =>
  (await self.clients.matchAll({ type: "window", includeUncontrolled: true })).length"""
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.getRegistration("/static/js/");
  const shown = await registration.getNotifications();
  return shown.map(({ title, tag, lang }) => ({ title, tag, lang }));
}"""


@pytest.fixture
def there() -> Iterator[Service]:
    with push_service.running() as running:
        yield running


class Told:
    """A browser that was let to tell, with the worker behind it."""

    def __init__(self, page: Page, there: Service, origin: str) -> None:
        self.page, self.browser = page, there.browser()
        self._there, self._origin, self._ids = there, origin, list[str]()
        page.context.grant_permissions(["notifications"], origin=origin)
        page.add_init_script(SUBSCRIBES % _json(self.browser.given))
        self._tools = page.context.new_cdp_session(page)
        self._tools.on("ServiceWorker.workerRegistrationUpdated", self._registered)
        self._tools.send("ServiceWorker.enable")

    def _registered(self, event: dict[str, Any]) -> None:
        self._ids += [one["registrationId"] for one in event["registrations"]]

    def bring(self, *, after: int = 0) -> dict[str, Any]:
        """Bring what has come to the push service into the worker; return what it says."""
        deadline = time.monotonic() + PATIENCE
        while len(self._there.taken) <= after and time.monotonic() < deadline:
            self.page.wait_for_timeout(200)
        _, body = self._there.taken[after]
        word: dict[str, Any] = self.browser.read(body)
        told = {"origin": self._origin, "registrationId": self._ids[-1], "data": _json(word)}
        self._tools.send("ServiceWorker.deliverPushMessage", told)
        return word

    def shown(self) -> list[dict[str, str]]:
        """Return the notifications on the screen, once there is one."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found: list[dict[str, str]] = self.page.evaluate(SHOWN)
            if found:
                return found
            self.page.wait_for_timeout(200)
        return []

    def put_away(self) -> None:
        """Show no page of the portal any more, as a telephone in the pocket."""
        self.page.goto("about:blank")
        deadline = time.monotonic() + PATIENCE
        while self.worker.evaluate(PAGES):
            assert time.monotonic() < deadline, "the worker still knows a page"
            self.page.wait_for_timeout(100)

    @property
    def worker(self) -> Worker:
        """Return the worker that runs."""
        return self.page.context.service_workers[0]


def _json(value: Any) -> str:
    return json.dumps(value)


def news(session: Session, citizen: Citizen) -> None:
    """Let the office have received a paper."""
    found = session.get_one(Citizen, citizen.id)
    now = clock.now()
    notifications.send(
        session,
        template="document_received",
        address=found.email,
        recipient_id=found.id,
        now=now,
        context={"owner": found, "path": "/unterlagen", "now": now},
        at_once=True,  # whatever the hour of the test
    )


def comes(session: Session, booking: Booking) -> None:
    """Let the citizen of a talk come to the waiting room."""
    found = session.scalars(
        select(Booking)
        .where(Booking.id == booking.id)
        .options(joinedload(Booking.citizen), joinedload(Booking.staff_member))
        .options(selectinload(Booking.others))
    ).one()
    talks.waiting(session, found)


def test_oksana_switches_it_on_is_told_and_comes_to_her_start_page(
    office: Office, open_page: OpenPage, there: Service
) -> None:
    """Given the switch at her settings, when a paper has arrived, then her browser says so."""
    oksana = office.do(accounts.citizen)
    told = Told(open_page(oksana, width=360), there, office.base_url)
    visitor = Visitor(told.page)
    visitor.go("/konto/nachrichten")
    visitor.check_barriers()
    expect(told.page.get_by_text("Auf dem iPhone: erst zum Home-Bildschirm")).to_be_visible()
    visitor.press("Auf diesem Gerät einschalten")
    visitor.sees("Dieses Gerät meldet ab jetzt")
    visitor.check_barriers()

    office.do(lambda session: news(session, oksana))
    assert told.bring() == {"text": "Es gibt etwas Neues.", "language": "de"}
    assert told.shown() == [{"title": "Es gibt etwas Neues.", "tag": "news", "lang": "de"}]
    told.put_away()
    assert told.worker.evaluate(CLICKED) == ["/"]
    visitor.go("/")
    assert told.page.evaluate(SHOWN) == []  # a click puts it away


def test_an_officer_is_told_that_somebody_waits_and_comes_to_the_talks(
    office: Office, open_page: OpenPage, there: Service
) -> None:
    """Given an officer at another page, when a citizen comes, then one click shows the talks."""

    def begun(session: Session) -> tuple[StaffMember, Booking]:
        ali = talks.officer(session)
        return ali, talks.booking(session, officer=ali)

    ali, booking = office.do(begun)
    told = Told(open_page(ali), there, office.base_url)
    visitor = Visitor(told.page)
    visitor.go("/amt/konto/meldungen")
    visitor.reads("Meldungen im Browser")
    visitor.press("Auf diesem Gerät einschalten")
    visitor.sees("Dieser Browser meldet ab jetzt")

    office.do(lambda session: comes(session, booking))
    word = told.bring()
    assert word["text"] == "Im Warteraum wartet eine Person."
    assert told.shown() == [
        {"title": "Im Warteraum wartet eine Person.", "tag": "waiting", "lang": "de"}
    ]
    [path] = told.worker.evaluate(CLICKED)
    visitor.go(path)
    visitor.reads("Beratungen heute")


def called_for_help(session: Session) -> tuple[StaffMember, Booking]:
    """Return the lead of an officer, and a talk of that officer that can begin."""
    ali = talks.officer(session)
    lead = accounts.staff_member(session, Role.TEAM_LEAD, team=ali.team)
    return lead, talks.booking(session, officer=ali)


def calls(officers: Page, booking: Booking) -> float:
    """Let the officer call for help out of the talk; return when the finger came down."""
    officers.goto(f"/amt/beratung/{booking.id}/gespraech")
    button = officers.get_by_role("button", name="Leitung holen")
    expect(button).to_be_visible()
    pressed = time.monotonic()
    button.click()
    return pressed


def test_a_call_for_help_is_on_the_open_page_of_the_lead_within_ten_seconds(
    office: Office, open_page: OpenPage
) -> None:
    lead, booking = office.do(called_for_help)
    leads = open_page(lead)
    leads.goto("/amt/konto")
    leads.wait_for_load_state("networkidle")
    pressed = calls(open_page(booking.staff_member), booking)
    named = leads.get_by_role("link", name=f"{booking.staff_member.name} braucht Sie")
    expect(named).to_be_visible(timeout=10_000)
    assert time.monotonic() - pressed < 10
    Visitor(leads).check_barriers()


def test_a_page_in_the_background_that_asks_no_more_is_woken_by_the_word_to_the_browser(
    office: Office, open_page: OpenPage, there: Service
) -> None:
    """Given a page whose clock the browser has all but stopped, then it shows the call as soon."""
    lead, booking = office.do(called_for_help)
    told = Told(open_page(lead), there, office.base_url)
    visitor = Visitor(told.page)
    visitor.go("/amt/konto/meldungen")
    visitor.check_barriers()
    visitor.press("Auf diesem Gerät einschalten")
    visitor.sees("Dieser Browser meldet ab jetzt")
    told.page.add_init_script(STOPS_THE_CLOCK)
    visitor.go("/amt/konto")
    told.page.wait_for_load_state("networkidle")

    pressed = calls(open_page(booking.staff_member), booking)
    word = told.bring()
    assert word["text"] == "Bitte öffnen Sie sofort das Portal"
    assert booking.staff_member.last_name not in str(word)
    visitor.sees(f"{booking.staff_member.name} braucht Sie")
    assert time.monotonic() - pressed < 10
    assert [one["tag"] for one in told.shown()] == ["alarm"]
    [path] = told.worker.evaluate(CLICKED)
    visitor.go(path)
    visitor.sees(booking.staff_member.name)


def test_the_page_says_so_where_the_browser_reaches_no_push_service(
    office: Office, open_page: OpenPage
) -> None:
    """Given a profile without a push service, when she tries, then nothing breaks."""
    page = open_page(office.do(accounts.citizen))
    page.context.grant_permissions(["notifications"], origin=office.base_url)
    page.goto("/konto/nachrichten")
    page.get_by_role("button", name="Auf diesem Gerät einschalten").click()
    expect(page.get_by_text("Das hat nicht geklappt.")).to_be_visible(timeout=20_000)
