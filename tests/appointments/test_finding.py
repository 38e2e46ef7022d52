"""Staff find a time by wishes and seats; citizens narrow times down in plain words."""

import re
from datetime import time, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.appointments import queries
from portal.appointments.models import Booking, BookingState
from portal.calendars import skills
from portal.calendars.models import Channel, StaffSkills, TalkRole
from portal.calendars.slots import at_wall
from portal.casefiles.models import Case
from portal.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from portal.notifications.queries import latest_messages
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW
from tests.queries import counted_queries

pytestmark = pytest.mark.usefixtures("quiet_monday")

SEARCH = "/amt/termine/suche"
THREE = "art=gemeinsam&weg=video&s1-wer=benefit&s2-wer=integration&s3-wer=interpreter&s3-sprache=ar"


def text(client: PortalClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def first_key(page: str) -> str:
    found = re.search(r'name="slot" value="([^"]+)"', page)
    assert found
    return found[1]


@pytest.fixture
def officer(session: Session) -> StaffMember:
    make.kind(session)
    return make.skilled(session, TalkRole.BENEFIT)


@pytest.fixture
def case(session: Session, officer: StaffMember) -> Case:
    case = make.case_of(session, accounts.citizen(session), integration_officer=officer)
    case.team_id = officer.team_id
    session.flush()
    return case


@pytest.fixture
def citizen(session: Session, case: Case) -> Citizen:
    return session.get_one(Citizen, case.members[0].citizen_id)


@pytest.fixture
def desk(client: PortalClient, session: Session, officer: StaffMember, case: Case) -> PortalClient:
    assert case.team_id == officer.team_id
    session.flush()
    client.sign_in(officer)
    return client


@pytest.fixture
def address(case: Case, citizen: Citizen) -> str:
    return f"{SEARCH}/{case.id}/{citizen.id}"


@pytest.fixture
def two_more(session: Session) -> list[StaffMember]:
    return [
        make.skilled(session, TalkRole.INTEGRATION, last_name="Sommer"),
        make.skilled(session, TalkRole.INTERPRETER, languages=["ar"], last_name="Haddad"),
    ]


class TestStaffFind:
    def test_a_person_leads_to_the_search(
        self, desk: PortalClient, citizen: Citizen, address: str
    ) -> None:
        assert address in text(desk, f"{SEARCH}?suche={citizen.last_name}")
        assert "Keine Akte gefunden" in text(desk, f"{SEARCH}?suche=Niemand")

    def test_the_seats_of_the_kind_stand_there_first(
        self, desk: PortalClient, address: str
    ) -> None:
        page = text(desk, f"{address}?art=gemeinsam")
        assert 'name="s2-wer"' in page
        assert 'name="s3-wer"' not in page

    def test_seats_come_and_go_without_a_script(self, desk: PortalClient, address: str) -> None:
        page = text(desk, f"{address}?{THREE}&tu=dazu")
        assert 'name="s4-wer"' in page
        page = text(desk, f"{address}?{THREE}&tu=ohne-2")
        assert 'name="s3-wer"' not in page
        assert page.count('<option value="interpreter" selected>') == 1

    def test_a_joint_talk_is_booked_with_all(
        self,
        session: Session,
        desk: PortalClient,
        address: str,
        citizen: Citizen,
        two_more: list[StaffMember],
    ) -> None:
        page = text(desk, f"{address}?{THREE}")
        assert "Sommer" in page
        assert "Haddad" in page
        form = {"slot": first_key(page), "arranged": "phone", "note": ""}
        answer = desk.post_form(f"{address}?{THREE}", data=form)
        assert answer.status_code == 302
        [booking] = queries.next_bookings(session, asker=citizen, now=NOW)
        assert [one.staff_member for one in booking.others] == two_more
        shown = text(desk, answer.location)
        assert "(Dolmetschen, Arabisch)" in shown
        assert len(latest_messages(session, address=citizen.email)) == 1

    def test_what_does_not_fit_the_seats_is_refused(
        self,
        session: Session,
        desk: PortalClient,
        address: str,
        two_more: list[StaffMember],
    ) -> None:
        assert len(two_more) == 2
        key = first_key(text(desk, f"{address}?{THREE}"))
        alone = ".".join(key.split(".")[:2])
        form = {"slot": alone, "arranged": "phone", "note": "Miete"}
        answer = desk.post_form(f"{address}?{THREE}", data=form)
        assert answer.status_code == 409
        assert "Miete" in answer.get_data(as_text=True)
        assert session.scalars(select(Booking)).all() == []

    def test_no_common_time_names_the_bottleneck(
        self, session: Session, desk: PortalClient, address: str
    ) -> None:
        make.skilled(session, TalkRole.INTEGRATION)
        page = text(desk, f"{address}?{THREE}")
        assert "Keine gemeinsame Zeit" in page
        assert "Für „Dolmetschen, Arabisch“ ist niemand eingetragen" in page
        assert "Ohne „Dolmetschen, Arabisch“" in page
        assert "Montag, 16. November 2026" in page

    def test_wishes(self, desk: PortalClient, address: str) -> None:
        page = text(desk, f"{address}?art=beratung-video&s1-wer=alle&zeit=nachmittag&tag=3")
        assert "Mittwoch, 18. November 2026" in page
        assert "Montag, 16. November 2026" not in page
        assert re.findall(r'slot-picker__hour">(\d\d)', page)[0] >= "12"
        assert "ab=2026-11-23" in page
        assert "zeit=nachmittag" in page

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("s1-wer=interpreter", "In welche Sprache"),
            ("s1-wer=zauberer", "Wählen Sie aus der Liste"),
            (f"s1-wer=person:{UUID(int=7)}", "Wählen Sie aus der Liste"),
            ("s1-wer=alle&ab=31.2.2026", "Dieses Datum gibt es nicht"),
            ("s1-wer=alle&tag=9&zeit=nachts&weg=brieftaube&art=tanz&tu=ohne-x", "Freie Zeiten"),
            ("s1-wer=alle&s1-sprache=klingonisch", "Wählen Sie aus der Liste"),
        ],
    )
    def test_addresses_that_make_no_sense(
        self, desk: PortalClient, address: str, query: str, said: str
    ) -> None:
        assert said in text(desk, f"{address}?{query}")

    def test_one_person_on_two_seats(
        self, desk: PortalClient, address: str, officer: StaffMember
    ) -> None:
        twice = "&".join(f"s{number}-wer=person:{officer.id}" for number in (1, 2))
        assert "sitzt schon auf einem anderen Platz" in text(desk, f"{address}?{twice}")

    def test_somebody_of_another_case_is_not_found(self, desk: PortalClient, case: Case) -> None:
        assert desk.get(f"{SEARCH}/{case.id}/{uuid4()}").status_code == 404

    @pytest.mark.parametrize("number", [1, 8])
    def test_the_number_of_queries_does_not_grow(
        self, session: Session, desk: PortalClient, address: str, number: int
    ) -> None:
        for _ in range(number):
            make.skilled(session, TalkRole.INTEGRATION)
            make.skilled(session, TalkRole.INTERPRETER, languages=["ar"])
        session.flush()
        text(desk, f"{address}?{THREE}")
        with counted_queries() as statements:
            text(desk, f"{address}?{THREE}")
        assert len(statements) <= 45


