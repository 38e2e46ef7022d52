"""The secret address of a staff member: made, read by programs, replaced, ended."""

import re
from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.limits import LIMITS, Limit
from portal.accounts.models import Role, StaffMember
from portal.appointments import service as appointments
from portal.appointments.models import Booking
from portal.calendars.models import Place, Room
from portal.core import logs
from portal.feeds import jobs, rules, service
from portal.feeds.models import CalendarFeed
from tests.client import PortalClient
from tests.factories import accounts, groups
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW
from tests.queries import counted_queries

THUNDERBIRD = {"User-Agent": "Thunderbird/140.0 (X11; Linux x86_64)"}


@pytest.fixture(autouse=True)
def clock_stands_still():  # type: ignore[no-untyped-def]
    with time_machine.travel(NOW, tick=False):
        yield


def feed_for(session: Session, officer: StaffMember) -> str:
    secret = service.make(session, member=officer, now=NOW)
    session.commit()
    return secret


def stranger(app: Flask) -> PortalClient:
    """Return a program without cookies."""
    return PortalClient(app, app.response_class, use_cookies=False)


def in_room(session: Session, name: str, officer: StaffMember, **fields: Any) -> Booking:
    """Book a talk at the office, in a room of this name."""
    place = Place(name="Haus am Markt", address="Marktplatz 1, 35390 Lindenau")
    booking = make.booking(
        session,
        officer=officer,
        type=make.kind(session, "jobcenter"),
        slot=make.slot_at(officer, MONDAY + timedelta(days=2)),
        **fields,
    )
    booking.room = Room(place=place, name=name, seats=4)
    session.commit()
    return booking


def test_from_the_page_to_the_program(app: Flask, client: PortalClient, session: Session) -> None:
    """Given an officer, when she makes an address, then her program reads her week, and once."""
    officer = make.officer(session)
    booking = make.booking(session, officer=officer)
    client.sign_in(officer)
    assert "Adresse machen" in client.get("/amt/termine/abo").text
    made = client.post_form("/amt/termine/abo").text
    [address] = re.findall(r"http://localhost(/kalender/[\w-]{43}\.ics)", made)
    again = client.get("/amt/termine/abo").text
    assert address not in again
    assert "Noch nie" in again

    answer = stranger(app).get(address, headers=THUNDERBIRD)
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    [event] = Calendar.from_ical(answer.data).walk("VEVENT")
    assert event["DTSTART"].dt == booking.starts_at
    assert event["URL"] == f"http://localhost/amt/termine/{booking.id}"
    assert "Thunderbird/140.0" in client.get("/amt/termine/abo").text


def test_only_the_hash_is_kept(session: Session) -> None:
    secret = feed_for(session, make.officer(session))
    feed = session.scalars(select(CalendarFeed)).one()
    assert secret not in {str(value) for value in vars(feed).values()}
    assert len(feed.secret_hash) == 64


def test_a_new_address_ends_the_old_and_an_end_is_an_end(
    app: Flask, client: PortalClient, session: Session
) -> None:
    officer = make.officer(session)
    old, new = feed_for(session, officer), feed_for(session, officer)
    program = stranger(app)
    assert program.get(f"/kalender/{old}.ics").status_code == 404
    assert program.get(f"/kalender/{new}.ics").status_code == 200
    client.sign_in(officer)
    client.post_form("/amt/termine/abo/beenden")
    assert program.get(f"/kalender/{new}.ics").status_code == 404
    assert program.open(f"/kalender/dav/{new}/", method="PROPFIND").status_code == 404


def test_who_leaves_takes_the_address_along(app: Flask, session: Session) -> None:
    """A closed account shows nothing at once, and the address stays dead when it is opened."""
    officer = make.officer(session)
    secret = feed_for(session, officer)
    officer.is_active = False
    session.commit()
    assert stranger(app).get(f"/kalender/{secret}.ics").status_code == 404
    jobs.end_of_those_who_left(session, now=NOW)
    officer.is_active = True
    session.commit()
    assert stranger(app).get(f"/kalender/{secret}.ics").status_code == 404


def test_who_may_not_manage_appointments_any_more_reads_none(app: Flask, session: Session) -> None:
    officer = make.officer(session)
    secret = feed_for(session, officer)
    officer.roles.clear()
    session.commit()
    assert stranger(app).get(f"/kalender/{secret}.ics").status_code == 404


def test_no_page_of_it_for_who_has_no_appointments(client: PortalClient, session: Session) -> None:
    client.sign_in(accounts.staff_member(session, Role.ADMINISTRATOR))
    assert client.get("/amt/termine/abo").status_code in {403, 404}


def test_nobody_stands_in_it(app: Flask, session: Session) -> None:
    """No name, no initials, no kind, no note, no team: times, way and room."""
    officer = make.officer(session)
    citizen = accounts.citizen(session, first_name="Oksana", last_name="Kovalenko")
    booking = in_room(session, "2.11", officer, citizen=citizen, note="Schulden bei der Stadt")
    session.commit()
    text = stranger(app).get(f"/kalender/{feed_for(session, officer)}.ics").text
    for word in ("Oksana", "Kovalenko", "O. K.", "OK", "Schulden", booking.type.name,
                 officer.team.name, officer.last_name, "Jobcenter Lindenau"):  # fmt: skip
        assert word not in text
    [event] = Calendar.from_ical(text).walk("VEVENT")
    assert event["SUMMARY"] == "Termin"
    assert event["LOCATION"] == "2.11"


