"""The pages of the Sofortantrag as people without an account use them."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts.limits import LIMITS, Limit
from portal.accounts.models import Power
from portal.casefiles.lodgements import Lodgement
from portal.core.vault import service as vault
from portal.inbox.models import WorkItem
from portal.instant import codes, jobs, proof
from portal.instant.models import InstantApplication, InstantState
from tests.client import PortalClient
from tests.factories import accounts, casefiles, instant, representation

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
CODE = re.compile(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}")

ANSWERS: dict[str, Any] = {
    "name": "Farid Amiri",
    "birth_date": ["27", "3", "1991"],
    "street": "Gartenstraße 14",
    "postcode": "35390",
    "city": "Lindenau",
    "household": "no",
    "emergencies": ["none"],
    "begin": "now",
}


def token_on(page: str) -> str:
    found = re.search(r'name="token"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found[1]


def send(client: PortalClient, token: str | None = None, **answers: Any) -> TestResponse:
    """Fill in the page and send it."""
    token = token or token_on(client.get("/sofortantrag").text)
    return client.post_form("/sofortantrag", ANSWERS | {"token": token} | answers)


def arrived(client: PortalClient, **answers: Any) -> TestResponse:
    """Send it and open the page behind."""
    answer = send(client, **answers)
    assert answer.status_code == 303, answer.text
    return client.get(answer.location)


def the_one(session: Session) -> InstantApplication:
    return session.scalars(select(InstantApplication)).one()


def how_many(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Lodgement)) or 0


# Applying


@time_machine.travel(NOW, tick=False)
def test_number_code_day_and_what_comes_next_stand_there_at_once(
    client: PortalClient, session: Session
) -> None:
    page = arrived(client).text
    made = the_one(session)
    assert f"Nummer {made.number}" in page
    assert CODE.findall(page) == [instant.code_of(made)]
    assert "Eingegangen am Freitag, 27. November 2026, 13:00 Uhr" in page
    assert "Er gilt ab Sonntag, 1. November 2026." in page
    assert "Wie geht es weiter?" in page
    assert "Anmelden und verbinden" in page


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC), "Er gilt ab Sonntag, 1. November 2026."),
        (datetime(2026, 11, 30, 23, 0, 1, tzinfo=UTC), "Er gilt ab Dienstag, 1. Dezember 2026."),
    ],
)
def test_the_page_says_the_month_of_the_second_it_arrived_in(
    client: PortalClient, at: datetime, said: str
) -> None:
    with time_machine.travel(at, tick=False):
        assert said in arrived(client).text


@time_machine.travel(NOW, tick=False)
def test_a_later_start_is_kept(client: PortalClient, session: Session) -> None:
    page = arrived(client, begin="later", later_from=["1", "1", "2027"]).text
    assert "Er gilt ab Freitag, 1. Januar 2027." in page
    assert the_one(session).answers["later_from"] == "2027-01-01"


def test_no_fixed_address_is_enough(client: PortalClient, session: Session) -> None:
    page = arrived(client, no_fixed_address="y", street="", postcode="", city="").text
    assert "Kein fester Wohnsitz" in page
    assert the_one(session).answers["no_fixed_address"] is True


def test_what_is_missing_is_said_and_what_was_typed_stays(
    client: PortalClient, session: Session
) -> None:
    answer = send(client, name="", birth_date=["27", "", "1991"], emergencies=[], need="Strom aus")
    assert answer.status_code == 422
    for sentence in ("Geben Sie Ihren Namen ein.", "Geben Sie auch den Monat ein."):
        assert sentence in answer.text
    assert 'value="Gartenstraße 14"' in answer.text
    assert 'value="Strom aus"' in answer.text
    assert how_many(session) == 0


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"birth_date": ["28", "11", "2026"]}, "Prüfen Sie das Geburtsdatum"),
        ({"birth_date": ["1", "1", "1899"]}, "Prüfen Sie das Geburtsdatum"),
        ({"birth_date": ["31", "2", "1991"]}, "Dieses Datum gibt es nicht"),
        ({"postcode": "3539"}, "Geben Sie fünf Ziffern ein"),
        ({"postcode": "٣٥٣٩٠"}, "Geben Sie fünf Ziffern ein"),
        ({"street": "", "city": ""}, "Geben Sie Straße und Hausnummer ein."),
        ({"email": "farid"}, "Geben Sie eine E-Mail-Adresse ein"),
        ({"email": "a@b.example,c@d.example"}, "E-Mail-Adresse"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "E-Mail-Adresse"),
        ({"phone": "ruf mich an"}, "Geben Sie eine Telefonnummer ein"),
        ({"name": "x" * 201}, "Höchstens 200 Zeichen"),
        ({"need": "x" * 201}, "Höchstens 200 Zeichen"),
        ({"emergencies": ["no_money", "yacht"]}, "Wählen Sie"),
        ({"household": "maybe"}, "Wählen Sie"),
        ({"begin": "yesterday"}, "Wählen Sie"),
        ({"begin": "later"}, "Geben Sie den Tag ein."),
        ({"begin": "later", "later_from": ["1", "11", "2026"]}, "Dieser Tag ist nicht später"),
        ({"begin": "later", "later_from": ["1", "1", "2099"]}, "mehr als ein Jahr"),
        ({"later_from": ["1", "1", "2027"]}, "Sie haben einen Tag eingetragen."),
    ],
)
def test_wrong_values_are_refused_in_words(
    client: PortalClient, session: Session, answers: dict[str, Any], sentence: str
) -> None:
    answer = send(client, **answers)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert how_many(session) == 0


@pytest.mark.parametrize(
    "value",
    [
        '"><script>alert(1)</script>',
        "{{ 7 * 7 }} %s %(x)s",
        "\u202eirimA diraF\u2066",
        "Ada\0Lovelace",
        "' OR 1=1; --",
        "👩‍👩‍👧‍👦 Ñandú Ł",
        "Li",
    ],
)
def test_hostile_names_are_names(client: PortalClient, session: Session, value: str) -> None:
    page = arrived(client, name=value, need=value, city=value).text
    assert "<script>alert" not in page
    assert "\u202e" not in page
    made = the_one(session)
    jobs.write_receipt(session, now=NOW, application_id=str(made.id))
    assert made.receipt_file_id
    assert vault.read(session, made.receipt_file_id).startswith(b"%PDF-")


def test_a_program_is_told_apart_and_a_person_gets_through(
    client: PortalClient, session: Session
) -> None:
    """A browser may fill in what nobody sees: the second try works, nothing is lost."""
    answer = send(client, website="https://spam.example")
    assert answer.status_code == 422
    assert how_many(session) == 0
    assert 'value="Gartenstraße 14"' in answer.text
    assert "spam.example" not in answer.text
    assert send(client, token_on(answer.text)).status_code == 303


# One form, one application


def test_double_click_and_reload_make_one_and_show_the_same_code(
    client: PortalClient, session: Session
) -> None:
    token = token_on(client.get("/sofortantrag").text)
    first, again = send(client, token), send(client, token)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.location == again.location
    pages = [client.get(again.location).text for _ in range(2)]
    assert CODE.findall(pages[0]) == CODE.findall(pages[1]) == [instant.code_of(the_one(session))]
    assert how_many(session) == 1


def test_two_tabs_are_two_applications(client: PortalClient, session: Session) -> None:
    tabs = [token_on(client.get("/sofortantrag").text) for _ in range(2)]
    for token, name in zip(tabs, ("Farid Amiri", "Mina Amiri"), strict=True):
        assert send(client, token, name=name).status_code == 303
    assert how_many(session) == 2


def test_going_back_and_typing_somebody_else_over_it_loses_nobody(
    client: PortalClient, session: Session
) -> None:
    token = token_on(client.get("/sofortantrag").text)
    send(client, token)
    answer = send(client, token, name="Mina Amiri")
    assert answer.status_code == 409
    assert "Er ist angekommen." in " ".join(answer.text.split())
    assert 'value="Mina Amiri"' in answer.text
    assert send(client, token_on(answer.text), name="Mina Amiri").status_code == 303
    assert how_many(session) == 2


@pytest.mark.parametrize("token", ["", "x", "WyIwIiwgIiJd.AAAA", "0" * 5000, "\0"])
def test_forged_keys_make_nothing_and_lose_nothing(
    client: PortalClient, session: Session, token: str
) -> None:
    answer = client.post_form("/sofortantrag", ANSWERS | {"token": token})
    assert answer.status_code in {409, 422}
    assert 'value="Farid Amiri"' in answer.text
    assert how_many(session) == 0
    assert send(client, token_on(answer.text)).status_code == 303


def test_a_form_of_somebody_else_is_not_sent(
    client: PortalClient, app: Flask, session: Session
) -> None:
    """Given a form that Oksana opened, when she is signed out meanwhile, then it is asked again."""
    oksana = accounts.citizen(session)
    session.commit()
    with app.app_context():
        token = codes.new_form(oksana.id)
    answer = send(client, token)
    assert answer.status_code == 409
    assert "niemand mehr" in answer.text
    assert how_many(session) == 0


def test_a_flood_is_slowed_and_the_honest_one_is_told_what_else_counts(
    client: PortalClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = LIMITS["instant"]
    monkeypatch.setitem(LIMITS, "instant", Limit(3, 3, limit.within, limit.hint))
    codes = [send(client).status_code for _ in range(3)]
    answer = send(client, name="Eine Ehrliche")
    assert codes == [303] * 3
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) <= 600
    for help in ("0641 555 0", "Rathausplatz", "Das zählt genauso", 'value="Eine Ehrliche"'):
        assert help in answer.text
    assert how_many(session) == 3
    elsewhere = client.post_form(
        "/sofortantrag",
        ANSWERS | {"token": token_on(answer.text)},
        environ_overrides={"REMOTE_ADDR": "203.0.113.9"},
    )
    assert elsewhere.status_code == 303


def test_mistakes_do_not_count_towards_the_limit(
    client: PortalClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = LIMITS["instant"]
    monkeypatch.setitem(LIMITS, "instant", Limit(1, 1, limit.within, limit.hint))
    assert [send(client, name="").status_code for _ in range(5)] == [422] * 5
    assert send(client).status_code == 303


def test_the_office_reads_german_whatever_the_language_of_the_browser(
    client: PortalClient, session: Session
) -> None:
    form = ANSWERS | {"token": token_on(client.get("/sofortantrag").text), "emergencies": ["home"]}
    client.post_form("/sofortantrag", form, headers={"Accept-Language": "en"})
    item = session.scalars(select(WorkItem)).one()
    assert item.urgency_reason == "Miete oder Wohnung"
    assert item.next_step == "Ansehen und antworten"
    assert item.reason.startswith("Sofortantrag, ohne Anmeldung gesendet, gilt ab")


# Who may see it


def test_another_browser_sees_nothing_without_number_and_code(
    client: PortalClient, app: Flask, session: Session
) -> None:
    arrived(client)
    made = the_one(session)
    jobs.write_receipt(session, now=NOW, application_id=str(made.id))
    session.commit()
    other = PortalClient(app, app.response_class, use_cookies=True)
    here = f"/sofortantrag/{made.id}"
    for path in (here, f"{here}/quittung.pdf", f"{here}/zurueckziehen"):
        assert other.get(path).status_code == 404
    assert other.post_form(f"{here}/zurueckziehen").status_code == 404
    form = {"number": made.number, "code": instant.code_of(made).lower().replace("-", " ")}
    answer = other.post_form("/sofortantrag/stand", form)
    assert answer.status_code == 303
    page = other.get(answer.location).text
    assert "So steht es" in page
    assert not CODE.findall(page), "the code is shown once"
    receipt = other.get(f"{here}/quittung.pdf")
    assert receipt.mimetype == "application/pdf"
    assert receipt.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("number", "code"),
    [("1234-5678", "x"), ("", ""), ("right", "0" * 24), ("right", "check"), ("wrong", "right")],
)
def test_what_does_not_fit_gets_one_answer(
    client: PortalClient, session: Session, number: str, code: str
) -> None:
    made = instant.sent(session)
    session.commit()
    known = {"right": instant.code_of(made), "check": made.lodgement.check_code}
    numbers = {"right": made.number, "wrong": "0000-0000"}
    form = {"number": numbers.get(number, number), "code": known.get(code, code)}
    answer = client.post_form("/sofortantrag/stand", form)
    assert answer.status_code == 422
    if number:
        assert "Nummer und Code passen nicht zusammen." in answer.text


def test_on_a_shared_computer_it_ends_at_once_or_after_half_an_hour(
    client: PortalClient, session: Session
) -> None:
    with time_machine.travel(NOW, tick=False) as traveller:
        here = send(client).location
        assert client.get(here).status_code == 200
        traveller.shift(proof.LASTS)
        assert client.get(here).status_code == 404
        here = send(client).location
        assert client.post_form("/sofortantrag/vergessen").status_code == 303
        assert client.get(here).status_code == 404


def test_it_is_taken_back_by_who_has_it(client: PortalClient, session: Session) -> None:
    here = send(client).location
    assert "gilt er nicht mehr" in client.get(f"{here}/zurueckziehen").text
    assert client.post_form(f"{here}/zurueckziehen").status_code == 303
    page = client.get(here).text
    assert "Er gilt nicht mehr." in page
    assert the_one(session).state is InstantState.WITHDRAWN
    assert client.post_form(f"{here}/zurueckziehen").status_code == 409


# With an account


def test_signed_in_it_is_filled_in_and_bound(client: PortalClient, session: Session) -> None:
    oksana = accounts.citizen(session, street="Lindenweg 4", postcode="35390", city="Lindenau")
    client.sign_in(oksana)
    page = client.get("/sofortantrag").text
    assert f'value="{oksana.name}"' in page
    assert 'value="Lindenweg 4"' in page
    shown = arrived(client).text
    made = the_one(session)
    assert made.lodgement.citizen_id == oksana.id
    assert 'href="/antraege/neu/ha"' in shown
    assert made.number in client.get("/sofortantrag/stand").text


def test_who_signs_in_later_connects_it_once(
    client: PortalClient, app: Flask, session: Session
) -> None:
    farid, other = accounts.citizen(session), accounts.citizen(session)
    made = instant.sent(session)
    session.commit()
    form = {"number": made.number, "code": instant.code_of(made)}
    client.sign_in(farid)
    assert made.number in client.get(f"/sofortantrag/verbinden?nummer={made.number}").text
    answer = client.post_form("/sofortantrag/verbinden", form)
    assert answer.status_code == 303
    assert "Hauptantrag ausfüllen" in client.get(answer.location).text
    stranger = PortalClient(app, app.response_class, use_cookies=True)
    stranger.sign_in(other)
    refused = stranger.post_form("/sofortantrag/verbinden", form)
    assert refused.status_code == 409
    assert "schon mit einem anderen Konto verbunden" in refused.text
    assert client.post_form("/sofortantrag/verbinden", form).status_code == 303


def test_who_may_not_send_for_her_does_not_apply_for_her(
    client: PortalClient, session: Session
) -> None:
    oksana, helper = accounts.citizen(session), accounts.citizen(session)
    casefiles.case(session, oksana)
    right = representation.representation(session, principal=oksana, representative=helper)
    right.powers = [Power.SEE.value]
    session.flush()
    client.sign_in(helper)
    client.post_form("/vertretung/wechseln", {"representation": str(right.id), "next": "/"})
    assert client.get("/sofortantrag").status_code == 404


# Where it is found


def test_it_is_the_first_thing_on_the_start_page_and_on_the_sign_in(client: PortalClient) -> None:
    start = client.get("/").text
    assert 0 < start.index('href="/sofortantrag"') < start.index('href="/termine')
    assert 'href="/sofortantrag"' in client.get("/anmelden").text


def test_anybody_checks_the_receipt(client: PortalClient, session: Session) -> None:
    made = instant.sent(session, with_receipt=True)
    session.commit()
    page = client.get(f"/quittung?code={made.lodgement.check_code}").text
    assert "Diese Quittung ist echt." in page
    assert "ist ein Sofortantrag eingegangen" in page
    for secret in ("Farid", "Amiri", made.number):
        assert secret not in page