class TestSkills:
    URL = "/amt/termine/faehigkeiten"

    @pytest.fixture
    def lead(self, session: Session, officer: StaffMember) -> StaffMember:
        roles = (Role.BENEFIT_OFFICER, Role.TEAM_LEAD)
        return accounts.staff_member(session, *roles, team=officer.team)

    def test_the_search_knows_them_at_once(
        self, session: Session, client: PortalClient, lead: StaffMember, officer: StaffMember
    ) -> None:
        client.sign_in(lead)
        assert officer.name in text(client, self.URL)
        form = {"source": "written", "roles": ["interpreter"], "languages": ["uk"]}
        assert client.post_form(f"{self.URL}/{officer.id}", data=form).status_code == 302
        assert "Ukrainisch" in text(client, self.URL)
        assert skills.languages_spoken(session) == ["uk"]

    def test_back_to_the_account(
        self, session: Session, client: PortalClient, lead: StaffMember, officer: StaffMember
    ) -> None:
        client.sign_in(lead)
        assert (
            client.post_form(f"{self.URL}/{officer.id}", data={"source": "account"}).status_code
            == 302
        )
        assert session.get(StaffSkills, officer.id, populate_existing=True) is None

    @pytest.mark.parametrize(
        ("form", "said"),
        [
            ({"source": "written", "roles": ["zauberer"]}, "Wählen Sie eine Antwort aus"),
            ({"source": "written", "languages": ["klingonisch"]}, "Wählen Sie eine Antwort aus"),
            ({"source": "written", "roles": ["interpreter"]}, "mindestens eine Sprache"),
            ({"source": "geraten"}, "Wählen Sie eine Antwort aus"),
        ],
    )
    def test_bad_input(
        self,
        client: PortalClient,
        lead: StaffMember,
        officer: StaffMember,
        form: dict[str, object],
        said: str,
    ) -> None:
        client.sign_in(lead)
        answer = client.post_form(f"{self.URL}/{officer.id}", data=form)
        assert answer.status_code == 422
        assert said in answer.get_data(as_text=True)

    def test_only_for_the_own_team_and_by_those_who_steer(
        self, session: Session, client: PortalClient, lead: StaffMember, officer: StaffMember
    ) -> None:
        stranger = make.officer(session)
        facts = {"roles": [TalkRole.BENEFIT], "languages": [], "now": NOW}
        with pytest.raises(NotAllowed):
            skills.write_skills(session, officer=stranger, by=lead, **facts)
        with pytest.raises(NotFound):
            skills.write_skills(session, officer=officer, by=officer, **facts)
        with pytest.raises(InvalidInput):
            skills.write_skills(
                session,
                officer=officer,
                by=lead,
                roles=[],
                languages=[f"{number:02}" for number in range(21)],
                now=NOW,
            )
        officer.is_active = False
        with pytest.raises(Conflict):
            skills.write_skills(session, officer=officer, by=lead, **facts)
        client.sign_in(lead)
        assert client.get(f"{self.URL}/{stranger.id}").status_code == 404


