"""Staff pages about hours: rules asked in words, single days, copying, what comes again."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.calendars import queries, service
from portal.calendars.models import Availability, Channel, RecurringAbsence
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import appointments as make

pytestmark = pytest.mark.usefixtures("quiet_monday")
HOURS = "/amt/termine/verfuegbarkeit"
NEXT_MONDAY = make.MONDAY + timedelta(days=7)
FORM = {
    "hours-rhythm": "week1",
    "hours-weekdays": ["1", "3"],
    "hours-starts": "9:30",
    "hours-ends": "12",
    "hours-channels": ["video"],
    "hours-valid_from": "16.11.2026",
}


@pytest.fixture
def officer(session: Session) -> StaffMember:
    return make.officer(session, opens=False)


@pytest.fixture
def desk(client: PortalClient, session: Session, officer: StaffMember) -> PortalClient:
    session.commit()
    client.sign_in(officer)
    return client


@pytest.mark.parametrize(
    ("fields", "rule", "words"),
    [
        ({}, "FREQ=WEEKLY;BYDAY=MO,WE", "Jede Woche am Montag und Mittwoch"),
        (
            {"hours-rhythm": "week2"},
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE",
            "Alle 2 Wochen am Montag und Mittwoch",
        ),
        (
            {"hours-rhythm": "nth", "hours-nth": "1", "hours-weekdays": ["1"]},
            "FREQ=MONTHLY;BYDAY=1MO",
            "Jeden Monat am ersten Montag",
        ),
        (
            {"hours-rhythm": "nth", "hours-nth": "-1", "hours-weekdays": ["5"]},
            "FREQ=MONTHLY;BYDAY=-1FR",
            "Jeden Monat am letzten Freitag",
        ),
        (
            {"hours-rhythm": "monthday", "hours-month_day": "15", "hours-weekdays": []},
            "FREQ=MONTHLY;BYMONTHDAY=15",
            "Jeden Monat am 15.",
        ),
        (
            {"hours-rhythm": "once", "hours-weekdays": []},
            "FREQ=DAILY;COUNT=1",
            "Einmal am 16.11.2026",
        ),
    ],
)
def test_the_words_become_a_rule_and_the_rule_becomes_words(
    desk: PortalClient, session: Session, fields: dict[str, object], rule: str, words: str
) -> None:
    answer = desk.post_form(f"{HOURS}/sprechzeiten", {**FORM, **fields}, follow_redirects=True)
    assert session.scalars(select(Availability.rule)).one() == rule
    assert words in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"hours-weekdays": []}, "Wählen Sie mindestens einen Wochentag."),
        ({"hours-weekdays": ["8"]}, "Wählen Sie eine Antwort aus."),
        ({"hours-rhythm": "FREQ=SECONDLY"}, "Wählen Sie eine Antwort aus."),
        ({"hours-rhythm": "monthday"}, "Geben Sie einen Tag von 1 bis 31 ein."),
        ({"hours-rhythm": "monthday", "hours-month_day": "32"}, "von 1 bis 31"),
        ({"hours-rhythm": "nth", "hours-nth": "9"}, "Wählen Sie eine Antwort aus."),
        ({"hours-valid_until": "1.11.2026"}, "Der letzte Tag muss nach dem ersten liegen."),
        ({"hours-valid_until": "16.11.2026", "hours-weekdays": ["5"]}, "fällt kein Tag"),
    ],
)
def test_mistakes_are_named(
    desk: PortalClient, session: Session, fields: dict[str, object], message: str
) -> None:
    answer = desk.post_form(f"{HOURS}/sprechzeiten", {**FORM, **fields})
    assert answer.status_code == 422
    assert message in answer.get_data(as_text=True)
    assert session.scalars(select(Availability)).all() == []


def test_outreach_at_a_place(desk: PortalClient, session: Session) -> None:
    place = service.ensure_standard_place(session, name="Jugendzentrum", address="Uferweg 2")
    session.commit()
    data = {**FORM, "hours-channels": ["outreach"], "hours-place": str(place.id)}
    answer = desk.post_form(f"{HOURS}/sprechzeiten", data)
    assert "Das ist nicht außerhalb." in answer.get_data(as_text=True)
    place.is_standard = False
    session.commit()
    answer = desk.post_form(f"{HOURS}/sprechzeiten", data, follow_redirects=True)
    assert "Jugendzentrum" in answer.get_data(as_text=True)
    assert session.scalars(select(Availability)).one().channels == [Channel.OUTREACH]


def test_single_days(desk: PortalClient, session: Session, officer: StaffMember) -> None:
    hours = make.hours(session, officer)
    session.commit()
    page = f"{HOURS}/sprechzeiten/{hours.id}/ausnahmen"
    assert "folgt immer der Regel" in desk.get(page).get_data(as_text=True)
    answer = desk.post_form(page, {"day": "17.11.2026", "kind": "aus"})
    assert answer.status_code == 422
    answer = desk.post_form(page, {"day": "23.11.2026", "kind": "aus"}, follow_redirects=True)
    assert "Montag, 23. November 2026" in answer.get_data(as_text=True)
    assert "1 aus, 0 extra" in desk.get(HOURS).get_data(as_text=True)
    assert desk.post_form(f"{page}/aufheben", {"day": "quatsch"}).status_code == 404
    answer = desk.post_form(f"{page}/aufheben", {"day": "2026-11-23"}, follow_redirects=True)
    assert "folgt immer der Regel" in answer.get_data(as_text=True)


def test_a_day_out_shows_at_once_who_is_booked_on_it(
    desk: PortalClient, session: Session, officer: StaffMember
) -> None:
    hours = make.hours(session, officer)
    booking = make.booking(session, officer=officer, slot=make.slot_at(officer, NEXT_MONDAY))
    name = booking.citizen.name
    session.commit()
    page = f"{HOURS}/sprechzeiten/{hours.id}/ausnahmen"
    answer = desk.post_form(page, {"day": "23.11.2026", "kind": "aus"}, follow_redirects=True)
    assert answer.request.path == f"/amt/termine/vertretung/{officer.id}"
    assert "Diese Termine sind noch gebucht" in answer.text
    assert name in answer.text
    assert "Montag, 23. November 2026" in answer.text


def test_single_days_of_others_do_not_exist(desk: PortalClient, session: Session) -> None:
    other = make.officer(session)
    [hours, *_] = queries.availabilities_of(session, officer=other)
    session.commit()
    page = f"{HOURS}/sprechzeiten/{hours.id}/ausnahmen"
    assert desk.get(page).status_code == 404
    assert desk.post_form(page, {"day": "23.11.2026", "kind": "aus"}).status_code == 404
    assert desk.get(f"{HOURS}/sprechzeiten/{uuid4()}/ausnahmen").status_code == 404


def test_a_break_each_day(desk: PortalClient, session: Session) -> None:
    data = {
        "again-reason": "break",
        "again-rhythm": "week1",
        "again-weekdays": ["1", "2", "3", "4", "5"],
        "again-starts": "12",
        "again-ends": "12:45",
        "again-valid_from": "16.11.2026",
    }
    answer = desk.post_form(f"{HOURS}/wiederkehrend", data, follow_redirects=True)
    text = answer.get_data(as_text=True)
    assert "Jede Woche von Montag bis Freitag" in text
    assert "Pause" in text
    row = session.scalars(select(RecurringAbsence)).one()
    answer = desk.post_form(f"{HOURS}/wiederkehrend/{row.id}/loeschen", follow_redirects=True)
    assert "Keine Pause" in answer.get_data(as_text=True)
    answer = desk.post_form(f"{HOURS}/wiederkehrend", {**data, "again-ends": "11"})
    assert answer.status_code == 422
    assert "<title>Fehler: " in answer.get_data(as_text=True)


class TestLead:
    @pytest.fixture
    def lead(self, session: Session, officer: StaffMember) -> StaffMember:
        return accounts.staff_member(
            session, Role.INTEGRATION_OFFICER, Role.TEAM_LEAD, team=officer.team
        )

    @pytest.fixture
    def chair(self, client: PortalClient, session: Session, lead: StaffMember) -> PortalClient:
        session.commit()
        client.sign_in(lead)
        return client

    def test_a_meeting_for_the_team(
        self, chair: PortalClient, session: Session, lead: StaffMember, officer: StaffMember
    ) -> None:
        data = {
            "absence-first_day": "18.11.2026",
            "absence-part": "vormittag",
            "absence-reason": "meeting",
            "absence-officers": [str(officer.id)],
        }
        assert chair.post_form(f"{HOURS}/abwesenheiten", data).status_code == 302
        stranger = make.officer(session)
        session.commit()
        data["absence-officers"] = [str(stranger.id)]
        assert chair.post_form(f"{HOURS}/abwesenheiten", data).status_code == 422
        for one in (lead, officer):
            page = chair.get(f"{HOURS}?wer={one.id}").get_data(as_text=True)
            assert "18.11.2026, 12:00" in page

    def test_copying_shows_first_and_does_it_then(
        self, chair: PortalClient, session: Session, lead: StaffMember, officer: StaffMember
    ) -> None:
        hours = make.hours(session, lead)
        session.commit()
        page = f"{HOURS}/{lead.id}/kopieren"
        assert officer.name in chair.get(page).get_data(as_text=True)
        assert chair.get(f"{page}?rows={hours.id}").status_code == 422
        query = f"?rows={hours.id}&officers={officer.id}"
        assert "kommt dazu" in chair.get(page + query).get_data(as_text=True)
        assert queries.availabilities_of(session, officer=officer) == []
        data = {"rows": [str(hours.id)], "officers": [str(officer.id)]}
        assert chair.post_form(page, data).status_code == 302
        assert len(queries.availabilities_of(session, officer=officer)) == 1
        answer = chair.post_form(page, data)
        assert answer.status_code == 409
        assert "überschneidet sich" in answer.get_data(as_text=True)

    def test_copying_is_for_the_own_team(
        self, chair: PortalClient, session: Session, lead: StaffMember
    ) -> None:
        stranger = make.officer(session)
        hours = make.hours(session, lead)
        session.commit()
        assert chair.get(f"{HOURS}/{stranger.id}/kopieren").status_code == 404
        data = {"rows": [str(hours.id)], "officers": [str(stranger.id)]}
        assert chair.post_form(f"{HOURS}/{lead.id}/kopieren", data).status_code == 422

    def test_who_leads_nobody_copies_nothing(
        self, desk: PortalClient, officer: StaffMember
    ) -> None:
        assert desk.get(f"{HOURS}/{officer.id}/kopieren").status_code == 404
