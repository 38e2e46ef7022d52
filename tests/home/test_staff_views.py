"""The staff's start page."""

from datetime import timedelta

import pytest

from portal.accounts.models import Role
from portal.core import clock
from tests.factories import accounts, appointments, inbox
from tests.queries import counted_queries


@pytest.fixture
def monday(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "now", lambda: appointments.NOW)
    return appointments.NOW


@pytest.fixture
def officer(session):
    return appointments.officer(session)


def day_of(client, session, officer) -> str:
    session.flush()
    session.expire_all()
    client.sign_in(officer)
    page = client.get("/amt", headers={"Accept-Language": "de"})
    assert page.status_code == 200
    return page.get_data(as_text=True)


def test_citizens_do_not_come_in(client, session):
    client.sign_in(accounts.citizen(session))
    assert client.get("/amt").status_code == 302


def test_an_empty_day_offers_the_next_step(client, session, officer):
    page = day_of(client, session, officer)
    assert "Heute kein Termin" in page
    assert "Nichts offen" in page


def test_today_shows_the_talks_of_today_only(client, session, officer, monday):
    oksana, petra = accounts.citizen(session), accounts.citizen(session, last_name="Schmidt")
    booking = appointments.booking(session, officer=officer, citizen=oksana)
    tomorrow = appointments.slot_at(officer, appointments.MONDAY + timedelta(days=1))
    appointments.booking(session, officer=officer, citizen=petra, slot=tomorrow)
    page = day_of(client, session, officer)
    assert oksana.name in page
    assert f"/amt/beratung/{booking.id}" in page
    assert petra.name not in page


def test_own_items_say_why_and_what_next(client, session, officer, monday):
    inbox.work_item(
        session,
        team_of=officer,
        assignee_id=officer.id,
        reason="Antwort auf Ihre Nachfrage",
        next_step="Dokument prüfen",
        due_on=clock.local_date(monday) - timedelta(days=2),
    )
    page = day_of(client, session, officer)
    assert "Antwort auf Ihre Nachfrage" in page
    assert "Dokument prüfen" in page
    assert "seit 14.11.2026" in page
    assert "Ein Vorgang ist überfällig" in page


def test_what_is_free_in_the_team_is_counted(client, session, officer, monday):
    inbox.work_item(session, team_of=officer)
    inbox.work_item(session, team_of=officer)
    inbox.work_item(session, team_of=accounts.staff_member(session, Role.MAILROOM))
    assert "Noch 2 freie Vorgänge im Team" in day_of(client, session, officer)


def test_more_work_asks_no_more_queries(client, session, officer, monday):
    inbox.work_item(session, team_of=officer, assignee_id=officer.id)
    day_of(client, session, officer)
    with counted_queries() as few:
        client.get("/amt")
    for _ in range(5):
        inbox.work_item(session, team_of=officer, assignee_id=officer.id)
    session.expire_all()
    with counted_queries() as many:
        client.get("/amt")
    assert len(many) == len(few) <= 14