class TestCitizensNarrowDown:
    URL = "/termine/neu/beratung-video"

    @pytest.fixture
    def phone(self, client: PortalClient, session: Session, citizen: Citizen) -> PortalClient:
        session.flush()
        client.sign_in(citizen)
        return client

    def test_the_next_free_time_is_one_tap_away(self, phone: PortalClient) -> None:
        page = text(phone, self.URL)
        assert "Nächster freier Termin" in page
        answer = phone.post_form(self.URL, data={"slot": first_key(page)})
        assert answer.status_code == 302
        assert "Für Sie frei gehalten" in text(phone, answer.location)

    def test_wishes_stay_across_weeks_and_while_a_time_is_held(
        self, session: Session, phone: PortalClient
    ) -> None:
        make.skilled(session, TalkRole.INTEGRATION, languages=["uk"], last_name="Bondar")
        wished = "zeit=nachmittag&tag=2&tag=4&sprache=uk&wer=andere"
        page = text(phone, f"{self.URL}?{wished}")
        assert "Bondar" in page
        assert "Montag, 16. November" not in page
        later = re.search(r'slot-picker__later" href="([^"]+)"', page)
        assert later
        for wish in ("zeit=nachmittag", "tag=2", "tag=4", "sprache=uk", "wer=andere"):
            assert wish in later[1]
        answer = phone.post_form(f"{self.URL}?{wished}", data={"slot": first_key(page)})
        assert "sprache=uk" in answer.location
        assert "zeit=nachmittag" in text(phone, answer.location)
        [held] = session.scalars(select(Booking).where(Booking.state == BookingState.HELD))
        assert held.lead_language == "uk"

    def test_with_the_own_officer_only_or_with_another(
        self, session: Session, phone: PortalClient, officer: StaffMember
    ) -> None:
        other = make.officer(session, last_name="Sommer")
        assert other.name not in text(phone, f"{self.URL}?wer=eigene").split("<main")[1]
        page = text(phone, f"{self.URL}?wer=andere")
        assert f'slot-picker__officer">{other.name}' in page
        assert f'slot-picker__officer">{officer.name}' not in page

    @pytest.mark.parametrize(
        "query", ["zeit=nachts", "tag=9&tag=x", "sprache=klingonisch", "wer=" + "x" * 500]
    )
    def test_wishes_nobody_knows_are_none(self, phone: PortalClient, query: str) -> None:
        assert "Montag, 16. November" in text(phone, f"{self.URL}?{query}")

    def test_an_empty_week_says_when_the_next_time_is(
        self, session: Session, phone: PortalClient, officer: StaffMember
    ) -> None:
        make.absence(session, officer, ends_at=at_wall(MONDAY + timedelta(days=10), time(23)))
        page = text(phone, self.URL)
        assert "In der Woche ab Montag, 16. November 2026 ist nichts frei" in page
        assert "Freitag, 27. November 2026" in page

    def test_nothing_at_all_offers_other_ways(self, phone: PortalClient) -> None:
        page = text(phone, f"{self.URL}?tag=5&zeit=nachmittag&sprache=")
        assert "Freitag" in page
        page = text(phone, "/termine/neu/beratung-video?wer=andere")
        assert "leider kein Termin frei" in page
        assert "Ohne Ihre Wünsche suchen" in page
        assert "Nichts dabei?" in page


