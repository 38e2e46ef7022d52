"""Citizen pages: booking on a phone without JavaScript, moving, cancelling, and what goes wrong."""

from datetime import time, timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import service
from portal.appointments.models import Booking, BookingState
from portal.calendars.models import BookableBy
from portal.calendars.slots import at_wall
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW
from tests.queries import counted_queries

pytestmark = pytest.mark.usefixtures("quiet_monday")

DAY = timedelta(days=1)
CONFIRM = "/termine/neu/beratung-video/bestaetigen"


@pytest.fixture
def citizen(session: Session) -> Citizen:
    return accounts.citizen(session, phone="0151 2345678")


@pytest.fixture
def officer(session: Session) -> StaffMember:
    make.kind(session)
    return make.officer(session, first_name="Jana", last_name="Keller")


@pytest.fixture
def phone(client: PortalClient, session: Session, citizen: Citizen) -> PortalClient:
    """A phone on which the citizen is signed in."""
    session.flush()
    client.sign_in(citizen)
    return client


def text(phone: PortalClient, path: str, status: int = 200) -> str:
    answer = phone.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def only_booking(session: Session) -> Booking:
    return session.scalars(select(Booking)).one()


class TestBooking:
    def test_from_the_kind_to_the_booked_page(
        self, phone: PortalClient, session: Session, officer: StaffMember, citizen: Citizen
    ) -> None:
        assert "/termine/neu/beratung-video" in text(phone, "/termine/neu")
        too_soon = make.slot_at(officer, wall=time(8, 15))
        slot = make.slot_at(officer, wall=time(9, 45))
        page = text(phone, "/termine/neu/beratung-video")
        assert slot.key in page
        assert too_soon.key not in page
        page = text(phone, f"{CONFIRM}?slot={slot.key}")
        assert "09:45 Uhr" in page
        assert "Jana Keller" in page

        answer = phone.post_form(CONFIRM, {"slot": slot.key, "note": "Mietvertrag"})

        booking = only_booking(session)
        assert answer.location == f"/termine/{booking.id}/gebucht"
        assert (booking.citizen_id, booking.note) == (citizen.id, "Mietvertrag")
        booked = text(phone, answer.location)
        assert "Ihr Termin ist gebucht" in booked
        assert "Ab 09:30 Uhr öffnet der Zugang" in booked

    def test_the_slow_one_keeps_what_was_written(
        self, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        slot = make.slot_at(officer, wall=time(9, 45))
        make.booking(session, officer=officer, slot=slot)

        answer = phone.post_form(CONFIRM, {"slot": slot.key, "note": "Mein Mietvertrag"})

        page = answer.get_data(as_text=True)
        assert answer.status_code == 409
        assert "Dieser Termin wurde gerade vergeben. Wählen Sie bitte einen anderen." in page
        assert "Mein Mietvertrag" in page
        assert make.slot_at(officer, wall=time(10, 30)).key in page

    def test_a_double_click_books_once(
        self, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        data = {"slot": make.slot_at(officer, wall=time(9, 45)).key}
        first = phone.post_form(CONFIRM, data)
        second = phone.post_form(CONFIRM, data)
        assert first.location == second.location
        assert session.scalar(select(func.count(Booking.id))) == 1

    @pytest.mark.parametrize("slot", ["", "morgen", "20261116T0845Z.x"])
    def test_without_a_choice(self, phone: PortalClient, officer: StaffMember, slot: str) -> None:
        answer = phone.post_form(CONFIRM, {"slot": slot, "note": "Miete"})
        assert answer.status_code == 422
        page = answer.get_data(as_text=True)
        assert "Wählen Sie einen Termin aus." in page
        assert "Miete" in page
        assert (
            phone.get(f"{CONFIRM}?slot={slot}").location == "/termine/neu/beratung-video?weg=video"
        )

    def test_a_taken_slot_is_not_even_confirmed(
        self, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        slot = make.slot_at(officer, wall=time(9, 45))
        make.booking(session, officer=officer, slot=slot)
        answer = phone.get(f"{CONFIRM}?slot={slot.key}", follow_redirects=True)
        assert "gerade vergeben" in answer.get_data(as_text=True)

    def test_too_long_a_note_is_given_back(self, phone: PortalClient, officer: StaffMember) -> None:
        slot = make.slot_at(officer, wall=time(9, 45))
        answer = phone.post_form(CONFIRM, {"slot": slot.key, "note": "Ä" * 501})
        assert answer.status_code == 422
        page = answer.get_data(as_text=True)
        assert "Ä" * 501 in page
        assert f'value="{slot.key}" checked' in page

    def test_leaf_through_the_weeks(self, phone: PortalClient, officer: StaffMember) -> None:
        first = text(phone, "/termine/neu/beratung-video")
        assert "ab=2026-11-23" in first
        assert "Frühere Termine" not in first
        second = text(phone, "/termine/neu/beratung-video?ab=2026-11-23")
        assert "Montag, 23. November 2026" in second
        assert "ab=2026-11-16" in second

    @pytest.mark.parametrize("start", ["gestern", "0001-01-01", "9999-12-31"])
    def test_nonsense_in_the_address_shows_the_next_slots(
        self, phone: PortalClient, officer: StaffMember, start: str
    ) -> None:
        page = text(phone, f"/termine/neu/beratung-video?ab={start}")
        assert "Montag, 16. November 2026" in page

    def test_nothing_free_says_what_to_do(self, phone: PortalClient, session: Session) -> None:
        make.kind(session)
        page = text(phone, "/termine/neu/beratung-video")
        assert "leider kein Termin frei" in page
        assert "Weiter</span>" not in page

    def test_unknown_kinds_and_channels_do_not_exist(
        self, phone: PortalClient, session: Session
    ) -> None:
        kind = make.kind(session)
        text(phone, "/termine/neu/gibt-es-nicht", 404)
        text(phone, "/termine/neu/beratung-video?weg=office", 404)
        kind.bookable_by = BookableBy.STAFF
        session.flush()
        text(phone, "/termine/neu/beratung-video", 404)


class TestOneBooking:
    @pytest.fixture
    def booking(self, session: Session, citizen: Citizen, officer: StaffMember) -> Booking:
        return make.booking(
            session,
            citizen=citizen,
            officer=officer,
            slot=make.slot_at(officer, MONDAY + 3 * DAY),
            note="Mein Mietvertrag",
        )

    def test_shows_everything(self, booking: Booking, phone: PortalClient) -> None:
        page = text(phone, f"/termine/{booking.id}")
        for part in ("Donnerstag, 19. November 2026, 09:00 Uhr", "Jana Keller", "Mietvertrag"):
            assert part in page
        assert "Der Zugang zum Gespräch öffnet um 08:45 Uhr." in page

    def test_the_door_opens_in_time(
        self, booking: Booking, phone: PortalClient, quiet_monday: time_machine.Traveller
    ) -> None:
        quiet_monday.move_to(booking.starts_at - timedelta(minutes=15))
        phone.sign_in(booking.citizen)
        assert f"/beratung/{booking.id}" in text(phone, f"/termine/{booking.id}")

    def test_foreign_ones_do_not_exist(
        self, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        foreign = make.booking(session, officer=officer)
        for id in (foreign.id, uuid4()):
            for page in ("", "/gebucht", "/verschieben", "/absagen", "/kalender.ics"):
                text(phone, f"/termine/{id}{page}", 404)
            for page in ("/verschieben", "/absagen"):
                data = {"slot": make.slot_at(officer, wall=time(12)).key}
                assert phone.post_form(f"/termine/{id}{page}", data).status_code == 404
        assert foreign.state == BookingState.BOOKED

    def test_the_calendar_entry(self, booking: Booking, phone: PortalClient) -> None:
        answer = phone.get(f"/termine/{booking.id}/kalender.ics")
        assert answer.mimetype == "text/calendar"
        assert "attachment" in answer.headers["Content-Disposition"]
        assert b"BEGIN:VTIMEZONE" in answer.data

    def test_move(self, booking: Booking, phone: PortalClient, officer: StaffMember) -> None:
        slot = make.slot_at(officer, MONDAY + 4 * DAY, time(10, 30))
        path = f"/termine/{booking.id}/verschieben"
        assert slot.key in text(phone, path)
        answer = phone.post_form(path, {"slot": slot.key}, follow_redirects=True)
        page = answer.get_data(as_text=True)
        assert "Ihr Termin ist verschoben." in page
        assert "Freitag, 20. November 2026, 10:30 Uhr" in page

    def test_a_failed_move_keeps_the_old_time(
        self, booking: Booking, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        slot = make.slot_at(officer, MONDAY + 4 * DAY)
        make.booking(session, officer=officer, slot=slot)
        answer = phone.post_form(f"/termine/{booking.id}/verschieben", {"slot": slot.key})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 409
        assert "gerade vergeben" in page
        assert "Bisher: Donnerstag, 19. November 2026, 09:00 Uhr." in page

    def test_cancel_after_asking_once_more(
        self, booking: Booking, phone: PortalClient, session: Session
    ) -> None:
        path = f"/termine/{booking.id}/absagen"
        assert "Termin absagen?" in text(phone, path)
        assert booking.state == BookingState.BOOKED
        answer = phone.post_form(path, follow_redirects=True)
        assert "Ihr Termin ist abgesagt." in answer.get_data(as_text=True)
        session.refresh(booking, ["state"])
        assert booking.state == BookingState.CANCELLED
        assert "Dieser Termin ist abgesagt." in text(phone, f"/termine/{booking.id}")

    def test_what_is_too_late_is_said(
        self, booking: Booking, phone: PortalClient, quiet_monday: time_machine.Traveller
    ) -> None:
        quiet_monday.move_to(booking.starts_at - timedelta(minutes=30))
        phone.sign_in(booking.citizen)
        page = text(phone, f"/termine/{booking.id}")
        assert "Absagen" not in page
        assert "Rufen Sie uns an" in page
        assert phone.post_form(f"/termine/{booking.id}/absagen").status_code == 409
        text(phone, f"/termine/{booking.id}/verschieben", 409)

    def test_no_page_speaks_of_legal_consequences(
        self, booking: Booking, phone: PortalClient
    ) -> None:
        for page in ("", "/gebucht", "/absagen"):
            shown = text(phone, f"/termine/{booking.id}{page}")
            for word in ("Rechtsfolge", "Minderung", "Sanktion", "Meldeaufforderung"):
                assert word not in shown


class TestList:
    def test_empty_offers_the_first_step(self, phone: PortalClient) -> None:
        assert "/termine/neu" in text(phone, "/termine")

    def test_next_and_past(
        self, phone: PortalClient, session: Session, citizen: Citizen, officer: StaffMember
    ) -> None:
        make.booking(session, citizen=citizen, officer=officer)
        off = make.booking(
            session, citizen=citizen, officer=officer, slot=make.slot_at(officer, MONDAY + DAY)
        )
        service.cancel(session, booking=off, by=citizen, now=NOW)
        session.commit()
        page = text(phone, "/termine")
        assert "Montag, 16. November 2026, 09:00 Uhr" in page
        assert "17.11.2026, 09:00" in page
        assert "Abgesagt" in page

    @pytest.mark.parametrize("number", [1, 4])
    def test_asks_a_fixed_number_of_times(
        self,
        phone: PortalClient,
        session: Session,
        citizen: Citizen,
        officer: StaffMember,
        number: int,
    ) -> None:
        for place in range(number):
            slot = make.slot_at(officer, MONDAY + place * DAY)
            make.booking(session, citizen=citizen, officer=officer, slot=slot)
        session.commit()
        session.expunge_all()
        with counted_queries() as statements:
            text(phone, "/termine")
        assert len(statements) <= 5


def test_strangers_are_sent_to_sign_in(client: PortalClient) -> None:
    assert "/anmelden" in client.get("/termine/neu/beratung-video").location


def test_mails_lead_to_the_page(
    phone: PortalClient, session: Session, citizen: Citizen, officer: StaffMember
) -> None:
    """The address in mails is written without url_for: the staff process may send them too."""
    booking = make.booking(session, citizen=citizen, officer=officer)
    assert at_wall(MONDAY, time(9)) == booking.starts_at
    text(phone, f"/termine/{booking.id}")
