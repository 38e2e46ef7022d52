"""What a calendar program asks and hears, to read only (RFC 4918, RFC 4791, RFC 3744, RFC 5397).

Three things have an address: the start, which is principal and home at once, the calendar below it,
and an entry of it. Nothing here knows the web: elements come in, elements go out.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from portal.core.errors import PortalError
from portal.feeds import xml
from portal.feeds.entries import NAME, Entry, tag_of

DAV, CALDAV, SERVER = "DAV:", "urn:ietf:params:xml:ns:caldav", "http://calendarserver.org/ns/"
MOST_NAMED = 500
ENTRY_TYPE = "text/calendar; charset=utf-8; component=VEVENT"

register_namespace("D", DAV)
register_namespace("C", CALDAV)
register_namespace("CS", SERVER)


def d(name: str) -> str:
    """Return a name of WebDAV."""
    return f"{{{DAV}}}{name}"


def c(name: str) -> str:
    """Return a name of CalDAV."""
    return f"{{{CALDAV}}}{name}"


class Refused(PortalError):
    """A request that has a precondition of its own; the name of the element says which."""

    status = 403

    def __init__(self, condition: str) -> None:
        super().__init__("Das geht mit diesem Kalender nicht.")
        self.condition = condition


@dataclass(frozen=True)
class Thing:
    """Something with an address, and the properties it has."""

    href: str
    properties: dict[str, Element]


# What there is


def home(root: str) -> Thing:
    """Return the start: the principal, whose home it is as well."""
    return Thing(
        root,
        {
            **_common(root),
            d("displayname"): _text(d("displayname"), NAME),
            d("resourcetype"): _with(d("resourcetype"), d("collection"), d("principal")),
            d("principal-URL"): _href(d("principal-URL"), root),
            c("calendar-home-set"): _href(c("calendar-home-set"), root),
        },
    )


def calendar(root: str, found: Sequence[Entry]) -> Thing:
    """Return the calendar; its tag changes when any entry does."""
    tag = tag_of("".join(one.etag for one in found).encode())
    components = Element(c("supported-calendar-component-set"))
    SubElement(components, c("comp"), name="VEVENT")
    ctag = f"{{{SERVER}}}getctag"
    return Thing(
        calendar_href(root),
        {
            **_common(root),
            d("displayname"): _text(d("displayname"), NAME),
            d("resourcetype"): _with(d("resourcetype"), d("collection"), c("calendar")),
            d("supported-report-set"): _reports(),
            components.tag: components,
            ctag: _text(ctag, tag),
        },
    )


def entry(root: str, found: Entry) -> Thing:
    """Return one entry. Its content is given where it is asked for by name, in a report."""
    content = found.content.decode()
    return Thing(
        entry_href(root, found),
        {
            **_common(root),
            d("resourcetype"): Element(d("resourcetype")),
            d("getetag"): _text(d("getetag"), f'"{found.etag}"'),
            d("getcontenttype"): _text(d("getcontenttype"), ENTRY_TYPE),
            d("getcontentlength"): _text(d("getcontentlength"), str(len(found.content))),
            c("calendar-data"): _text(c("calendar-data"), content),
        },
    )


def calendar_href(root: str) -> str:
    """Return the address of the calendar below the start."""
    return f"{root}termine/"


def entry_href(root: str, found: Entry) -> str:
    """Return the address of an entry."""
    return f"{calendar_href(root)}{found.id}.ics"


def id_in(href: str, root: str) -> UUID | None:
    """Return whose address this is, if it is one of an entry of this calendar."""
    found = _ENTRY.fullmatch(urlsplit(href).path.removeprefix(calendar_href(root)))
    return UUID(found[1]) if found else None


_ENTRY = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.ics")


def _common(root: str) -> dict[str, Element]:
    rights = Element(d("current-user-privilege-set"))
    for name in ("read", "read-current-user-privilege-set"):
        SubElement(SubElement(rights, d("privilege")), d(name))
    return {
        d("current-user-principal"): _href(d("current-user-principal"), root),
        d("owner"): _href(d("owner"), root),
        rights.tag: rights,
    }


def _reports() -> Element:
    known = Element(d("supported-report-set"))
    for name in (c("calendar-query"), c("calendar-multiget")):
        SubElement(SubElement(SubElement(known, d("supported-report")), d("report")), name)
    return known


# What is asked


@dataclass(frozen=True)
class Asked:
    """Which properties of a thing are wanted: some by name, all, or only the names."""

    names: Sequence[str] = ()
    all: bool = False
    names_only: bool = False


def read_propfind(root: Element | None) -> Asked:
    """Read what a PROPFIND wants; an empty one wants all (RFC 4918, 9.1)."""
    if root is None:
        return Asked(all=True)
    if root.tag != d("propfind"):
        raise xml.Unreadable
    return _asked(root)


def _asked(root: Element) -> Asked:
    if root.find(d("propname")) is not None:
        return Asked(names_only=True)
    wanted = root.find(d("prop"))
    if wanted is None:
        return Asked(all=True)
    return Asked(names=tuple(dict.fromkeys(child.tag for child in wanted)))


@dataclass(frozen=True)
class Report:
    """A report on the calendar: some entries by address, or all within a time."""

    asked: Asked
    hrefs: Sequence[str] | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    finds_nothing: bool = False


def read_report(root: Element | None) -> Report:
    """Read a report; raise `Refused` for one this calendar does not know (RFC 3253, 3.6)."""
    if root is not None and root.tag == c("calendar-multiget"):
        hrefs = [(child.text or "").strip() for child in root.findall(d("href"))]
        if len(hrefs) > MOST_NAMED:
            raise Refused(d("number-of-matches-within-limits"))
        return Report(_asked(root), hrefs=hrefs)
    if root is not None and root.tag == c("calendar-query"):
        return _read_query(root)
    raise Refused(d("supported-report"))


def _read_query(root: Element) -> Report:
    asked, outer = _asked(root), root.find(f"{c('filter')}/{c('comp-filter')}")
    if outer is None or outer.get("name") != "VCALENDAR":
        raise Refused(c("valid-filter"))
    inner = outer.findall(c("comp-filter"))
    if not inner:
        return Report(asked)
    kinds = [(one.get("name"), one.find(c("is-not-defined")) is None) for one in inner]
    if kinds != [("VEVENT", True)]:
        return Report(asked, finds_nothing=True)
    if any(child.tag != c("time-range") for child in inner[0]):
        raise Refused(c("supported-filter"))
    span = inner[0].find(c("time-range"))
    if span is None:
        return Report(asked)
    begins, ends = _moment(span.get("start")), _moment(span.get("end"))
    if begins is None and ends is None:
        raise Refused(c("valid-filter"))
    return Report(asked, begins=begins, ends=ends)


def _moment(written: str | None) -> datetime | None:
    """Read a moment in UTC, as RFC 4791, 9.9 demands."""
    if written is None:
        return None
    try:
        return datetime.strptime(written, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise Refused(c("valid-filter")) from error


# What is answered


def multistatus(things: Iterable[Thing], asked: Asked, *, missing: Iterable[str] = ()) -> bytes:
    """Answer with the wanted properties of each thing, and 404 for what is missing."""
    answer = Element(d("multistatus"))
    for thing in things:
        _respond(SubElement(answer, d("response")), thing, asked)
    for href in missing:
        response = SubElement(answer, d("response"))
        SubElement(response, d("href")).text = href
        SubElement(response, d("status")).text = _STATUS[404]
    return _written(answer)


def error(condition: str) -> bytes:
    """Answer which precondition failed."""
    answer = Element(d("error"))
    SubElement(answer, condition)
    return _written(answer)


_STATUS = {200: "HTTP/1.1 200 OK", 404: "HTTP/1.1 404 Not Found"}
_ONLY_BY_NAME = {c("calendar-data")}


def _respond(response: Element, thing: Thing, asked: Asked) -> None:
    SubElement(response, d("href")).text = thing.href
    if asked.names_only or asked.all:
        names = [name for name in thing.properties if name not in _ONLY_BY_NAME]
        shown = [Element(name) if asked.names_only else thing.properties[name] for name in names]
        _propstat(response, shown, 200)
        return
    found = [thing.properties[name] for name in asked.names if name in thing.properties]
    unknown = [Element(name) for name in asked.names if name not in thing.properties]
    if found or not unknown:
        _propstat(response, found, 200)
    if unknown:
        _propstat(response, unknown, 404)


def _propstat(response: Element, shown: Iterable[Element], status: int) -> None:
    part = SubElement(response, d("propstat"))
    SubElement(part, d("prop")).extend(shown)
    SubElement(part, d("status")).text = _STATUS[status]


def _written(element: Element) -> bytes:
    return bytes(tostring(element, encoding="utf-8", xml_declaration=True))


def _text(tag: str, text: str) -> Element:
    made = Element(tag)
    made.text = text
    return made


def _href(tag: str, address: str) -> Element:
    made = Element(tag)
    SubElement(made, d("href")).text = address
    return made


def _with(tag: str, *children: str) -> Element:
    made = Element(tag)
    for child in children:
        SubElement(made, child)
    return made
