"""What the media process reports: signed, in any order, once or twice."""

import json
import re
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.appointments.models import Booking
from portal.audit import queries as audit
from portal.consultations import queries
from portal.consultations.models import ChatMessage, Consultation, Presence
from portal.core import clock
from portal.media.tickets import SIGNATURE_HEADER, sign_event
from tests.client import PortalClient
from tests.factories import consultations as factory

PATH = "/intern/medien/ereignisse"


@pytest.fixture
def booking(session: Session) -> Booking:
    return factory.booking(session)


@pytest.fixture
def talk(session: Session, booking: Booking) -> Consultation:
    return factory.running(session, booking)


def event(talk: Consultation, kind: str, at: datetime | None = None, **data: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "type": kind,
        "room": str(talk.id),
        "participant": data.pop("participant", None) or f"citizen:{talk.booking.citizen_id}",
        "at": (at or clock.now()).isoformat(),
        "data": data,
    }


def report(client: PortalClient, body: Any, **options: Any) -> TestResponse:
    raw = json.dumps(body).encode()
    keys = client.application.config["SETTINGS"].ticket_keys
    signature = options.get("signature", sign_event(raw, keys=keys))
    return client.post(
        PATH, data=raw, content_type="application/json", headers={SIGNATURE_HEADER: signature}
    )


def said(talk: Consultation, **fields: Any) -> dict[str, Any]:
    message = {
        "message": str(uuid4()),
        "client_id": str(uuid4()),
        "text": "Guten Tag",
        "sent_at": clock.now().isoformat(),
    }
    return event(talk, "chat", **{**message, **fields})


def test_coming_and_going_is_written_down(
    client: PortalClient, session: Session, booking: Booking, talk: Consultation
) -> None:
    came, left = clock.now(), clock.now() + timedelta(minutes=12)

    assert report(client, event(talk, "joined", came)).status_code == 200
    assert report(client, event(talk, "left", left)).status_code == 200

    stay = session.scalars(select(Presence)).one()
    assert (stay.joined_at, stay.left_at) == (came, left)
    assert stay.name == booking.citizen.name
    deeds = [one.deed for one in audit.events_about(session, kind="booking", id=booking.id)]
    assert deeds[-2:] == ["consultation.joined", "consultation.left"]


def test_an_event_that_comes_twice_changes_nothing(
    client: PortalClient, session: Session, talk: Consultation
) -> None:
    events = [event(talk, "joined"), event(talk, "left"), said(talk)]

    for one in (*events, *events):
        assert report(client, one).status_code == 200

    assert len(session.scalars(select(Presence)).all()) == 1
    assert len(session.scalars(select(ChatMessage)).all()) == 1


def test_a_killed_media_process_leaves_no_open_stay(
    client: PortalClient, session: Session, talk: Consultation
) -> None:
    came = clock.now()
    report(client, event(talk, "joined", came))
    report(client, event(talk, "quality", came + timedelta(minutes=3), loss=0.1))

    report(client, event(talk, "joined", came + timedelta(minutes=4)))

    first, second = queries.presences_of(session, consultation=talk)
    assert first.left_at == came + timedelta(minutes=3)
    assert second.left_at is None


def test_the_chat_is_kept_and_shown(
    client: PortalClient, session: Session, booking: Booking, talk: Consultation
) -> None:
    report(client, said(talk, text="Hören Sie mich? „Ja“ <b>"))
    client.sign_in(booking.citizen)

    page = client.get(f"/beratung/{booking.id}/gespraech").text

    history = re.search(r"data-history>(.*?)</script>", page)
    assert history is not None
    assert "<b>" not in history[1]
    (message,) = json.loads(history[1])
    assert message["text"] == "Hören Sie mich? „Ja“ <b>"
    assert message["from"] == f"citizen:{booking.citizen_id}"
    assert client.get(f"/beratung/{booking.id}/nachrichten").json == [message]


def test_a_repeated_message_is_one_message(
    client: PortalClient, session: Session, talk: Consultation
) -> None:
    report(client, said(talk, client_id="one"))
    report(client, said(talk, client_id="one"))

    assert len(session.scalars(select(ChatMessage)).all()) == 1


@pytest.mark.parametrize("text", ["a\x00b", "\ud800 halb", "x" * 2000])
def test_odd_letters_do_not_stop_the_queue(
    client: PortalClient, session: Session, talk: Consultation, text: str
) -> None:
    assert report(client, said(talk, text=text)).status_code == 200
    assert session.scalars(select(ChatMessage)).one().text


@pytest.mark.parametrize("signature", ["", "t=1,v1=00", "nonsense", "t=x,v1=y"])
def test_without_signature_nothing_happens(
    client: PortalClient, session: Session, talk: Consultation, signature: str
) -> None:
    assert report(client, event(talk, "joined"), signature=signature).status_code == 403
    assert session.scalars(select(Presence)).all() == []


def test_an_old_signature_and_a_foreign_key_are_refused(
    client: PortalClient, talk: Consultation, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = event(talk, "joined")
    raw = json.dumps(body).encode()
    foreign = sign_event(raw, keys=["somebody-else-entirely"])
    assert report(client, body, signature=foreign).status_code == 403
    keys = client.application.config["SETTINGS"].ticket_keys
    real = time.time()
    monkeypatch.setattr(time, "time", lambda: real - 120)
    old = sign_event(raw, keys=keys)
    monkeypatch.undo()

    assert report(client, body, signature=old).status_code == 403


def test_wrong_shapes_are_refused_for_good(client: PortalClient, talk: Consultation) -> None:
    wrong: list[Any] = [
        [],
        {},
        {**event(talk, "joined"), "id": "x"},
        {**event(talk, "joined"), "at": "gestern"},
        {**event(talk, "joined"), "at": "2026-11-22T10:00:00"},
        said(talk, text=""),
        said(talk, text="x" * 2001),
        said(talk, message="x"),
        event(talk, "chat"),
    ]
    for body in wrong:
        assert report(client, body).status_code == 422, body
    unknown = {**event(talk, "joined"), "room": str(uuid4())}
    stranger = event(talk, "joined", participant=f"citizen:{uuid4()}")
    for body in (unknown, stranger):
        assert report(client, body).status_code == 404


def test_an_event_is_small(client: PortalClient, talk: Consultation) -> None:
    assert report(client, said(talk, text="x" * 70_000)).status_code == 413


def test_unknown_events_are_taken_and_ignored(client: PortalClient, talk: Consultation) -> None:
    assert report(client, {**event(talk, "room_empty"), "participant": None}).status_code == 200
    assert report(client, event(talk, "something_new")).status_code == 200
