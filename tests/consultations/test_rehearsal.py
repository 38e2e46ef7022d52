"""The rehearsal: a room of one person, a result that is shown, used and forgotten."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.consultations import profiles
from portal.consultations.models import Consultation, TakingPart
from portal.consultations.waiting_models import DeviceProfile, Rung
from portal.core import clock
from portal.media import tickets
from tests.client import PortalClient
from tests.consultations.test_media_events import report
from tests.factories import accounts
from tests.factories import consultations as factory

JSON = {"Accept": "application/json"}
GOOD = {"camera": "y", "sound": "y", "rung": "video", "rtt": "35", "loss": "0.5", "rate": "2400"}
FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"


def test_no_appointment_is_needed(client: PortalClient, session: Session) -> None:
    client.sign_in(accounts.citizen(session))

    answer = client.get("/beratung/probe")

    assert "Video-Gespräch üben" in answer.text
    assert "camera=(self), microphone=(self)" in answer.headers["Permissions-Policy"]


def test_the_ticket_opens_a_room_of_one_and_no_talk(client: PortalClient, session: Session) -> None:
    citizen = accounts.citizen(session)
    client.sign_in(citizen)

    answers = [client.post_form("/beratung/probe/ticket", headers=JSON).json for _ in range(2)]

    keys = client.application.config["SETTINGS"].ticket_keys
    first, second = (tickets.read(answer["token"], keys=keys) for answer in answers)
    assert first.room.startswith("echo:")
    assert first.room != second.room
    assert first.rights == {"enter", "audio", "video"}
    assert session.scalars(select(Consultation)).all() == []


def test_events_of_a_rehearsal_are_nobodys_talk(client: PortalClient, session: Session) -> None:
    event = {"id": "x", "type": "joined", "room": "echo:1", "at": clock.now().isoformat()}

    assert report(client, event).json == {"taken": True}


def test_the_result_is_shown_used_and_told_to_the_officer(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    officer, citizen = booking.staff_member, booking.citizen
    client.sign_in(citizen)
    weak = {**GOOD, "rung": "audio", "rate": "120"}

    client.post_form("/beratung/probe/ergebnis", weak, headers={**JSON, "User-Agent": FIREFOX})

    profile = session.scalars(select(DeviceProfile)).one()
    assert (profile.rtt_ms, profile.kbit_s, profile.browser) == (35, 120, "Firefox, Android")
    shown = client.get("/beratung/probe").text
    assert "Bei Ihrer Probe ging Ton gut, Video war unsicher." in shown
    assert "120 kbit/s" in shown
    door = client.get(f"/beratung/{booking.id}").text
    assert 'value="audio_only"' in door
    client.sign_in(officer)
    assert "Ton sicher, Video unsicher" in client.get(f"/amt/beratung/{booking.id}").text


@pytest.mark.parametrize(
    ("camera", "sound", "rung", "way", "officer"),
    [
        (True, True, Rung.VIDEO, TakingPart.VIDEO, "Ton und Bild sicher"),
        (False, True, Rung.VIDEO, TakingPart.WITHOUT_CAMERA, "Ton sicher, Video unsicher"),
        (True, True, Rung.AUDIO, TakingPart.AUDIO_ONLY, "Ton sicher, Video unsicher"),
        (True, False, Rung.VIDEO, TakingPart.VIDEO, "Ton unsicher, Anruf bereithalten"),
        (True, True, Rung.NOTHING, TakingPart.AUDIO_ONLY, "Ton unsicher, Anruf bereithalten"),
    ],
)
def test_what_follows_from_a_result(
    session: Session, *, camera: bool, sound: bool, rung: Rung, way: TakingPart, officer: str
) -> None:
    profile = DeviceProfile(camera_ok=camera, sound_ok=sound, rung=rung)

    assert profile.best_way == way
    assert profiles.for_officer(profile) == officer


def test_the_next_result_replaces_the_last_and_its_owner_deletes_it(
    client: PortalClient, session: Session
) -> None:
    client.sign_in(accounts.citizen(session))
    for rung in ("nothing", "video"):
        client.post_form("/beratung/probe/ergebnis", {**GOOD, "rung": rung}, headers=JSON)
    assert session.scalars(select(DeviceProfile)).one().rung == Rung.VIDEO

    client.post_form("/beratung/probe/vergessen")

    assert session.scalars(select(DeviceProfile)).all() == []
    assert "Ihre letzte Probe" not in client.get("/beratung/probe").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"rung": "8k"},
        {"rung": ""},
        {"rtt": "-1"},
        {"rtt": "99999999999999999999"},
        {"loss": "nan"},
        {"loss": "101"},
        {"rate": "viel"},
    ],
)
def test_impossible_results_are_not_kept(
    client: PortalClient, session: Session, wrong: dict[str, Any]
) -> None:
    client.sign_in(accounts.citizen(session))

    answer = client.post_form("/beratung/probe/ergebnis", {**GOOD, **wrong}, headers=JSON)

    assert answer.status_code == 422
    assert session.scalars(select(DeviceProfile)).all() == []


def test_old_results_are_forgotten(session: Session) -> None:
    citizen, now = accounts.citizen(session), clock.now()
    measured = profiles.Measured(True, True, Rung.VIDEO, 30, None, None)
    profiles.keep(session, citizen=citizen, measured=measured, browser="Firefox", now=now)
    session.flush()

    profiles.forget_old(session, now=now + profiles.KEPT_FOR)
    assert profiles.of(session, citizen.id) is not None
    session.expire_all()
    profiles.forget_old(session, now=now + profiles.KEPT_FOR + timedelta(seconds=1))
    session.expire_all()

    assert session.scalars(select(DeviceProfile)).all() == []


def test_a_guest_tries_the_line_after_the_promise(client: PortalClient, session: Session) -> None:
    _, code = factory.guest(session, factory.booking(session))
    assert client.post_form(f"/gast/{code}/probe", headers=JSON).status_code == 409
    client.post_form(f"/gast/{code}/zusagen", {"guest_name": "Rita", "agreed": "y"})

    assert client.post_form(f"/gast/{code}/probe", headers=JSON).json["token"]
    assert "Verbindung prüfen" in client.get(f"/gast/{code}/geraete").text
