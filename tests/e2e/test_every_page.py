"""Every page of the demo office, as the people of its stories find it: no barrier, no dead end."""

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.core.config import Settings
from portal.dev import office as demo
from portal.dev.people import CITIZENS
from tests.e2e import barriers
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.pages.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOOKS = ((360, "light"), (1280, "light"), (1280, "dark"))
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d|\d{8}T\d{4}Z[^/?]*")
NOT_PAGES = re.compile(
    r"^/(dev|static)/|/abmelden|/(datei|quittung\.pdf|brief\.pdf|unterschrift\.pdf|kalender\.ics|seite/\d+|anhang/.*|gespraech)$"
)
PAGES_AT_MOST = 80
FILLING = 240.0  # seconds, on a busy machine

STORIES = (
    "renewal_due",
    "draft",
    "submitted_arrears",
    "decided",
    "rejected_document",
    "video_today",
    "consultation_done",
    "new",
)
ALSO = ("Ralf Stein", "Gerhard Winkler", "Rosa Marino", "Wolfgang Peters", "Anna Schäfer")
"""An offer of a freed time, the waiting list, what is needed, a summons, a hearing."""

DESKS = ("Jana Keller", "Miriam Okafor", "Heike Vogel", "Lukas Neumann", "Nele Jansen")


def _kind(address: str) -> str:
    """Return the address without what differs between things of one kind."""
    return ID.sub("…", address.partition("?")[0])


class _Reader(HTMLParser):
    """Read off a page where it leads, and what runs on it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.components: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if "data-component" in given:
            self.components.add(given["data-component"])


def _walk(visitor: Visitor, first: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Follow links to every kind of page that can be reached; yield each with what runs on it.

    The page is asked for, not yet opened: with five hundred pages that takes minutes.
    """
    origin = visitor.page.evaluate("location.origin")
    seen, waiting = {_kind(first)}, [first]
    while waiting:
        address = waiting.pop(0)
        answer = visitor.page.request.get(address, headers={"Accept": "text/html"})
        assert answer.ok, f"{address}: {answer.status}"
        page = _Reader(answer.text())
        yield address, frozenset(page.components)
        links = [urljoin(answer.url, link).partition("#")[0] for link in page.links]
        for link in (one.removeprefix(origin) for one in links if one.startswith(origin)):
            if _kind(link) not in seen and not NOT_PAGES.search(link) and len(seen) < PAGES_AT_MOST:
                seen.add(_kind(link))
                waiting.append(link)


def _person(office: Office, name: str) -> Citizen | StaffMember:
    first, _, last = name.partition(" ")

    def find(session: Session) -> Citizen | StaffMember:
        for model in (Citizen, StaffMember):
            found = session.scalars(
                select(model).where(model.first_name == first, model.last_name == last)
            ).first()
            if found:
                return found
        raise LookupError(name)

    return office.do(find)


@pytest.fixture(scope="module")
def office(shown_app: Flask) -> Iterator[Office]:
    """Run an office filled with the demo, once: who walks through it changes nothing."""
    settings: Settings = shown_app.config["SETTINGS"]
    office = Office(settings, settings.data_dir)
    office.do(lambda _: demo.fill(office.app, progress=lambda _: None), patience=FILLING)
    try:
        office.start("web")
        yield office
    finally:
        office.stop()


def test_every_page_of_citizens(office: Office, open_page: OpenPage) -> None:
    names = [next(c for c in CITIZENS if c.story == story) for story in STORIES]
    people = [_person(office, f"{c.first_name} {c.last_name}") for c in names]
    people += [_person(office, name) for name in ALSO]
    seen = _check_all(open_page, (None, *people), start="/", at_least=25)
    assert seen >= {
        "/termine/angebot/…",
        "/termine/warteliste",
        "/termine/einladungen/…",
        "/termine/meldeaufforderungen/…",
        "/anhoerungen/…",
        "/postfach/…",
    }


def test_every_page_of_staff(office: Office, open_page: OpenPage) -> None:
    people = [_person(office, desk) for desk in DESKS]
    seen = _check_all(open_page, people, start="/amt", at_least=15)
    assert seen >= {
        "/amt/einladungen",
        "/amt/termine/warteliste/…",
        "/amt/termine/kontakte",
        "/amt/termine/verfuegbarkeit",
    }


def _check_all(
    open_page: OpenPage,
    people: Sequence[Citizen | StaffMember | None],
    *,
    start: str,
    at_least: int,
) -> set[str]:
    """Walk as each of these people; look closely at each kind of page once; return the kinds.

    A page of a known kind is opened as well when something runs on it that has not run on one of
    its kind: its scripts may fail.
    """
    seen: set[str] = set()
    opened: set[tuple[str, frozenset[str]]] = set()
    problems: list[str] = []
    for person in people:
        visitor = Visitor(open_page(person))
        visitor.go(start)
        for address, components in _walk(visitor, start):
            kind = _kind(address)
            if (kind, components) not in opened:
                opened.add((kind, components))
                visitor.go(address)
            if kind not in seen:
                seen.add(kind)
                problems += _barriers(visitor)
    assert not problems, "\n\n".join(problems)
    assert len(seen) >= at_least, sorted(seen)
    return seen


def _barriers(visitor: Visitor) -> Iterator[str]:
    """Look at the page in both sizes; what differs in the dark is its colours."""
    for width, scheme in LOOKS:
        visitor.page.set_viewport_size({"width": width, "height": 800})
        visitor.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        try:
            barriers.check(visitor.page, barriers.COLOURS if scheme == "dark" else barriers.RULES)
        except AssertionError as barrier:
            yield f"{width} {scheme} {barrier}"
