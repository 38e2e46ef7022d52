"""The waiting list: a freed time goes to one after the other, never to the fastest clicker."""

import random
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.appointments import holding, jobs, offering, service, waiting
from portal.appointments.models import Booking, BookingState, HeldFor
from portal.appointments.waiting_models import (
    FreedTime,
    Need,
    OfferState,
    SlotOffer,
    SlotWish,
    WishState,
)
from portal.calendars.models import Channel
from portal.calendars.slots import Slot, at_wall
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.notifications.queries import latest_messages
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

DAY = timedelta(days=1)
TEN = at_wall(MONDAY, time(10))  # the office is open, offers are made
TUESDAY = MONDAY + DAY


def waits(session: Session, citizen: Citizen | None = None, **fields: Any) -> SlotWish:
    """Put somebody on the list for any time of the next four weeks."""
    type = make.kind(session)
    return waiting.join(
        session,
        citizen=citizen or accounts.citizen(session),
        now=fields.pop("now", NOW),
        **{
            "type": type,
            "channels": type.channels,
            "first_day": MONDAY,
            "last_day": MONDAY + 28 * DAY,
            "weekdays": [],
            "from_hour": time(0),
            "until_hour": time(23, 59),
            "deadline": None,
            "officer_id": None,
            "booking": None,
            **fields,
        },
    )


@pytest.fixture
def officer(session: Session) -> StaffMember:
    return make.officer(session)


@pytest.fixture
def booked(session: Session, officer: StaffMember) -> Booking:
    """Somebody has Tuesday at nine."""
    return make.booking(session, officer=officer, slot=make.slot_at(officer, day=TUESDAY))


def freed(session: Session, booking: Booking, now: datetime = TEN) -> None:
    """Cancel an appointment and let the clock go round once."""
    service.cancel(session, booking=booking, by=booking.citizen, now=now)
    offering.offer_freed(session, now=now)


def offers(session: Session) -> list[SlotOffer]:
    return list(session.scalars(select(SlotOffer).order_by(SlotOffer.offered_at, SlotOffer.id)))


