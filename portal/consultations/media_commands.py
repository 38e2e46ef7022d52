"""What the portal tells the media process: close a room, show somebody out. Signed, short waits."""

import http.client
import json
import logging
from urllib.parse import urlsplit
from uuid import UUID

from portal.core.config import Settings
from portal.media.tickets import SIGNATURE_HEADER, sign_event

log = logging.getLogger(__name__)

TIMEOUT = 5.0


class MediaUnreachable(Exception):
    """The media process did not take a command; the job tries again."""


def close_room(settings: Settings, *, room: UUID, address: str = "") -> None:
    """Show everybody out of a room of the node at `address`, else of the one in the settings."""
    _send(settings, address, f"/medien/intern/raeume/{room}/schliessen", {})


def show_out(
    settings: Settings, *, room: UUID, participant: str, admitted: float, address: str = ""
) -> None:
    """Show one person out of a room of the node at `address`, else of the one in the settings.

    A ticket of the admission that ends with this opens the room no more.
    """
    path = f"/medien/intern/raeume/{room}/entfernen"
    _send(settings, address, path, {"participant": participant, "admitted": admitted})


def _send(settings: Settings, base: str, path: str, command: dict[str, str | float]) -> None:
    body = json.dumps(command).encode()
    headers = {
        "Content-Type": "application/json",
        SIGNATURE_HEADER: sign_event(body, keys=settings.ticket_keys),
    }
    address = urlsplit(base or settings.media_internal_url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.hostname or "127.0.0.1", address.port, timeout=TIMEOUT)
    try:
        connection.request("POST", path, body, headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise MediaUnreachable(type(error).__name__) from error
    finally:
        connection.close()
    if status >= 500:
        raise MediaUnreachable(str(status))
    if status >= 400:
        log.error("media refused %s with status %d", path, status)
