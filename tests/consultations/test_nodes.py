"""Rooms live in one node each: chosen by load, pinned by the database, moved when the node dies."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.consultations import node_rules, nodes
from portal.consultations.models import Presence
from portal.consultations.node_models import MediaNode, RoomPin
from portal.core import clock
from portal.core.config import Settings
from portal.core.db import db
from portal.core.errors import InvalidInput
from portal.media import tickets
from portal.media.tickets import SIGNATURE_HEADER, sign_event
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import consultations as factory

JSON = {"Accept": "application/json"}


def alive(session: Session, id: str, *, now: datetime | None = None, **said: Any) -> None:
    data = {"node": id, "url": f"wss://{id}.example", "internal_url": "http://127.0.0.1:1", **said}
    nodes.report(session, data=data, at=now or clock.now())


def test_without_any_report_there_is_the_node_of_the_settings(session: Session) -> None:
    talk = factory.running(session, factory.booking(session))

    node = nodes.home(session, consultation_id=talk.id, now=clock.now())

    assert node == nodes.default()
    assert node.id == ""


def test_the_least_busy_node_takes_the_room_and_keeps_it(session: Session) -> None:
    talk, now = factory.running(session, factory.booking(session)), clock.now()
    alive(session, "a", load=0.9, people=2)
    alive(session, "b", load=0.1, people=80)
    assert nodes.home(session, consultation_id=talk.id, now=now).id == "b"

    alive(session, "b", load=0.99)

    assert nodes.home(session, consultation_id=talk.id, now=now).id == "b"
    assert nodes.where(session, consultation_id=talk.id).url == "wss://b.example"


def test_a_node_that_drains_keeps_its_rooms_and_takes_no_new_ones(session: Session) -> None:
    old, new = (factory.running(session, factory.booking(session)) for _ in range(2))
    admin, now = accounts.staff_member(session, accounts.Role.ADMINISTRATOR), clock.now()
    alive(session, "a", load=0.0)
    nodes.home(session, consultation_id=old.id, now=now)
    alive(session, "b", load=0.7)

    nodes.drain(session, id="a", draining=True, by=admin, now=now)
    session.flush()

    assert nodes.home(session, consultation_id=old.id, now=now).id == "a"
    assert nodes.home(session, consultation_id=new.id, now=now).id == "b"
    alive(session, "b", load=0.7, draining=True)
    third = factory.running(session, factory.booking(session))
    assert nodes.home(session, consultation_id=third.id, now=now).id == "a"


def test_a_burst_between_two_heartbeats_spreads_evenly(session: Session) -> None:
    now = clock.now()
    talks = [factory.running(session, factory.booking(session)) for _ in range(9)]
    for name, load in {"a": 0.1, "b": 0.11, "c": 0.12}.items():
        alive(session, name, load=load, now=now)

    chosen = Counter(
        nodes.home(session, consultation_id=talk.id, now=now + timedelta(seconds=second / 10)).id
        for second, talk in enumerate(talks)
    )

    assert chosen == {"a": 3, "b": 3, "c": 3}


def test_what_a_heartbeat_shows_is_promised_no_more(session: Session) -> None:
    now = clock.now()
    alive(session, "a", load=0.1, now=now)
    alive(session, "b", load=0.3, now=now)
    first, second = (factory.running(session, factory.booking(session)) for _ in range(2))
    assert nodes.home(session, consultation_id=first.id, now=now).id == "a"
    assert nodes._promised(session, now=now) == {"a": 1}

    later = now + node_rules.ENTERING + timedelta(seconds=2)
    alive(session, "a", load=0.12, rooms=1, now=later)

    assert nodes._promised(session, now=later) == {}
    assert nodes.home(session, consultation_id=second.id, now=later).id == "a"


def test_a_node_whose_loop_is_late_is_left_out(session: Session) -> None:
    talk = factory.running(session, factory.booking(session))
    alive(session, "a", load=0.1, loop_lag=0.03)
    alive(session, "b", load=0.6, loop_lag=0.002)

    assert nodes.home(session, consultation_id=talk.id, now=clock.now()).id == "b"


def test_a_burst_of_requests_at_once_spreads_as_well(committed_app: Flask) -> None:
    with committed_app.test_request_context():
        talks = [factory.running(db.session, factory.booking(db.session)).id for _ in range(12)]
        for name in "abc":
            alive(db.session, name, load=0.1)
        db.session.commit()
    gate = Barrier(len(talks))

    def come(talk: UUID) -> str:
        with committed_app.test_request_context():
            gate.wait(20)
            node = nodes.home(db.session, consultation_id=talk, now=clock.now())
            db.session.commit()
            return node.id

    with ThreadPoolExecutor(len(talks)) as pool:
        chosen = Counter(pool.map(come, talks))

    assert chosen == {"a": 4, "b": 4, "c": 4}


def test_a_node_on_its_way_out_keeps_a_talk_while_somebody_is_in_it(session: Session) -> None:
    talk, now = factory.running(session, factory.booking(session)), clock.now()
    alive(session, "a", load=0.1)
    assert nodes.home(session, consultation_id=talk.id, now=now).id == "a"
    stay = Presence(
        id=uuid4(), consultation_id=talk.id, participant="citizen:1", name="Anna",
        joined_at=now, last_seen_at=now,
    )  # fmt: skip
    session.add(stay)
    session.flush()
    alive(session, "a", load=0.1, draining=True)
    alive(session, "b", load=0.5)
    assert nodes.home(session, consultation_id=talk.id, now=now).id == "a"

    stay.left_at = now
    session.flush()

    # It would refuse to open the room again.
    assert nodes.home(session, consultation_id=talk.id, now=now).id == "b"


def test_the_next_ticket_names_another_node_when_one_has_died(
    client: PortalClient, session: Session
) -> None:
    booking, now = factory.booking(session), clock.now()
    factory.running(session, booking)
    alive(session, "a", load=0.1)
    alive(session, "b", load=0.5)
    officer, citizen = booking.staff_member, booking.citizen
    client.sign_in(citizen)
    keys = client.application.config["SETTINGS"].ticket_keys
    first = client.post_form(f"/beratung/{booking.id}/ticket", headers=JSON).json
    assert first["url"] == "wss://a.example/medien/ws"
    assert tickets.read(first["token"], keys=keys).node == "a"

    dead = session.get_one(MediaNode, "a", populate_existing=True)
    dead.heartbeat_at = now - nodes.LEASE - timedelta(seconds=1)
    session.commit()

    again = client.post_form(f"/beratung/{booking.id}/ticket", headers=JSON).json
    assert again["url"] == "wss://b.example/medien/ws"
    client.sign_in(officer)
    theirs = client.post_form(f"/amt/beratung/{booking.id}/ticket", headers=JSON).json
    assert tickets.read(theirs["token"], keys=keys).node == "b"


def test_the_page_of_the_call_may_connect_to_every_living_node(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    factory.running(session, booking)
    alive(session, "a")
    alive(session, "gone", now=clock.now() - timedelta(minutes=5))
    client.sign_in(booking.citizen)

    policy = client.get(f"/beratung/{booking.id}/gespraech").headers["Content-Security-Policy"]

    assert "wss://a.example" in policy
    assert "wss://gone.example" not in policy


def test_two_who_come_at_once_find_the_same_room(committed_app: Flask) -> None:
    with committed_app.test_request_context():
        talk = factory.running(db.session, factory.booking(db.session))
        id = talk.id
        for name in "abcd":
            alive(db.session, name, load=0.5)
        db.session.commit()

    def come(number: int) -> str:
        with committed_app.test_request_context():
            alive(db.session, "abcd"[number % 4], load=number / 10)
            db.session.commit()
            node = nodes.home(db.session, consultation_id=id, now=clock.now())
            db.session.commit()
            return node.id

    with ThreadPoolExecutor(8) as pool:
        chosen = set(pool.map(come, range(16)))

    assert len(chosen) == 1


def test_an_old_heartbeat_does_not_bring_back_the_past(session: Session) -> None:
    now = clock.now()
    alive(session, "a", now=now, load=0.9)
    alive(session, "a", now=now - timedelta(seconds=30), load=0.1)

    assert session.scalars(select(MediaNode)).one().load == pytest.approx(0.9)


@pytest.mark.parametrize(
    "wrong",
    [
        {"node": ""},
        {"node": "a b"},
        {"node": 7},
        {"url": "https://x.example"},
        {"url": "wss://x.example; script-src *"},
        {"internal_url": "file:///etc/passwd"},
        {"internal_url": "http://x y"},
    ],
)
def test_what_a_node_must_not_say(session: Session, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        alive(session, "a", **wrong)


@pytest.mark.parametrize("load", ["viel", None, -1, float("nan"), True])
def test_odd_figures_are_read_as_nothing(session: Session, load: object) -> None:
    alive(session, "a", load=load)

    assert session.scalars(select(MediaNode)).one().load == 0


def test_the_report_comes_signed(client: PortalClient, session: Session) -> None:
    body = {
        "id": str(uuid4()),
        "type": "node",
        "room": "",
        "participant": None,
        "at": clock.now().isoformat(),
        "data": {"node": "m1", "url": "wss://m1.example", "load": 0.2, "rooms": 3, "people": 7},
    }
    raw = json.dumps(body).encode()
    keys = client.application.config["SETTINGS"].ticket_keys
    headers = {SIGNATURE_HEADER: sign_event(raw, keys=keys)}
    path, kind = "/intern/medien/ereignisse", "application/json"

    assert client.post(path, data=raw, content_type=kind).status_code == 403
    assert client.post(path, data=raw, content_type=kind, headers=headers).json == {"taken": True}
    found = session.scalars(select(MediaNode)).one()
    assert (found.id, found.rooms, found.people) == ("m1", 3, 7)


def test_operations_see_and_drain(client: PortalClient, session: Session) -> None:
    client.sign_in(accounts.staff_member(session, accounts.Role.ADMINISTRATOR))
    assert (
        "Noch hat sich kein Videoserver gemeldet" in client.get("/amt/verwaltung/videoserver").text
    )
    talk = factory.running(session, factory.booking(session))
    alive(session, "m1", load=0.42, rooms=1, people=2)
    nodes.home(session, consultation_id=talk.id, now=clock.now())
    session.commit()

    client.post_form("/amt/verwaltung/videoserver/m1/leeren")
    page = client.get("/amt/verwaltung/videoserver").text

    assert "42 %" in page
    assert "läuft leer" in page
    client.post_form("/amt/verwaltung/videoserver/m1/oeffnen")
    assert "bereit" in client.get("/amt/verwaltung/videoserver").text
    assert client.post_form("/amt/verwaltung/videoserver/m2/leeren").status_code == 404


def test_silent_nodes_are_forgotten(session: Session) -> None:
    talk = factory.running(session, factory.booking(session))
    alive(session, "a")
    nodes.home(session, consultation_id=talk.id, now=clock.now())

    nodes.forget(session, now=clock.now() + nodes.FORGOTTEN_AFTER + timedelta(seconds=1))

    assert session.scalars(select(RoomPin)).all() == []


def test_turn_servers_of_the_settings_go_to_the_page(
    client: PortalClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = client.application.config["SETTINGS"]
    turn = {"turn_urls": ("turns:t.example:443",), "turn_secret": "geheim"}
    monkeypatch.setitem(client.application.config, "SETTINGS", settings.model_copy(update=turn))
    booking = factory.booking(session)
    factory.running(session, booking)
    client.sign_in(booking.citizen)

    (server,) = client.post_form(f"/beratung/{booking.id}/ticket", headers=JSON).json["iceServers"]

    assert server["urls"] == ["turns:t.example:443"]
    ends, _, pseudonym = server["username"].partition(":")
    assert int(ends) > clock.now().timestamp() + 11 * 3600
    assert str(booking.citizen_id) not in pseudonym
    assert len(server["credential"]) == 28


def test_the_operator_says_where_a_node_is(
    session: Session, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app.config["SETTINGS"]
    known = ("m1=wss://eins.example|http://10.0.0.1:8001",)
    monkeypatch.setitem(app.config, "SETTINGS", settings.model_copy(update={"media_nodes": known}))
    # What a media process sends of itself (`portal.media.metrics.Load`).
    said = {"rooms": 1, "people": 2, "streams": 2, "cpu": 0.3, "loop_lag": 0.0, "draining": False}

    nodes.report(session, data={"node": "m1", **said}, at=clock.now())

    found = session.scalars(select(MediaNode)).one()
    assert (found.url, found.internal_url) == ("wss://eins.example", "http://10.0.0.1:8001")
    assert found.load == pytest.approx(0.3)


def test_the_last_word_of_a_node_moves_its_rooms_at_once(session: Session) -> None:
    talk, now = factory.running(session, factory.booking(session)), clock.now()
    alive(session, "a", load=0.1, now=now)
    alive(session, "b", load=0.5, now=now)
    assert nodes.home(session, consultation_id=talk.id, now=now).id == "a"

    alive(session, "a", now=now, draining=True, stopped=True)

    assert nodes.home(session, consultation_id=talk.id, now=now).id == "b"


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"media_nodes": ("m1",)}, "MEDIA_NODES"),
        ({"media_nodes": ("m1=https://x|http://y",)}, "MEDIA_NODES"),
        ({"turn_urls": ("turn:x",)}, "TURN_SECRET"),
        ({"turn_urls": ("stun:x",), "turn_secret": "s"}, "TURN_URLS"),
    ],
)
def test_wrong_settings_are_named(wrong: dict[str, Any], word: str) -> None:
    problems = Settings(demo=True, **wrong).problems()

    assert any(word in problem for problem in problems)


def test_figures_name_each_node(session: Session) -> None:
    alive(session, "m1", load=0.5)
    names = {
        (sample.name, sample.labels["node"])
        for family in nodes.figures(session, clock.now())
        for sample in family.samples
    }

    assert ("portal_media_load", "m1") in names
    assert ("portal_media_heartbeat_age_seconds", "m1") in names
