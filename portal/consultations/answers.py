"""The answer of each page that hands out a ticket for the media process."""

from flask import current_app, jsonify
from flask.typing import ResponseReturnValue

from portal.consultations import ice_servers, nodes, profiles, roles, service
from portal.consultations.queries import Room
from portal.consultations.roles import Person
from portal.core import browser, clock
from portal.core.db import db

SOCKET = "/medien/ws"


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
    settings, name = current_app.config["SETTINGS"], roles.participant_of(by)
    return jsonify(
        url=f"{door.node.url}{SOCKET}",
        token=door.token,
        iceServers=ice_servers.ice_servers(settings, name=name, now=clock.now()),
    )


def allow_call() -> None:
    """Let this page use the devices and connect to every media server that lives."""
    browser.allow_devices()
    browser.allow_media(nodes.public_urls(db.session, now=clock.now()))
