"""The office's pages: find it, see answers and documents side by side, decide."""

import uuid
from datetime import timedelta

import pytest

from portal.accounts.models import Citizen, Role
from portal.applications import corrections, queries, service
from portal.applications.corrections import Mark
from portal.applications.models import MarkReason, Outcome
from portal.applications.places import Place
from portal.audit import queries as audit_queries
from portal.casefiles import service as casefiles_service
from portal.core import clock
from tests.factories import applications as make
from tests.factories import casefiles
from tests.factories.accounts import citizen, staff_member
from tests.queries import counted_queries


@pytest.fixture
def officer(session, client):
    person = staff_member(session, Role.BENEFIT_OFFICER)
    client.sign_in(person)
    session.commit()
    return person


@pytest.fixture
def sent(session, officer):
    """Send an application with one photo to the team of the officer."""
    me = citizen(session, first_name="Oksana", last_name="Kovalenko")
    draft = make.draft(session, me, make.NOTHING_CHANGED | {"arrears": False})
    make.attach(session, draft, me, "bank_statements")
    made = make.sent(session, me)
    made.case.team = officer.team
    [attachment] = queries.attachments_of(session, application=made)
    casefiles.prepare(session, attachment.document_id)
    session.commit()
    return made


def page_of(session, sent):
    address = f"/amt/antraege/{sent.id}"
    session.rollback()
    return address


def test_the_list_shows_what_was_sent_to_the_team(client, session, officer, sent):
    page = client.get("/amt/antraege").text
    assert "Oksana Kovalenko" in page
    assert "Eingegangen" in page


def test_drafts_are_not_shown(client, session, officer):
    draft = make.draft(session, citizen(session, last_name="Geheim"))
    address = f"/amt/antraege/{draft.id}"
    session.commit()
    assert "Geheim" not in client.get("/amt/antraege?wessen=all").text
    assert client.get(address).status_code == 404
    assert client.post_form(f"{address}/pruefung").status_code == 404


def test_the_list_is_filtered(client, session, officer, sent):
    make.sent(session, citizen(session, last_name="Anderswo")).case.team = staff_member(
        session
    ).team
    session.commit()
    assert "Anderswo" not in client.get("/amt/antraege").text
    assert "Anderswo" in client.get("/amt/antraege?wessen=all").text
    assert "Keine Anträge" in client.get("/amt/antraege?wessen=mine").text
    assert "Keine Anträge" in client.get("/amt/antraege?stand=decided").text
    assert "Kovalenko" in client.get("/amt/antraege?stand=forged&wessen=forged&seite=-3").text


def test_the_list_shows_where_something_is_missing(client, session, officer, sent):
    others = citizen(session, last_name="Vollständig")
    make.sent(session, others).case.team = officer.team
    mark = Mark(MarkReason.UNCLEAR, place=Place("arrears"))
    due_on = clock.local_date(clock.now()) + timedelta(days=9)
    round = corrections.open_round(
        session,
        application=sent,
        marks=[mark],
        words=None,
        due_on=due_on,
        by=officer,
        now=clock.now(),
    )
    session.commit()
    page = client.get("/amt/antraege?stand=missing").text
    assert "Kovalenko" in page
    assert "Vollständig" not in page
    assert client.get("/amt/antraege").text.count("Es fehlt etwas</span>") == 1

    corrections.withdraw(session, round=round, by=officer, now=clock.now())
    session.commit()
    assert "Keine Anträge" in client.get("/amt/antraege?stand=missing").text

    [attachment] = queries.attachments_of(session, application=sent)
    again = "Bitte noch einmal, das Foto ist unscharf."
    casefiles_service.reject(
        session,
        document=attachment.document,
        reason=again,
        due_on=due_on,
        by=officer,
        now=clock.now(),
    )
    session.commit()
    assert "Kovalenko" in client.get("/amt/antraege?stand=missing").text


