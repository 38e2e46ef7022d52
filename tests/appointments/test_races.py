"""Many hands on one slot: real threads, real commits, exactly one booking."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.accounts.models import Citizen
from portal.appointments import holding, queries, service
from portal.appointments.models import Booking, BookingState
from portal.calendars.models import AppointmentType, Channel, Occupancy
from portal.calendars.slots import Slot, at_wall
from portal.calendars.taking import OWN_OVERLAP, TAKEN
from portal.core.db import db
from portal.core.errors import Conflict
from portal.notifications.models import Message
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import NOW

pytestmark = pytest.mark.slow


def all_at_once(app: Flask, deeds: list[Callable[[], object]]) -> Counter[str]:
    """Do each deed in a thread and a transaction of its own; count what came out."""

    def run(deed: Callable[[], object]) -> str:
        with app.app_context(), app.test_request_context():
            try:
                deed()
                db.session.commit()
            except Conflict as error:
                db.session.rollback()
                return error.message
            return "done"

    with ThreadPoolExecutor(max_workers=len(deeds)) as pool:
        return Counter(pool.map(run, deeds))


def book(citizen_id: UUID, slot: Slot) -> Booking:
    citizen = db.session.get_one(Citizen, citizen_id)
    kind = db.session.scalars(
        select(AppointmentType).where(AppointmentType.key == "beratung-video")
    ).one()
    return service.book(
        db.session,
        citizen=citizen,
        type=kind,
        channel=Channel.VIDEO,
        slot=slot,
        note=None,
        by=citizen,
        now=NOW,
    )


@pytest.fixture
def office(committed_app: Flask) -> tuple[list[UUID], list[Slot]]:
    """Fifty citizens and two officers, each with a slot at nine."""
    with committed_app.test_request_context():
        make.kind(db.session)
        citizens = [accounts.citizen(db.session).id for _ in range(50)]
        slots = [make.slot_at(make.officer(db.session)) for _ in range(2)]
        db.session.commit()
        return citizens, slots


def test_check_43_fifty_citizens_on_one_slot(
    committed_app: Flask, office: tuple[list[UUID], list[Slot]]
) -> None:
    citizens, [slot, _] = office
    result = all_at_once(
        committed_app, [lambda citizen=citizen: book(citizen, slot) for citizen in citizens]
    )
    assert result == {"done": 1, TAKEN: 49}
    with committed_app.app_context():
        assert db.session.scalar(select(func.count(Booking.id))) == 1


def test_one_citizen_clicking_ten_times(
    committed_app: Flask, office: tuple[list[UUID], list[Slot]]
) -> None:
    [citizen, *_], [slot, _] = office
    result = all_at_once(committed_app, [lambda: book(citizen, slot) for _ in range(10)])
    assert result == {"done": 10}
    with committed_app.app_context():
        assert db.session.scalar(select(func.count(Booking.id))) == 1


def test_one_citizen_with_two_officers_at_once(
    committed_app: Flask, office: tuple[list[UUID], list[Slot]]
) -> None:
    [citizen, *_], slots = office
    all_at_once(committed_app, [lambda slot=slot: book(citizen, slot) for slot in slots * 5])
    with committed_app.app_context():
        assert db.session.scalar(select(func.count(Booking.id))) == 1


def test_many_moving_to_one_slot_keep_the_old_or_get_the_new(
    committed_app: Flask, office: tuple[list[UUID], list[Slot]]
) -> None:
    citizens, [slot, other] = office
    officer = slot.officer
    walls = [time(9), time(9, 45), time(10, 30), time(11, 15), time(12)]
    with committed_app.test_request_context():
        old = [
            book(citizen, Slot(at_wall(make.MONDAY, wall), officer)).id
            for citizen, wall in zip(citizens, walls, strict=False)
        ]
        db.session.commit()

    def move(booking_id: UUID, citizen_id: UUID) -> None:
        citizen = db.session.get_one(Citizen, citizen_id)
        booking = queries.booking_for(db.session, booking_id, asker=citizen)
        service.move(db.session, booking=booking, slot=other, by=citizen, now=NOW)

    result = all_at_once(
        committed_app,
        [
            lambda booking=booking, citizen=citizen: move(booking, citizen)
            for booking, citizen in zip(old, citizens, strict=False)
        ],
    )
    assert result == {"done": 1, TAKEN: 4}
    with committed_app.app_context():
        moved = db.session.scalars(select(Booking).where(Booking.moved_from.is_not(None))).all()
        assert len(moved) == 1
        assert db.session.scalar(select(func.count(Booking.id))) == 5


def hold(citizen_id: UUID, slot: Slot) -> Booking:
    citizen = db.session.get_one(Citizen, citizen_id)
    kind = db.session.scalars(
        select(AppointmentType).where(AppointmentType.key == "beratung-video")
    ).one()
    return holding.hold(
        db.session,
        citizen=citizen,
        type=kind,
        channel=Channel.VIDEO,
        slot=slot,
        by=citizen,
        now=NOW,
    )


def confirm(citizen_id: UUID, held_id: UUID) -> Booking:
    citizen = db.session.get_one(Citizen, citizen_id)
    held = queries.held_or_made(db.session, held_id, asker=citizen)
    if held is None:
        raise Conflict(holding.LAPSED)
    return holding.confirm(db.session, held=held, note=None, by=citizen, now=NOW)


def states(app: Flask) -> Counter[BookingState]:
    with app.app_context():
        return Counter(db.session.scalars(select(Booking.state)))


def taken(app: Flask) -> int | None:
    with app.app_context():
        return db.session.scalar(select(func.count(Occupancy.id)))


def test_a_thousand_attempts_on_one_slot_hold_it_once_and_book_it_once(
    committed_app: Flask, office: tuple[list[UUID], list[Slot]]
) -> None:
    """Fifty citizens at twenty devices each, fifty at a time."""
    citizens, [slot, _] = office
    result: Counter[str] = Counter()
    for _ in range(20):
        result += all_at_once(committed_app, [lambda one=one: hold(one, slot) for one in citizens])
    assert sum(result.values()) == 1000
    assert result == {"done": 20, TAKEN: 980}  # the one who has it may ask again
    assert states(committed_app) == {BookingState.HELD: 1}
    with committed_app.app_context():
        [(held_id, citizen_id)] = db.session.execute(select(Booking.id, Booking.citizen_id)).all()
    result = all_at_once(
        committed_app,
        [lambda one=one: confirm(one, held_id) for one in [citizen_id, *citizens[:20], citizen_id]],
    )
    mine = 2 + citizens[:20].count(citizen_id)
    assert result["done"] == mine
    assert states(committed_app) == {BookingState.BOOKED: 1}
    assert taken(committed_app) == 2


def test_fifty_holds_by_one_person_are_one(
    committed_app: Flask, office: tuple[list[UUID], list[Slot]]
) -> None:
    [citizen, *_], [slot, other] = office
    walls = [time(9), time(9, 45), time(10, 30), time(11, 15), time(12)]
    slots = [
        Slot(at_wall(make.MONDAY, wall), one.officer) for wall in walls for one in (slot, other)
    ]
    result = all_at_once(committed_app, [lambda one=one: hold(citizen, one) for one in slots * 5])
    assert result == {"done": 50}
    assert states(committed_app) == {BookingState.HELD: 1}
    assert taken(committed_app) == 2


def test_two_devices_confirm_one_hold(
    committed_app: Flask, office: tuple[list[UUID], list[Slot]]
) -> None:
    [citizen, *_], [slot, _] = office
    with committed_app.test_request_context():
        held_id = hold(citizen, slot).id
        db.session.commit()
    result = all_at_once(committed_app, [lambda: confirm(citizen, held_id) for _ in range(10)])
    assert result == {"done": 10}
    assert states(committed_app) == {BookingState.BOOKED: 1}
    with committed_app.app_context():
        mails = select(func.count(Message.id)).where(Message.template == "booking_made")
        assert db.session.scalar(mails) == 1


def test_a_second_tab_while_the_first_confirms(
    committed_app: Flask, office: tuple[list[UUID], list[Slot]]
) -> None:
    """Whichever comes first: the hold becomes an appointment, or it has been let go of."""
    citizens, [slot, other] = office
    for number, citizen in enumerate(citizens[:5]):
        wall = at_wall(make.MONDAY, time(9)) + number * timedelta(minutes=45)
        mine, next_one = Slot(wall, slot.officer), Slot(wall, other.officer)
        with committed_app.test_request_context():
            held_id = hold(citizen, mine).id
            db.session.commit()
        result = all_at_once(
            committed_app,
            [
                lambda citizen=citizen, held=held_id: confirm(citizen, held),
                lambda citizen=citizen, one=next_one: hold(citizen, one),
            ],
        )
        assert result["done"] == 1
        assert result.keys() - {"done"} <= {holding.LAPSED, OWN_OVERLAP}
    found = states(committed_app)
    assert found.total() == 5
    assert taken(committed_app) == 10


def test_two_devices_confirm_one_move(
    committed_app: Flask, office: tuple[list[UUID], list[Slot]]
) -> None:
    [citizen_id, *_], [slot, other] = office
    with committed_app.test_request_context():
        booking = book(citizen_id, slot)
        booking_id = booking.id
        citizen = booking.citizen
        held_id = holding.hold(
            db.session,
            citizen=citizen,
            type=booking.type,
            channel=booking.channel,
            slot=Slot(at_wall(make.MONDAY, time(12)), other.officer),
            by=citizen,
            now=NOW,
            instead_of=booking,
        ).id
        db.session.commit()

    def move() -> None:
        citizen = db.session.get_one(Citizen, citizen_id)
        booking = queries.booking_for(db.session, booking_id, asker=citizen)
        held = queries.held_or_made(db.session, held_id, asker=citizen)
        if held is None:
            raise Conflict(holding.LAPSED)
        holding.confirm_move(db.session, booking=booking, held=held, by=citizen, now=NOW)

    result = all_at_once(committed_app, [move for _ in range(5)])
    assert result == {"done": 1, holding.LAPSED: 4}
    assert states(committed_app) == {BookingState.BOOKED: 1}
    assert taken(committed_app) == 2
