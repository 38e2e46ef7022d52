"""Supplements keep themselves while they are written, as drafts do: on free pages and in rounds."""

import json
import re

import pytest
from sqlalchemy import select

from portal.accounts.models import Role
from portal.applications import merging
from portal.applications.models import Supplement
from tests.factories import applications as make
from tests.factories.accounts import citizen, staff_member


@pytest.fixture
def officer(session):
    return staff_member(session, Role.BENEFIT_OFFICER)


@pytest.fixture
def me(session):
    return citizen(session, first_name="Oksana")


@pytest.fixture
def sent(session, client, me, officer):
    made = make.sent(session, me, make.A_JOB)
    made.case.team = officer.team
    session.commit()
    client.sign_in(me)
    return made


@pytest.fixture
def address(sent):
    return f"/antraege/{sent.id}/nachtrag"


def changes(session):
    session.expire_all()
    found = session.scalars(select(Supplement)).all()
    return {one["place"][0]: one["after"] for draft in found for one in draft.changes}


def test_what_is_typed_is_kept_without_a_page(client, session, address):
    """Given a page of a free supplement, when one field is typed, then it is kept with a word."""
    typed = {"assets_accounts": "480", "assets_savings": "x", "only": "assets_accounts"}
    answer = client.post_form(f"{address}/seite/guthaben/merken", typed)
    assert answer.json["fields"]["assets_accounts"]["state"] == "saved"
    assert list(answer.json["fields"]) == ["assets_accounts"]
    assert changes(session) == {"assets_accounts": "480.00"}
    assert 'value="480,00"' in client.get(f"{address}/seite/guthaben").text
    assert "480,00" in client.get(address).text


def test_what_is_wrong_is_said_beside_the_field(client, session, address):
    answer = client.post_form(f"{address}/seite/guthaben/merken", {"assets_savings": "x"})
    assert answer.json["fields"]["assets_savings"]["state"] == "error"
    assert "assets_savings" not in changes(session)


def test_typing_is_not_looking_at_the_rest(client, session, officer, me, sent, address):
    """Given two marked answers, when one is typed, then the other is still to be looked at."""
    make.asked(session, sent, officer, "assets_accounts", "assets_savings")
    session.commit()
    page = client.get(f"{address}/seite/guthaben?rueckfrage=1").text
    assert f"/antraege/{sent.id}/nachtrag/seite/guthaben/merken?rueckfrage=1" in page
    shown = re.search(r'name="assets_savings"[^>]*value="([^"]*)"', page)[1]
    typed = {"assets_accounts": "480", "assets_savings": shown}
    client.post_form(f"{address}/seite/guthaben/merken?rueckfrage=1", typed)
    assert changes(session) == {"assets_accounts": "480.00"}
    page = client.get(f"{address}?rueckfrage=1").text
    assert "Sehen Sie alle Angaben an" in page
    client.post_form(f"{address}/seite/guthaben?rueckfrage=1", typed)
    assert set(changes(session)) == {"assets_accounts", "assets_savings"}
    assert "Antwort jetzt senden" in client.get(f"{address}?rueckfrage=1").text


def test_an_answer_outside_the_marks_is_not_kept(client, session, officer, sent, address):
    make.asked(session, sent, officer, "assets_accounts")
    session.commit()
    forged = {"assets_savings": "9"}
    client.post_form(f"{address}/seite/guthaben/merken?rueckfrage=1", forged)
    assert "assets_savings" not in changes(session)
    answer = client.post_form(f"{address}/seite/person/merken?rueckfrage=1", {"first_name": "X"})
    assert answer.status_code == 404


def test_an_entry_of_a_list_keeps_itself(client, session, address):
    row = make.row(1)
    page = client.get(f"{address}/seite/arbeit/eintrag/{row}").text
    assert f"{address}/seite/arbeit/eintrag/{row}/merken" in page
    typed = {"job_employer": "Gärtnerei Blum", "only": "job_employer"}
    answer = client.post_form(f"{address}/seite/arbeit/eintrag/{row}/merken", typed)
    assert answer.json["fields"]["job_employer"]["state"] == "saved"
    assert changes(session) == {"job_employer": "Gärtnerei Blum"}


def test_two_devices_meet_at_the_field(client, session, address):
    """Given a page open twice, when both change one answer, then nothing is overwritten."""
    page = client.get(f"{address}/seite/guthaben").text
    seen = json.loads(seen_on(page))
    assert seen["assets_accounts"]
    first = {"assets_accounts": "480", "only": "assets_accounts"}
    client.post_form(f"{address}/seite/guthaben/merken", first)
    late = {"assets_accounts": "500", "only": "assets_accounts", "seen": json.dumps(seen)}
    answer = client.post_form(f"{address}/seite/guthaben/merken", late)
    assert answer.json["fields"]["assets_accounts"]["state"] == "conflict"
    assert answer.json["fields"]["assets_accounts"]["mark"] == merging.mark("480.00")
    assert changes(session) == {"assets_accounts": "480.00"}
    late["assets_savings"] = "0"
    del late["only"]
    answer = client.post_form(f"{address}/seite/guthaben", late)
    assert answer.status_code == 422
    assert "Hier gibt es zwei Antworten" in answer.text
    assert changes(session)["assets_accounts"] == "480.00"
    chosen = {
        "assets_accounts": "500",
        "assets_savings": "0",
        "assets_accounts-wahl": "mine",
        "open": "assets_accounts",
        "seen": seen_on(answer.text),
    }
    assert client.post_form(f"{address}/seite/guthaben", chosen).status_code == 302
    assert changes(session)["assets_accounts"] == "500.00"


def seen_on(page):
    found = re.search(r'<input[^>]*name="seen"[^>]*value="([^"]*)"', page)
    return found[1].replace("&#34;", '"').replace("&quot;", '"')


def test_nobody_else_keeps_anything(client, session, sent, address):
    client.sign_in(citizen(session))
    answer = client.post_form(f"{address}/seite/guthaben/merken", {"assets_accounts": "1"})
    assert answer.status_code == 404
    assert changes(session) == {}


def test_the_browser_keeps_each_supplement_apart(client, session, officer, sent, address):
    """Given a free supplement and a round, then each has a journal of its own, not the draft's."""
    round = make.asked(session, sent, officer, "assets_accounts")
    session.commit()
    free = client.get(f"{address}/seite/guthaben").text
    answer = client.get(f"{address}/seite/guthaben?rueckfrage=1").text
    assert f'data-journal="{sent.id}-nachtrag"' in free
    assert f'data-journal="{sent.id}-{round.id}"' in answer
    for page in (address, f"{address}?rueckfrage=1"):
        assert 'data-component="draft_journal"' in client.get(page).text
