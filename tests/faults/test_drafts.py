"""Chaos on a draft: two devices, workers killed, connections cut, sessions lost, replays.

No answer that the server acknowledged is lost, and none is overwritten by a device that did not
see it. `CHAOS_RUNS` says how many random runs there are (8 without it).
"""

import html
import json
import os
import random
import re
import threading
import time
from dataclasses import dataclass, field

import psutil
import pytest
import requests
from flask import Flask

from portal.applications.merging import mark
from tests.faults import lab

pytestmark = pytest.mark.slow

FIELDS = ("street", "city", "phone")
RUNS = int(os.environ.get("CHAOS_RUNS", "8"))
DEEDS_A_RUN = 4


@dataclass
class Draft:
    """What the server may hold, as far as its answers tell: one value, or more after silence."""

    web: lab.Web
    citizen: lab.Citizen
    address: str
    may_hold: dict[str, set[str | None]] = field(
        default_factory=lambda: {name: {None} for name in FIELDS}
    )

    def check(self, page: str) -> None:
        """Find every acknowledged answer on the page."""
        for name in FIELDS:
            found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
            assert found, name
            value = re.search(r'value="([^"]*)"', found[0])
            held = html.unescape(value[1]) or None if value else None
            assert held in self.may_hold[name], (name, held, self.may_hold[name])
            self.may_hold[name] = {held}


@dataclass
class Device:
    """A browser on the page: the marks it was shown, and what is not acknowledged yet."""

    draft: Draft
    marks: dict[str, str] = field(default_factory=dict)
    journal: dict[str, str | None] = field(default_factory=dict)

    def look(self) -> None:
        """Open the page anew; what was typed and not acknowledged is kept and sent again later."""
        draft = self.draft
        answer = requests.get(draft.address, cookies=draft.citizen.cookies, timeout=20)
        assert answer.status_code == 200
        draft.check(answer.text)
        seen = re.search(r'name="seen"[^>]*value="([^"]*)"', answer.text)
        assert seen
        shown = json.loads(html.unescape(seen[1]))
        self.marks = shown | {id: self.marks[id] for id in self.journal if id in self.marks}

    def send(self, patience: float = 20, *, signed_in: bool = True) -> None:
        """Send what is not acknowledged, and believe only an answer that arrives whole."""
        draft, sent = self.draft, dict(self.journal)
        if not sent:
            return
        typed = {name: value or "" for name, value in sent.items()}
        try:
            answer = requests.post(
                f"{draft.address}/merken",
                data={
                    **typed,
                    "seen": json.dumps(self.marks),
                    "only": ",".join(sent),
                    "csrf_token": draft.citizen.token,
                },
                cookies=draft.citizen.cookies if signed_in else {},
                allow_redirects=False,
                timeout=(20, patience),
            )
        except requests.RequestException:
            for name, value in sent.items():
                draft.may_hold[name].add(value)
            time.sleep(0.1)
            return
        if not signed_in:
            assert answer.status_code != 200
            return
        assert answer.status_code == 200, answer.text
        self.take(sent, answer.json()["fields"])

    def take(self, sent: dict[str, str | None], fields: dict[str, dict[str, str]]) -> None:
        """Believe what the server says of each field, and give way where answers clash."""
        for name, value in sent.items():
            one, held = fields[name], self.draft.may_hold[name]
            if one["state"] == "saved":
                unseen = value not in held and self.marks[name] not in {mark(v) for v in held}
                assert not unseen, (name, value, held)
                assert mark(value) == one["mark"]
                self.draft.may_hold[name] = {value}
            elif one["state"] == "same":
                assert mark(value) == self.marks[name]  # nothing was changed here
            else:
                assert one["state"] == "conflict"
            del self.journal[name]
            self.marks[name] = one["mark"]


def kill_soon(web: lab.Web) -> threading.Timer:
    def kill() -> None:
        for worker in web.workers()[:1]:
            try:
                worker.kill()
            except psutil.NoSuchProcess:
                return

    timer = threading.Timer(random.uniform(0, 0.03), kill)
    timer.start()
    return timer


def do_something(device: Device, number: int) -> None:
    """Type into some fields, then send it through one of the ways in which that goes wrong."""
    for name in random.sample(FIELDS, random.randint(1, 2)):
        device.journal[name] = f"Weg {number}"
    weights = {"send": 8, "cut": 3, "kill": 1, "expired": 2, "offline": 2, "empty": 2}
    match random.choices(list(weights), list(weights.values()))[0]:
        case "send":
            device.send()
        case "cut":
            device.send(random.uniform(0.001, 0.04))
        case "kill":
            timer = kill_soon(device.draft.web)
            device.send()
            timer.join()
            lab.wait_for(device.draft.web.answers, lab.PATIENCE)
        case "expired":
            device.send(signed_in=False)
        case "empty":
            device.journal[random.choice(FIELDS)] = None
            device.send()
        case "offline":
            pass


def test_chaos_loses_no_acknowledged_answer(committed_app: Flask) -> None:
    seed = random.randrange(2**32)
    random.seed(seed)
    print("seed", seed)
    citizen = lab.sign_in(committed_app)
    with lab.serving(committed_app) as web:
        begun = requests.post(
            f"{web.address}/antraege/neu/wba",
            data={"csrf_token": citizen.token},
            cookies=citizen.cookies,
            allow_redirects=False,
            timeout=20,
        )
        draft = Draft(web, citizen, f"{web.address}{begun.headers['Location']}/anschrift")
        draft_page = requests.get(draft.address, cookies=citizen.cookies, timeout=20).text
        for name in FIELDS:  # what is known of the person stands there already
            found = re.search(rf'<input[^>]*name="{name}"[^>]*>', draft_page)
            value = found and re.search(r'value="([^"]*)"', found[0])
            draft.may_hold[name] = {html.unescape(value[1]) or None if value else None}
        devices = Device(draft), Device(draft)
        for run in range(RUNS):
            for device in devices:
                device.look()
            for deed in range(DEEDS_A_RUN):
                do_something(random.choice(devices), run * DEEDS_A_RUN + deed)
            for device in devices:
                device.send()
        devices[0].look()
