"""Every room of this node, and how one comes and goes: enter, resume, offer, hold, remove, close.

A room lives in one process and in its memory. Who may enter was decided by Flask and stands in the
ticket; what happened is told to Flask as events. What people say and show each other is in `words`,
what they may do to each other in `moderation`.
"""

import time
from collections.abc import Mapping

from portal.media import echo
from portal.media.connections import Connections, Counted
from portal.media.events import Events
from portal.media.metrics import Load, Meter, RoomNumbers, load, room_numbers
from portal.media.people import Channel, Message, Participant, Room
from portal.media.settings import Settings
from portal.media.sockets import MediaPort
from portal.media.texts import farewell
from portal.media.tickets import Right, Ticket, UsedTickets
from portal.media.tickets import read as read_ticket

CONSENT_LIMIT = 15.0
LEAVING_GRACE = 5.0
# A message may have been written to a connection that was dead already, unknown to both sides.
MISSED_MARGIN = 30.0
STOPPED_PATIENCE = 2.0
"""Seconds that the end waits for Flask to know of it."""


class Refused(Exception):
    """A wish cannot be granted; the code is known to the client."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Rooms:
    """The rooms of this node and everything that happens in them."""

    def __init__(self, settings: Settings, port: MediaPort, events: Events) -> None:
        self.rooms: dict[str, Room] = {}
        self._by_secret: dict[str, Participant] = {}
        self.tickets = UsedTickets()
        self.meter = Meter()
        self.draining = False
        """Whether running talks are finished and no new ones begun."""
        self.stopped = False
        """Whether Flask was told that there is no place here any more."""
        self._settings = settings
        self._connections = Connections(settings, port)
        self._events = events

    @property
    def counted(self) -> Counted:
        """Return what connections carried that are gone by now."""
        return self._connections.counted

    def room_of(self, participant: Participant) -> Room:
        """Return the room that a participant has a place in, or refuse."""
        room = self.rooms.get(participant.ticket.room)
        if room is None or room.people.get(participant.id) is not participant:
            raise Refused("gone")
        return room

    # Coming and going

    def enter(self, token: str, channel: Channel) -> Participant:
        """Check a ticket and take its owner in; a second device replaces the first."""
        ticket = read_ticket(token, keys=self._settings.ticket_keys)
        room = self.rooms.get(ticket.room)
        if self.stopped or (room is None and self.draining):
            raise Refused("moving")
        if room is None:
            room = Room(ticket.room, locked=ticket.locked)
        if ticket.node not in ("", self._settings.node):
            # Another node has this room; Flask knows which.
            raise Refused("node")
        before = room.people.get(ticket.participant)
        limit = 1 if room.is_echo else self._settings.room_limit
        if before is None and len(room.people) >= limit:
            raise Refused("full")
        now = time.monotonic()
        self.tickets.use(ticket, now=now)
        if before is not None:
            self._drop(room, before, reason="replaced")
        self.rooms[room.id] = room
        participant = Participant(ticket, channel, joined_at=now, held=_waits(room, ticket, before))
        room.people[participant.id] = participant
        room.met.add(participant.id)
        self._by_secret[participant.secret] = participant
        self._tell_flask("joined", room, participant.id, held=participant.held)
        self._greet(room, participant, missed=[])
        return participant

    def resume(self, secret: str, channel: Channel) -> Participant:
        """Give a page that lost its connection its place back."""
        participant = self._by_secret.get(secret)
        if participant is None:
            raise Refused("resume")
        room = self.room_of(participant)
        if participant.channel is not None:
            participant.channel.close()
        since = participant.away_since
        # What was said while they were on hold was not for them.
        first = max(participant.let_in_at, 0.0 if since is None else since - MISSED_MARGIN)
        missed = [said for at, said in room.recent if at >= first]
        participant.channel = channel
        participant.away_since = participant.leaves_at = None
        participant.shown = {}
        self._greet(room, participant, missed=[] if participant.held else missed)
        return participant

    def _greet(self, room: Room, participant: Participant, *, missed: list[Message]) -> None:
        participant.tell(
            {
                "type": "joined",
                "you": participant.id,
                "room": room.id,
                "rights": sorted(participant.ticket.rights),
                "held": participant.held,
                "locked": room.locked,
                "people": room.cards(participant),
                "resume": participant.secret,
                "media": participant.peer is not None,
                "missed": missed,
            }
        )
        room.tell_people()
        room.rearrange()
        if participant.peer is not None:
            participant.peer.tell_paused(again=True)

    def disconnected(self, participant: Participant, channel: Channel, *, for_good: bool) -> None:
        """Keep the place of somebody whose page lost its connection, for a while."""
        if participant.channel is not channel:
            return
        now = time.monotonic()
        participant.channel = None
        participant.away_since = now
        grace = LEAVING_GRACE if for_good else self._settings.away_limit
        participant.leaves_at = now + grace
        room = self.rooms.get(participant.ticket.room)
        if room is not None:
            room.tell_people()

    def leave(self, participant: Participant) -> None:
        """Let somebody go who said goodbye."""
        room = self.room_of(participant)
        self._drop(room, participant, reason="left")

    def find(self, room_id: str, participant_id: str) -> tuple[Room, Participant] | None:
        """Return somebody with their room, if they are there."""
        room = self.rooms.get(room_id)
        participant = room.people.get(participant_id) if room else None
        return None if room is None or participant is None else (room, participant)

    def remove(
        self, room_id: str, participant_id: str, *, by: str = "", admitted: float = 0.0
    ) -> bool:
        """Show somebody out until they are let in again; return whether they were there.

        Who is not there may be on the way back, with a ticket of this admission in hand.
        """
        room = self.rooms.get(room_id)
        if room is None:
            return False
        participant = room.people.get(participant_id)
        if participant is not None:
            admitted = participant.ticket.admitted
        room.show_out(participant_id, admitted=admitted)
        if participant is not None:
            self._drop(room, participant, reason="removed", by=by)
        return participant is not None

    def close_room(self, room_id: str) -> bool:
        """Show everybody out; return whether there was such a room."""
        room = self.rooms.get(room_id)
        if room is None:
            return False
        for participant in list(room.people.values()):
            self._drop(room, participant, reason="closed")
        return True

    def hold(self, room_id: str, participant_id: str, *, held: bool, by: str = "") -> bool:
        """Send somebody to the lobby or let them in; return whether they were there."""
        found = self.find(room_id, participant_id)
        if found is None:
            return False
        room, participant = found
        if held is not participant.held:
            self._tell_flask("held", room, participant.id, held=held, by=by)
        if participant.held and not held:
            participant.let_in_at = time.monotonic()
        participant.held = held
        (room.on_hold.add if held else room.let_in)(participant.id)
        participant.tell({"type": "hold", "held": held})
        room.tell_people()
        room.rearrange()
        return True

    def lock(self, room: Room, *, locked: bool, by: str) -> None:
        """Let newcomers wait in the lobby, or let them in again as their tickets say."""
        room.locked = locked
        self._tell_flask("locked", room, by, locked=locked)
        for person in room.people.values():
            person.tell({"type": "locked", "locked": locked})

    def _drop(self, room: Room, participant: Participant, *, reason: str, by: str = "") -> None:
        if room.people.get(participant.id) is participant:
            del room.people[participant.id]
        self._by_secret.pop(participant.secret, None)
        self._connections.drop(participant)
        if participant.channel is not None:
            participant.channel.close(farewell(reason))
            participant.channel = None
        if reason == "replaced":
            return
        admitted = participant.ticket.admitted
        self._tell_flask("left", room, participant.id, reason=reason, by=by, admitted=admitted)
        if not room.people:
            self.rooms.pop(room.id, None)
            self._tell_flask("room_empty", room)
        else:
            room.rearrange()
            room.tell_people()

    # Media

    def offer(self, participant: Participant, sdp: str) -> str:
        """Answer an offer and show everybody who is there."""
        room = self.room_of(participant)
        answer = self._connections.answer(participant, sdp, on_lost=self._media_lost)
        room.rearrange()
        return answer

    def _media_lost(self, participant: Participant) -> None:
        participant.tell({"type": "media", "state": "lost"})
        room = self.rooms.get(participant.ticket.room)
        if room is not None:
            room.rearrange()

    # Time

    def tick(self) -> None:
        """Let go whose time is over, and stop sending to who gave no consent lately."""
        now = time.monotonic()
        for room in list(self.rooms.values()):
            for participant in list(room.people.values()):
                self._tick_participant(room, participant, now)

    def _tick_participant(self, room: Room, participant: Participant, now: float) -> None:
        limit = echo.LIMIT if room.is_echo else self._settings.session_limit
        if now - participant.joined_at > limit:
            self._drop(room, participant, reason="time")
            return
        if participant.leaves_at is not None and now > participant.leaves_at:
            self._drop(room, participant, reason="lost")
            return
        if participant.peer is None:
            return
        ice = participant.peer.transport.ice
        silent = now - ice.last_seen
        if silent > self._settings.away_limit:
            self._connections.drop(participant)
            room.rearrange()
        elif silent > CONSENT_LIMIT and ice.selected is not None:
            # RFC 7675 section 5.1: without consent we must not send. The place stays.
            ice.close()

    def report_quality(self) -> None:
        """Tell Flask how every connection does."""
        for room in self.rooms.values():
            for participant in room.people.values():
                if participant.peer is not None and participant.peer.ready:
                    quality = participant.peer.quality()
                    self._tell_flask("quality", room, participant.id, **quality)

    def _tell_flask(
        self, kind: str, room: Room, participant: str | None = None, **data: object
    ) -> None:
        if not room.is_echo:
            self._events.emit(kind, room=room.id, participant=participant, **data)

    def report_load(self) -> None:
        """Tell Flask how this node does; never while older events wait, it would come too late."""
        if self._settings.node and not self.stopped and not self._events.pending:
            self._events.emit("node", room="", **self.load())
        self.meter.loop_lag_max = 0.0

    async def report_stopped(self) -> None:
        """Tell Flask, once and as the last of this node, that its talks need another one.

        Whoever asks for a ticket afterwards is sent elsewhere; that is why pages are told to move
        only then. A heartbeat after it would bring the node back.
        """
        if self.stopped:
            return
        self.stopped = True
        if self._settings.node:
            self._events.emit("node", room="", **self.load(), stopped=True)
            await self._events.flush(STOPPED_PATIENCE)

    def load(self) -> Load:
        """Return the load of this node."""
        return load(
            self.rooms.values(), self.meter, node=self._settings.node, draining=self.draining
        )

    def numbers(self) -> Mapping[str, RoomNumbers]:
        """Return counters per room."""
        return {room.id: room_numbers(room) for room in self.rooms.values()}

    def tell_everybody(self, message: Message) -> None:
        """Send a message to everyone on this node."""
        for room in self.rooms.values():
            for participant in room.people.values():
                participant.tell(message)

    async def close(self) -> None:
        """Close every room at the end of the process; pages will look for it again."""
        for room in list(self.rooms.values()):
            for participant in list(room.people.values()):
                self._drop(room, participant, reason="restart")
        await self._connections.close()


def _waits(room: Room, ticket: Ticket, before: Participant | None) -> bool:
    """Tell whether somebody who enters begins in the lobby."""
    shown_out = room.shown_out.get(ticket.participant)
    if shown_out is not None and not shown_out.ends(ticket.admitted):
        room.let_in(ticket.participant)
    is_new_here = ticket.participant not in room.met
    if is_new_here and ticket.held:
        room.on_hold.add(ticket.participant)
    if ticket.participant in room.on_hold:
        # Neither another device nor a new ticket leads around somebody's decision.
        return True
    if before is not None and not before.held:
        return False
    if Right.ENTER not in ticket.rights:
        return True
    if is_new_here and ticket.inside:
        return False
    return room.locked and Right.MODERATE not in ticket.rights