class TestRooms:
    @pytest.fixture
    def booking(self, session: Session, citizen: Citizen, officer: StaffMember) -> Booking:
        make.room(session, "Kammer", seats=2)
        make.room(session, "Saal", seats=12)
        slot = make.slot_at(officer, MONDAY + timedelta(days=2), time(10))
        return make.booking(
            session, citizen=citizen, type=make.kind(session, "jobcenter"), slot=slot
        )

    def test_staff_give_another_room_and_the_citizen_reads_it(
        self, session: Session, client: PortalClient, booking: Booking, officer: StaffMember
    ) -> None:
        assert booking.room is not None
        assert booking.room.name == "Kammer"
        client.sign_in(officer)
        path = f"/amt/termine/{booking.id}"
        page = text(client, f"{path}/raum")
        hall = re.search(r'value="([^"]+)"[^>]*>\s*<label[^>]*>Saal', page)
        assert hall
        assert client.post_form(f"{path}/raum", data={"room": hall[1]}).status_code == 302
        assert "Saal" in text(client, path)
        mails = latest_messages(session, address=booking.citizen.email)
        mail = next(one for one in mails if one.template == "booking_room_changed")
        assert "Raum Saal" in mail.text
        client.sign_in(booking.citizen)
        assert "Saal" in text(client, f"/termine/{booking.id}")

    def test_a_room_that_is_taken_is_not_offered_and_refused(
        self, session: Session, client: PortalClient, booking: Booking, officer: StaffMember
    ) -> None:
        other = make.officer(session)
        twin = make.booking(
            session,
            type=booking.type,
            slot=make.slot_at(other, MONDAY + timedelta(days=2), time(10)),
        )
        assert twin.room is not None
        assert twin.room.name == "Saal"
        client.sign_in(officer)
        path = f"/amt/termine/{booking.id}/raum"
        assert ">Saal<" not in text(client, path)
        assert client.post_form(path, data={"room": str(twin.room_id)}).status_code == 422

    def test_a_talk_by_video_has_none(
        self, session: Session, client: PortalClient, officer: StaffMember
    ) -> None:
        booking = make.booking(session, officer=officer)
        assert booking.channel == Channel.VIDEO
        client.sign_in(officer)
        assert client.get(f"/amt/termine/{booking.id}/raum").status_code == 409
        assert "Raum ändern" not in text(client, f"/amt/termine/{booking.id}")
