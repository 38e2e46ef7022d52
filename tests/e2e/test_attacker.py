"""A scripted attacker against a running portal; `-s` prints what was tried. Loopback only."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts import passwords
from tests.access import world
from tests.accounts import doing
from tests.e2e import attacks
from tests.e2e.attacking import ATTACKS, Browser, Target
from tests.e2e.office import Office
from tests.factories import accounts

pytestmark = [pytest.mark.slow]

LONGEST = 120.0
"""Seconds for all attacks, on a machine that is busy with other things, too."""


@pytest.fixture
def office(committed_app: Flask, tmp_path: Path) -> Iterator[Office]:
    """Run the web process and the worker; no browser is needed."""
    office = Office(committed_app.config["SETTINGS"], tmp_path)
    try:
        office.start("web", "worker")
        yield office
    finally:
        office.stop()


@pytest.fixture
def target(office: Office) -> Target:
    """Put people and their things into the office."""
    built = office.do(world.build)

    def people(session: Session) -> None:
        kept = passwords.hash_of(doing.PASSWORD)
        accounts.citizen(session, email="opfer@example.org", password_hash=kept)
        accounts.citizen(session, email="dieb@example.org", password_hash=kept)
        with_app = accounts.citizen(session, email="codes@example.org", password_hash=kept)
        doing.with_app(session, with_app)

    office.do(people)
    known = Browser(office.base_url, "127.0.6.1")
    assert known.sign_in("opfer@example.org").status_code == 302
    known.post_form("/abmelden", page="/konto/kontakt")
    return Target(
        office, built, "opfer@example.org", "codes@example.org", "dieb@example.org", known
    )


def test_nothing_gives_way_to_a_scripted_attacker(target: Target) -> None:
    """Given a running office, when every attack is tried, then none gets anywhere."""
    assert len(ATTACKS) == 20, f"{attacks.__name__} puts them on the list"
    begun, lines, gave_way = time.monotonic(), [], []
    for name, attack in ATTACKS.items():
        try:
            lines.append(f"  held  {name:<34} {attack(target)}")
        except Exception as failure:
            gave_way.append(name)
            lines.append(f"  FELL  {name:<34} {failure!r}")
    seconds = time.monotonic() - begun
    print(f"\n{len(ATTACKS)} attacks in {seconds:.0f} s", *lines, sep="\n")
    assert gave_way == [], "\n".join(lines)
    log = target.office.log.read_text("utf-8")
    assert "Traceback" not in log
    assert doing.PASSWORD not in log
    assert seconds < LONGEST