class TestWhoIsOffered:
    def test_a_freed_time_is_held_for_who_waits(self, session: Session, booked: Booking) -> None:
        wish = waits(session)
        freed(session, booked)
        [offer] = offers(session)
        assert (offer.wish, offer.starts_at) == (wish, booked.starts_at)
        assert offer.expires_at == TEN + timedelta(minutes=20)
        held = session.get_one(Booking, offer.booking_id)
        assert (held.state, held.held_for) == (BookingState.HELD, HeldFor.OFFER)
        [message] = latest_messages(session, address=wish.citizen.email)
        assert message.template == "slot_offered"
        assert "Jobcenter" not in message.subject

    def test_between_the_cancellation_and_the_offer_nobody_else_gets_it(
        self, session: Session, booked: Booking, officer: StaffMember
    ) -> None:
        waits(session)
        service.cancel(session, booking=booked, by=booked.citizen, now=TEN)
        with pytest.raises(Conflict):
            make.booking(session, officer=officer, slot=Slot(booked.starts_at, officer.id), now=TEN)

    def test_without_anybody_waiting_it_is_free_at_once(
        self, session: Session, booked: Booking, officer: StaffMember
    ) -> None:
        service.cancel(session, booking=booked, by=booked.citizen, now=TEN)
        make.booking(session, officer=officer, slot=Slot(booked.starts_at, officer.id), now=TEN)
        assert session.scalar(select(func.count(FreedTime.id))) == 0

    @pytest.mark.parametrize("held_for", [HeldFor.CHOICE, HeldFor.INVITATION])
    def test_a_time_that_was_held_and_not_taken_is_offered_too(
        self, session: Session, officer: StaffMember, held_for: HeldFor
    ) -> None:
        type, slot = make.kind(session), make.slot_at(officer, day=TUESDAY)
        late = TEN + timedelta(minutes=10)
        holding.hold(
            session,
            citizen=accounts.citizen(session),
            type=type,
            channel=Channel.VIDEO,
            slot=slot,
            by=officer,
            now=TEN,
            held_for=held_for,
            until=late,
        )
        wish = waits(session)
        jobs.clear_lapsed(session, now=late)
        with pytest.raises(Conflict):
            make.booking(session, officer=officer, slot=slot, now=late)
        jobs.clear_lapsed(session, now=late + timedelta(minutes=1))
        [offer] = offers(session)
        assert (offer.wish, offer.starts_at, offer.officer_id) == (wish, slot.starts_at, officer.id)

    def test_need_goes_first_then_the_deadline_then_the_wait(
        self, session: Session, booked: Booking, officer: StaffMember
    ) -> None:
        long = waits(session, now=NOW - 9 * DAY)
        soon = waits(session, deadline=MONDAY + 5 * DAY)
        sooner = waits(session, deadline=MONDAY + 3 * DAY)
        urgent = waits(session)
        waiting.mark_urgent(session, entry=urgent, reason="Strom abgestellt", by=officer, now=NOW)
        freed(session, booked)
        now = TEN
        for _ in range(3):
            now += timedelta(minutes=20)
            offering.lapse(session, now=now)
        assert [one.wish for one in offers(session)] == [urgent, sooner, soon, long]

    @pytest.mark.parametrize(
        "fields",
        [
            {"weekdays": [1, 3]},
            {"from_hour": time(12)},
            {"until_hour": time(9)},
            {"last_day": MONDAY},
            {"first_day": MONDAY + 2 * DAY},
            {"deadline": MONDAY},
        ],
    )
    def test_what_does_not_suit_is_not_offered(
        self, session: Session, booked: Booking, fields: dict[str, Any]
    ) -> None:
        waits(session, **fields)
        freed(session, booked)
        assert offers(session) == []

    def test_only_the_own_officer(self, session: Session, booked: Booking) -> None:
        waits(session, officer_id=make.officer(session).id)
        freed(session, booked)
        assert offers(session) == []

    def test_who_has_something_else_then_is_passed_over(
        self, session: Session, booked: Booking
    ) -> None:
        busy = waits(session)
        host = make.officer(session)
        make.booking(
            session,
            citizen=busy.citizen,
            officer=host,
            slot=make.slot_at(host, day=TUESDAY),
            type=make.kind(session, "arbeitsvermittlung-video"),
        )
        next_one = waits(session)
        freed(session, booked)
        assert [one.wish for one in offers(session)] == [next_one]

    def test_nobody_is_woken(self, session: Session, booked: Booking) -> None:
        waits(session)
        night = at_wall(MONDAY, time(5))
        freed(session, booked, now=night)
        assert offers(session) == []
        offering.offer_freed(session, now=at_wall(MONDAY, time(8, 1)))
        assert len(offers(session)) == 1

    def test_at_night_what_is_too_near_comes_free_for_all(
        self, session: Session, officer: StaffMember
    ) -> None:
        soon = make.booking(session, officer=officer, slot=make.slot_at(officer))
        waits(session)
        freed(session, soon, now=at_wall(MONDAY, time(5)))
        assert offers(session) == []
        assert session.scalar(select(func.count(FreedTime.id))) == 0


