"""Events with seats for tests: planned, full, with people who wait, through the real verbs."""

import itertools
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.group_models import GroupEvent
from portal.appointments.groups import planning, seating, waiting
from portal.appointments.groups.models import GroupWish
from portal.appointments.groups.plans import Plan
from portal.appointments.models import Booking
from portal.calendars import lanes
from portal.calendars import service as calendars
from portal.calendars.models import Channel, Room
from portal.calendars.slots import at_wall
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

_counter = itertools.count(1)
TUESDAY = MONDAY + timedelta(days=1)


def room(session: Session, *, seats: int = 12, talks: int = 1) -> Room:
    """Make a room at the standard place."""
    name = f"Saal {next(_counter)}"
    place = calendars.ensure_standard_place(session, name="Haus", address="Rathausplatz 1")
    made = Room(place=place, name=name, talks=talks, seats=seats)
    session.add(made)
    session.flush()
    return made


def wanted(session: Session, **fields: Any) -> Plan:
    """Say what shall be planned: a workshop on the quiet Tuesday from ten to twelve."""
    day = fields.pop("day", TUESDAY)
    starts = at_wall(day, fields.pop("starts", time(10)))
    ends = at_wall(day, fields.pop("ends", time(12)))
    lead = fields.pop("lead", None) or make.officer(session, opens=False)
    kind = make.kind(session, fields.pop("key", "workshop"))
    somewhere = {"place", "room", "where_else"} & set(fields)
    given = {} if somewhere else {"room": room(session)}
    return Plan(
        **{
            "type": kind,
            "title": "Bewerbung schreiben",
            "channel": Channel.OFFICE,
            "lead": lead,
            "starts_at": starts,
            "ends_at": ends,
            "seats": 3,
            "opens_at": NOW - timedelta(hours=1),
            "closes_at": starts - timedelta(hours=1),
            **given,
            **fields,
        }
    )


def event(session: Session, *, now: datetime = NOW, **fields: Any) -> GroupEvent:
    """Plan an event."""
    plan = wanted(session, **fields)
    return planning.plan(session, wanted=plan, by=plan.lead, now=now)


def event_on(
    session: Session, day: date, lead: StaffMember, *, now: datetime, **fields: Any
) -> GroupEvent:
    """Plan an event on a day or the next that is no holiday, open for registration from now on."""
    while lanes.closed_days(day, day):
        day += timedelta(days=1)
    starts = at_wall(day, fields.get("starts", time(19)))
    given = {"opens_at": now, "closes_at": starts, "where_else": "Bücherei", "starts": time(19)}
    return event(session, now=now, day=day, lead=lead, **{**given, "ends": time(20, 30), **fields})


def seat(session: Session, event: GroupEvent, citizen: Citizen | None = None) -> Booking:
    """Give a citizen a seat, as they would themselves."""
    who = citizen or accounts.citizen(session)
    return seating.register(session, event=event, citizen=who, by=who, now=event.planned_at)


def wish(
    session: Session, event: GroupEvent, citizen: Citizen, *, takes_others: bool = False, **at: Any
) -> GroupWish:
    """Put a citizen on the list of an event."""
    now = at.get("now", event.planned_at)
    return waiting.wait(
        session, event=event, citizen=citizen, takes_others=takes_others, by=citizen, now=now
    )
