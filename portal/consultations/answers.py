"""The answer of each page that hands out a ticket for the media process."""

from collections.abc import Mapping
from datetime import datetime

from flask import current_app, jsonify
from flask.typing import ResponseReturnValue

from portal.consultations import nodes, profiles, roles, service
from portal.consultations.queries import Room
from portal.consultations.roles import Person
from portal.core import browser, clock
from portal.core.db import db
from portal.media import tickets

SOCKET = "/medien/ws"
TURN_LIFETIME = 12 * 3600
"""Seconds: longer than any talk, for a name that has ended closes the relay."""


def ticket(found: Room, *, by: Person) -> ResponseReturnValue:
    """Return address, token and TURN servers as JSON for the script of the call."""
    keys = current_app.config["SETTINGS"].ticket_keys
    door = service.call_ticket(db.session, room=found, by=by, now=clock.now(), keys=keys)
    return _answer(door, by)


def echo(*, by: Person) -> ResponseReturnValue:
    """Return the same for a room in which somebody meets themselves."""
    keys = current_app.config["SETTINGS"].ticket_keys
    return _answer(profiles.echo_door(db.session, by=by, now=clock.now(), keys=keys), by)


def _answer(door: service.Door, by: Person) -> ResponseReturnValue:
    return jsonify(
        url=f"{door.node.url}{SOCKET}",
        token=door.token,
        iceServers=turn_servers(roles.participant_of(by), now=clock.now()),
    )


def turn_servers(participant: str, *, now: datetime) -> list[Mapping[str, object]]:
    """Return the TURN servers for `RTCPeerConnection`, with a password that ends."""
    settings = current_app.config["SETTINGS"]
    if not settings.turn_secret:
        return []
    credentials = tickets.turn_credentials(
        participant,
        secret=settings.turn_secret,
        lifetime=TURN_LIFETIME,
        now=now.timestamp(),
    )
    return tickets.ice_servers(settings.turn_urls, credentials)


def allow_call() -> None:
    """Let this page use the devices and connect to every media server that lives."""
    browser.allow_devices()
    browser.allow_media(nodes.public_urls(db.session, now=clock.now()))
