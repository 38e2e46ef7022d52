"""The calendar entry of a booking (RFC 5545, sent as RFC 5546 describes), without social data."""

import functools
from datetime import datetime

from flask import current_app
from icalendar import Calendar, Event, Timezone, vCalAddress

from portal.appointments import whereabouts
from portal.appointments.models import Booking, BookingState
from portal.core import clock
from portal.core.config import Settings

CONTENT_TYPE = "text/calendar"
FILENAME = "termin.ics"


def entry_for(booking: Booking, *, now: datetime) -> bytes:
    """Write the entry of a booking with the address of its page.

    The address is built from the setting: the process that writes may serve the staff side only.
    """
    settings: Settings = current_app.config["SETTINGS"]
    link = f"{settings.base_url}/termine/{booking.id}"
    return calendar_entry(booking, link=link, organizer=settings.mail_from, now=now)


def calendar_entry(booking: Booking, *, link: str, organizer: str, now: datetime) -> bytes:
    """Write the entry: the UID stays, the sequence rises with each change, CANCEL takes it away.

    The summary says „Termin“ and nothing more: calendars are shared with families and employers.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Jobcenter-Portal//Termine//DE")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if _is_off(booking) else "PUBLISH")
    calendar.add_component(_zone())
    calendar.add_component(_event(booking, link, organizer, now))
    return bytes(calendar.to_ical())


@functools.cache
def _zone() -> Timezone:
    """Return what VTIMEZONE says of the office's clock: the same in each entry, slow to write."""
    return Timezone.from_tzid(clock.BERLIN.key)


def _event(booking: Booking, link: str, organizer: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{booking.id}@{organizer.partition('@')[2]}")
    event.add("sequence", booking.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", clock.local(booking.starts_at))
    event.add("dtend", clock.local(booking.ends_at))
    event.add("summary", "Termin")
    event.add("description", f"Einzelheiten und Zugang: {link}")
    event.add("url", link)
    if place := whereabouts.line_of(booking):
        event.add("location", place)
    event.add("organizer", vCalAddress(f"mailto:{organizer}"))
    event.add("status", "CANCELLED" if _is_off(booking) else "CONFIRMED")
    event.add("class", "PRIVATE")
    return event


def _is_off(booking: Booking) -> bool:
    return booking.state == BookingState.CANCELLED
