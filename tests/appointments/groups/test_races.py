"""Many hands on the last seat: real threads, real commits, nobody sits on somebody."""

from collections.abc import Callable
from datetime import time, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.accounts.models import Citizen
from portal.appointments import service
from portal.appointments.group_models import GroupEvent
from portal.appointments.groups import planning, queries, seating, waiting
from portal.appointments.groups.models import GroupWish
from portal.appointments.models import Booking, BookingState
from portal.calendars.models import Occupancy
from portal.calendars.slots import at_wall
from portal.core.db import db
from tests.appointments.groups.test_planning import again
from tests.appointments.test_races import all_at_once
from tests.factories import accounts, groups
from tests.factories.appointments import MONDAY, NOW

pytestmark = pytest.mark.slow

NINE = at_wall(MONDAY, time(9))


@pytest.fixture
def office(committed_app: Flask) -> tuple[UUID, list[UUID]]:
    """An event of three seats and fifty citizens."""
    with committed_app.test_request_context():
        event = groups.event(db.session)
        citizens = [accounts.citizen(db.session).id for _ in range(50)]
        db.session.commit()
        return event.id, citizens


def found(id: UUID) -> GroupEvent:
    return db.session.scalars(
        select(GroupEvent).where(GroupEvent.id == id).options(*queries.LEADERS)
    ).one()


def register(event: UUID, citizen: UUID) -> Callable[[], object]:
    def deed() -> object:
        who = db.session.get_one(Citizen, citizen)
        return seating.register(db.session, event=found(event), citizen=who, by=who, now=NINE)

    return deed


def wait(event: UUID, citizen: UUID) -> Callable[[], object]:
    def deed() -> object:
        who = db.session.get_one(Citizen, citizen)
        return waiting.wait(
            db.session, event=found(event), citizen=who, takes_others=False, by=who, now=NINE
        )

    return deed


def seats() -> list[int | None]:
    return list(
        db.session.scalars(
            select(Booking.seat).where(Booking.state == BookingState.BOOKED).order_by(Booking.seat)
        )
    )


def test_fifty_citizens_on_three_seats(
    committed_app: Flask, office: tuple[UUID, list[UUID]]
) -> None:
    event, citizens = office
    result = all_at_once(committed_app, [register(event, one) for one in citizens])
    assert result == {"done": 3, seating.FULL: 47}
    with committed_app.app_context():
        assert seats() == [1, 2, 3]


def test_fifty_citizens_on_the_last_seat(
    committed_app: Flask, office: tuple[UUID, list[UUID]]
) -> None:
    event, [first, second, *others] = office
    assert all_at_once(committed_app, [register(event, first), register(event, second)]) == {
        "done": 2
    }
    result = all_at_once(committed_app, [register(event, one) for one in others])
    assert result == {"done": 1, seating.FULL: 47}


def test_one_citizen_clicking_ten_times(
    committed_app: Flask, office: tuple[UUID, list[UUID]]
) -> None:
    event, [citizen, *_] = office
    assert all_at_once(committed_app, [register(event, citizen)] * 10) == {"done": 10}
    with committed_app.app_context():
        assert seats() == [1]


def test_waiting_ten_times_is_one_entry(
    committed_app: Flask, office: tuple[UUID, list[UUID]]
) -> None:
    event, [citizen, *_] = office
    assert all_at_once(committed_app, [wait(event, citizen)] * 10) == {"done": 10}
    with committed_app.app_context():
        assert db.session.scalar(select(func.count(GroupWish.id))) == 1


def test_registering_cancelling_offering_and_waiting_at_once(
    committed_app: Flask, office: tuple[UUID, list[UUID]]
) -> None:
    """No deadlock, and whatever the order: nobody sits twice and no seat is counted twice."""
    event, citizens = office

    def leave(citizen: UUID) -> Callable[[], object]:
        def deed() -> object:
            who = db.session.get_one(Citizen, citizen)
            booking = queries.seat_of(db.session, event=found(event), citizen=who)
            if booking is not None and booking.state == BookingState.BOOKED:
                service.cancel(db.session, booking=booking, by=who, now=NINE)
            return None

        return deed

    def offer() -> object:
        return waiting.offer(db.session, event=found(event), now=NINE)

    all_at_once(committed_app, [register(event, one) for one in citizens[:3]])
    deeds: list[Callable[[], object]] = []
    for number, citizen in enumerate(citizens[:30]):
        deeds += (
            [leave(citizen), register(event, citizen)] if number % 2 else [wait(event, citizen)]
        )
        deeds.append(offer)
    all_at_once(committed_app, deeds[:50])
    with committed_app.app_context():
        taken = db.session.scalars(
            select(Booking.seat).where(Booking.seat.is_not(None)).order_by(Booking.seat)
        ).all()
        assert len(taken) == len(set(taken)) <= 3
        firm = db.session.scalar(
            select(func.count(Booking.id)).where(Booking.state == BookingState.BOOKED)
        )
        own = select(Occupancy.id).join(Booking, Booking.id == Occupancy.taken_by)
        assert len(db.session.scalars(own).all()) == firm


def test_an_event_cancelled_while_people_come(
    committed_app: Flask, office: tuple[UUID, list[UUID]]
) -> None:
    event, citizens = office

    def cancel() -> object:
        one = found(event)
        return planning.cancel(db.session, event=one, by=one.lead, now=NINE)

    all_at_once(committed_app, [*(register(event, one) for one in citizens[:20]), cancel, cancel])
    with committed_app.app_context():
        assert seats() == []
        assert db.session.scalar(select(func.count(Occupancy.id))) == 0


def test_an_event_moved_while_people_come(
    committed_app: Flask, office: tuple[UUID, list[UUID]]
) -> None:
    event, citizens = office
    later = at_wall(groups.TUESDAY, time(14))

    def move() -> object:
        one = found(event)
        wanted = again(one, starts_at=later, ends_at=later + timedelta(hours=1))
        return planning.change(db.session, event=one, wanted=wanted, by=one.lead, now=NOW)

    all_at_once(
        committed_app,
        [
            *(register(event, one) for one in citizens[:10]),
            move,
            *[register(event, one) for one in citizens[10:20]],
        ],
    )
    with committed_app.app_context():
        starts = set(
            db.session.scalars(
                select(Booking.starts_at).where(Booking.state == BookingState.BOOKED)
            )
        )
        assert starts == {later}
        assert seats() == [1, 2, 3]
