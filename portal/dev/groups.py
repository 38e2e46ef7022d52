"""Appointments of many in the demo office: one with seats, a full one with a list, employers."""

from datetime import time, timedelta
from typing import Any

from sqlalchemy import select

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.group_models import GroupEvent
from portal.appointments.groups import planning, seating, waiting
from portal.appointments.groups.plans import Plan
from portal.calendars import places
from portal.calendars.models import Channel, Place, Room
from portal.calendars.slots import at_wall
from portal.core import clock
from portal.core.errors import PortalError
from portal.dev.people import INTEGRATION
from portal.dev.stage import ALWAYS_THERE, Office

LOOK_AHEAD = 60
TALK = "Erste Schritte: So geht es nach dem Antrag weiter"
WORKSHOP = "Bewerbung schreiben mit dem Handy"
ROUND = "Offene Runde im Jugendzentrum"
EMPLOYERS = "Betriebe aus Lindenau stellen sich vor"


def fill(office: Office) -> None:
    """Plan four events with people of the demo; the demo citizen has a seat and waits for one."""
    leads = [
        one
        for one in office.staff
        if one.team.name == INTEGRATION and one.last_name != ALWAYS_THERE and one.is_active
    ]
    people = list(
        office.session.scalars(
            select(Citizen)
            .where(Citizen.confirmed_at.is_not(None))
            .order_by(Citizen.number)
            .limit(24)
        )
    )
    houses = {house.name: house for house in places.active_places(office.session)}
    rooms = {
        room.name: room
        for found in places.rooms_by_place(office.session).values()
        for room in found
    }
    hall, youth = rooms["Großer Saal"], houses["Jugendzentrum Nord"]
    talk = _event(
        office, leads[0], "gruppengespraech", title=TALK, days=8, starts=time(14), room=hall
    )
    workshop = _event(
        office,
        leads[-1],
        "workshop",
        title=WORKSHOP,
        days=10,
        starts=time(9),
        seats=4,
        room=hall,
        bring="Ihr Handy und, wenn Sie haben, ein Zeugnis.",
        description="Wir schreiben zusammen einen Lebenslauf. Sie gehen mit einer fertigen Datei.",
    )
    around = _event(
        office,
        leads[0],
        "vor-ort",
        title=ROUND,
        days=13,
        starts=time(17),
        place=youth,
        language="uk",
        channel=Channel.OUTREACH,
    )
    employers = _event(
        office,
        leads[-1],
        "arbeitgeber",
        title=EMPLOYERS,
        days=16,
        starts=time(13),
        room=hall,
        description="Fünf Betriebe suchen Leute, auch ohne Ausbildung. Sie können gleich fragen.",
    )
    _seats(office, talk, people[:3])
    _seats(office, workshop, people[1:8])
    _seats(office, around, people[8:11])
    _seats(office, employers, people[:9])


def _event(
    office: Office,
    lead: StaffMember,
    key: str,
    *,
    title: str,
    days: int,
    starts: time,
    seats: int | None = None,
    room: Room | None = None,
    place: Place | None = None,
    channel: Channel = Channel.OFFICE,
    **more: Any,
) -> GroupEvent | None:
    """Plan an event on the first working day from then on on which all are free."""
    kind = office.types[key]
    day = clock.local_date(office.now) + timedelta(days=days)
    for number in range(LOOK_AHEAD):
        on = day + timedelta(days=number)
        if on.isoweekday() > 5:
            continue
        begins = at_wall(on, starts)
        wanted = Plan(
            type=kind,
            title=title,
            channel=channel,
            lead=lead,
            starts_at=begins,
            ends_at=begins + kind.duration,
            seats=seats or kind.seats,
            opens_at=office.ago(days=3),
            closes_at=begins - timedelta(hours=kind.lead_hours),
            room=room,
            place=place,
            **more,
        )
        try:
            return planning.plan(office.session, wanted=wanted, by=lead, now=office.now)
        except PortalError:
            continue
    return None


def _seats(office: Office, event: GroupEvent | None, people: list[Citizen]) -> None:
    """Let people come; for whom there is no seat waits, who has something else does not come."""
    if event is None:
        return
    for minutes, citizen in enumerate(people):
        now = office.ago(hours=5) + timedelta(minutes=minutes)
        try:
            with office.session.begin_nested():
                seating.register(office.session, event=event, citizen=citizen, by=citizen, now=now)
        except PortalError as error:
            if error.field == "event":
                waiting.wait(
                    office.session,
                    event=event,
                    citizen=citizen,
                    takes_others=False,
                    by=citizen,
                    now=now,
                )
