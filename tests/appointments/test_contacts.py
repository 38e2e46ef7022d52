"""The rhythm of contact: who is due, what counts as a contact, how full somebody is."""

import time as clockwork
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.appointments import contacts, overdue, service
from portal.appointments.contacts_models import CaseTrack, ContactWay, NotedContact
from portal.appointments.models import BookingState
from portal.calendars.slots import at_wall
from portal.casefiles.models import Case, CaseMember
from portal.core.db import new_id
from portal.core.errors import NotAllowed
from tests.client import PortalClient
from tests.factories import accounts, consultations
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW
from tests.queries import counted_queries

pytestmark = pytest.mark.usefixtures("quiet_monday")

DAY = timedelta(days=1)
PAGE = "/amt/termine/kontakte"


@pytest.fixture(autouse=True)
def tracks(session: Session) -> None:
    contacts.ensure_standard_tracks(session)


@pytest.fixture
def officer(session: Session) -> StaffMember:
    return make.officer(session)


@pytest.fixture
def case(session: Session, officer: StaffMember) -> Case:
    """A case in Bestand, cared for by the officer, in their team."""
    made = make.case_of(session, accounts.citizen(session), integration_officer=officer)
    made.team_id = officer.team_id
    put_on(session, made, "bestand", officer, since=MONDAY - 400 * DAY)
    return made


def put_on(
    session: Session, case: Case, key: str, officer: StaffMember, *, since: date = MONDAY
) -> None:
    at = at_wall(since, time(8))
    contacts.set_track(
        session, case=case, track=contacts.track_for(session, key), by=officer, now=at
    )
    session.flush()


def met(session: Session, case: Case, officer: StaffMember, at: datetime) -> None:
    contacts.note_contact(
        session, case=case, way=ContactWay.PHONE, at=at, text="rief an", by=officer, now=NOW
    )
    session.flush()


def due(session: Session, officer: StaffMember, *, mine: bool = True) -> list[Case]:
    return [one.case for one in contacts.due(session, asker=officer, mine=mine, now=NOW).rows]


class TestDue:
    @pytest.mark.parametrize(
        ("days", "is_due"), [(0, False), (167, False), (168, True), (170, True), (200, True)]
    )
    def test_bestand_is_due_two_weeks_before_half_a_year_is_over(
        self, session: Session, case: Case, officer: StaffMember, days: int, *, is_due: bool
    ) -> None:
        met(session, case, officer, NOW - days * DAY)
        assert due(session, officer) == ([case] if is_due else [])

    def test_after_a_video_talk_the_case_is_gone(
        self, session: Session, case: Case, officer: StaffMember
    ) -> None:
        met(session, case, officer, NOW - 170 * DAY)
        assert due(session, officer) == [case]
        citizen = case.members[0].citizen
        talk = consultations.booking(session, now=NOW - DAY, citizen=citizen, officer=officer)
        talk.case_id = case.id
        session.flush()
        assert due(session, officer) == [case]  # a talk that is only booked is no contact
        service.record_outcome(
            session, booking=talk, outcome=BookingState.CAME, reason=None, by=officer, now=NOW
        )
        session.flush()
        assert due(session, officer) == []

    @pytest.mark.parametrize(
        "outcome", [BookingState.EXCUSED, BookingState.OFFICE_FAULT, BookingState.MISSED]
    )
    def test_a_talk_that_was_not_held_is_no_contact(
        self, session: Session, case: Case, officer: StaffMember, outcome: BookingState
    ) -> None:
        met(session, case, officer, NOW - 170 * DAY)
        talk = consultations.booking(
            session, now=NOW - DAY, citizen=case.members[0].citizen, officer=officer
        )
        talk.case_id = case.id
        service.record_outcome(
            session, booking=talk, outcome=outcome, reason="so", by=officer, now=NOW
        )
        session.flush()
        assert due(session, officer) == [case]

    def test_never_met_counts_from_the_first_day_on_the_track(
        self, session: Session, case: Case, officer: StaffMember
    ) -> None:
        [one] = contacts.due(session, asker=officer, mine=True, now=NOW).rows
        assert one.last is None
        assert one.due_on == MONDAY - 400 * DAY + 182 * DAY
        assert one.is_over
        put_on(session, case, "aktivierung", officer)
        assert due(session, officer) == []

    def test_team_shows_the_cases_of_colleagues_and_no_other_team(
        self, session: Session, case: Case, officer: StaffMember
    ) -> None:
        colleague = make.officer(session, team=officer.team)
        stranger = make.officer(session)
        session.flush()
        assert due(session, colleague) == []
        assert due(session, colleague, mine=False) == [case]
        assert due(session, stranger, mine=False) == []


