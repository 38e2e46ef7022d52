"""Many hands on one common time, and on one room: real threads, exactly one of them has it."""

from datetime import time
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import service
from portal.appointments.models import Booking, BookingOfficer
from portal.calendars.models import AppointmentType, Channel, Occupancy, TalkRole
from portal.calendars.resources import of_staff
from portal.calendars.slots import Slot, at_wall
from portal.calendars.taking import TAKEN
from portal.calendars.wishes import Seat
from portal.core.db import db
from tests.appointments.test_races import all_at_once
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

pytestmark = pytest.mark.slow

SEATS = [
    Seat(TalkRole.BENEFIT),
    Seat(TalkRole.INTEGRATION),
    Seat(TalkRole.INTERPRETER, language="ar"),
]
HANDS = 20


def book(citizen_id: UUID, slot: Slot, key: str, seats: list[Seat], channel: Channel) -> None:
    kind = db.session.scalars(select(AppointmentType).where(AppointmentType.key == key)).one()
    citizen = db.session.get_one(Citizen, citizen_id)
    service.book(
        db.session,
        citizen=citizen,
        type=kind,
        channel=channel,
        slot=slot,
        seats=seats,
        note=None,
        by=_desk(),
        now=NOW,
    )


def _desk() -> StaffMember:
    return db.session.scalars(select(StaffMember).order_by(StaffMember.number).limit(1)).one()


def test_twenty_on_one_common_time(committed_app: Flask) -> None:
    with committed_app.test_request_context():
        make.kind(db.session)
        three = [
            make.skilled(db.session, TalkRole.BENEFIT),
            make.skilled(db.session, TalkRole.INTEGRATION),
            make.skilled(db.session, TalkRole.INTERPRETER, languages=["ar"]),
        ]
        citizens = [accounts.citizen(db.session).id for _ in range(HANDS)]
        ids = [one.id for one in three]
        taken = [of_staff(one) for one in three]
        db.session.commit()
    slot = Slot(at_wall(MONDAY, time(9)), ids[0], tuple(ids[1:]))
    result = all_at_once(
        committed_app,
        [
            lambda citizen=citizen: book(citizen, slot, "gemeinsam", SEATS, Channel.VIDEO)
            for citizen in citizens
        ],
    )
    assert result == {"done": 1, TAKEN: HANDS - 1}
    with committed_app.app_context():
        assert db.session.scalar(select(func.count(Booking.id))) == 1
        assert db.session.scalar(select(func.count()).select_from(BookingOfficer)) == 2
        rows = db.session.scalars(select(Occupancy.resource).order_by(Occupancy.resource)).all()
        assert set(taken) < set(rows)
        assert len(rows) == 4  # three of the office, one citizen: nothing of the nineteen


def test_twenty_with_officers_of_their_own_on_two_rooms(committed_app: Flask) -> None:
    with committed_app.test_request_context():
        make.kind(db.session, "jobcenter").needs_room = True
        for name in ("Eins", "Zwei"):
            make.room(db.session, name, seats=2)
        pairs = [
            (accounts.citizen(db.session).id, make.officer(db.session).id) for _ in range(HANDS)
        ]
        db.session.commit()
    starts_at = at_wall(MONDAY, time(10))
    result = all_at_once(
        committed_app,
        [
            lambda citizen=citizen, officer=officer: book(
                citizen, Slot(starts_at, officer), "jobcenter", [Seat()], Channel.OFFICE
            )
            for citizen, officer in pairs
        ],
    )
    assert result == {"done": 2, TAKEN: HANDS - 2}
    with committed_app.app_context():
        rooms = db.session.scalars(select(Booking.room_id)).all()
        assert len(set(rooms)) == 2
        assert None not in rooms
