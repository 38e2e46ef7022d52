"""The answer of each page that hands out a ticket for the media process."""

from flask import current_app, jsonify
from flask.typing import ResponseReturnValue

from portal.consultations import ice_servers, nodes, roles, service
from portal.consultations.queries import Room
from portal.consultations.roles import Person
from portal.core import browser, clock
from portal.core.db import db

SOCKET = "/medien/ws"


def ticket(found: Room, *, by: Person) -> ResponseReturnValue:
    """Return address, token and TURN servers as JSON for the script of the call."""
    settings, now = current_app.config["SETTINGS"], clock.now()
    door = service.call_ticket(db.session, room=found, by=by, now=now, keys=settings.ticket_keys)
    return jsonify(
        url=f"{door.node.url}{SOCKET}",
        token=door.token,
        iceServers=ice_servers.ice_servers(settings, name=roles.participant_of(by), now=now),
    )


def allow_call() -> None:
    """Let this page use the devices and connect to every media server that lives."""
    browser.allow_devices()
    browser.allow_media(nodes.public_urls(db.session, now=clock.now()))
