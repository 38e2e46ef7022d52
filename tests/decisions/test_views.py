"""What the citizen sees of a decision, and the way from it to an objection and its signature."""

from datetime import timedelta

import pytest

from portal.accounts.models import Citizen, Role
from portal.applications import queries as applications_queries
from portal.core import clock
from portal.decisions import queries
from portal.decisions.models import Ruling, WrittenForm
from portal.postbox import service as postbox
from tests.factories import accounts, applications
from tests.factories import decisions as make
from tests.queries import counted_queries


def _posted(session, decision, officer, *, days_ago):
    then = clock.now() - timedelta(days=days_ago)
    letter = decision.letter
    postbox.mark_printed(session, letter=letter, by=officer, now=then)
    postbox.mark_posted(
        session,
        letter=letter,
        posted_on=clock.local_date(then),
        by=officer,
        now=then,
        land="HE",
    )


def again(session, decision):
    """Read a decision anew, with its letter and people: a request has ended since."""
    session.expire_all()
    citizen = session.get_one(Citizen, decision.citizen_id)
    return queries.decision_for(session, decision.id, asker=citizen)


@pytest.fixture
def granted(session, client):
    then = clock.now() - timedelta(days=3)
    application, officer = make.application(session, now=then)
    decision = make.issued(session, application, officer, now=then)
    _posted(session, decision, officer, days_ago=2)
    client.sign_in(decision.citizen)
    session.commit()
    return decision


@pytest.fixture
def rejected_long_ago(session, client):
    then = clock.now() - timedelta(days=80)
    application, officer = make.application(session, now=then)
    decision = make.issued(session, application, officer, now=then, typed=make.REJECTED)
    _posted(session, decision, officer, days_ago=79)
    client.sign_in(decision.citizen)
    session.commit()
    return decision, officer


def test_the_decision_in_plain_words_first(client, session, granted):
    id, letter = granted.id, granted.letter_id
    page = client.get(f"/bescheide/{id}").text.replace("\u00a0", " ")
    for told in (
        "Wir bewilligen, was Sie beantragt haben.",
        "1.033,00 €",
        "Von Freitag, 1. Januar 2027 bis Freitag, 31. Dezember 2027.",
        "Das geht bis",
        "Vorlesen",
        f"/widersprueche/gegen/{letter}",
        f"/postfach/{letter}/brief.pdf",
    ):
        assert told in page
    assert again(session, granted).letter.first_viewed_at
    assert "Bewilligung" in client.get("/bescheide").text
    assert "Kurz erklärt" in client.get(f"/postfach/{letter}").text


def test_nobody_else_reads_it(client, session, granted):
    address = f"/bescheide/{granted.id}"
    other = accounts.citizen(session)
    client.sign_in(other)
    session.commit()
    assert client.get(address).status_code == 404
    assert client.get(f"/widersprueche/gegen/{granted.letter_id}").status_code == 404


def test_the_list_asks_a_constant_number_of_queries(client, session, granted):
    client.get("/bescheide")
    with counted_queries() as one:
        client.get("/bescheide")
    granted, now = again(session, granted), clock.now()
    officer = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=granted.case.team)
    sent = applications.sent(session, granted.citizen, now=now)
    application = applications_queries.application_for(session, sent.id, asker=officer)
    make.issued(session, application, officer, now=now, typed=make.REJECTED)
    session.commit()
    with counted_queries() as two:
        client.get("/bescheide")
    assert len(two) == len(one)


def test_from_the_letter_to_the_signature(client, session, granted):
    address = f"/widersprueche/gegen/{granted.letter_id}"
    page = client.get(address).text
    assert "Sie haben Zeit bis" in page
    assert "So ist die Frist berechnet" in page
    assert "§ 84 Absatz 1 SGG" in page
    begun = client.post_form(address).location
    page = client.get(begun).text
    assert "Wider" in page
    again = client.post_form(address).location
    assert again == begun


def test_too_late_it_is_still_taken_and_says_what_heals_it(client, session, rejected_long_ago):
    decision, _ = rejected_long_ago
    page = client.get(f"/widersprueche/gegen/{decision.letter_id}").text
    assert "Die Frist ist vorbei" in page
    assert "Sie können trotzdem widersprechen" in page
    assert "§ 67 SGG" in page
    assert "Widerspruch schreiben" in page
    decision = again(session, decision)
    objection = make.objection(session, decision.letter, decision.citizen, now=clock.now())
    session.commit()
    page = client.get(f"/widersprueche/{objection.application_id}").text
    assert "Er ist trotzdem gespeichert" in page
    assert "Die Unterschrift fehlt noch" in page


def test_a_sign_in_with_the_identity_card_signs(client, session, granted):
    granted = again(session, granted)
    objection = make.objection(session, granted.letter, granted.citizen, now=clock.now())
    id = objection.application_id
    session.commit()
    page = client.get(f"/widersprueche/{id}").text
    for told in ("Widerspruch bestätigen", "Kopie zum Ausdrucken", "zur Niederschrift"):
        assert told in page
    assert client.post_form(f"/widersprueche/{id}/ausweis").status_code == 302
    assert "Mit dem Online-Ausweis bestätigt" in client.get(f"/widersprueche/{id}").text
    found = queries.objection_for(session, id, asker=again(session, granted).citizen)
    assert found.form is WrittenForm.EID
    assert client.post_form(f"/widersprueche/{id}/ausweis").status_code == 409


def test_the_officer_notes_the_paper_and_answers(client, session, rejected_long_ago):
    decision, officer = rejected_long_ago
    decision = again(session, decision)
    objection = make.objection(session, decision.letter, decision.citizen, now=clock.now())
    id = objection.application_id
    client.sign_in(officer)
    session.commit()
    address = f"/amt/widersprueche/{id}"
    page = client.get(address).text
    for told in ("Text in der Frist", "Die Form fehlt noch", "§ 88 Absatz 2 SGG", "Wiedereins"):
        assert told in page
    assert client.post_form(f"{address}/form", {"form": "signed", "met_on": ""}).status_code == 422
    today = f"{clock.local_date(clock.now()):%d.%m.%Y}"
    assert client.post_form(f"{address}/form", {"form": "signed", "met_on": today}).location
    answer = {"wiedereinsetzung-answer": "ja", "wiedereinsetzung-why": "Krankenhaus."}
    assert client.post_form(f"{address}/wiedereinsetzung", answer).location == address
    assert "Krankenhaus." in client.get(address).text
    begun = client.post_form(f"{address}/antwort").location
    page = client.get(begun).text
    assert "Zurückweisen (Widerspruchsbescheid)" in page
    assert str(Ruling.WITHHELD) not in page
