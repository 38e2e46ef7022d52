"""No level of trust stands in the way of filing: what a new account sends is taken like any other.

Every address that citizens send something to is walked twice with things of their own: by an
account that proved an address only, and by one that the office knows by an identity card.
"""

import io
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from portal.accounts.keys import PortalSession
from portal.accounts.models import Citizen, Identified
from portal.appointments.models import Booking
from portal.core import clock
from portal.core.paths import TEMPLATES
from portal.identity import rules as identity_rules
from tests.client import PortalClient
from tests.factories import accounts, applications, appointments, consultations, papers
from tests.house.tree import ROOT

FEATURES = ("applications", "casefiles", "appointments", "consultations")
REFUSALS = {401, 403, 404}


def rules_of(app: Flask) -> list[Rule]:
    """Return each address of the features that a citizen can post to."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in FEATURES and "POST" in (rule.methods or set())
    ]


def known_by(session: Session, level: int) -> Citizen:
    if level == 1:
        return accounts.citizen(session)
    return accounts.citizen(
        session,
        level=level,
        identified_at=clock.now(),
        identified_how=Identified.PROVIDER,
        customer_number="123A456789",
    )


def signed_in(app: Flask, session: Session, person: Citizen, level: int) -> PortalClient:
    browser = PortalClient(app, app.response_class)
    browser.sign_in(person)
    mine = select(PortalSession).where(PortalSession.citizen_id == person.id)
    session.scalars(mine).one().level = level
    session.commit()
    return browser


def statuses(app: Flask, session: Session, level: int) -> dict[str, int]:
    """Send something to every address; return the status of each."""
    person = known_by(session, level)
    browser = signed_in(app, session, person, level)
    talk = consultations.booking(session, citizen=person)
    found = {}
    for rule in sorted(rules_of(app), key=lambda rule: rule.rule):
        path, data = filled(session, rule, person, talk)
        session.commit()
        found[rule.rule] = browser.post_form(path, data).status_code
    return found


def filled(
    session: Session, rule: Rule, person: Citizen, talk: Booking
) -> tuple[str, dict[str, Any]]:
    """Fill an address with things that belong to `person`."""
    words = {"form": "wba", "page_id": "person", "key": "bank_statements"}
    data: dict[str, Any] = {"first_name": "Oksana", "truth": "y", "key": str(uuid4())}
    match rule.endpoint.partition("."):
        case ("applications", _, name):
            made = applications.sent if name == "withdraw" else applications.draft
            answers = applications.NOTHING_CHANGED
            if "row" in rule.arguments:
                answers = answers | {"lives_alone": False, "member_first_name@1": "Danylo"}
                words |= {"page_id": "haushalt-personen", "row": str(applications.row(1))}
            words["id"] = str(made(session, person, answers).id)
        case ("appointments", _, _):
            days = timedelta(days=len(rule.rule))  # two talks at once cannot be booked
            later = consultations.booking(session, citizen=person, starts_in=days)
            words |= {"id": str(later.id), "key": later.type.key}
            if "held_id" in rule.arguments:
                appointments.officer(session)
                held = appointments.held(session, person, now=clock.now())
                words["held_id"] = str(held.id)
        case ("consultations", _, _):
            words["id"] = str(talk.id)
    if "unterlagen" in rule.rule:
        data = {"files": (io.BytesIO(papers.pdf()), "Mietvertrag.pdf")}
    path = re.sub(r"<[^>]*?(\w+)>", lambda found: words[found[1]], rule.rule)
    return path, data


def test_every_address_answers_level_1_as_it_answers_level_3(app: Flask, session: Session) -> None:
    weak, strong = statuses(app, session, 1), statuses(app, session, 3)
    assert len(weak) >= 12
    assert weak == strong
    assert {path for path, status in weak.items() if status in REFUSALS} == set()


def test_a_new_account_sends_an_application(
    app: Flask, session: Session, client: PortalClient
) -> None:
    """Given level 1, when a whole application is sent, then it has arrived."""
    person = known_by(session, 1)
    draft = applications.draft(session, person, applications.NOTHING_CHANGED)
    session.commit()
    browser = signed_in(app, session, person, 1)
    page = browser.get(f"/antraege/{draft.id}/pruefen")
    hidden = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', page.text))
    hidden.pop("csrf_token", None)
    answer = browser.post_form(f"/antraege/{draft.id}/senden", hidden)
    assert answer.location == f"/antraege/{draft.id}/gesendet"


@pytest.mark.parametrize("feature", FEATURES)
def test_nothing_that_is_filed_asks_for_a_level(feature: str) -> None:
    asks = re.compile(r"needs_level|\b(citizen|person|me|by|asker|holder)\.level\b|customer_number")
    files = [*(ROOT / "portal" / feature).rglob("*.py"), *(TEMPLATES / feature).rglob("*.html")]
    assert files
    assert [file.name for file in files if asks.search(file.read_text("utf-8"))] == []


def test_the_rules_of_trust_speak_of_letters_only() -> None:
    assert not hasattr(identity_rules, "needs_level")
    assert timedelta(days=3) == identity_rules.BETWEEN_LETTERS
