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

from portal.appointments.group_models import GroupEvent
from portal.appointments.models import Booking
from portal.calendars.models import Channel

SUMMARY = "Termin"
GROUP = "Termin (Gruppe)"
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


Meeting = Booking | GroupEvent
"""What stands in the calendar of somebody of the office."""


def entry_of(meeting: Meeting, *, base_url: str) -> Entry:
    """Write the entry of one appointment as a calendar of its own, as CalDAV hands it out."""
    return Entry(meeting.id, _written([_event(meeting, base_url)]))


def calendar_of(meetings: Sequence[Meeting], *, base_url: str) -> bytes:
    """Write all appointments as one calendar that programs subscribe to."""
    return _written([_event(meeting, base_url) for meeting in meetings], is_subscribed=True)


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


def _event(meeting: Meeting, base_url: str) -> Event:
    is_group = isinstance(meeting, GroupEvent)
    # As old as the time, so that tags stay.
    written = meeting.planned_at if isinstance(meeting, GroupEvent) else meeting.agreed_at
    event = Event()
    event.add("uid", f"{meeting.id}-amt")
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", written.astimezone(UTC))
    event.add("dtstart", meeting.starts_at.astimezone(UTC))
    event.add("dtend", meeting.ends_at.astimezone(UTC))
    event.add("summary", GROUP if is_group else _WAYS.get(meeting.channel, SUMMARY))
    path = f"/amt/termine/gruppen/{meeting.id}" if is_group else f"/amt/termine/{meeting.id}"
    event.add("url", f"{base_url}{path}")
    event.add("status", "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    if meeting.room is not None:
        event.add("location", meeting.room.name)
    return event
