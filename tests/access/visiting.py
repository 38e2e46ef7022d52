"""Knocking: one request to one route as one visitor, and what the door said."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from sqlalchemy import Connection
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.core.access import Access
from portal.core.db import db
from tests.access.world import CANARY, World

INSIDE, SIGN_IN, NOTHING = "+", "-", "."
SIGN_IN_PAGES = {"/anmelden", "/amt/anmelden"}
OWN = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True, order=True)
class Door:
    """One route with one of its methods."""

    path: str
    method: str
    endpoint: str
    who: str
    right: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Answer:
    """What a door said: its mark in the table, and whether things of Oksana's stood in it."""

    mark: str
    status: int
    shows_canary: bool


class Slammed(AssertionError):
    """A door answered with a status that no door should have (403, 405, 5xx)."""


def doors(app: Flask) -> list[Door]:
    """Return every route of the portal; the files below /static belong to nobody."""
    found: list[Door] = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        access: Access = app.view_functions[rule.endpoint].access  # type: ignore[attr-defined]
        found += (
            Door(rule.rule, method, rule.endpoint, access.who, access.right or "")
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        )
    return sorted(found)


def knock(app: Flask, world: World, door: Door, visitor: "Visitor") -> Answer:
    """Send one request and read the answer."""
    address = address_of(app, world, door)
    client = app.test_client(use_cookies=False)
    headers = {**OWN, **({"Cookie": visitor.cookie} if visitor.cookie else {})}
    if door.method == "GET":
        answer = client.get(address, headers=headers)
    else:
        body = {"csrf_token": visitor.token, **world.bodies.get(door.endpoint, {})}
        answer = client.open(address, method=door.method, data=body, headers=headers)
    shows = CANARY.encode() in answer.get_data()
    return Answer(mark_of(door, answer), answer.status_code, shows)


def mark_of(door: Door, answer: TestResponse) -> str:
    """Return the mark of an answer; raise `Slammed` for one that no door gives."""
    status = answer.status_code
    if status == 404 or (door.who == "signed" and 400 <= status < 500):
        return NOTHING
    if status == 401 and door.who == "citizen":
        return SIGN_IN  # a script hears it; only doors for scripts answer so
    if status in {401, 403, 405} or status >= 500:
        raise Slammed(f"{door} answered {status}")
    target = urlsplit(answer.location or "")
    if target.path in SIGN_IN_PAGES and "next" in parse_qs(target.query):
        return SIGN_IN
    return INSIDE


def address_of(app: Flask, world: World, door: Door) -> str:
    """Fill the parameters of a route with Oksana's things."""
    rule = next(rule for rule in app.url_map.iter_rules(door.endpoint) if rule.rule == door.path)
    values = world.things.get(door.endpoint) or world.things.get(door.endpoint.split(".")[0], {})
    missing = sorted(rule.arguments - set(values))
    assert not missing, (
        f"{door}: say in tests/access/world.py which of Oksana's things stands for {missing}"
        f" (`things[{door.endpoint!r}]`)"
    )
    return _built(rule, {name: values[name] for name in rule.arguments}) + world.queries.get(
        door.endpoint, ""
    )


def _built(rule: Rule, values: dict[str, object]) -> str:
    built = rule.build(values)
    assert built is not None, rule
    return built[1]


@dataclass(frozen=True)
class Visitor:
    """A visitor at the door: the cookie of the browser and a CSRF token that fits it."""

    name: str
    cookie: str | None
    token: str


def visitor(app: Flask, world: World, name: str) -> Visitor:
    """Let somebody come with a browser."""
    client = app.test_client()
    if secret := world.secrets[name]:
        with client.session_transaction() as cookie:
            cookie["secret"] = secret
    token = client.get("/dev/csrf").text
    cookie_name = app.config["SESSION_COOKIE_NAME"]
    kept = client.get_cookie(cookie_name)
    return Visitor(name, f"{cookie_name}={kept.value}" if kept else None, token)


Walk = tuple[dict[Door, Answer], list[str]]
"""What the doors answered, and which of them crashed or said what no door says."""


@contextmanager
def forgotten(connection: Connection) -> Iterator[None]:
    """Undo what a request has written: no visitor spoils the world for the next."""
    savepoint = connection.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()


def walk(app: Flask, connection: Connection, world: World, name: str) -> Walk:
    """Knock at every door as one visitor; each request finds the world as it was built."""
    with app.app_context():
        assert db.sessionmaker.kw["bind"] is connection, "requests must not leave this transaction"
    found: dict[Door, Answer] = {}
    slammed: list[str] = []
    comes = visitor(app, world, name)
    for door in doors(app):
        with forgotten(connection):
            try:
                found[door] = knock(app, world, door, comes)
            except Exception as error:
                slammed.append(f"{door}: {error!r}")
    return found, slammed
