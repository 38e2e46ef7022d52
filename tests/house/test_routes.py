"""Every route says who may enter, is spelled as the house spells, and never vanishes unnoticed."""

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from portal.core.access import Access
from tests.client import PortalClient
from tests.factories import accounts

KNOWN = Path(__file__).with_name("routes.txt")
WORD = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)?$")
PARAMETER = re.compile(r"<(?P<converter>[^:>]+:)?[^>]+>")


def rules(app: Flask) -> list[Rule]:
    """Return the routes of the house, without those of Flask itself."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def lines(app: Flask) -> list[str]:
    """Write each route as one line: methods, path, who may enter."""
    found = []
    for rule in rules(app):
        access: Access = app.view_functions[rule.endpoint].access  # type: ignore[attr-defined]
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        right = f" ({access.right})" if access.right else ""
        found.append(f"{methods} {rule.rule} {access.who}{right}")
    return sorted(found)


def test_every_route_says_who_may_enter(rolled_back_app: Flask) -> None:
    silent = [
        rule.rule
        for rule in rules(rolled_back_app)
        if not isinstance(
            getattr(rolled_back_app.view_functions[rule.endpoint], "access", None), Access
        )
    ]
    assert silent == []


def test_no_address_vanishes(rolled_back_app: Flask) -> None:
    """When this fails on purpose, write `lines()` into routes.txt; addresses stand in letters."""
    known = KNOWN.read_text("utf-8").splitlines()
    assert lines(rolled_back_app) == known


def test_staff_pages_lie_below_amt(rolled_back_app: Flask) -> None:
    for rule in rules(rolled_back_app):
        access = rolled_back_app.view_functions[rule.endpoint].access  # type: ignore[attr-defined]
        below = rule.rule == "/amt" or rule.rule.startswith("/amt/")
        if access.who == "staff":
            assert below, rule.rule
        if access.who == "citizen":
            assert not below, rule.rule


def test_addresses_are_kebab_case_and_parameters_are_typed(rolled_back_app: Flask) -> None:
    for rule in rules(rolled_back_app):
        for parameter in PARAMETER.finditer(rule.rule):
            assert parameter["converter"], f"untyped parameter in {rule.rule}"
        for word in PARAMETER.sub("x", rule.rule).strip("/").split("/"):
            assert not word or WORD.match(word), rule.rule


def test_views_that_change_wear_commits(rolled_back_app: Flask) -> None:
    """A view that takes POST commits in one place: the decorator."""
    bare = [
        rule.rule
        for rule in rules(rolled_back_app)
        if (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
        and not _commits(rolled_back_app.view_functions[rule.endpoint])
        and rule.rule not in CHANGES_NOTHING
    ]
    assert bare == []


CHANGES_NOTHING = {"/sprache", "/csp-bericht", "/quittung", "/anspruch-pruefen/<string:page_id>"}
CHANGES_NOTHING |= {"/sofortantrag/stand", "/sofortantrag/vergessen"}
CHANGES_NOTHING |= {"/amt/antraege/<uuid:id>/rueckfrage/auswahl"}
CHANGES_NOTHING |= {"/amt/beratung/<uuid:id>/abschliessen/zeiten"}
CHANGES_NOTHING |= {
    f"/kalender/dav/<string(length=43):secret>/{rest}" for rest in ("", "<path:rest>")
}
"""These leave a cookie, a line, an answer, an address, a page that asks for more; no row."""


def _commits(view: object) -> bool:
    while view is not None:
        if getattr(view, "commits", False):
            return True
        view = getattr(view, "__wrapped__", None)
    return False


@pytest.mark.parametrize("who", ["nobody", "citizen", "staff"])
def test_getting_a_page_changes_nothing(
    client: PortalClient, session: Session, who: str, rolled_back_app: Flask
) -> None:
    """Only the trail of who opened a file may grow by a GET."""
    if who == "citizen":
        client.sign_in(accounts.citizen(session))
    if who == "staff":
        client.sign_in(accounts.staff_member(session, *accounts.Role))
    session.commit()
    written: list[str] = []

    def remember(flushed: Session, *_: object) -> None:
        changed = {*flushed.new, *flushed.dirty, *flushed.deleted}
        written.extend(type(row).__name__ for row in changed)

    event.listen(Session, "before_flush", remember)
    try:
        for rule in rules(rolled_back_app):
            if "GET" in (rule.methods or set()) and not rule.arguments:
                client.get(rule.rule)
    finally:
        event.remove(Session, "before_flush", remember)
    assert set(written) <= {"Event"}
