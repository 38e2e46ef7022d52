"""The calendar as CalDAV: the exchanges of RFC 4791 and 4918 as Thunderbird, Apple and DAVx5 begin.

No library speaks them here; the requests are written as these programs send them.
"""

import re
from datetime import time, timedelta
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts.models import StaffMember
from portal.appointments import service as appointments
from portal.appointments.models import Booking
from portal.appointments.queries import PEOPLE
from portal.feeds import dav, service, xml
from portal.feeds.views import WRITING
from tests.client import PortalClient
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW
from tests.queries import counted_queries

NAMES = {"D": "DAV:", "C": "urn:ietf:params:xml:ns:caldav", "CS": "http://calendarserver.org/ns/"}
HEAD = '<?xml version="1.0" encoding="utf-8"?>'
SPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'

EVENTS = (
    f'{HEAD}<C:calendar-query {SPACES}><C:filter><C:comp-filter name="VCALENDAR">'
    '<C:comp-filter name="VEVENT">{}</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>'
)


@pytest.fixture(autouse=True)
def clock_stands_still():  # type: ignore[no-untyped-def]
    with time_machine.travel(NOW, tick=False):
        yield


class Program:
    """A calendar program that knows one address."""

    def __init__(self, app: Flask, secret: str) -> None:
        self.client = PortalClient(app, app.response_class, use_cookies=False)
        self.root = f"/kalender/dav/{secret}/"
        self.calendar = f"{self.root}termine/"

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> TestResponse:
        """Send one request."""
        return self.client.open(
            path,
            method=method,
            data=body.encode(),
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            content_type="application/xml; charset=utf-8",
        )

    def find(self, path: str, props: str, *, depth: str = "0") -> ET.Element:
        """Send a PROPFIND for some properties."""
        spaces = f'{SPACES} xmlns:CS="{NAMES["CS"]}"'
        body = f"{HEAD}<D:propfind {spaces}><D:prop>{props}</D:prop></D:propfind>"
        return read(self.ask("PROPFIND", path, body, Depth=depth))

    def query(self, filters: str, props: str = "<D:getetag/><C:calendar-data/>") -> TestResponse:
        """Send a calendar-query."""
        body = (
            f"{HEAD}<C:calendar-query {SPACES}><D:prop>{props}</D:prop>"
            f"<C:filter>{filters}</C:filter></C:calendar-query>"
        )
        return self.ask("REPORT", self.calendar, body, Depth="1")

    def get_many(self, *hrefs: str) -> TestResponse:
        """Send a calendar-multiget."""
        listed = "".join(f"<D:href>{href}</D:href>" for href in hrefs)
        body = (
            f"{HEAD}<C:calendar-multiget {SPACES}><D:prop><D:getetag/><C:calendar-data/></D:prop>"
            f"{listed}</C:calendar-multiget>"
        )
        return self.ask("REPORT", self.calendar, body)


def read(answer: TestResponse) -> ET.Element:
    assert answer.status_code == 207, answer.text
    assert answer.content_type == "application/xml; charset=utf-8"
    assert answer.headers["DAV"] == "1, 3, calendar-access"
    return ET.fromstring(answer.data)


def hrefs(status: ET.Element) -> list[str]:
    return [str(one.findtext("D:href", "", NAMES)) for one in status.findall("D:response", NAMES)]


def events(status: ET.Element) -> list[Any]:
    found = status.iter("{urn:ietf:params:xml:ns:caldav}calendar-data")
    return [event for one in found for event in Calendar.from_ical(one.text or "").walk("VEVENT")]


@pytest.fixture
def officer(session: Session) -> StaffMember:
    return make.officer(session)


@pytest.fixture
def bookings(session: Session, officer: StaffMember) -> list[Booking]:
    return [
        make.booking(
            session, officer=officer, slot=make.slot_at(officer, MONDAY + timedelta(days=days))
        )
        for days in range(3)
    ]