class TestTheAnswer:
    def offer(self, session: Session, booked: Booking, **fields: Any) -> SlotOffer:
        wish = waits(session, **fields)
        freed(session, booked)
        return waiting.offer_for(session, offers(session)[0].id, asker=wish.citizen)

    def test_taken_it_is_an_appointment(self, session: Session, booked: Booking) -> None:
        offer = self.offer(session, booked)
        made = offering.accept(session, offer=offer, by=offer.wish.citizen, now=TEN)
        assert (made.state, made.starts_at) == (BookingState.BOOKED, booked.starts_at)
        assert (offer.state, offer.wish.state) == (OfferState.ACCEPTED, WishState.DONE)

    def test_taken_twice_is_taken_once(self, session: Session, booked: Booking) -> None:
        offer = self.offer(session, booked)
        first = offering.accept(session, offer=offer, by=offer.wish.citizen, now=TEN)
        assert offering.accept(session, offer=offer, by=offer.wish.citizen, now=TEN) is first

    def test_the_later_appointment_is_given_up_for_it_and_passed_on(
        self, session: Session, booked: Booking, officer: StaffMember
    ) -> None:
        citizen = accounts.citizen(session)
        later = make.booking(
            session,
            citizen=citizen,
            officer=officer,
            slot=make.slot_at(officer, day=MONDAY + 7 * DAY),
        )
        old = later.starts_at
        offer = self.offer(session, booked, citizen=citizen, booking=later)
        third = waits(session)

        assert offering.accept(session, offer=offer, by=citizen, now=TEN) is later
        offering.offer_freed(session, now=TEN)

        assert later.starts_at == booked.starts_at
        assert [one.wish for one in offers(session) if one.starts_at == old] == [third]

    def test_not_taken_it_goes_to_the_next(self, session: Session, booked: Booking) -> None:
        offer = self.offer(session, booked)
        other = waits(session)
        offering.decline(session, offer=offer, now=TEN + timedelta(minutes=1))
        assert [one.wish for one in offers(session)] == [offer.wish, other]
        assert offer.wish.state == WishState.WAITING

    def test_too_late_is_said_and_the_entry_stays(self, session: Session, booked: Booking) -> None:
        offer = self.offer(session, booked)
        late = TEN + timedelta(minutes=20)
        with pytest.raises(Conflict, match="abgelaufen"):
            offering.accept(session, offer=offer, by=offer.wish.citizen, now=late)
        offering.lapse(session, now=late)
        assert (offer.state, offer.wish.state) == (OfferState.LAPSED, WishState.WAITING)

    def test_an_offer_of_somebody_else_does_not_exist(
        self, session: Session, booked: Booking
    ) -> None:
        offer = self.offer(session, booked)
        with pytest.raises(NotFound):
            waiting.offer_for(session, offer.id, asker=accounts.citizen(session))

    def test_when_nobody_is_left_it_is_free_for_all(
        self, session: Session, booked: Booking, officer: StaffMember
    ) -> None:
        self.offer(session, booked)
        late = TEN + timedelta(minutes=20)
        offering.lapse(session, now=late)
        holding.clear_lapsed(session, now=late)
        make.booking(session, officer=officer, slot=Slot(booked.starts_at, officer.id), now=late)


