"""The calendar entry: readable by every calendar, silent about why."""

from datetime import time, timedelta

from icalendar import Calendar
from sqlalchemy.orm import Session

from portal.appointments import service
from portal.appointments.ics import entry_for
from portal.appointments.models import Booking
from portal.notifications.queries import latest_messages
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

TUESDAY = MONDAY + timedelta(days=1)


def read(booking: Booking) -> Calendar:
    return Calendar.from_ical(entry_for(booking, now=NOW))


def test_says_when_and_where_to_click(session: Session) -> None:
    booking = make.booking(session, note="Schulden")
    calendar = read(booking)
    [event] = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "PUBLISH"
    assert event["SUMMARY"] == "Termin"
    assert event["URL"] == f"http://localhost/termine/{booking.id}"
    assert event["DTSTART"].dt == booking.starts_at
    assert event["DTEND"].dt == booking.ends_at
    assert event["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert event["STATUS"] == "CONFIRMED"
    assert "Schulden" not in calendar.to_ical().decode()


def test_brings_the_rules_of_the_clock(session: Session) -> None:
    [zone] = read(make.booking(session)).walk("VTIMEZONE")
    assert zone["TZID"] == "Europe/Berlin"
    assert zone.daylight
    assert zone.standard


def test_the_uid_stays_and_the_sequence_rises(session: Session) -> None:
    booking = make.booking(session)
    [made] = read(booking).walk("VEVENT")
    slot = make.slot_at(booking.staff_member, TUESDAY, time(10, 30))
    service.move(session, booking=booking, slot=slot, by=booking.citizen, now=NOW)
    [moved] = read(booking).walk("VEVENT")
    service.cancel(session, booking=booking, by=booking.citizen, now=NOW)
    [cancelled] = read(booking).walk("VEVENT")

    assert made["UID"] == moved["UID"] == cancelled["UID"]
    assert [made["SEQUENCE"], moved["SEQUENCE"], cancelled["SEQUENCE"]] == [0, 1, 2]
    assert cancelled["STATUS"] == "CANCELLED"
    assert read(booking)["METHOD"] == "CANCEL"


def test_goes_with_every_mail(session: Session) -> None:
    booking = make.booking(session)
    service.cancel(session, booking=booking, by=booking.citizen, now=NOW)
    for message in latest_messages(session, address=booking.citizen.email):
        [attachment] = message.attachments
        assert attachment.filename == "termin.ics"
        cancelled = message.template == "booking_cancelled"
        method = "CANCEL" if cancelled else "PUBLISH"
        assert attachment.content_type == f"text/calendar; method={method}; charset=utf-8"
        assert f"METHOD:{method}".encode() in attachment.content
