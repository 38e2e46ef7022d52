"""What people in a room tell each other: states, chat, pointing, and notes between two pages.

Only chat is told to Flask, which stores it; a pointer and a note pass through and are gone.
"""

import math
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

from portal.media.events import Events
from portal.media.people import INTERPRETER, Message, Participant, Voice
from portal.media.rooms import Refused, Rooms
from portal.media.tickets import Right

CHAT_MAX_LENGTH = 2000
RELAY_MAX_SIZE = 8 * 1024
REMEMBERED_CLIENT_IDS = 100
PAGES_MAX = 10_000
SETTLING = 1.0
"""Seconds in which a state may still come from before its sender heard of being muted."""


class Words:
    """Pass words and states on to those who may have them."""

    def __init__(self, rooms: Rooms, events: Events) -> None:
        self._rooms = rooms
        self._events = events

    def set_state(
        self, participant: Participant, *, audio: bool, video: bool, screen: bool = False
    ) -> None:
        """Note what somebody switched on, and tell the others; who speaks again is unmuted."""
        room = self._rooms.room_of(participant)
        now = time.monotonic()
        wanted = {"audio": audio, "video": video, "screen": screen}
        before = {
            "audio": participant.audio,
            "video": participant.video,
            "screen": participant.sharing_since is not None,
        }
        for name, on in wanted.items():
            since = participant.muted.get(name)
            if since is not None and on and (not before[name] or now - since > SETTLING):
                del participant.muted[name]
        participant.audio, participant.video = audio, video
        if screen != before["screen"]:
            participant.sharing_since = now if screen else None
        room.tell_people()
        room.rearrange()

    def speak(self, participant: Participant, *, voice: Voice) -> None:
        """Turn somebody's sound to the floor or to those who listen to the interpreter."""
        if voice is Voice.INTERPRETER and participant.ticket.role != INTERPRETER:
            raise Refused("forbidden")
        participant.voice = voice
        room = self._rooms.room_of(participant)
        room.tell_people()
        room.rearrange()

    def listen(self, participant: Participant, *, interpreter: bool) -> None:
        """Let somebody hear what is spoken into the interpreter channel, or no longer."""
        participant.hears_interpreter = interpreter
        self._rooms.room_of(participant).rearrange()

    def point(self, participant: Participant, *, x: float, y: float, page: int) -> None:
        """Show the others where to look; x and y are shares of width and height."""
        room = self._rooms.room_of(participant)
        if participant.held or not participant.may(Right.POINT):
            raise Refused("forbidden")
        inside = all(math.isfinite(it) and 0 <= it <= 1 for it in (x, y))
        if not inside or not 0 <= page <= PAGES_MAX:
            raise ValueError("not on a page")
        message = {"type": "point", "from": participant.id, "x": x, "y": y, "page": page}
        for other in room.others(participant):
            other.tell(message)

    def relay(self, participant: Participant, *, to: str, body: str) -> None:
        """Hand an opaque note from one page to another; neither keep nor read it."""
        room = self._rooms.room_of(participant)
        if len(body.encode()) > RELAY_MAX_SIZE:
            raise Refused("relay_length")
        addressee = next((it for it in room.others(participant) if it.id == to), None)
        if addressee is None or addressee.channel is None:
            raise Refused("relay_gone")
        addressee.tell({"type": "relay", "from": participant.id, "body": body})

    def chat(self, participant: Participant, *, text: str, client_id: str) -> None:
        """Pass a message on to everybody in the room, and to Flask, which stores it."""
        room = self._rooms.room_of(participant)
        if participant.held or room.is_echo or not participant.may(Right.CHAT):
            raise Refused("chat_forbidden")
        if not text.strip() or len(text) > CHAT_MAX_LENGTH or not 0 < len(client_id) <= 64:
            raise Refused("chat_length")
        known = participant.said.get(client_id)
        if known is not None:
            # Sent again because the echo got lost with the connection.
            participant.tell(known)
            return
        message: Mapping[str, object] = {
            "type": "chat",
            "id": str(uuid.uuid4()),
            "client_id": client_id,
            "from": participant.id,
            "name": participant.ticket.name,
            "text": text,
            "at": datetime.now(UTC).isoformat(),
        }
        self._remember(participant, client_id, message)
        room.recent.append((time.monotonic(), message))
        self._events.emit(
            "chat",
            room=room.id,
            participant=participant.id,
            message=message["id"],
            client_id=client_id,
            text=text,
            sent_at=message["at"],
        )
        for other in [participant, *room.others(participant)]:
            other.tell(message)

    @staticmethod
    def _remember(participant: Participant, client_id: str, message: Message) -> None:
        participant.said[client_id] = message
        while len(participant.said) > REMEMBERED_CLIENT_IDS:
            del participant.said[next(iter(participant.said))]
