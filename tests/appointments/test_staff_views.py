"""Staff pages: calendars, outcomes, hours and absences, booking on behalf."""

import re
from datetime import time, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.appointments.models import Booking, BookingState
from portal.calendars import away
from portal.calendars.models import Absence, AbsenceReason, Availability, Channel
from portal.calendars.recurrence import Rule
from portal.calendars.slots import at_wall
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW
from tests.queries import counted_queries

pytestmark = pytest.mark.usefixtures("quiet_monday")

DAY = timedelta(days=1)
HOURS = "/amt/termine/verfuegbarkeit"


@pytest.fixture
def officer(session: Session) -> StaffMember:
    return make.officer(session)


@pytest.fixture
def booking(session: Session, officer: StaffMember) -> Booking:
    return make.booking(session, officer=officer, note="Mein Mietvertrag")


@pytest.fixture
def desk(client: PortalClient, session: Session, officer: StaffMember) -> PortalClient:
    """A desk at which the officer is signed in."""
    session.flush()
    client.sign_in(officer)
    return client


def text(desk: PortalClient, path: str, status: int = 200) -> str:
    answer = desk.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


class TestCalendar:
    def test_shows_the_own_week(self, booking: Booking, desk: PortalClient) -> None:
        page = text(desk, "/amt/termine")
        assert booking.citizen.name in page
        assert "09:00–09:30" in page
        assert "Freitag, 20. November 2026" in page

    def test_a_day(self, booking: Booking, desk: PortalClient) -> None:
        page = text(desk, "/amt/termine?ansicht=tag&ab=2026-11-17")
        assert booking.citizen.name not in page
        assert "Dienstag, 17. November 2026" in page
        assert "ab=2026-11-16" in page

    def test_the_team_and_a_colleague(
        self, desk: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        colleague = make.officer(session, team=officer.team)
        make.absence(session, colleague)
        foreign = make.booking(session)
        make.case_of(session, foreign.citizen)
        session.flush()
        assert "Urlaub" not in text(desk, "/amt/termine")
        team = text(desk, "/amt/termine?wer=team")
        assert "Urlaub" in team
        assert foreign.citizen.name not in team
        one = text(desk, f"/amt/termine?wer={foreign.staff_member_id}")
        assert "belegt" in one
        assert foreign.citizen.name not in one

    def test_the_week_of_the_team_shows_what_keeps_somebody_away_again_and_again(
        self, desk: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        colleague = make.officer(session, team=officer.team)
        away.add_recurring_absences(
            session,
            officers=[colleague],
            rule=Rule.weekly(2),
            starts=time(12),
            ends=time(12, 30),
            valid_from=MONDAY,
            valid_until=MONDAY + 9 * DAY,
            reason=AbsenceReason.MEETING,
            by=colleague,
            now=NOW,
        )
        session.flush()
        seen = [text(desk, f"/amt/termine?wer=team&ab={MONDAY + days * DAY}") for days in (0, 14)]
        assert "12:00–12:30" in seen[0]
        assert "12:00–12:30" not in seen[1]
        [row] = re.findall(r"<tr>(?:(?!</tr>).)*12:00–12:30.*?</tr>", seen[0], re.DOTALL)
        assert colleague.name in row
        assert "Besprechung" in row

    @pytest.mark.parametrize("query", ["ab=quatsch", "ab=9999-12-31", "wer=x", "ansicht=jahr"])
    def test_nonsense_shows_the_own_week(self, desk: PortalClient, query: str) -> None:
        assert "Montag, 16. November 2026" in text(desk, f"/amt/termine?{query}")

    @pytest.mark.parametrize("number", [1, 4])
    def test_asks_a_fixed_number_of_times(
        self, desk: PortalClient, session: Session, officer: StaffMember, number: int
    ) -> None:
        for place in range(number):
            slot = make.slot_at(officer, MONDAY + place * DAY)
            make.booking(session, officer=officer, slot=slot)
        session.commit()
        session.expunge_all()
        with counted_queries() as statements:
            text(desk, "/amt/termine?wer=team")
        assert len(statements) <= 14

    @pytest.mark.parametrize(
        "path", ["", "/neu", "/verfuegbarkeit", f"/{UUID(int=0)}", f"/{UUID(int=0)}/verschieben"]
    )
    def test_needs_the_right(self, client: PortalClient, session: Session, path: str) -> None:
        mailroom = accounts.staff_member(session, Role.MAILROOM)
        session.commit()
        client.sign_in(mailroom)
        text(client, f"/amt/termine{path}", 404)


class TestOneBooking:
    def test_shows_everything_but_the_outcome_too_early(
        self, booking: Booking, desk: PortalClient
    ) -> None:
        page = text(desk, f"/amt/termine/{booking.id}")
        assert "Mein Mietvertrag" in page
        assert "hat keine Rechtsfolgen" in page
        assert "Ergebnis eintragen" not in page

    def test_the_door_opens_in_time(
        self, booking: Booking, desk: PortalClient, quiet_monday: time_machine.Traveller
    ) -> None:
        quiet_monday.move_to(booking.starts_at - timedelta(minutes=15))
        desk.sign_in(booking.staff_member)
        assert f"/amt/beratung/{booking.id}" in text(desk, f"/amt/termine/{booking.id}")

    def test_outcome(
        self, booking: Booking, desk: PortalClient, quiet_monday: time_machine.Traveller
    ) -> None:
        quiet_monday.move_to(booking.starts_at)
        desk.sign_in(booking.staff_member)
        path = f"/amt/termine/{booking.id}/ergebnis"
        answer = desk.post_form(path, {"outcome": "missed", "reason": ""})
        assert answer.status_code == 422
        assert "Bitte nennen Sie den Grund." in answer.get_data(as_text=True)

        answer = desk.post_form(
            path, {"outcome": "excused", "reason": "krank"}, follow_redirects=True
        )
        page = answer.get_data(as_text=True)
        assert "Das Ergebnis ist eingetragen." in page
        assert "Entschuldigt" in page
        assert "Ergebnis ändern" in page

    def test_outcome_too_early(self, booking: Booking, desk: PortalClient) -> None:
        answer = desk.post_form(f"/amt/termine/{booking.id}/ergebnis", {"outcome": "came"})
        assert answer.status_code == 409

    @pytest.mark.parametrize("outcome", ["", "booked", "cancelled"])
    def test_only_outcomes(self, booking: Booking, desk: PortalClient, outcome: str) -> None:
        answer = desk.post_form(f"/amt/termine/{booking.id}/ergebnis", {"outcome": outcome})
        assert answer.status_code == 422

    def test_move_and_cancel_on_behalf(
        self, booking: Booking, desk: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        slot = make.slot_at(officer, wall=time(12))
        path = f"/amt/termine/{booking.id}"
        assert slot.key in text(desk, f"{path}/verschieben")
        answer = desk.post_form(f"{path}/verschieben", {"slot": slot.key}, follow_redirects=True)
        assert "12:00 Uhr" in answer.get_data(as_text=True)
        assert desk.post_form(f"{path}/verschieben", {"slot": "x"}).status_code == 422
        assert "Termin absagen?" in text(desk, f"{path}/absagen")
        answer = desk.post_form(f"{path}/absagen", follow_redirects=True)
        assert "Der Termin ist abgesagt." in answer.get_data(as_text=True)
        session.refresh(booking, ["state"])
        assert booking.state == BookingState.CANCELLED

    def test_unknown(self, desk: PortalClient) -> None:
        text(desk, f"/amt/termine/{uuid4()}", 404)


class TestOnBehalf:
    def test_from_the_case_to_the_booking(
        self, desk: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        make.kind(session)
        citizen = accounts.citizen(session)
        case = make.case_of(session, citizen)
        session.commit()
        path = f"/amt/termine/neu/{case.id}/{citizen.id}/beratung-video"
        assert path in text(desk, f"/amt/termine/neu?case={case.id}")
        slot = make.slot_at(officer)
        assert slot.key in text(desk, path)
        assert slot.key in text(desk, f"{path}?wer=ich")

        answer = desk.post_form(path, {"slot": slot.key, "note": "Plan", "arranged": "office"})

        booking = session.scalars(select(Booking)).one()
        assert answer.location == f"/amt/termine/{booking.id}"
        assert not booking.chosen_by_citizen
        assert booking.case_id == case.id

    def test_the_slow_one_keeps_what_was_written(
        self, desk: PortalClient, session: Session, booking: Booking, officer: StaffMember
    ) -> None:
        citizen = accounts.citizen(session)
        case = make.case_of(session, citizen)
        path = f"/amt/termine/neu/{case.id}/{citizen.id}/beratung-video"
        data = {"slot": make.slot_at(officer).key, "note": "Kooperationsplan", "arranged": "phone"}
        answer = desk.post_form(path, data)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 409
        assert "gerade vergeben" in page
        assert "Kooperationsplan" in page

    def test_a_citizen_outside_the_case_does_not_exist(
        self, desk: PortalClient, session: Session
    ) -> None:
        make.kind(session)
        case = make.case_of(session, accounts.citizen(session))
        stranger = accounts.citizen(session)
        session.commit()
        text(desk, f"/amt/termine/neu/{case.id}/{stranger.id}/beratung-video", 404)
        text(desk, f"/amt/termine/neu?case={uuid4()}", 404)

    @pytest.mark.parametrize(
        ("arranged", "chosen"), [("phone", True), ("desk", True), ("office", False)]
    )
    def test_who_asks_for_a_time_on_the_phone_has_chosen_it(
        self,
        desk: PortalClient,
        session: Session,
        officer: StaffMember,
        arranged: str,
        *,
        chosen: bool,
    ) -> None:
        make.kind(session)
        citizen = accounts.citizen(session)
        case = make.case_of(session, citizen)
        session.commit()
        path = f"/amt/termine/neu/{case.id}/{citizen.id}/beratung-video"
        data = {"slot": make.slot_at(officer).key, "arranged": arranged}
        page = desk.post_form(path, data, follow_redirects=True).get_data(as_text=True)
        assert session.scalars(select(Booking)).one().chosen_by_citizen == chosen
        assert ("keine Meldeaufforderung" in page) == chosen

    def test_staff_cannot_say_that_it_came_online(
        self, desk: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        make.kind(session)
        citizen = accounts.citizen(session)
        case = make.case_of(session, citizen)
        session.commit()
        path = f"/amt/termine/neu/{case.id}/{citizen.id}/beratung-video"
        data = {"slot": make.slot_at(officer).key, "arranged": "online"}
        assert desk.post_form(path, data).status_code == 422

    def test_who_rings_up_is_found_by_name_also_without_a_file(
        self, desk: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        caller = accounts.citizen(session, first_name="Rosa", last_name="Marino")
        booking = make.booking(session, citizen=caller, officer=officer)
        booking.case_id = None
        other = make.officer(session)
        make.booking(session, citizen=accounts.citizen(session, last_name="Sommer"), officer=other)
        session.commit()
        page = text(desk, "/amt/termine/neu?suche=rosa+marino")
        assert f'href="/amt/termine/{booking.id}#notiz"' in page
        assert "Sommer" not in page
        assert 'id="notiz"' in text(desk, f"/amt/termine/{booking.id}")
        assert "#notiz" not in text(desk, "/amt/termine/neu?suche=%25")
        assert "#notiz" not in text(desk, "/amt/termine/neu?suche=_")

    def test_a_person_is_found_by_name(self, desk: PortalClient, session: Session) -> None:
        make.kind(session)
        assert "Für wen ist der Termin?" in text(desk, "/amt/termine/neu")
        people = [accounts.citizen(session, last_name=name) for name in ("Aydın", "Aydın-Groß")]
        cases = [make.case_of(session, person) for person in people]
        session.commit()
        page = text(desk, "/amt/termine/neu?suche=Aydın")
        for case in cases:
            assert f"/amt/termine/neu?case={case.id}" in page
        page = text(desk, "/amt/termine/neu?suche=Aydın-Groß")
        assert f"/amt/termine/neu/{cases[1].id}/{people[1].id}/beratung-video" in page
        assert "Keine Akte gefunden" in text(desk, "/amt/termine/neu?suche=Niemand")

    def test_a_slip_for_people_without_mail(self, booking: Booking, desk: PortalClient) -> None:
        page = text(desk, f"/amt/termine/{booking.id}/zettel")
        for part in (booking.citizen.name, "Montag, 16. November 2026, 09:00 Uhr", "Drucken"):
            assert part in page
        assert "Mein Mietvertrag" not in page


class TestNav:
    def test_shows_only_what_is_served(self, desk: PortalClient) -> None:
        page = text(desk, "/amt/termine")
        nav = page[page.index('aria-label="Rund um Termine"') :].partition("</nav>")[0]
        assert 'href="/amt/termine" aria-current="page"' in nav
        assert "/amt/termine/neu" in nav
        assert HOURS in nav
        for endpoint, label in (
            ("staff_invitations.index", "Einladungen"),
            ("staff_groups.index", "Gruppen"),
        ):
            assert (label in nav) == (endpoint in desk.application.view_functions)


class TestHours:
    FORM = {
        "hours-rhythm": "week1",
        "hours-weekdays": ["6"],
        "hours-starts": "9.30",
        "hours-ends": "12 Uhr",
        "hours-channels": ["video", "phone"],
        "hours-valid_from": "1.12.2026",
    }

    def test_add_and_remove(
        self, desk: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        answer = desk.post_form(f"{HOURS}/sprechzeiten", self.FORM, follow_redirects=True)
        assert "09:30–12:00" in answer.get_data(as_text=True)
        added = session.scalars(
            select(Availability).where(Availability.rule == "FREQ=WEEKLY;BYDAY=SA")
        ).one()
        assert added.channels == [Channel.VIDEO, Channel.PHONE]
        assert added.staff_member_id == officer.id
        desk.post_form(f"{HOURS}/sprechzeiten/{added.id}/loeschen")
        assert "09:30–12:00" not in text(desk, HOURS)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"hours-starts": "halb zehn"}, "Geben Sie eine Uhrzeit ein"),
            ({"hours-starts": "25:00"}, "Geben Sie eine Uhrzeit ein"),
            ({"hours-starts": ""}, "Geben Sie den Beginn ein."),
            ({"hours-ends": "8:00"}, "Das Ende muss nach dem Beginn liegen."),
            ({"hours-channels": []}, "Wählen Sie mindestens einen Weg."),
            ({"hours-weekdays": ["1"]}, "schon Sprechzeiten"),
            ({"hours-weekdays": []}, "Wählen Sie mindestens einen Wochentag."),
            ({"hours-valid_from": "1.1.9999"}, "Prüfen Sie das Jahr."),
        ],
    )
    def test_mistakes_keep_the_input(
        self, desk: PortalClient, change: dict[str, object], message: str
    ) -> None:
        answer = desk.post_form(f"{HOURS}/sprechzeiten", {**self.FORM, **change})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert message in page
        assert "<title>Fehler: Meine Sprechzeiten" in page
        for name, value in {**self.FORM, **change}.items():
            if name in {"hours-starts", "hours-ends"} and value:
                assert f'value="{value}"' in page

    def test_an_absence_over_bookings_lists_them(
        self, booking: Booking, desk: PortalClient
    ) -> None:
        data = {"absence-first_day": "16.11.2026", "absence-reason": "vacation"}
        answer = desk.post_form(f"{HOURS}/abwesenheiten", data)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 409
        assert f"/amt/termine/{booking.id}" in page

    def test_add_and_remove_an_absence(
        self, desk: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        data = {
            "absence-first_day": "18.11.2026",
            "absence-last_day": "19.11.2026",
            "absence-starts": "12",
            "absence-reason": "training",
        }
        answer = desk.post_form(f"{HOURS}/abwesenheiten", data, follow_redirects=True)
        assert "Fortbildung" in answer.get_data(as_text=True)
        absence = session.scalars(select(Absence)).one()
        assert absence.starts_at == at_wall(MONDAY + 2 * DAY, time(12))
        assert absence.ends_at == at_wall(MONDAY + 4 * DAY, time())
        desk.post_form(f"{HOURS}/abwesenheiten/{absence.id}/loeschen")
        assert session.scalars(select(Absence)).all() == []

    def test_an_absence_must_lie_ahead(self, desk: PortalClient) -> None:
        answer = desk.post_form(f"{HOURS}/abwesenheiten", {"absence-first_day": "1.11.2026"})
        assert answer.status_code == 422

    def test_hours_of_others_do_not_exist(self, desk: PortalClient, session: Session) -> None:
        other = make.officer(session)
        [hours, *_] = session.scalars(
            select(Availability).where(Availability.staff_member_id == other.id)
        )
        text(desk, f"{HOURS}?wer={other.id}", 404)
        assert desk.post_form(f"{HOURS}/sprechzeiten/{hours.id}/loeschen").status_code == 404

    def test_a_team_lead_plans_for_the_team(
        self, client: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        lead = accounts.staff_member(session, Role.TEAM_LEAD, team=officer.team)
        session.commit()
        client.sign_in(lead)
        assert officer.name in text(client, f"{HOURS}?wer={officer.id}")
