"""What somebody who may moderate can do to others: mute, lock, hold, remove.

Flask gives the right with the ticket. What ends here for a person ends at this server, whatever
their own page does.
"""

import time

from portal.media.people import Participant, Room
from portal.media.rooms import Refused, Rooms
from portal.media.tickets import Right

MUTABLE = frozenset({"audio", "video", "screen"})


class Moderation:
    """Carry out what moderators ask for."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def mute(self, by: Participant, *, participant: str, kind: str) -> None:
        """Stop passing on somebody's sound, picture or screen until they switch it on again."""
        room, muted = self._other(by, participant)
        if kind not in MUTABLE:
            raise ValueError("nothing of this kind can be muted")
        muted.muted[kind] = time.monotonic()
        muted.tell({"type": "muted", "kind": kind})
        room.rearrange()
        room.tell_people()

    def lock(self, by: Participant, *, locked: bool) -> None:
        """Let newcomers wait in the lobby, or let them in again as their tickets say."""
        self._rooms.lock(self._room(by), locked=locked, by=by.id)

    def hold(self, by: Participant, *, participant: str, held: bool) -> None:
        """Send somebody to the lobby inside the call, or let them in."""
        room, other = self._other(by, participant)
        self._rooms.hold(room.id, other.id, held=held, by=by.id)

    def remove(self, by: Participant, *, participant: str) -> None:
        """Show somebody out."""
        room, other = self._other(by, participant)
        self._rooms.remove(room.id, other.id, by=by.id)

    def _room(self, by: Participant) -> Room:
        room = self._rooms.room_of(by)
        if by.held or not by.may(Right.MODERATE):
            raise Refused("forbidden")
        return room

    def _other(self, by: Participant, participant: str) -> tuple[Room, Participant]:
        room = self._room(by)
        other = room.people.get(participant)
        if other is None:
            raise Refused("nobody")
        if other is by:
            raise Refused("yourself")
        return room, other
