"""The calendar of one staff member as text (RFC 5545): times, way and room, and nobody.

Calendars end up on servers of others. An entry says „Termin“, whether by video or telephone, in
which room, and where in the portal to look: no name, no initials, no kind of talk, no note. Times
are in UTC, so every program reads them without a table of zones.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from uuid import UUID

from icalendar import Calendar, Event

from portal.appointments.models import Booking
from portal.calendars.models import Channel

SUMMARY = "Termin"
NAME = "Termine"
_WAYS = {
    Channel.VIDEO: "Termin (Video)",
    Channel.PHONE: "Termin (Telefon)",
}


@dataclass(frozen=True)
class Entry:
    """One entry as it is handed out; the tag changes when anything in it does."""

    id: UUID
    content: bytes

    @property
    def etag(self) -> str:
        """Return the tag without its quotation marks."""
        return tag_of(self.content)


def entry_of(booking: Booking, *, base_url: str) -> Entry:
    """Write the entry of one appointment as a calendar of its own, as CalDAV hands it out."""
    return Entry(booking.id, _written([_event(booking, base_url)]))


def calendar_of(bookings: Sequence[Booking], *, base_url: str) -> bytes:
    """Write all appointments as one calendar that programs subscribe to."""
    return _written([_event(booking, base_url) for booking in bookings], is_subscribed=True)


def tag_of(content: bytes) -> str:
    """Return a tag for some content."""
    return hashlib.sha256(content).hexdigest()[:32]


def _written(events: Sequence[Event], *, is_subscribed: bool = False) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Jobcenter-Portal//Termine//DE")
    calendar.add("version", "2.0")
    if is_subscribed:
        calendar.add("method", "PUBLISH")
        calendar.add("x-wr-calname", NAME)
        calendar.add("name", NAME)  # RFC 7986
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _event(booking: Booking, base_url: str) -> Event:
    event = Event()
    event.add("uid", f"{booking.id}-amt")
    event.add("sequence", booking.sequence)
    event.add("dtstamp", booking.agreed_at.astimezone(UTC))  # as old as the time: tags stay
    event.add("dtstart", booking.starts_at.astimezone(UTC))
    event.add("dtend", booking.ends_at.astimezone(UTC))
    event.add("summary", _WAYS.get(booking.channel, SUMMARY))
    event.add("url", f"{base_url}/amt/termine/{booking.id}")
    event.add("status", "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    if booking.room is not None:
        event.add("location", booking.room.name)
    return event
