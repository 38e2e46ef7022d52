"""Citizen pages: booking on a phone without JavaScript, moving, cancelling, and what goes wrong."""

from datetime import time, timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import holding, service
from portal.appointments.models import Booking, BookingState
from portal.calendars.models import BookableBy
from portal.calendars.slots import Slot, at_wall
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW
from tests.queries import counted_queries

pytestmark = pytest.mark.usefixtures("quiet_monday")

DAY = timedelta(days=1)
KIND = "/termine/neu/beratung-video"


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


def held_by(session: Session, citizen: Citizen, slot: Slot) -> Booking:
    kind = make.kind(session)
    held = holding.hold(
        session,
        citizen=citizen,
        type=kind,
        channel=kind.channels[0],
        slot=slot,
        by=citizen,
        now=NOW,
    )
    session.commit()
    return held


def only_booking(session: Session) -> Booking:
    return session.scalars(select(Booking)).one()


class TestBooking:
    def test_from_the_kind_to_the_booked_page(
        self, phone: PortalClient, session: Session, officer: StaffMember, citizen: Citizen
    ) -> None:
        assert KIND in text(phone, "/termine/neu")
        too_soon = make.slot_at(officer, wall=time(8, 15))
        slot = make.slot_at(officer, wall=time(9, 45))
        page = text(phone, KIND)
        assert slot.key in page
        assert too_soon.key not in page

        answer = phone.post_form(KIND, {"slot": slot.key})
        held = only_booking(session)
        assert (held.state, held.held_until) == (BookingState.HELD, NOW + holding.CHOICE)
        page = text(phone, answer.location)
        assert "Für Sie frei gehalten bis 07:10 Uhr." in page
        assert "09:45 Uhr" in page
        assert "Jana Keller" in page

        answer = phone.post_form(f"{KIND}/{held.id}", {"note": "Mietvertrag"})

        session.expire_all()
        booking = only_booking(session)
        assert answer.location == f"/termine/{booking.id}/gebucht"
        assert booking.state == BookingState.BOOKED
        assert (booking.citizen_id, booking.note) == (citizen.id, "Mietvertrag")
        booked = text(phone, answer.location)
        assert "Ihr Termin ist gebucht" in booked
        assert "Ab 09:30 Uhr öffnet der Zugang" in booked

    def test_the_first_page_offers_the_next_times_of_the_first_kind(
        self, phone: PortalClient, officer: StaffMember
    ) -> None:
        page = text(phone, "/termine/neu")
        assert page.count('name="slot" value="') == 6
        assert make.slot_at(officer, wall=time(9, 45)).key in page

    def test_the_slow_one_is_told_and_chooses_again(
        self, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        slot = make.slot_at(officer, wall=time(9, 45))
        make.booking(session, officer=officer, slot=slot)

        answer = phone.post_form(KIND, {"slot": slot.key, "note": "Mein Mietvertrag"})

        page = answer.get_data(as_text=True)
        assert answer.status_code == 409
        assert "Dieser Termin wurde gerade vergeben. Wählen Sie bitte einen anderen." in page
        assert "Mein Mietvertrag" in page
        assert make.slot_at(officer, wall=time(10, 30)).key in page

    def test_a_hold_that_ran_out_keeps_what_was_typed(
        self,
        phone: PortalClient,
        session: Session,
        officer: StaffMember,
        quiet_monday: time_machine.Traveller,
    ) -> None:
        slot = make.slot_at(officer, wall=time(10, 30))
        page = phone.post_form(KIND, {"slot": slot.key}).location
        typed = {"note": "Mein Mietvertrag", "needs": "calm", "interpreter_language": "Arabisch"}
        quiet_monday.move_to(NOW + timedelta(minutes=11))
        for cleared in (False, True):
            if cleared:
                holding.clear_lapsed(session, now=NOW + timedelta(minutes=11))
            answer = phone.post_form(page, typed)
            shown = answer.get_data(as_text=True)
            assert answer.status_code == 409
            assert holding.LAPSED in shown
            for kept in ("Mein Mietvertrag", 'value="Arabisch"', 'value="calm" checked'):
                assert kept in shown

        again = phone.post_form(KIND, {**typed, "slot": slot.key, "typed": "1"})
        confirm = text(phone, again.location)
        for kept in ("Mein Mietvertrag", 'value="Arabisch"', 'value="calm" checked'):
            assert kept in confirm

    def test_the_page_of_a_hold_that_ran_out_leads_back(
        self, phone: PortalClient, officer: StaffMember, quiet_monday: time_machine.Traveller
    ) -> None:
        page = phone.post_form(KIND, {"slot": make.slot_at(officer, wall=time(12)).key}).location
        quiet_monday.move_to(NOW + timedelta(minutes=10))
        answer = phone.get(page, follow_redirects=True)
        assert holding.LAPSED in answer.get_data(as_text=True)
        assert "Wann passt es Ihnen?" in answer.get_data(as_text=True)

    def test_a_double_click_books_once(
        self, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        data = {"slot": make.slot_at(officer, wall=time(9, 45)).key}
        assert phone.post_form(KIND, data).location == phone.post_form(KIND, data).location
        page = phone.post_form(KIND, data).location
        assert phone.post_form(page).location == phone.post_form(page).location
        assert session.scalar(select(func.count(Booking.id))) == 1

    def test_the_back_button_leads_to_what_was_booked(
        self, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        data = {"slot": make.slot_at(officer, wall=time(9, 45)).key}
        page = phone.post_form(KIND, data).location
        booked = phone.post_form(page).location
        assert phone.get(page).location == booked
        assert phone.get(phone.post_form(KIND, data).location).location == booked
        assert session.scalar(select(func.count(Booking.id))) == 1

    def test_a_second_tab_lets_go_of_the_first(
        self, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        first = phone.post_form(KIND, {"slot": make.slot_at(officer, wall=time(9, 45)).key})
        second = phone.post_form(KIND, {"slot": make.slot_at(officer, wall=time(12)).key})
        assert phone.post_form(first.location, {"note": "Miete"}).status_code == 409
        assert "gebucht" in phone.post_form(second.location).location
        assert only_booking(session).starts_at == at_wall(MONDAY, time(12))

    def test_a_refused_time_leaves_the_one_before(
        self, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        taken = make.slot_at(officer, wall=time(12))
        make.booking(session, officer=officer, slot=taken)
        first = phone.post_form(KIND, {"slot": make.slot_at(officer, wall=time(9, 45)).key})
        assert phone.post_form(KIND, {"slot": taken.key}).status_code == 409
        assert "gebucht" in phone.post_form(first.location).location

    @pytest.mark.parametrize("slot", ["", "morgen", "20261116T0845Z.x"])
    def test_without_a_choice(self, phone: PortalClient, officer: StaffMember, slot: str) -> None:
        answer = phone.post_form(KIND, {"slot": slot, "note": "Miete"})
        assert answer.status_code == 422
        page = answer.get_data(as_text=True)
        assert "Wählen Sie einen Termin aus." in page
        assert "Miete" in page

    def test_too_long_a_note_is_given_back(self, phone: PortalClient, officer: StaffMember) -> None:
        page = phone.post_form(KIND, {"slot": make.slot_at(officer, wall=time(9, 45)).key}).location
        answer = phone.post_form(page, {"note": "Ä" * 501})
        assert answer.status_code == 422
        shown = answer.get_data(as_text=True)
        assert "Ä" * 501 in shown
        assert "Für Sie frei gehalten" in shown

    def test_what_the_kind_says_is_read_before(
        self, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        kind = make.kind(session)
        kind.documents, kind.languages = ["Mietvertrag"], ["uk"]
        kind.text_before = {"de": "Bitte in Ruhe lesen.", "en": "Please read."}
        session.flush()
        page = phone.post_form(KIND, {"slot": make.slot_at(officer, wall=time(9, 45)).key}).location
        shown = text(phone, page)
        booked = phone.post_form(page).location.removesuffix("/gebucht")
        for one in (shown, text(phone, booked)):
            for said in ("Bitte in Ruhe lesen.", "Mietvertrag", "Ukrainisch"):
                assert said in one

    def test_who_reads_english_reads_what_the_kind_is_called_in_it(
        self, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        """Given a kind without a translation beside one with it, each is shown as it can be."""
        bare = make.kind(session, "telefon")
        bare.names, bare.purposes = {}, {}
        session.flush()
        reads = {"headers": {"Accept-Language": "en"}}
        offered = phone.get("/termine/neu", **reads).text
        assert "Advice by video" in offered
        assert "Questions about benefits, papers or your application, from home." in offered
        assert "Telefongespräch" in offered
        page = phone.post_form(KIND, {"slot": make.slot_at(officer, wall=time(9, 45)).key}).location
        booked = phone.post_form(page).location.removesuffix("/gebucht")
        for address in ("/termine", booked):
            shown = phone.get(address, **reads).text
            assert "Advice by video" in shown, address
            assert "Beratung per Video" not in shown, address


class TestWeeks:
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

    def test_move(
        self, booking: Booking, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        slot = make.slot_at(officer, MONDAY + 4 * DAY, time(10, 30))
        path = f"/termine/{booking.id}/verschieben"
        assert slot.key in text(phone, path)
        confirm = phone.post_form(path, {"slot": slot.key}).location
        page = text(phone, confirm)
        assert "Bis Sie bestätigen, gilt der bisherige Termin." in page
        assert booking.starts_at == at_wall(MONDAY + 3 * DAY, time(9))
        answer = phone.post_form(confirm, follow_redirects=True)
        page = answer.get_data(as_text=True)
        assert "Ihr Termin ist verschoben." in page
        assert session.scalar(select(func.count(Booking.id))) == 1
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

    def test_a_move_that_ran_out_keeps_the_old_time(
        self,
        booking: Booking,
        phone: PortalClient,
        session: Session,
        officer: StaffMember,
        quiet_monday: time_machine.Traveller,
    ) -> None:
        slot = make.slot_at(officer, MONDAY + 4 * DAY, time(10, 30))
        page = phone.post_form(f"/termine/{booking.id}/verschieben", {"slot": slot.key}).location
        quiet_monday.move_to(NOW + timedelta(minutes=11))
        answer = phone.post_form(page)
        assert answer.status_code == 409
        assert holding.LAPSED in answer.get_data(as_text=True)
        session.refresh(booking)
        assert booking.starts_at == at_wall(MONDAY + 3 * DAY, time(9))

    def test_a_hold_for_one_thing_moves_no_other(
        self, booking: Booking, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        foreign = held_by(session, accounts.citizen(session), make.slot_at(officer, wall=time(12)))
        path = f"/termine/{booking.id}/verschieben"
        assert phone.post_form(f"{path}/{foreign.id}").status_code == 409
        assert phone.post_form(f"{path}/{booking.id}").status_code == 409
        session.refresh(booking)
        assert booking.starts_at == at_wall(MONDAY + 3 * DAY, time(9))

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
