"""The calendar entry of a booking (RFC 5545, sent as RFC 5546 describes), without social data.

The office publishes the appointment (PUBLISH), with a higher SEQUENCE each time it changes, and
takes it back with CANCEL (RFC 5546, 3.2.1 and 3.2.5). It is no REQUEST: that asks the calendar to
answer by mail, and nobody reads the answers.
"""

import functools
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext
from icalendar import Alarm, Calendar, Event, Timezone, vCalAddress, vDuration

from portal.appointments import whereabouts
from portal.appointments.models import Booking, BookingState
from portal.calendars.models import Channel
from portal.core import clock
from portal.core.config import Settings

FILENAME = "termin.ics"
REMIND_BEFORE = timedelta(hours=2)


def content_type(booking: Booking) -> str:
    """Return the type of the entry; its method must be the one inside (RFC 6047, 2.4)."""
    return f"text/calendar; method={_method(booking)}; charset=utf-8"


def entry_for(booking: Booking, *, now: datetime) -> bytes:
    """Write the entry of a booking with the address of its page, by video the way into the talk.

    The address is built from the setting: the process that writes may serve the staff side only.
    """
    settings: Settings = current_app.config["SETTINGS"]
    by_video = booking.channel == Channel.VIDEO
    path = f"/beratung/{booking.id}/eintreten" if by_video else f"/termine/{booking.id}"
    link = f"{settings.base_url}{path}"
    return calendar_entry(
        booking,
        link=link,
        organizer=settings.mail_from,
        location=_location_of(booking),
        now=now,
    )


def calendar_entry(
    booking: Booking, *, link: str, organizer: str, location: str, now: datetime
) -> bytes:
    """Write the entry: the UID stays, the sequence rises with each change, CANCEL takes it away.

    The summary says „Termin“ and nothing more: calendars are shared with families and employers.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Jobcenter-Portal//Termine//DE")
    calendar.add("version", "2.0")
    calendar.add("method", _method(booking))
    calendar.add_component(_zone())
    calendar.add_component(_event(booking, link, organizer, location, now))
    return bytes(calendar.to_ical())


@functools.cache
def _zone() -> Timezone:
    """Return what VTIMEZONE says of the office's clock: the same in each entry, slow to write."""
    return Timezone.from_tzid(clock.BERLIN.key)


def _location_of(booking: Booking) -> str:
    if booking.channel == Channel.PHONE:
        return str(gettext("Telefon"))
    return whereabouts.line_of(booking) or ""


def _event(booking: Booking, link: str, organizer: str, location: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{booking.id}@{organizer.partition('@')[2]}")
    event.add("sequence", booking.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", clock.local(booking.starts_at))
    event.add("dtend", clock.local(booking.ends_at))
    event.add("summary", gettext("Termin"))
    event.add("description", gettext("Einzelheiten und Zugang: %(link)s", link=link))
    event.add("url", link)
    event.add("organizer", vCalAddress(f"mailto:{organizer}"))
    event.add("status", "CANCELLED" if _is_off(booking) else "CONFIRMED")
    event.add("class", "PRIVATE")
    if location:
        event.add("location", location)
    if not _is_off(booking):  # what is cancelled must not ring (RFC 5546, 3.2.5)
        event.add_component(_alarm())
    return event


def _alarm() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", gettext("Termin"))
    alarm.add("trigger", vDuration(-REMIND_BEFORE))
    return alarm


def _method(booking: Booking) -> str:
    return "CANCEL" if _is_off(booking) else "PUBLISH"


def _is_off(booking: Booking) -> bool:
    return booking.state == BookingState.CANCELLED