class TestTheList:
    def test_one_entry_for_each_kind(self, session: Session) -> None:
        citizen = accounts.citizen(session)
        first = waits(session, citizen)
        assert waits(session, citizen, last_day=MONDAY + 3 * DAY) is first
        assert first.last_day == MONDAY + 3 * DAY

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"last_day": MONDAY - DAY}, "last_day"),
            ({"first_day": MONDAY - 9 * DAY, "last_day": MONDAY - DAY}, "last_day"),
            ({"last_day": MONDAY + 400 * DAY}, "last_day"),
            ({"channels": []}, "channels"),
            ({"channels": ["phone"]}, "channels"),
            ({"deadline": MONDAY - DAY}, "deadline"),
            ({"last_day": date(9999, 12, 31)}, "last_day"),
        ],
    )
    def test_nonsense_is_refused(
        self, session: Session, fields: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(InvalidInput) as error:
            waits(session, **fields)
        assert error.value.field == field

    def test_who_has_booked_otherwise_waits_no_longer(
        self, session: Session, officer: StaffMember
    ) -> None:
        wish = waits(session)
        slot = make.slot_at(officer, day=TUESDAY)
        make.booking(session, citizen=wish.citizen, slot=slot, now=NOW + timedelta(minutes=5))
        waiting.sweep(session, now=NOW + timedelta(hours=2))
        assert wish.state == WishState.DONE

    def test_an_entry_ends_with_its_last_day(self, session: Session) -> None:
        wish = waits(session, last_day=MONDAY)
        waiting.sweep(session, now=NOW + DAY)
        assert wish.state == WishState.EXPIRED

    def test_nobody_else_sees_who_waits(self, session: Session) -> None:
        wish = waits(session)
        stranger = accounts.citizen(session)
        assert waiting.entries_of(session, asker=stranger) == []
        with pytest.raises(NotFound):
            waiting.entry_for(session, wish.id, asker=stranger)
        mailroom = accounts.staff_member(session, Role.MAILROOM)
        assert waiting.waiting_for(session, asker=mailroom) == []

    def test_urgency_needs_a_reason(self, session: Session, officer: StaffMember) -> None:
        wish = waits(session)
        with pytest.raises(InvalidInput):
            waiting.mark_urgent(session, entry=wish, reason=" ", by=officer, now=NOW)
        assert wish.need == Need.WISH


def test_most_freed_times_find_somebody(session: Session) -> None:
    """Forty people wait, twenty times come free, a third never answer: nothing is given twice."""
    chance = random.Random(7)
    officers = [make.officer(session) for _ in range(2)]
    walls = [time(9), time(9, 45), time(10, 30), time(11, 15), time(12)]
    gone = [
        make.booking(
            session,
            officer=officer,
            slot=Slot(at_wall(MONDAY + days * DAY, wall), officer.id),
        )
        for officer in officers
        for days in (1, 2)
        for wall in walls
    ]
    people = [waits(session) for _ in range(40)]
    quiet = {wish.id for wish in chance.sample(people, 13)}
    for booking in gone:
        service.cancel(session, booking=booking, by=booking.citizen, now=TEN)
    now = TEN
    for _ in range(12):
        offering.lapse(session, now=now)
        offering.offer_freed(session, now=now)
        holding.clear_lapsed(session, now=now)
        for offer in offers(session):
            if offer.state == OfferState.OPEN and offer.wish_id not in quiet:
                mine = waiting.offer_for(session, offer.id, asker=offer.wish.citizen)
                offering.accept(session, offer=mine, by=mine.wish.citizen, now=now)
        now += timedelta(minutes=20)
    taken = [one for one in offers(session) if one.state == OfferState.ACCEPTED]
    assert len({(one.starts_at, one.officer_id) for one in taken}) == len(taken)
    assert len(taken) >= 0.8 * len(gone)


class TestPages:
    @pytest.fixture
    def phone(
        self, client: PortalClient, session: Session, quiet_monday: time_machine.Traveller
    ) -> tuple[PortalClient, Citizen]:
        citizen = accounts.citizen(session)
        make.kind(session)
        quiet_monday.move_to(TEN)
        client.sign_in(citizen)
        return client, citizen

    def test_join_be_offered_and_take(
        self, phone: tuple[PortalClient, Citizen], session: Session, booked: Booking
    ) -> None:
        client, citizen = phone
        typed = {
            "channels": "video",
            "first_day": "16.11.2026",
            "last_day": "30.11.2026",
            "part": "any",
            "who": "anybody",
        }
        answer = client.post_form("/termine/warteliste/beratung-video", typed)
        assert answer.status_code == 302
        assert "Beratung per Video" in client.get("/termine/warteliste").text
        freed(session, booked)
        [offer] = offers(session)

        page = client.get(f"/termine/angebot/{offer.id}")
        assert "Dienstag, 17. November 2026, 09:00 Uhr" in page.text
        assert "Für Sie ist ein Termin frei geworden" in client.get("/termine/warteliste").text
        taken = client.post_form(f"/termine/angebot/{offer.id}", {"answer": "take"})

        assert taken.location is not None
        assert taken.location.endswith("/gebucht")
        assert offer.wish.citizen_id == citizen.id
        assert "ist vorbei" in client.get(f"/termine/angebot/{offer.id}").text

    def test_bad_input_is_kept_and_named(self, phone: tuple[PortalClient, Citizen]) -> None:
        client, _ = phone
        typed = {"channels": "brieftaube", "first_day": "31.2.2026", "last_day": "", "part": "x"}
        answer = client.post_form("/termine/warteliste/beratung-video", typed)
        assert answer.status_code == 422
        assert "Dieses Datum gibt es nicht" in answer.text
        assert 'value="31"' in answer.text

    @pytest.mark.usefixtures("quiet_monday")
    def test_the_office_sees_the_order_and_lets_somebody_go_first(
        self, client: PortalClient, session: Session, officer: StaffMember
    ) -> None:
        wish = waits(session)
        client.sign_in(officer)
        assert wish.citizen.name in client.get("/amt/termine/warteliste").text
        answer = client.post_form(
            f"/amt/termine/warteliste/{wish.id}", {"reason": "Miete fällig, kein Geld"}
        )
        assert answer.location == "/amt/termine/warteliste"
        session.refresh(wish)
        assert wish.need == Need.URGENT