@pytest.fixture
def program(app: Flask, session: Session, officer: StaffMember, bookings: list[Booking]) -> Program:
    secret = service.make(session, member=officer, now=NOW)
    session.commit()
    return Program(app, secret)


def test_options_say_what_it_is(program: Program) -> None:
    answer = program.ask("OPTIONS", program.calendar)
    assert answer.status_code == 200
    assert "calendar-access" in answer.headers["DAV"]
    assert answer.headers["Allow"] == "OPTIONS, GET, HEAD, PROPFIND, REPORT"


def test_apple_finds_principal_home_and_calendar(program: Program) -> None:
    """RFC 6764, 6: from the address to the principal, to its home, to the calendar in it."""
    found = program.find(program.root, "<D:current-user-principal/><D:resourcetype/>")
    [principal] = found.findall(".//D:current-user-principal/D:href", NAMES)
    assert principal.text == program.root
    found = program.find(
        str(principal.text), "<C:calendar-home-set/><C:calendar-user-address-set/>"
    )
    [home] = found.findall(".//C:calendar-home-set/D:href", NAMES)
    assert [one.text for one in found.findall(".//D:status", NAMES)] == [
        "HTTP/1.1 200 OK",
        "HTTP/1.1 404 Not Found",
    ]
    listed = program.find(
        str(home.text),
        "<D:resourcetype/><D:displayname/><C:supported-calendar-component-set/><CS:getctag/>",
        depth="1",
    )
    assert hrefs(listed) == [program.root, program.calendar]
    calendar = listed.findall("D:response", NAMES)[1]
    assert calendar.find(".//C:calendar", NAMES) is not None
    [component] = calendar.findall(".//C:comp", NAMES)
    assert component.get("name") == "VEVENT"


def test_thunderbird_reads_tags_then_what_is_new(
    program: Program, session: Session, officer: StaffMember, bookings: list[Booking]
) -> None:
    """PROPFIND of the tags, multiget of what is unknown; after a move one tag is another."""
    listed = program.find(program.calendar, "<D:getetag/><D:resourcetype/>", depth="1")
    entries = [href for href in hrefs(listed) if href.endswith(".ics")]
    assert len(entries) == 3
    found = read(program.get_many(*entries))
    assert [event["DTSTART"].dt for event in events(found)] == [one.starts_at for one in bookings]

    def tags() -> dict[str, str]:
        seen = program.find(program.calendar, "<D:getetag/>", depth="1")
        return {
            str(one.findtext("D:href", "", NAMES)): str(one.findtext(".//D:getetag", "", NAMES))
            for one in seen.findall("D:response", NAMES)[1:]
        }

    def ctag() -> str:
        return str(
            program.find(program.calendar, "<CS:getctag/>").findtext(".//CS:getctag", "", NAMES)
        )

    before, whole = tags(), ctag()
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        assert (tags(), ctag()) == (before, whole)
        slot = make.slot_at(officer, MONDAY + timedelta(days=3), time(12))
        appointments.move(session, booking=bookings[1], slot=slot, by=officer, now=NOW)
        session.commit()
        changed = {href for href, tag in tags().items() if before[href] != tag}
        assert changed == {f"{program.calendar}{bookings[1].id}.ics"}
        assert ctag() != whole
        appointments.cancel(session, booking=bookings[0], by=officer, now=NOW)
        session.commit()
        assert len(tags()) == 2