def test_what_is_cancelled_goes_and_what_is_far_stays_out(app: Flask, session: Session) -> None:
    officer = make.officer(session)
    gone = make.booking(session, officer=officer)
    kept = make.booking(session, officer=officer, slot=make.slot_at(officer, MONDAY, time(12)))
    appointments.cancel(session, booking=gone, by=officer, now=NOW)
    others = make.booking(session)
    secret = feed_for(session, officer)
    text = stranger(app).get(f"/kalender/{secret}.ics").text
    assert str(kept.id) in text
    assert str(gone.id) not in text
    assert str(others.id) not in text
    later = kept.ends_at + rules.BACK
    with time_machine.travel(later + timedelta(minutes=1), tick=False):
        assert str(kept.id) not in stranger(app).get(f"/kalender/{secret}.ics").text


def test_a_program_that_has_it_hears_so(app: Flask, session: Session) -> None:
    officer = make.officer(session)
    booking = make.booking(session, officer=officer)
    address = f"/kalender/{feed_for(session, officer)}.ics"
    program = stranger(app)
    first = program.get(address)
    tag = {"If-None-Match": first.headers["ETag"]}
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        same = program.get(address, headers=tag)
        assert (same.status_code, same.data) == (304, b"")
        slot = make.slot_at(officer, MONDAY, time(12))
        appointments.move(session, booking=booking, slot=slot, by=officer, now=NOW)
        session.commit()
        assert program.get(address, headers=tag).status_code == 200
    assert "no-store" not in first.headers["Cache-Control"]


def test_a_group_stands_there_once_and_names_nobody(app: Flask, session: Session) -> None:
    # Given a group that two lead, with people in it
    lead, second = make.officer(session, opens=False), make.officer(session, opens=False)
    event = groups.event(session, lead=lead, others=(second,))
    for _ in range(2):
        groups.seat(session, event)
    for officer in (lead, second):
        # When each reads the own calendar
        secret = feed_for(session, officer)
        [entry] = Calendar.from_ical(stranger(app).get(f"/kalender/{secret}.ics").text).events
        # Then it is one entry, without a title
        assert (entry["uid"], entry["summary"]) == (f"{event.id}-amt", "Termin (Gruppe)")
        assert entry["url"].endswith(f"/amt/termine/gruppen/{event.id}")
        assert event.title not in entry.to_ical().decode()


def test_many_appointments_ask_no_more_queries(app: Flask, session: Session) -> None:
    officer = make.officer(session)
    make.booking(session, officer=officer)
    secret = feed_for(session, officer)
    program = stranger(app)
    program.get(f"/kalender/{secret}.ics")  # the reading is noted
    with counted_queries() as few:
        program.get(f"/kalender/{secret}.ics")
    for number in (1, 2, 3):
        day = MONDAY + timedelta(days=number)
        make.booking(session, officer=officer, slot=make.slot_at(officer, day))
    session.commit()
    with counted_queries() as many:
        program.get(f"/kalender/{secret}.ics")
    assert len(many) == len(few) <= 9


def test_reading_is_noted_once_a_day(app: Flask, session: Session) -> None:
    officer = make.officer(session)
    secret = feed_for(session, officer)
    program, feed = stranger(app), session.scalars(select(CalendarFeed)).one()
    for hours, noted in ((0, 0), (5, 0), (25, 25)):
        at = NOW + timedelta(hours=hours)
        with time_machine.travel(at, tick=False):
            program.get(f"/kalender/{secret}.ics", headers=THUNDERBIRD)
        session.refresh(feed)
        assert feed.read_at == NOW + timedelta(hours=noted)
    assert feed.reader == "Thunderbird/140.0"


def test_check_42_too_often_is_refused_for_each_secret(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "calendar", Limit(3, 5, timedelta(hours=1), "Später."))
    busy, quiet = feed_for(session, make.officer(session)), feed_for(session, make.officer(session))
    program = stranger(app)
    assert [program.get(f"/kalender/{busy}.ics").status_code for _ in range(4)] == [200] * 3 + [429]
    assert program.get(f"/kalender/{quiet}.ics").status_code == 200
    wrong = [program.get(f"/kalender/{'x' * 43}.ics").status_code for _ in range(6)]
    assert wrong == [404] * 5 + [429]
    assert program.get(f"/kalender/{quiet}.ics").status_code == 200


def test_the_secret_stays_out_of_the_log() -> None:
    secret = "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnop"
    for path in (f"/kalender/{secret}.ics", f"/kalender/dav/{secret}/termine/"):
        assert secret not in logs.cut(f"refused: {path}")


def test_lines_are_folded_and_times_are_utc(app: Flask, session: Session) -> None:
    officer = make.officer(session)
    booking = in_room(session, "Großer Saal für Übungen und Gespräche " * 4, officer)
    content = stranger(app).get(f"/kalender/{feed_for(session, officer)}.ics").data
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    content.decode()
    [event] = Calendar.from_ical(content).walk("VEVENT")
    assert event["LOCATION"] == booking.room.name
    assert event["DTSTART"].dt.utcoffset() == timedelta(0)
    assert b"VTIMEZONE" not in content
    assert event["DTSTAMP"].dt == booking.agreed_at
