"""The staff's start page."""

import re
from datetime import timedelta

import pytest

from portal.accounts.models import Role
from portal.casefiles.models import Case
from portal.core import clock
from portal.inbox.models import ItemKind
from tests.factories import accounts, appointments, casefiles, inbox, office
from tests.queries import counted_queries


@pytest.fixture
def monday(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "now", lambda: appointments.NOW)
    return appointments.NOW


@pytest.fixture
def officer(session):
    return appointments.officer(session)


GLANCE = re.compile(
    r'<a href="([^"]+)"><strong class="glance__count figures">([^<]+)</strong> <span>([^<]+)<'
)


def glance(page: str, label: str) -> str:
    """Return the number beside these words."""
    return {found[2]: found[1] for found in GLANCE.findall(page)}[label]


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
    assert glance(page, "überfällig bei mir") == "1"


def test_what_is_free_in_the_team_is_counted(client, session, officer, monday):
    inbox.work_item(session, team_of=officer)
    inbox.work_item(session, team_of=officer)
    inbox.work_item(session, team_of=accounts.staff_member(session, Role.MAILROOM))
    assert glance(day_of(client, session, officer), "im Team noch frei") == "2"


def test_each_number_leads_to_the_list_that_it_counts(client, session, officer, monday):
    """Given items of all sorts, when a number is followed, then that many items are there."""
    today = clock.local_date(monday)
    for due, urgency, mine in ((-2, 0, True), (0, 1, True), (3, 2, True), (-1, 0, False)):
        inbox.work_item(
            session,
            team_of=officer,
            assignee_id=officer.id if mine else None,
            due_on=today + timedelta(days=due),
            urgency=urgency,
        )
    page = day_of(client, session, officer)
    found = GLANCE.findall(page)
    assert found.pop()[::2] == ("/amt/uebergaben", "Übergaben hängen im Team")
    assert [int(count) for _, count, _ in found] == [1, 1, 2, 3, 1, 2]
    for href, count, label in found:
        rows = client.get(href.replace("&amp;", "&")).text.count("<tr class=")
        assert rows == int(count), label


def test_the_lead_sees_who_waits_for_a_yes(client, session, officer):
    lead = accounts.staff_member(session, Role.TEAM_LEAD, team=officer.team)
    paper = casefiles.document(session, owner=accounts.citizen(session))
    case = session.get_one(Case, paper.case_id)
    case.team_id = lead.team_id
    stranger = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    office.emergency(session, case=case, member=stranger)
    assert glance(day_of(client, session, lead), "wartet auf meine Freigabe") == "1"


def test_what_hangs_between_two_places_is_counted_and_leads_to_the_table(
    client, session, officer, monday
):
    """Given two steps that hang in the team, when the day begins, then it says two, and where."""
    for _ in range(2):
        inbox.work_item(session, team_of=officer, kind=ItemKind.HAND_OVER_LATE)
    inbox.work_item(
        session,
        team_of=accounts.staff_member(session, Role.BENEFIT_OFFICER),
        kind=ItemKind.HAND_OVER_LATE,
    )
    page = day_of(client, session, officer)
    assert glance(page, "Übergaben hängen im Team") == "2"
    assert 'href="/amt/uebergaben"' in page
    assert client.get("/amt/uebergaben").status_code == 200


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