def test_the_tag_of_the_list_is_the_tag_of_the_file(
    program: Program, bookings: list[Booking]
) -> None:
    path = f"{program.calendar}{bookings[0].id}.ics"
    tag = program.find(path, "<D:getetag/>").findtext(".//D:getetag", "", NAMES)
    answer = program.ask("GET", path)
    assert answer.headers["ETag"] == tag
    assert answer.content_type == "text/calendar; charset=utf-8; component=VEVENT"
    assert program.ask("GET", path, If_None_Match=tag).status_code == 304
    assert program.ask("HEAD", path).data == b""


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("20261117T000000Z", "20261118T000000Z", [1]),
        ("20261117T080000Z", None, [1, 2]),
        (None, "20261117T080000Z", [0]),  # it begins at this moment: no overlap
        ("20261116T083000Z", "20261116T084500Z", []),  # it ends at this moment: no overlap
        ("20261116T082900Z", "20261116T084500Z", [0]),
        ("20250101T000000Z", "20250102T000000Z", []),
    ],
)
def test_a_query_for_a_time(
    program: Program, bookings: list[Booking], start: str | None, end: str | None, days: list[int]
) -> None:
    """RFC 4791, 7.8.1 and 9.9; the talks are at 9 in the winter, half an hour long."""
    wanted = "".join(f' {name}="{at}"' for name, at in (("start", start), ("end", end)) if at)
    answer = program.query(
        '<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
        f"<C:time-range{wanted}/></C:comp-filter></C:comp-filter>"
    )
    got = [event["DTSTART"].dt for event in events(read(answer))]
    assert got == [bookings[day].starts_at for day in days]
    assert all(at.utcoffset() == timedelta(0) for at in got)


def test_a_query_for_tasks_finds_nothing(program: Program) -> None:
    answer = program.query(
        '<C:comp-filter name="VCALENDAR"><C:comp-filter name="VTODO"/></C:comp-filter>'
    )
    assert hrefs(read(answer)) == []


def test_all_without_a_filter_of_time(program: Program) -> None:
    answer = program.query(
        '<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter>'
    )
    assert len(events(read(answer))) == 3


def test_what_is_missing_is_said_for_each(
    program: Program, session: Session, bookings: list[Booking]
) -> None:
    """RFC 4791, 7.9: 404 for each href; entries of others are no entries of this calendar."""
    foreign = make.booking(session)
    session.commit()
    own = f"http://localhost{program.calendar}{bookings[0].id}.ics"
    asked = [
        own,
        f"{program.calendar}{uuid4()}.ics",
        f"{program.calendar}{foreign.id}.ics",
        f"/kalender/dav/{'x' * 43}/termine/{bookings[1].id}.ics",
        "../../etc/passwd",
        "",
    ]
    found = read(program.get_many(*asked))
    assert len(events(found)) == 1
    assert [one.text for one in found.findall("D:response/D:status", NAMES)] == [
        "HTTP/1.1 404 Not Found"
    ] * 5


def test_all_properties_and_only_names(program: Program, bookings: list[Booking]) -> None:
    path = f"{program.calendar}{bookings[0].id}.ics"
    whole = read(program.ask("PROPFIND", path, Depth="0"))
    assert whole.find(".//D:getcontenttype", NAMES) is not None
    assert whole.find(".//C:calendar-data", NAMES) is None  # RFC 4791, 9.6: only when it is named
    body = f"{HEAD}<D:propfind {SPACES}><D:propname/></D:propfind>"
    names = read(program.ask("PROPFIND", path, body, Depth="0"))
    tag = names.find(".//D:getetag", NAMES)
    assert tag is not None
    assert not tag.text


@pytest.mark.parametrize("method", WRITING)
def test_nothing_is_written(program: Program, bookings: list[Booking], method: str) -> None:
    """Whatever wants to change something hears 403 with the precondition of RFC 3744."""
    entry = f"{program.calendar}{bookings[0].id}.ics"
    for path in (program.root, program.calendar, entry, f"{program.calendar}{uuid4()}.ics"):
        answer = program.ask(method, path, "BEGIN:VCALENDAR", Destination="/x", If_Match="*")
        assert answer.status_code == 403, (method, path)
        assert "need-privileges" in answer.text
    assert len(events(read(program.get_many(entry)))) == 1


def test_methods_of_no_protocol_are_unknown(program: Program) -> None:
    assert program.ask("BREW", program.calendar).status_code == 405