def test_answers_and_document_stand_side_by_side(client, session, sent):
    page = client.get(page_of(session, sent)).text
    assert "320,50" in page
    assert "Kontoauszüge der letzten drei Monate" in page
    assert "/seite/1" in page
    assert "Annehmen" in page
    assert "Noch einmal anfordern" in page


def test_opening_it_is_written_down(client, session, sent):
    address = page_of(session, sent)
    for _ in range(2):
        client.get(address)
    events = audit_queries.events_about(session, kind="application", id=sent.id)
    assert [event.deed for event in events].count("applications.viewed") == 1


def test_a_document_is_accepted_and_the_way_leads_back(client, session, sent):
    address = page_of(session, sent)
    document = queries.attachments_of(session, application=sent)[0].document_id
    session.rollback()
    answer = client.post_form(f"/amt/akten/dokument/{document}/annehmen", {"next": address})
    assert answer.location == address
    assert "Angenommen" in client.get(address).text


def test_a_document_is_asked_for_again(client, session, sent):
    address = page_of(session, sent)
    document = queries.attachments_of(session, application=sent)[0].document_id
    session.rollback()
    again = {"reason": "unreadable", "due_on": ["31", "12", "2099"], "next": address}
    answer = client.post_form(f"/amt/akten/dokument/{document}/noch-einmal", again)
    assert answer.location == address
    assert "Bitte noch einmal" in client.get(address).text


def _decide(session, officer, sent, **how):
    seen = queries.application_for(session, sent.id, asker=officer)
    service.decide(session, application=seen, by=officer, now=clock.now(), **how)
    session.commit()


def test_from_review_to_decision(client, session, officer, sent):
    address = page_of(session, sent)
    assert client.post_form(f"{address}/pruefung").location == address
    page = client.get(address).text
    assert "In Prüfung bei" in page
    assert "Entscheidung schreiben" in page
    _decide(session, officer, sent, outcome=Outcome.GRANTED, note="Gut.")
    page = client.get(address).text
    assert "Bewilligt" in page
    assert "Gut." in page
    assert client.post_form(f"{address}/pruefung").status_code == 409
    assert "Kovalenko" in client.get("/amt/antraege?stand=decided").text


def test_the_citizen_sees_the_decision(client, session, officer, sent):
    address = page_of(session, sent)
    client.post_form(f"{address}/pruefung")
    _decide(session, officer, sent, outcome=Outcome.PARTLY_GRANTED, note="Ohne Öl.")
    client.sign_in(session.get(Citizen, sent.citizen_id))
    page = client.get(f"/antraege/{sent.id}").text
    assert "Entschieden: Teilweise bewilligt" in page
    assert "Ohne Öl." in page


def test_only_who_may_process_applications_gets_in(client, session, sent):
    address = page_of(session, sent)
    client.sign_in(staff_member(session, Role.MAILROOM))
    session.commit()
    for path in ("/amt/antraege", address):
        assert client.get(path).status_code == 404
    assert client.post_form(f"{address}/pruefung").status_code == 404
    me = citizen(session)
    client.sign_in(me)
    session.commit()
    assert client.get(address).status_code == 302
    assert client.get(f"/amt/antraege/{uuid.uuid4()}").status_code == 302


def test_a_long_list_asks_no_more_often(client, session, officer):
    def statements_for(count):
        for _ in range(count):
            make.sent(session, citizen(session)).case.team = officer.team
        session.commit()
        client.get("/amt/antraege")
        with counted_queries() as statements:
            client.get("/amt/antraege")
        return len(statements)

    assert statements_for(1) == statements_for(8)


def test_what_must_not_be_overlooked_stands_on_top(client, session, officer):
    me = citizen(session)
    danger = {
        "household_changes": ["separation"],
        "separated_on": "2026-10-01",
        "separation_danger": True,
    }
    made = make.sent(session, me, danger)
    made.case.team = officer.team
    session.commit()
    page = client.get(f"/amt/antraege/{made.id}").text
    assert "Darauf achten" in page
    assert "Niemand schreibt der anderen Person" in page