class TestPages:
    def test_a_call_noted_by_hand_takes_the_case_off_the_list(
        self, client: PortalClient, session: Session, case: Case, officer: StaffMember
    ) -> None:
        client.sign_in(officer)
        page = client.get(PAGE).get_data(as_text=True)
        assert case.file_reference in page
        assert "überfällig" in page
        form = {"way": "phone", "day": "15.11.2026", "hour": "14", "text": "Alles gut"}
        page = client.post_form(f"{PAGE}/{case.id}", form, follow_redirects=True)
        assert "Zurzeit steht kein Kontakt an." in page.get_data(as_text=True)

    @pytest.mark.parametrize(
        "changed",
        [
            {"way": "letter"},
            {"text": " "},
            {"text": "x" * 1001},
            {"day": "17.11.2026"},
            {"hour": "99"},
            {"day": ""},
        ],
    )
    def test_what_cannot_be_is_refused(
        self,
        client: PortalClient,
        session: Session,
        case: Case,
        officer: StaffMember,
        changed: dict[str, str],
    ) -> None:
        client.sign_in(officer)
        form = {"way": "phone", "day": "15.11.2026", "hour": "14", "text": "Alles gut"}
        assert client.post_form(f"{PAGE}/{case.id}", {**form, **changed}).status_code == 422
        assert session.scalars(select(NotedContact)).all() == []

    def test_whoever_calls_is_found_from_the_file(
        self, client: PortalClient, session: Session, case: Case, officer: StaffMember
    ) -> None:
        booking = make.booking(session, citizen=case.members[0].citizen, officer=officer)
        session.flush()
        client.sign_in(officer)
        assert f"{PAGE}/{case.id}" in client.get(f"/amt/akten/{case.id}/ueberblick").get_data(
            as_text=True
        )
        page = client.get(f"{PAGE}/{case.id}").get_data(as_text=True)
        assert f"/amt/termine/{booking.id}#notiz" in page

    def test_files_of_other_teams_stay_closed(
        self, client: PortalClient, session: Session, case: Case
    ) -> None:
        stranger = make.officer(session)
        session.flush()
        client.sign_in(stranger)
        assert client.get(f"{PAGE}/{case.id}").status_code == 404
        assert client.post_form(f"{PAGE}/{case.id}", {}).status_code == 404
        path = f"{PAGE}/{case.id}/betreuung"
        assert client.post_form(path, {"track": "fall"}).status_code == 404

    def test_tracks_are_changed_by_who_leads(
        self, client: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        path = f"{PAGE}/betreuungsformen/bestand"
        form = {
            "name": "Bestand",
            "target_ratio": "500",
            "contact_days": "90",
            "valid_from": "01.01.2027",
        }
        client.sign_in(officer)
        assert client.post_form(path, form).status_code == 404
        lead = accounts.staff_member(session, Role.TEAM_LEAD)
        session.flush()
        client.sign_in(lead)
        assert "1 : 600" in client.get(f"{PAGE}/betreuungsformen").get_data(as_text=True)
        for wrong in ({"target_ratio": "0"}, {"contact_days": "9999"}, {"name": ""}):
            assert client.post_form(path, {**form, **wrong}).status_code == 422
        assert client.post_form(path, form).status_code == 302
        page = client.get(f"{PAGE}/betreuungsformen").get_data(as_text=True)
        assert "1 : 600" in page
        assert "ab 01.01.2027: 1 : 500, alle 90 Tage" in page
        page = client.get(path).get_data(as_text=True)
        assert "Bis dahin gilt: 1 : 600, Kontakt alle 182 Tage." in page
        assert 'value="90"' in page
        assert client.get(f"{PAGE}/betreuungsformen/nichts").status_code == 404

    def test_who_does_not_care_for_people_is_refused(self, session: Session, case: Case) -> None:
        mailroom = accounts.staff_member(session, Role.MAILROOM)
        with pytest.raises(NotAllowed):
            contacts.due(session, asker=mailroom, mine=False, now=NOW)
        with pytest.raises(NotAllowed):
            met(session, case, mailroom, NOW)


class TestFromADayAhead:
    @pytest.fixture(autouse=True)
    def change(self, session: Session) -> None:
        """From next Monday on Bestand asks for more."""
        self.set(session, days=30, ratio=100, valid_from=MONDAY + 7 * DAY)

    def set(self, session: Session, *, days: int, ratio: int, valid_from: date) -> None:
        contacts.change_track(
            session,
            track=contacts.track_for(session, "bestand"),
            name="Bestand neu",
            target_ratio=ratio,
            contact_days=days,
            valid_from=valid_from,
            by=accounts.staff_member(session, Role.TEAM_LEAD),
            now=NOW,
        )
        session.flush()

    def test_the_rhythm_and_the_load_change_on_that_day_and_not_before(
        self, session: Session, case: Case, officer: StaffMember
    ) -> None:
        met(session, case, officer, NOW - 20 * DAY)

        def seen(on: datetime) -> tuple[list[date], float, bool]:
            found = contacts.due(session, asker=officer, mine=True, now=on)
            [load] = contacts.loads(session, asker=officer, mine=True, now=on)
            return (
                [one.due_on for one in found.rows],
                load.share,
                bool(overdue.tell(session, now=on)),
            )

        assert seen(NOW + 6 * DAY) == ([], pytest.approx(1 / 600), False)
        due_on = MONDAY + 10 * DAY
        assert seen(NOW + 7 * DAY) == ([due_on], pytest.approx(1 / 100), False)
        assert seen(NOW + 11 * DAY) == ([due_on], pytest.approx(1 / 100), True)
        row = contacts.due(session, asker=officer, mine=True, now=NOW + 7 * DAY).rows[0]
        assert (row.track.name, row.track.days_on(MONDAY)) == ("Bestand neu", 182)

    def test_a_later_word_replaces_it(self, session: Session) -> None:
        self.set(session, days=60, ratio=200, valid_from=MONDAY)
        track = contacts.track_for(session, "bestand")
        assert [track.days_on(MONDAY + days * DAY) for days in (0, 30)] == [60, 60]
        self.set(session, days=14, ratio=50, valid_from=MONDAY + 3 * DAY)
        assert [track.days_on(MONDAY + days * DAY) for days in (0, 2, 3)] == [60, 60, 14]


class TestLoad:
    @pytest.mark.parametrize(
        ("activation", "stock", "light"), [(75, 120, "green"), (140, 0, "yellow"), (151, 0, "red")]
    )
    def test_cases_are_measured_by_the_ratio_of_their_track(
        self, session: Session, officer: StaffMember, activation: int, stock: int, light: str
    ) -> None:
        many(session, officer, activation, "aktivierung")
        many(session, officer, stock, "bestand")
        [load] = contacts.loads(session, asker=officer, mine=True, now=NOW)
        assert load.cases == activation + stock
        assert load.share == pytest.approx(activation / 150 + stock / 600)
        assert load.light == light


def many(session: Session, officer: StaffMember, number: int, key: str) -> None:
    """Import cases, each with one person, a contact by hand and a talk."""
    if not number:
        return
    session.flush()
    cases, people = [new_id() for _ in range(number)], [new_id() for _ in range(number)]
    sample = accounts.citizen(session)
    session.flush()
    columns = {
        column.name: getattr(sample, column.name)
        for column in Citizen.__table__.columns
        if column.name not in {"id", "email", "number"}
    }
    session.execute(
        insert(Citizen),
        [{**columns, "id": id, "email": f"{id}@example.org"} for id in people],
    )
    session.execute(
        insert(Case),
        [
            {
                "id": id,
                "team_id": officer.team_id,
                "integration_officer_id": officer.id,
                "opened_at": NOW,
            }
            for id in cases
        ],
    )
    pairs = list(zip(cases, people, strict=True))
    session.execute(
        insert(CaseMember), [{"case_id": a, "citizen_id": b, "joined_at": NOW} for a, b in pairs]
    )
    since = {"track_key": key, "since": date(2026, 1, 1), "set_by": "Import"}
    session.execute(insert(CaseTrack), [{"case_id": id, **since} for id in cases])
    noted = {"way": ContactWay.VISIT, "at": NOW - 300 * DAY, "text": "da", "noted_by": "Import"}
    session.execute(
        insert(NotedContact), [{"id": new_id(), "case_id": id, **noted} for id in cases]
    )


def test_three_thousand_cases_ask_as_often_as_one_and_answer_quickly(
    client: PortalClient, session: Session, officer: StaffMember
) -> None:
    many(session, officer, 1, "fall")
    client.sign_in(officer)
    client.get(PAGE)
    with counted_queries() as few:
        client.get(PAGE)
    many(session, officer, 2999, "bestand")
    session.expire_all()
    client.get(PAGE)
    with counted_queries() as statements:
        begun = clockwork.perf_counter()
        page = client.get(f"{PAGE}?wer=team").get_data(as_text=True)
        took = clockwork.perf_counter() - begun
    assert "3000 Fälle" in page
    assert len(statements) == len(few) <= 12
    assert took < 0.5  # 0.1 s on a quiet machine; here others run