@pytest.mark.parametrize(
    ("body", "condition"),
    [
        (f"{HEAD}<C:free-busy-query {SPACES}/>", "supported-report"),
        (
            f"{HEAD}<D:sync-collection {SPACES}><D:sync-token/></D:sync-collection>",
            "supported-report",
        ),
        ("", "supported-report"),
        (f"{HEAD}<C:calendar-query {SPACES}/>", "valid-filter"),
        (
            EVENTS.format('<C:prop-filter name="SUMMARY"/>'),
            "supported-filter",
        ),
        (
            EVENTS.format('<C:time-range start="morgen"/>'),
            "valid-filter",
        ),
        (
            f"<C:calendar-multiget {SPACES}>{'<D:href>/x</D:href>' * 501}</C:calendar-multiget>",
            "number-of-matches-within-limits",
        ),
    ],
)
def test_what_is_not_supported_is_named(program: Program, body: str, condition: str) -> None:
    answer = program.ask("REPORT", program.calendar, body)
    assert answer.status_code == 403
    [only] = ET.fromstring(answer.data)
    assert only.tag.endswith(f"}}{condition}")


def test_all_the_way_down_is_refused(program: Program) -> None:
    for headers in ({"Depth": "infinity"}, {}):
        answer = program.ask("PROPFIND", program.root, **headers)
        assert answer.status_code == 403
        assert "propfind-finite-depth" in answer.text


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + f"]><D:propfind {SPACES}><D:prop><D:displayname>&j;</D:displayname></D:prop></D:propfind>"
)
BAD = {
    "a billion laughs": LAUGHS,
    "a file of this machine": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "a declaration from elsewhere": '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
    "cut off": f"<D:propfind {SPACES}><D:prop>",
    "no XML": "BEGIN:VCALENDAR",
    "two roots": "<a/><b/>",
    "unknown prefix": "<D:propfind/>",
    "an unknown encoding": '<?xml version="1.0" encoding="klingon"?><a/>',
    "a deep well": "<a>" * 5000 + "</a>" * 5000,
    "not a propfind": "<a/>",
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_bad_xml_is_answered_at_once(program: Program, body: str) -> None:
    answer = program.ask("PROPFIND", program.root, body, Depth="0")
    assert answer.status_code == 400
    assert "root:" not in answer.text


def test_a_body_without_end_is_refused(program: Program) -> None:
    body = f"<D:propfind {SPACES}><D:prop>{'<D:getetag/>' * 30_000}</D:prop></D:propfind>"
    assert program.ask("PROPFIND", program.root, body, Depth="0").status_code == 413


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    try:
        root = xml.read(body)
        dav.read_propfind(root)
    except xml.Unreadable:
        pass


def test_foreign_pages_hear_nothing(program: Program) -> None:
    """A page of somebody else in a browser cannot use an address it has learned."""
    answer = program.ask("PROPFIND", program.root, Depth="0", Origin="https://evil.example")
    assert answer.status_code == 403


def test_more_entries_ask_no_more_queries(
    program: Program, session: Session, officer: StaffMember
) -> None:
    def queries() -> int:
        with counted_queries() as statements:
            program.find(program.calendar, "<D:getetag/>", depth="1")
        return len(statements)

    queries()  # the reading is noted
    few = queries()
    for days in (3, 4):
        slot = make.slot_at(officer, MONDAY + timedelta(days=days))
        make.booking(session, officer=officer, slot=slot)
    session.commit()
    assert queries() == few <= 9


def test_no_answer_names_anybody(
    program: Program, session: Session, bookings: list[Booking]
) -> None:
    whole = program.query(
        '<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter>'
    ).text
    whole += program.ask("PROPFIND", program.root, Depth="1").text
    shown = session.scalars(select(Booking).options(*PEOPLE)).all()
    assert len(shown) == len(bookings)
    for one in shown:
        for word in (one.citizen.last_name, one.type.name, one.staff_member.last_name):
            assert not re.search(rf"\b{re.escape(word)}\b", whole)
