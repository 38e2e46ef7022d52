"""The citizen's way through a form, in a browser without JavaScript."""

import io
import re

import pytest

from portal.applications import jobs, queries
from portal.applications.models import Application, ApplicationState
from portal.core import clock
from tests.factories import applications as make
from tests.factories.accounts import citizen
from tests.queries import counted_queries

ANSWERS = {
    "person": {"first_name": "Oksana", "last_name": "Kovalenko", "birth_date": ["27", "3", "1992"]},
    "anschrift": {"street": "Lindenweg 4", "postcode": "35390", "city": "Lindenau", "phone": ""},
    "bewilligung": {"award_until": ["31", "12", "2026"], "unit_number": ""},
    "haushalt": {"lives_alone": "yes"},
    "haushalt-aenderungen": {"household_changes": ["none"]},
    "umzug": {"moved": "no"},
    "wohnkosten-aenderung": {"housing_costs_changed": "no"},
    "abrechnung": {"utility_statement": "none"},
    "rueckstaende": {"arrears": "no"},
    "einkommen": {"income_kinds": ["none"]},
    "guthaben": {"assets_accounts": "320,50", "assets_savings": "0"},
    "vermoegen": {"asset_kinds": ["none"]},
    "freibetrag": {"assets_above_allowance": "below"},
    "nicht-gemeldet": {"unreported": "no"},
    "absehbar": {"foreseeable": ["none"]},
    "konto": {"bank_changed": "no"},
    "krankenversicherung": {"insurance_changed": "no"},
    "erklaerung": {"truth": "y"},
}


@pytest.fixture
def me(session, client):
    person = citizen(session)
    client.sign_in(person)
    session.commit()
    return person


def begin(client) -> str:
    answer = client.post_form("/antraege/neu/wba")
    assert answer.status_code == 302
    return answer.location


def page_of(location: str) -> str:
    return location.rpartition("/")[2].partition("?")[0]


def key_on(client, address: str) -> str:
    return re.search(r'name="key"[^>]*value="([^"]+)"', client.get(f"{address}/pruefen").text)[1]


def test_the_whole_way_from_start_to_receipt(client, me, session):
    assert "Antrag anfangen" in client.get("/antraege/neu/wba").text
    address = begin(client)
    assert "0 von" in client.get(address).text

    location = f"{address}/person"
    visited = []
    while page_of(location) != "unterlagen":
        page = page_of(location)
        visited.append(page)
        assert client.get(location).status_code == 200
        answer = client.post_form(location, ANSWERS[page])
        assert answer.status_code == 302, page
        location = answer.location
    assert visited == list(ANSWERS)

    assert "Kontoauszüge der letzten drei Monate" in client.get(location).text
    check = client.get(f"{address}/pruefen").text
    assert "320,50" in check
    assert "Antrag jetzt senden" in check

    answer = client.post_form(f"{address}/senden", {"key": key_on(client, address)})
    assert answer.location == f"{address}/gesendet"
    page = client.get(f"{address}/gesendet").text
    assert "Ihr Antrag ist angekommen" in page
    assert "wird erstellt" in page

    application = queries.latest_of(session, asker=me)
    jobs.write_receipt(session, now=clock.now(), application_id=str(application.id))
    session.commit()
    assert "Eingangsbestätigung (PDF) speichern" in client.get(f"{address}/gesendet").text
    status = client.get(address).text
    assert "Eingegangen" in status
    assert "320,50" in status
