"""The calendar entry: readable by every calendar, silent about why.

Checked by reading it back with the `icalendar` library, and by the tables of RFC 5546, 3.2.1 and
3.2.5, and RFC 5545, 3.1, byte by byte.
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy.orm import Session

from portal.appointments import service
from portal.appointments.ics import content_type, entry_for
from portal.appointments.models import Booking
from portal.calendars.models import Place, Room
from portal.core import clock
from portal.notifications.queries import latest_messages
from tests.factories import accounts
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
    assert event["URL"] == f"http://localhost/beratung/{booking.id}/eintreten"
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


PUBLISH_ONCE = ("DTSTAMP", "DTSTART", "ORGANIZER", "SUMMARY", "UID", "SEQUENCE")
CANCEL_ONCE = ("DTSTAMP", "ORGANIZER", "UID", "SEQUENCE")


def test_a_publication_has_what_the_table_of_rfc_5546_asks_for(session: Session) -> None:
    calendar = read(make.booking(session))
    [event] = calendar.walk("VEVENT")
    assert all(not isinstance(event[name], list) for name in PUBLISH_ONCE)
    assert "ATTENDEE" not in event
    assert event["STATUS"] in {"TENTATIVE", "CONFIRMED", "CANCELLED"}
    [alarm] = event.walk("VALARM")
    assert alarm["ACTION"] == "DISPLAY"
    assert alarm["TRIGGER"].dt == timedelta(hours=-2)
    assert alarm["DESCRIPTION"] == "Termin"


def test_a_cancellation_rings_no_more(session: Session) -> None:
    booking = make.booking(session)
    service.cancel(session, booking=booking, by=booking.citizen, now=NOW)
    calendar = read(booking)
    [event] = calendar.walk("VEVENT")
    assert all(not isinstance(event[name], list) for name in CANCEL_ONCE)
    assert calendar.walk("VALARM") == []
    assert content_type(booking) == "text/calendar; method=CANCEL; charset=utf-8"


def test_says_where_without_whose_house_it_is(session: Session) -> None:
    kind = make.kind(session, "jobcenter")
    officer = make.officer(session)
    slot = make.slot_at(officer, MONDAY + timedelta(days=2))
    booking = make.booking(session, officer=officer, type=kind, slot=slot)
    assert str(read(booking).walk("VEVENT")[0]["LOCATION"]) == "Rathausplatz 1, 35390 Lindenau"
    house = Place(name="Jugendjobcenter am Markt", address="Große Straße 1, 35390 Lindenau")
    booking.place, booking.room = house, Room(place=house, name="Grüner Saal", seats=3)
    session.flush()
    [event] = read(booking).walk("VEVENT")
    assert event["LOCATION"] == "Große Straße 1, 35390 Lindenau, Raum Grüner Saal"
    assert "Jugendjobcenter" not in entry_for(booking, now=NOW).decode()


def test_no_line_is_longer_than_75_octets_and_no_sign_is_cut(session: Session) -> None:
    officer = make.officer(session)
    booking = make.booking(
        session,
        officer=officer,
        type=make.kind(session, "jobcenter"),
        slot=make.slot_at(officer, MONDAY + timedelta(days=2)),
    )
    for length in range(40):
        house = Place(name=f"Haus {length}", address="x" * length + "äöüßé€𝄞" * 40)
        booking.place, booking.room = house, Room(place=house, name="1", seats=3)
        content = entry_for(booking, now=NOW)
        lines = content.split(b"\r\n")
        assert all(len(line) <= 75 for line in lines)
        assert all(line.decode() is not None for line in lines)  # each line is whole signs
        assert b"\n" not in b"".join(lines)
        [event] = Calendar.from_ical(content).walk("VEVENT")
        assert str(event["LOCATION"]).startswith(house.address)


def test_in_the_language_of_who_reads_it(session: Session) -> None:
    citizen = accounts.citizen(session, language="en")
    make.booking(session, citizen=citizen)
    [message] = latest_messages(session, address=citizen.email)
    assert message.language == "en"
    assert "Appointment" in message.attachments[0].content.decode()


@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 3, 28)])
def test_hours_around_the_clock_change_are_the_same_moment(session: Session, day: date) -> None:
    booking = make.booking(session)
    for hour in range(48):
        booking.starts_at = datetime.combine(day - timedelta(days=1), time(12), UTC)
        booking.starts_at += timedelta(hours=hour)
        booking.ends_at = booking.starts_at + timedelta(minutes=30)
        [event] = read(booking).walk("VEVENT")
        assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=30)
        wall = booking.starts_at.astimezone(clock.BERLIN).replace(tzinfo=None)
        assert event["DTSTART"].dt.replace(tzinfo=None) == wall
