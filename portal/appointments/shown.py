"""What stands in calendars, and where a talk is, as rows for components."""

from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext

from portal.appointments import seating, whereabouts
from portal.appointments.board import Block, Board, Column, Kind
from portal.appointments.forms import STATES
from portal.appointments.models import Booking, BookingState
from portal.appointments.queries import Gathering
from portal.calendars.forms import ABSENCES, CHANNELS
from portal.calendars.models import Availability
from portal.core import templating


def names(booking: Booking) -> str:
    """Name everybody of the office in a talk."""
    return seating.names(booking)


def where_rows(booking: Booking) -> list[dict[str, str]]:
    """Return where a talk is and how to get there, as rows of a list; by video there are none."""
    where = whereabouts.of(booking)
    if where is None:
        return []
    rows = [{"term": gettext("Wo"), "value": f"{where.name}, {where.address}"}]
    if where.room:
        steps = f" ({gettext('ohne Stufen')})" if where.is_step_free else ""
        rows.append({"term": gettext("Raum"), "value": f"{where.room}{steps}"})
    if where.directions:
        rows.append({"term": gettext("So finden Sie hin"), "value": where.directions})
    return rows


PAGE_WORDS: dict[str, Any] = {
    "names": names,
    "where_of": whereabouts.of,
    "where_rows": where_rows,
}
"""What pages about a booking can call."""


def columns_of(board: Board, *, today: date) -> list[dict[str, Any]]:
    """Return the columns with their blocks; side by side on one day, people are the heads."""
    by_person = board.is_one_day and len(board.columns) > 1
    return [
        {
            "title": column.officer.name if by_person else templating.day(column.day),
            "note": column.closed,
            "is_today": column.day == today and not by_person,
            "blocks": _blocks(column),
        }
        for column in board.columns
    ]


def _blocks(column: Column) -> list[dict[str, Any]]:
    return [{**_place(block), **_words(block)} for block in column.blocks]


def _place(block: Block) -> dict[str, Any]:
    hour, minute, hours, minutes = block.place
    return {
        "kind": block.kind.value,
        "hour": hour,
        "minute": minute,
        "hours": hours,
        "minutes": minutes,
        "time": f"{templating.hour(block.starts_at)}–{templating.hour(block.ends_at)}",
    }


def _words(block: Block) -> dict[str, Any]:
    """Say what a block is; a time that is taken by somebody whose file is closed has no name."""
    if block.booking:
        return _booking(block.booking)
    if block.gathering:
        return _gathering(block.gathering)
    if block.hours:
        return {"text": gettext("Sprechzeit"), "detail": _ways(block.hours)}
    if block.reason:
        return {"text": ABSENCES[block.reason]}
    if block.kind is Kind.FREE:
        return {"text": gettext("frei")}
    return {"text": gettext("vorgemerkt") if block.is_hold else gettext("belegt")}


def _booking(booking: Booking) -> dict[str, Any]:
    is_open = booking.state == BookingState.BOOKED
    state = "" if is_open else f", {STATES[booking.state]}"
    return {
        "text": booking.citizen.name,
        "detail": f"{booking.type.name}{state}",
        "href": url_for("staff_appointments.show", id=booking.id),
    }


def _gathering(gathering: Gathering) -> dict[str, Any]:
    """Say how many come to an event, and no name."""
    return {
        "text": gathering.event.title,
        "detail": gettext(
            "%(taken)s von %(all)s Plätzen", taken=gathering.taken, all=gathering.event.seats
        ),
        "href": url_for("staff_groups.show", id=gathering.event.id),
    }


def _ways(hours: Availability) -> str:
    ways = ", ".join(str(CHANNELS[channel]) for channel in hours.channels)
    return f"{ways}, {hours.place.name}" if hours.place else ways
