"""Where a talk takes place, for citizens: address, room, how to find it, steps or none."""

from dataclasses import dataclass

from flask import current_app
from flask_babel import gettext

from portal.appointments.models import Booking
from portal.calendars.models import Channel, Format
from portal.core.config import Settings


@dataclass(frozen=True)
class Whereabouts:
    """A place to come to. `is_step_free` is only known of rooms."""

    name: str
    address: str
    room: str | None
    directions: str | None
    is_step_free: bool

    @property
    def line(self) -> str:
        """Return address and room in one line, without the name: calendars are shared."""
        return f"{self.address}, {self.door}" if self.room else self.address

    @property
    def lines(self) -> list[str]:
        """Return it line by line for a letter; without a room the front desk shows the way."""
        door = self.door if self.room else gettext("Anmeldung am Empfang")
        return list(dict.fromkeys([self.name, *self.address.split(", "), door]))

    @property
    def door(self) -> str:
        """Name the room."""
        named: str = gettext("Raum %(name)s", name=self.room)
        return named


def of(booking: Booking) -> Whereabouts | None:
    """Return where the citizen comes to; to a talk by video or phone they go nowhere.

    The address of the office stands in for a place that nobody has written down, and so does the
    room of the officer for one that is not booked. Not for a summons: its letter names the place
    for good, and somebody else may have to take the talk over (`covering`).
    """
    event = booking.group_event
    if event is not None and event.where_else:
        return Whereabouts(event.where_else, event.where_else, None, None, is_step_free=False)
    place, room = (event.place, event.room) if event else (booking.place, booking.room)
    comes_to_us = booking.channel == Channel.OFFICE and booking.type.format != Format.OUTREACH
    if not comes_to_us and (place is None or booking.channel != Channel.OUTREACH):
        return None
    settings: Settings = current_app.config["SETTINGS"]
    is_at_home = comes_to_us and (place is None or place.is_standard)
    own_room = booking.staff_member.room if is_at_home and not booking.is_summons else None
    return Whereabouts(
        name=place.name if place else settings.jobcenter_name,
        address=place.address if place else settings.jobcenter_address,
        room=room.name if room else own_room,
        directions=place.directions if place else None,
        is_step_free=room.is_step_free if room else False,
    )


def lines_of(booking: Booking) -> list[str]:
    """Return the place line by line for a letter, or nothing."""
    found = of(booking)
    return found.lines if found else []


def line_of(booking: Booking) -> str | None:
    """Return the place in one line for a calendar entry, or nothing."""
    found = of(booking)
    return found.line if found else None
