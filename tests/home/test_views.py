"""The citizen's start page and the public pages."""

from datetime import timedelta

import pytest
from flask import render_template

from portal.casefiles.models import DocumentKind
from portal.core import clock
from tests.client import check_html
from tests.factories import accounts, applications, appointments, casefiles
from tests.factories import waiting as waiting_list
from tests.queries import counted_queries

PUBLIC = ["/", "/hilfe", "/barrierefreiheit", "/datenschutz", "/impressum"]


@pytest.fixture
def monday(monkeypatch: pytest.MonkeyPatch):
    """Let it be the quiet Monday, seven in the morning."""
    monkeypatch.setattr(clock, "now", lambda: appointments.NOW)
    return appointments.NOW


@pytest.fixture
def oksana(session):
    return accounts.citizen(session)


def overview(client, session, person) -> str:
    session.flush()
    session.expire_all()
    client.sign_in(person)
    return client.get("/", headers={"Accept-Language": "de"}).get_data(as_text=True)


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_need_no_sign_in(client, path):
    page = client.get(path)
    assert page.status_code == 200
    assert "Jobcenter Lindenau" in page.get_data(as_text=True)


def test_the_start_page_offers_the_four_big_steps(client):
    page = client.get("/").get_data(as_text=True)
    for address in ("/antraege/neu/wba", "/unterlagen/neu", "/termine/neu", "/anmelden"):
        assert f'href="{address}"' in page


def test_the_start_page_asks_the_database_nothing(client):
    with counted_queries() as statements:
        client.get("/")
    assert statements == []


def test_staff_see_no_citizen_overview(client, session):
    client.sign_in(accounts.staff_member(session, accounts.Role.BENEFIT_OFFICER))
    assert "Was möchten Sie erledigen?" in client.get("/").get_data(as_text=True)


def test_nothing_to_do_is_said_plainly(client, session, oksana):
    page = overview(client, session, oksana)
    assert "Im Moment müssen Sie nichts tun." in page
    assert "Kein laufender Antrag" in page


def test_what_is_missing_is_a_task_with_its_day(client, session, oksana, monday):
    due = clock.local_date(monday) + timedelta(days=2)
    asked = casefiles.evidence_request(session, owner=oksana, due_on=due, now=monday)
    page = overview(client, session, oksana)
    assert f"/unterlagen/aufgaben/{asked.id}" in page
    assert "Bis Mittwoch, 18. November 2026" in page
    assert "In 2 Tagen" in page


def test_tasks_of_others_are_not_shown(client, session, oksana):
    casefiles.evidence_request(session)
    assert "Im Moment müssen Sie nichts tun." in overview(client, session, oksana)


def test_a_draft_can_be_gone_on_with(client, session, oksana):
    draft = applications.draft(session, oksana)
    page = overview(client, session, oksana)
    assert f'href="/antraege/{draft.id}"' in page
    assert "fertig ausfüllen und senden" in page


def test_a_sent_application_shows_how_far_it_is(client, session, oksana, monday):
    applications.sent(session, oksana, now=monday)
    page = overview(client, session, oksana)
    assert "In Prüfung" in page
    assert "Meist bis Montag, 14. Dezember 2026." in page


def test_the_renewal_is_asked_for_before_the_benefit_ends(client, session, oksana, monday):
    case = casefiles.case(session, oksana, now=monday)
    case.award_until = clock.local_date(monday) + timedelta(days=45)
    page = overview(client, session, oksana)
    assert "Weiterbewilligung beantragen" in page
    assert case.file_reference in page


def test_an_appointment_is_a_task_until_its_room_opens(client, session, oksana, monkeypatch):
    booking = appointments.booking(session, citizen=oksana)
    monkeypatch.setattr(clock, "now", lambda: booking.starts_at - timedelta(hours=1))
    client.sign_in(oksana)
    assert "Montag, 16. November 2026, 09:00 Uhr" in overview(client, session, oksana)
    monkeypatch.setattr(clock, "now", lambda: booking.starts_at - timedelta(minutes=5))
    client.sign_in(oksana)
    page = client.get("/", headers={"Accept-Language": "de"}).get_data(as_text=True)
    assert f'action="/beratung/{booking.id}/warten"' in page


def test_an_open_offer_stands_first_with_until_when(client, session, oksana, monday):
    appointments.officer(session)
    casefiles.evidence_request(session, owner=oksana, now=monday)
    offer = waiting_list.offered(session, oksana, now=monday)
    page = overview(client, session, oksana)
    assert f'href="/termine/angebot/{offer.id}"' in page
    assert page.index(str(offer.id)) < page.index("Das ist zu tun")
    assert f"frei gehalten bis {clock.local(offer.expires_at):%H:%M} Uhr" in page


def test_an_offer_that_is_over_is_not_shown(client, session, oksana, monday, monkeypatch):
    appointments.officer(session)
    offer = waiting_list.offered(session, oksana, now=monday)
    monkeypatch.setattr(clock, "now", lambda: offer.expires_at)
    assert "/termine/angebot/" not in overview(client, session, oksana)


def test_an_offer_to_somebody_else_is_not_shown(client, session, oksana, monday):
    appointments.officer(session)
    waiting_list.offered(session, accounts.citizen(session), now=monday)
    assert "/termine/angebot/" not in overview(client, session, oksana)


def test_more_tasks_ask_no_more_queries(client, session, oksana):
    casefiles.evidence_request(session, owner=oksana)
    overview(client, session, oksana)
    with counted_queries() as few:
        client.get("/")
    for kind in (DocumentKind.PAYSLIPS, DocumentKind.RENTAL_CONTRACT, DocumentKind.SICK_NOTE):
        casefiles.evidence_request(session, owner=oksana, kind=kind)
    session.expire_all()
    with counted_queries() as many:
        client.get("/")
    assert len(many) == len(few) <= 12


def test_the_language_is_kept(client):
    answer = client.post_form("/sprache", {"language": "en", "next": "/hilfe"})
    assert answer.location == "/hilfe"
    assert 'lang="en"' in client.get("/hilfe").get_data(as_text=True)


def test_the_language_leads_to_no_foreign_page(client):
    answer = client.post_form("/sprache", {"language": "de", "next": "//example.org"})
    assert answer.location == "/"


def test_a_language_that_nobody_speaks_here_is_refused(client):
    assert client.post_form("/sprache", {"language": "xx"}).status_code == 422


@pytest.mark.parametrize("path", ["/gibt-es-nicht", "/amt/gibt-es-nicht"])
def test_a_page_that_is_missing_says_what_to_do(client, path):
    page = client.get(path)
    assert page.status_code == 404
    assert "Diese Seite gibt es nicht" in page.get_data(as_text=True)


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 409, 410, 413, 418, 422, 429, 500, 503]
)
@pytest.mark.parametrize("staff", [False, True])
def test_every_error_has_a_page(session, status, staff):
    for typed in ([], [("name", "Oksana")]):
        page = {"status": status, "message": None, "staff": staff, "typed": typed, "back": None}
        check_html(render_template("errors/error.html", **page))
