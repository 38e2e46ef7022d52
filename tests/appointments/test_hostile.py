"""What strangers, robots and forgers try on the pages of appointments."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.limits import LIMITS
from portal.accounts.models import Citizen, StaffMember
from portal.appointments import holding
from portal.appointments.models import Booking, BookingState
from portal.calendars.models import BookableBy, Channel
from portal.calendars.slots import Slot, at_wall
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

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


class TestHostile:
    """What a program sends that no page offers."""

    def holds(self, phone: PortalClient, slot: Slot, kind: str = "beratung-video") -> int:
        return phone.post_form(f"/termine/neu/{kind}", {"slot": slot.key}).status_code

    def test_times_that_no_page_offers(
        self, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        holiday = make.slot_at(officer, date(2026, 12, 25))
        for slot, status in (
            (make.slot_at(officer, MONDAY - DAY), 422),
            (make.slot_at(officer, wall=time(8, 15)), 422),
            (make.slot_at(officer, MONDAY + 70 * DAY), 422),
            (make.slot_at(officer, wall=time(9, 5)), 409),
            (make.slot_at(officer, wall=time(22)), 409),
            (holiday, 409),
            (Slot(at_wall(MONDAY, time(9, 45)), uuid4()), 409),
        ):
            assert self.holds(phone, slot) == status, slot
        assert session.scalar(select(func.count(Booking.id))) == 0

    def test_an_officer_who_has_left(
        self, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        slot = make.slot_at(officer, wall=time(9, 45))
        page = phone.post_form(KIND, {"slot": slot.key}).location
        officer.is_active = False
        session.flush()
        assert phone.post_form(page).status_code == 409
        assert self.holds(phone, make.slot_at(officer, wall=time(12))) == 409

    def test_a_kind_that_is_not_for_citizens(
        self, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        assert self.holds(phone, make.slot_at(officer, wall=time(12)), "gemeinsam") == 404
        kind = make.kind(session)
        for closed in ("invitation", "staff"):
            kind.bookable_by = BookableBy(closed)
            session.flush()
            assert self.holds(phone, make.slot_at(officer, wall=time(12))) == 404

    def test_a_first_talk_by_video(
        self, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        kind = make.kind(session)
        kind.channels, kind.starts_in_person = [Channel.VIDEO, Channel.OFFICE], True
        session.flush()
        data = {"slot": make.slot_at(officer, wall=time(12)).key}
        assert phone.post_form(f"{KIND}?weg=video", data).status_code == 404
        assert "weg=office" in phone.post_form(KIND, data).location
        assert "weg=video" not in text(phone, "/termine/neu")

    def test_only_with_the_own_officer(
        self, phone: PortalClient, session: Session, officer: StaffMember, citizen: Citizen
    ) -> None:
        kind = make.kind(session)
        kind.bookable_by = BookableBy.OWN_OFFICER
        session.flush()
        slot = make.slot_at(officer, wall=time(12))
        assert self.holds(phone, slot) == 404
        own = make.officer(session)
        make.case_of(session, citizen, integration_officer=own)
        session.commit()
        assert self.holds(phone, slot) == 403
        mine = make.slot_at(own, wall=time(12))
        page = text(phone, KIND)
        assert mine.key in page
        assert slot.key not in page
        assert self.holds(phone, mine) == 302

    def test_foreign_holds_do_not_exist(
        self, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        foreign = held_by(session, accounts.citizen(session), make.slot_at(officer, wall=time(12)))
        answer = phone.post_form(f"{KIND}/{foreign.id}")
        assert answer.status_code == 409
        assert holding.LAPSED in answer.get_data(as_text=True)
        assert phone.get(f"{KIND}/{foreign.id}").location.startswith(KIND)
        assert foreign.state == BookingState.HELD

    def test_a_hold_is_no_appointment(
        self, phone: PortalClient, session: Session, officer: StaffMember, citizen: Citizen
    ) -> None:
        held = held_by(session, citizen, make.slot_at(officer, wall=time(12)))
        for page in ("", "/gebucht", "/verschieben", "/absagen", "/kalender.ics"):
            text(phone, f"/termine/{held.id}{page}", 404)
        for page in ("/termine", "/"):
            assert "12:00 Uhr" not in text(phone, page)

    def test_nobody_unknown_holds_anything(
        self, client: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        slot = make.slot_at(officer, wall=time(12))
        session.commit()
        assert "/anmelden" in client.post_form(KIND, {"slot": slot.key}).location
        assert session.scalar(select(func.count(Booking.id))) == 0

    def test_a_program_that_holds_is_stopped(
        self, phone: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        slots = make.upcoming_slots(session, accounts.citizen(session), make.kind(session), NOW)
        codes = [self.holds(phone, slot) for slot in slots[: LIMITS["hold"].person + 1]]
        assert codes[-1] == 429
        assert session.scalar(select(func.count(Booking.id))) == 1
