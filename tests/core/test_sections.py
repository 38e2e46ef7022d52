"""Each page of the portal lies in one part of the navigation, and the navigation says which."""

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.core.sections import AREAS, PLACES
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories.inbox import work_item

OUTSIDE = {
    "accounts",  # signing in and out
    "csp_reports",
    "dev",
    "guests",
    "health",
    "home",  # the start page is marked by itself alone
    "letters",
    "media_events",
    "precheck",
    "provider",
    "receipts",
    "registering",
    "staff_accounts",
    "staff_home",
    "staff_safety",  # for whoever is called, wherever they are
}

MARKED = re.compile(r'<a href="([^"]+)" aria-current="(page|true)">')


def marks(page: str, label: str) -> dict[str, str]:
    """Return the addresses that a navigation marks, each with its mark."""
    nav = page.partition(f'aria-label="{label}"')[2].partition("</nav>")[0]
    return dict(MARKED.findall(nav))


def test_each_blueprint_lies_in_one_area_or_openly_in_none(app: Flask) -> None:
    """Given a new room, when nobody says where it lies, then this test asks."""
    named = [name for names in AREAS.values() for name in names]
    assert len(named) == len(set(named)), "in two areas"
    assert set(named) | OUTSIDE >= set(app.blueprints)
    assert not set(named) & OUTSIDE


@pytest.mark.parametrize("table", [AREAS, PLACES])
def test_every_name_in_the_tables_is_served(app: Flask, table: dict[str, tuple[str, ...]]) -> None:
    known = set(app.blueprints) | set(app.view_functions)
    for endpoint, within in table.items():
        assert endpoint in app.view_functions
        assert set(within) <= known


def test_staff_see_the_section_of_a_page_below_it(client: PortalClient, session: Session) -> None:
    """Given a page below the inbox, when it is opened, then the inbox is marked as its section."""
    jana = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    item = work_item(session, team_of=jana)
    client.sign_in(jana)
    for address, area, mark in (
        ("/amt", "/amt", "page"),
        ("/amt/eingang", "/amt/eingang", "page"),
        ("/amt/wiedervorlagen", "/amt/eingang", "true"),
        (f"/amt/wiedervorlagen/zu/{item.id}", "/amt/eingang", "true"),
        ("/amt/uebergaben", "/amt/eingang", "true"),
        ("/amt/termine/gruppen", "/amt/termine", "true"),
    ):
        assert marks(client.get(address).text, "Hauptmenü") == {area: mark}, address


def test_the_row_around_appointments_marks_pages_below(
    client: PortalClient, session: Session
) -> None:
    jana = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    client.sign_in(jana)
    page = client.get("/amt/termine/gruppen").text
    assert marks(page, "Rund um Termine") == {"/amt/termine/gruppen": "page"}


def test_citizens_see_the_section_of_a_page_below_it(
    client: PortalClient, session: Session
) -> None:
    client.sign_in(accounts.citizen(session))
    for address, area, mark in (
        ("/", "/", "page"),
        ("/unterlagen", "/unterlagen", "page"),
        ("/termine/gruppen", "/termine", "true"),
        ("/konto", "/konto", "page"),
        ("/konto/nachrichten", "/konto", "true"),
    ):
        page = client.get(address, follow_redirects=True)
        assert marks(page.text, "Hauptmenü") == {area: mark}, address
