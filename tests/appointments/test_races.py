"""Many hands on one slot: real threads, real commits, exactly one booking."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import time
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.accounts.models import Citizen
from portal.appointments import queries, service
from portal.appointments.models import Booking
from portal.calendars.models import AppointmentType, Channel
from portal.calendars.slots import Slot, at_wall
from portal.calendars.taking import TAKEN
from portal.core.db import db
from portal.core.errors import Conflict
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
