"""What calendar programs read at a secret address: one file, and the same as CalDAV, read only.

The secret in the address is the key; there is no session and no cookie. Whoever knows it sees times
and rooms. What a program wants to write is refused.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from xml.etree.ElementTree import Element

from flask import Blueprint, Response, make_response, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts import limits, slowdown
from portal.accounts.limits import LIMITS
from portal.accounts.pages import base_url, network
from portal.core import clock
from portal.core.access import signed
from portal.core.browser import csrf
from portal.core.db import commits, db
from portal.core.errors import NotFound, TooLarge
from portal.feeds import dav, entries, queries, rules, service, xml
from portal.feeds.entries import Entry
from portal.feeds.models import CalendarFeed

blueprint = Blueprint("feeds", __name__, url_prefix="/kalender")

SECRET = "<string(length=43):secret>"  # noqa: S105 (a part of an address)
WRITING = [
    "ACL", "COPY", "DELETE", "LOCK", "MKCALENDAR", "MKCOL", "MOVE", "PATCH", "POST", "PROPPATCH",
    "PUT", "UNLOCK",
]  # fmt: skip
CLASSES = "1, 3, calendar-access"
XML = "application/xml; charset=utf-8"
ICS = "text/calendar; charset=utf-8"


@blueprint.get(f"/{SECRET}.ics")
@signed
def subscribed(secret: str) -> ResponseReturnValue:
    """Hand out the calendar as one file; a program that has it already hears so."""
    meetings = queries.meetings_in(db.session, _feed(secret), now=clock.now())
    return _file(entries.calendar_of(meetings, base_url=base_url()), type=ICS)


@blueprint.route(f"/dav/{SECRET}/", methods=["OPTIONS", "PROPFIND"])
@signed
def home(secret: str) -> ResponseReturnValue:
    """Show where the calendar is."""
    feed, root = _feed(secret), _root()
    if request.method == "OPTIONS":
        return _options("PROPFIND")
    asked, depth = _propfind()
    things = [dav.home(root)]
    if depth:
        things.append(dav.calendar(root, _entries(feed)))
    return _answer(dav.multistatus(things, asked))


@blueprint.route(f"/dav/{SECRET}/termine/", methods=["GET", "OPTIONS", "PROPFIND", "REPORT"])
@signed
def calendar(secret: str) -> ResponseReturnValue:
    """Show the calendar and its entries."""
    feed, root = _feed(secret), _root()
    match request.method:
        case "OPTIONS":
            return _options("GET", "HEAD", "PROPFIND", "REPORT")
        case "REPORT":
            return _report(feed, root)
        case "PROPFIND":
            asked, depth = _propfind()
            found = _entries(feed)
            things = [dav.calendar(root, found)]
            things += (dav.entry(root, one) for one in found if depth)
            return _answer(dav.multistatus(things, asked))
    meetings = queries.meetings_in(db.session, feed, now=clock.now())
    return _file(entries.calendar_of(meetings, base_url=base_url()), type=ICS)


@blueprint.route(f"/dav/{SECRET}/termine/<uuid:id>.ics", methods=["GET", "OPTIONS", "PROPFIND"])
@signed
def entry(secret: str, id: UUID) -> ResponseReturnValue:
    """Hand out one entry."""
    feed = _feed(secret)
    if request.method == "OPTIONS":
        return _options("GET", "HEAD", "PROPFIND")
    found = _entries(feed, ids=[id])
    if not found:
        raise NotFound
    if request.method == "PROPFIND":
        asked, _ = _propfind()
        return _answer(dav.multistatus([dav.entry(_root(), found[0])], asked))
    return _file(found[0].content, type=dav.ENTRY_TYPE)


@blueprint.route(f"/dav/{SECRET}/<path:rest>", methods=WRITING)
@blueprint.route(f"/dav/{SECRET}/", methods=WRITING, defaults={"rest": ""})
@signed
def refuse(secret: str, rest: str) -> ResponseReturnValue:
    """Refuse whatever wants to change something."""
    _feed(secret)
    return _answer(dav.error(dav.d("need-privileges")), 403)


csrf.exempt(refuse)  # a program has no session, and nothing is done here


@blueprint.errorhandler(dav.Refused)
def _refused(error: dav.Refused) -> Response:
    return _answer(dav.error(error.condition), error.status)


def _feed(secret: str) -> CalendarFeed:
    """Return the feed of the address, counted and noted; what is no address is counted, too."""
    try:
        feed = queries.feed_at(db.session, secret)
    except NotFound:
        _count("network", network(), LIMITS["calendar"].network)
        raise
    _count("feed", str(feed.id), LIMITS["calendar"].person, noting=feed)
    return feed


@commits
def _count(what: str, who: str, times: int, *, noting: CalendarFeed | None = None) -> None:
    now = clock.now()
    key = slowdown.key_of("limit", "calendar", what, who)
    limits.take(db.session, {key: times}, LIMITS["calendar"], now=now)
    if noting is not None and not rules.is_noted(noting, now=now):
        reader = request.user_agent.string.split(" ")[0]
        service.note_reading(db.session, id=noting.id, reader=reader, now=now)


def _root() -> str:
    return url_for(".home", secret=(request.view_args or {})["secret"])


def _entries(
    feed: CalendarFeed,
    *,
    ids: Sequence[UUID] | None = None,
    between: tuple[datetime | None, datetime | None] = (None, None),
) -> list[Entry]:
    meetings = queries.meetings_in(db.session, feed, now=clock.now(), ids=ids, between=between)
    return [entries.entry_of(meeting, base_url=base_url()) for meeting in meetings]


def _report(feed: CalendarFeed, root: str) -> Response:
    report = dav.read_report(_body())
    if report.finds_nothing:
        return _answer(dav.multistatus([], report.asked))
    if report.hrefs is None:
        found = _entries(feed, between=(report.begins, report.ends))
        return _answer(dav.multistatus([dav.entry(root, one) for one in found], report.asked))
    named = {href: dav.id_in(href, root) for href in report.hrefs}
    ids = [id for id in named.values() if id]
    known = {one.id: one for one in _entries(feed, ids=ids)} if ids else {}
    things = [dav.entry(root, known[id]) for id in dict.fromkeys(ids) if id in known]
    missing = [href for href, id in named.items() if id not in known]
    return _answer(dav.multistatus(things, report.asked, missing=missing))


def _propfind() -> tuple[dav.Asked, int]:
    """Return what is asked and how deep; all the way down is not served (RFC 4918, 9.1)."""
    depth = request.headers.get("Depth", "infinity")
    if depth not in {"0", "1"}:
        raise dav.Refused(dav.d("propfind-finite-depth"))
    return dav.read_propfind(_body()), int(depth)


def _body() -> Element | None:
    if (request.content_length or 0) > xml.LARGEST:
        raise TooLarge(xml.NOT_READ)
    body = request.get_data()
    return xml.read(body) if body.strip() else None


def _answer(content: bytes, status: int = 207) -> Response:
    answer = make_response(content, status)
    answer.content_type = XML
    answer.headers["DAV"] = CLASSES
    return answer


def _options(*methods: str) -> Response:
    answer = make_response("", 200)
    answer.content_type = "text/plain"
    answer.headers["DAV"] = CLASSES
    answer.headers["Allow"] = ", ".join(("OPTIONS", *methods))
    return answer


def _file(content: bytes, *, type: str) -> Response:
    """Hand out a file, or say 304 to who has it (RFC 9110, 13.1.2)."""
    answer = make_response(content)
    answer.content_type = type
    answer.set_etag(entries.tag_of(content))
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.make_conditional(request)
    return answer
