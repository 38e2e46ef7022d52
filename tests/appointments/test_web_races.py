"""Many phones on one time, over HTTP: the portal as it runs, with four web processes.

`ATTEMPTS=10000` makes it the large size.
"""

import os
import re
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.accounts.limits import LIMITS
from portal.accounts.models import Citizen
from portal.appointments import holding
from portal.appointments.models import Booking, BookingState
from portal.calendars.models import Occupancy
from portal.calendars.slots import Slot
from portal.calendars.taking import TAKEN
from portal.cli.processes import environment
from portal.core import clock
from portal.core.db import db
from tests.client import cookie_secret
from tests.factories import accounts
from tests.factories import appointments as make
from tests.faults.web import free_port, wait_for
from tests.processes import forked

pytestmark = [pytest.mark.slow, pytest.mark.alone]

ATTEMPTS = int(os.environ.get("ATTEMPTS", "1000"))
PHONES = 50
PAGE = "/termine/neu/beratung-video"


@dataclass
class Phone:
    """One signed-in person who sends forms, as a browser does."""

    port: int
    cookie: str
    token: str = ""

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Return status, address of the next page and text."""
        connection = HTTPConnection("localhost", self.port, timeout=120)
        headers = {"Cookie": self.cookie}
        if form is None:
            connection.request("GET", path, headers=headers)
        else:
            body = urlencode({"csrf_token": self.token, **form})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request("POST", path, body=body, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
        if form is None and found:  # the token of the page belongs to the cookie that came with it
            self.token = found[1]
            self.cookie = (answer.getheader("Set-Cookie") or self.cookie).partition(";")[0]
        return answer.status, answer.getheader("Location") or "", text


@dataclass
class Portal:
    """The running portal, and what stands in its database."""

    app: Flask
    port: int
    phones: list[Phone]
    slots: list[Slot]

    def states(self) -> Counter[BookingState]:
        with self.app.app_context():
            return Counter(db.session.scalars(select(Booking.state)))

    def taken(self) -> int | None:
        with self.app.app_context():
            return db.session.scalar(select(func.count(Occupancy.id)))


@pytest.fixture
def portal(committed_app: Flask, tmp_path: Path) -> Iterator[Portal]:
    port = free_port()
    app = committed_app
    with app.test_request_context():
        make.officer(db.session)
        kind = make.kind(db.session)
        people = [accounts.citizen(db.session) for _ in range(PHONES)]
        slots = make.upcoming_slots(db.session, people[0], kind, clock.now())
        db.session.commit()
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        name = app.config["SESSION_COOKIE_NAME"]
        cookies = [f"{name}={serializer.dumps({'secret': cookie_secret(one)})}" for one in people]
    settings = app.config["SETTINGS"].model_copy(
        update={"port": port, "base_url": f"http://localhost:{port}", "web_workers": 4}
    )
    log = tmp_path / "web.log"
    web = forked.start("portal.cli", "web", env=environment(settings), log=log)
    try:
        wait_for(port)
        yield Portal(app, port, [Phone(port, cookie) for cookie in cookies], slots)
        assert "Traceback" not in log.read_text("utf-8")
    finally:
        web.terminate()
        web.wait(30)


def test_a_thousand_attempts_over_http_book_one_time_once(portal: Portal) -> None:
    slot = portal.slots[0].key
    with ThreadPoolExecutor(max_workers=PHONES) as pool:
        pages = list(pool.map(lambda phone: phone.ask(PAGE), portal.phones))
        assert {status for status, _, _ in pages} == {200}

        def attempt(number: int) -> tuple[int, str, str]:
            return portal.phones[number % PHONES].ask(PAGE, {"slot": slot})

        answers = list(pool.map(attempt, range(ATTEMPTS)))

    counted = Counter(status for status, _, _ in answers)
    winners = {where for status, where, _ in answers if status == 302}
    assert len(winners) == 1, counted
    limited = counted[429]  # each person may try forty times a day
    assert counted[302] + counted[409] + limited == ATTEMPTS, counted
    assert limited == max(0, ATTEMPTS - PHONES * LIMITS["hold"].person), counted
    for status, _, text in answers:
        if status == 409:
            assert TAKEN in text
            assert f'value="{portal.slots[1].key}"' in text  # other times stand below
    assert portal.states() == {BookingState.HELD: 1}

    [confirm] = winners
    with ThreadPoolExecutor(max_workers=PHONES) as pool:
        answers = list(pool.map(lambda phone: phone.ask(confirm, {}), portal.phones))
    done = [where for status, where, _ in answers if status == 302]
    assert len(done) == 1
    assert all(status == 409 and holding.LAPSED in text for status, _, text in answers[1:]) or (
        Counter(status for status, _, _ in answers) == {302: 1, 409: PHONES - 1}
    )
    assert portal.states() == {BookingState.BOOKED: 1}
    assert portal.taken() == 2  # the officer's time and the citizen's


def test_a_bot_that_grabs_holds_has_one_at_most(portal: Portal) -> None:
    bot, limit = portal.phones[0], LIMITS["hold"].person
    bot.ask(PAGE)
    most, over = 0, threading.Event()

    def watch() -> int:
        held = 0
        while not over.wait(0.2):
            held = max(held, portal.states().total())
        return held

    with ThreadPoolExecutor(max_workers=17) as pool:
        watching = pool.submit(watch)
        slots = [slot.key for slot in portal.slots]
        answers = list(
            pool.map(
                lambda number: bot.ask(PAGE, {"slot": slots[number % len(slots)]}),
                range(limit + 20),
            )
        )
        over.set()
        most = watching.result()
    counted = Counter(status for status, _, _ in answers)
    assert counted.keys() <= {302, 409, 429}, counted
    assert counted[429] == 20
    assert most <= 1
    assert portal.states() == {BookingState.HELD: 1}
    assert portal.taken() == 2
    with portal.app.app_context():
        assert db.session.scalar(select(func.count(Citizen.id))) == PHONES
