"""Checks 13 and 14: every route × every visitor, against things of somebody else.

The allowed cells stand in `matrix.txt`. When routes or rights have changed on purpose, write it
anew with `python -m tests.access` and read the difference; the test never writes it. A new route
with parameters needs a line in `world.py` that says which of Oksana's things is meant.

What no table may ever allow is asserted below it, so that a careless new table cannot.
"""

import os
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.access import table, visiting
from tests.access.standing import Standing, standing
from tests.access.visiting import Door
from tests.access.world import VISITORS

CITIZENS = ("own", "cit", "hou", "hlp", "rep")
STAFF = ("wrg", "dsk", "rgt", "led", "adm")
STRANGERS = ("non", "cit", "hou", "adm", "exm")

KINDS_NOT_THINGS = {
    "applications.start",
    "applications.begin",
    "appointments.choose_slot",
    "waiting_list.ask",
    "waiting_list.join",
    "appointments.hold",
    "appointments.confirm",
    "appointments.book",
    "style_sheet",
    "precheck.page",
    "precheck.answer",
}
"""Routes whose parameter names a kind (of form, of appointment, of question), not a thing.

A hold of somebody else looks like one that has run out: both lead to the free times of the kind.
"""

WITH_THE_CODE = {"representation.accept_page", "representation.accept"}
"""Codes that one person shows another: who has the code may take it."""

WITH_A_PROVIDER_ONLY = {"provider.begin", "provider.begin_connecting"}
"""Nothing for anybody as long as no identity provider is configured (tests/accounts/oidc)."""

OF_ALL_TEAMS = {"administer", "identify_citizens", "approve_access", "edit_forms", "publish_forms"}
OF_ALL_TEAMS |= {"steer_care"}
"""Rights that no team bounds: accounts of the office or without a file, the words of forms, outages
and ways of care, which name no person."""

RIGHT_AFTERWARDS_ONLY = {"staff_casefiles.take_back"}
"""Nothing for anybody but who has accepted something in the last minutes."""

ON_ONE_DEVICE_ONLY = {"guests.show_table", "guests.page"}
ON_ONE_DEVICE_ONLY |= {"colleagues.show_table", "colleagues.page"}
"""Nothing for anybody but the browser that agreed and was let in (tests/consultations)."""

OF_THE_SENDER = {"uploads.offset", "uploads.send", "uploads.remove", "uploads.remove_by_button"}
"""A file on its way in belongs to who sends it, until it is handed in."""

OF_EVERYBODY = {
    "groups.show", "groups.register", "groups.wait", "groups.leave", "staff_groups.show",
    "staff_groups.choose_person",
}  # fmt: skip
"""An event is for all; whose seats they are stands on none of its pages (check 14)."""

KEYS_IN_THE_ADDRESS = "<string(length=43):secret>"
"""Links from a message: who has the secret of the link holds the key."""


@pytest.fixture(scope="module")
def here(rolled_back_app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    own = tmp_path_factory.getbasetemp()
    folder = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with standing(rolled_back_app, folder) as built:
        yield built


def things(here: Standing) -> set[Door]:
    """Return the doors that lead to one thing of Oksana's or of her officer's."""
    return {
        door
        for door in here.walk("own")
        if "<" in door.path
        and KEYS_IN_THE_ADDRESS not in door.path
        and door.endpoint not in KINDS_NOT_THINGS | WITH_THE_CODE | OF_EVERYBODY
        and not door.endpoint.startswith("dev.")
    }


def names(doors: set[Door]) -> list[str]:
    return sorted(str(door) for door in doors)


def test_check_13_every_route_stands_in_the_table(rolled_back_app: Flask) -> None:
    known = table.listed(table.FILE.read_text("utf-8"))
    there = {str(door) for door in visiting.doors(rolled_back_app)}
    assert sorted(there - set(known)) == [], "routes that the table does not list"
    assert sorted(set(known) - there) == [], "lines of the table without a route"


@pytest.mark.parametrize("visitor", VISITORS)
def test_check_13_who_gets_in_where(here: Standing, visitor: str) -> None:
    """Given Oksana's things, when this visitor knocks everywhere, then the table is right."""
    known = table.listed(table.FILE.read_text("utf-8"))
    column = list(VISITORS).index(visitor)
    different = [
        f"{door}: {VISITORS[visitor]} got {said.mark!r} ({said.status}), the table says"
        f" {known[str(door)][column]!r}"
        for door, said in here.walk(visitor).items()
        if str(door) in known and said.mark != known[str(door)][column]
    ]
    assert different == []


def test_the_control_every_door_opens_for_somebody(here: Standing) -> None:
    """A row without any entry proves nothing: its address may simply be wrong."""
    opened = {door for name in ("own", "rgt", "led", "adm", "dsk") for door in here.inside(name)}
    closed = {door for door in here.walk("own") if door.who != "signed"} - opened
    known = WITH_A_PROVIDER_ONLY | RIGHT_AFTERWARDS_ONLY | ON_ONE_DEVICE_ONLY
    assert names({door for door in closed if door.endpoint not in known}) == []


def test_the_control_oksana_gets_to_all_her_things(here: Standing) -> None:
    hers = {
        door
        for door in here.walk("own")
        if door.who == "citizen" and door.endpoint not in WITH_A_PROVIDER_ONLY
    }
    assert names(hers - here.inside("own")) == []


@pytest.mark.parametrize("visitor", STRANGERS)
def test_check_13_strangers_get_to_no_thing(here: Standing, visitor: str) -> None:
    meant = {door for door in things(here) if door.right not in OF_ALL_TEAMS}
    if visitor == "adm":  # looks after accounts of the office and what keeps them out of a file
        meant = {door for door in meant if door.endpoint != "staff_office.lift"}
    assert names(here.inside(visitor) & meant) == []


@pytest.mark.parametrize("right", ["administer", "identify_citizens"])
def test_check_13_what_no_team_bounds_opens_for_its_right_only(here: Standing, right: str) -> None:
    """The administrator has no case, the front desk no account of the office."""
    doors = {door for door in here.walk("own") if door.right == right}
    holder = {"administer": "adm", "identify_citizens": "dsk"}[right]
    assert names(doors - here.inside(holder)) == []
    assert (
        names({d for name in VISITORS if name != holder for d in here.inside(name) & doors}) == []
    )


def test_check_13_nobody_is_let_in_only_where_everybody_is(here: Standing) -> None:
    """The figures of the process are open in the demo office only (tests/core/test_health.py)."""
    let_in = {door for door in here.inside("non") if door.endpoint != "health.metrics"}
    secret = {door for door in let_in if KEYS_IN_THE_ADDRESS in door.path}
    assert names({door for door in let_in - secret if door.who != "anyone"}) == []


def test_check_13_who_has_left_the_office_is_nobody(here: Standing) -> None:
    marks = {
        name: {door: said.mark for door, said in here.walk(name).items()} for name in ("non", "exm")
    }
    assert marks["exm"] == marks["non"]


@pytest.mark.parametrize("visitor", CITIZENS)
def test_check_13_no_citizen_opens_a_door_of_the_office(here: Standing, visitor: str) -> None:
    assert names({door for door in here.inside(visitor) if door.who == "staff"}) == []


@pytest.mark.parametrize("visitor", STAFF)
def test_check_13_nobody_of_the_office_opens_a_door_of_citizens(
    here: Standing, visitor: str
) -> None:
    assert names({door for door in here.inside(visitor) if door.who == "citizen"}) == []


def test_check_13_a_helper_gets_what_was_given_and_no_more(here: Standing) -> None:
    given = {"see", "fill_in", "upload"}
    matters = {door for door in things(here) if door.who == "citizen" and door.right != "account"}
    assert names(here.inside("hlp") & matters) == names(
        {door for door in matters if door.right in given and door.endpoint not in OF_THE_SENDER}
    )


def test_check_13_who_acts_for_her_gets_to_nothing_of_her_account(here: Standing) -> None:
    """Keys, sessions and addresses are never handed on, whatever the power."""
    account = {door for door in things(here) if door.right == "account" and door.who == "citizen"}
    assert names((here.inside("rep") | here.inside("hlp")) & account) == []


def test_check_13_another_team_gets_to_no_thing(here: Standing) -> None:
    meant = {door for door in things(here) if door.right not in OF_ALL_TEAMS}
    assert names(here.inside("wrg") & meant) == []


@pytest.mark.parametrize("visitor", STRANGERS)
def test_check_14_no_page_shows_strangers_what_is_oksanas(here: Standing, visitor: str) -> None:
    """Lists, searches, states, exports: her name, papers and words stand on none of them."""
    shown = {door for door in showing(here, visitor) if door.right not in OF_ALL_TEAMS}
    assert names(shown) == []


def test_check_14_no_page_shows_another_team_what_is_oksanas(here: Standing) -> None:
    assert names({d for d in showing(here, "wrg") if d.right not in OF_ALL_TEAMS}) == []


def showing(here: Standing, visitor: str) -> set[Door]:
    return {
        door
        for door, said in here.walk(visitor).items()
        if said.shows_canary
        and not door.endpoint.startswith("dev.")
        and KEYS_IN_THE_ADDRESS not in door.path
    }


def test_the_control_oksana_and_her_officer_see_what_is_hers(here: Standing) -> None:
    """Pages without the word would pass check 14 for the wrong reason."""
    seen = {door.endpoint for name in ("own", "rgt") for door in showing(here, name)}
    assert {
        "casefiles.index",
        "casefiles.document",
        "applications.check",
        "consultations.messages",
        "accounts.go_on",
        "staff_casefiles.index",
        "staff_casefiles.case",
        "staff_casefiles.document",
        "staff_applications.index",
        "staff_applications.show",
        "staff_consultations.messages",
        "staff_inbox.index",
    } <= seen
