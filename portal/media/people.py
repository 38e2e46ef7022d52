"""People in a room as values: who they are, what they show, how to reach them.

What they may do with each other is decided in `rooms`; their packets are in `peer`.
"""

import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from portal.media.forwarding import Source
from portal.media.peer import Peer
from portal.media.tickets import Right, Ticket

Message = Mapping[str, object]

RECENT_MESSAGES = 200


class Channel(Protocol):
    """The way to a participant's page."""

    def send(self, message: Message) -> None:
        """Queue a message; never wait."""

    def close(self, message: Message | None = None) -> None:
        """Say a last word and hang up."""


@dataclass(eq=False)
class Participant:
    """Somebody with a place in a room, connected at the moment or not."""

    ticket: Ticket
    channel: Channel | None
    joined_at: float
    held: bool
    audio: bool = True
    video: bool = True
    peer: Peer | None = None
    away_since: float | None = None
    leaves_at: float | None = None
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    """What the page shows to get its place back after its connection broke."""
    shown: Mapping[str, str] = field(default_factory=dict)
    said: dict[str, Message] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Return the participant's id, the same over reconnects."""
        return self.ticket.participant

    def may(self, right: Right) -> bool:
        """Tell whether the ticket allows something."""
        return right in self.ticket.rights

    def sources(self) -> Mapping[str, Source]:
        """Return what this person sends and may send."""
        if self.peer is None:
            return {}
        return {kind: it for kind, it in self.peer.sources.items() if self.may(Right(kind))}

    def tell(self, message: Message) -> None:
        """Send a message if the page is connected."""
        if self.channel is not None:
            self.channel.send(message)

    def card(self) -> Message:
        """Return what others may know about this person."""
        return {
            "id": self.id,
            "name": self.ticket.name,
            "role": self.ticket.role,
            "audio": self.audio and self.may(Right.AUDIO),
            "video": self.video and self.may(Right.VIDEO),
            "held": self.held,
            "away": self.away_since is not None,
        }


@dataclass(eq=False)
class Room:
    """The people of one consultation."""

    id: str
    people: dict[str, Participant] = field(default_factory=dict)
    recent: deque[tuple[float, Message]] = field(
        default_factory=lambda: deque(maxlen=RECENT_MESSAGES)
    )

    def others(self, viewer: Participant) -> list[Participant]:
        """Return whom a person may see and hear: in the lobby nobody, in the room who is in."""
        if viewer.held:
            return []
        return [it for it in self.people.values() if it is not viewer and not it.held]

    def cards(self, viewer: Participant) -> list[Message]:
        """Return the list of people for a person; those in the lobby see only themselves."""
        return [it.card() for it in self.people.values() if it is viewer or not viewer.held]

    def tell_people(self) -> None:
        """Send everyone the list of people."""
        for viewer in self.people.values():
            viewer.tell({"type": "people", "people": self.cards(viewer)})

    def rearrange(self) -> None:
        """Give everyone a seat for each other person; do nothing where nothing changed."""
        for viewer in self.people.values():
            if viewer.peer is None:
                continue
            others = {it.id: it for it in self.others(viewer)}
            for seat in viewer.peer.seats:
                if seat.occupant is not None and seat.occupant not in others:
                    seat.show(None, {})
            placed = {seat.occupant for seat in viewer.peer.seats}
            free = [seat for seat in viewer.peer.seats if seat.occupant is None]
            newcomers = [other for other in others if other not in placed]
            # Whoever finds no seat gets the next one that becomes free.
            for seat, newcomer in zip(free, newcomers, strict=False):
                seat.occupant = newcomer
            for seat in viewer.peer.seats:
                if seat.occupant is not None:
                    seat.show(seat.occupant, others[seat.occupant].sources())
            self._tell_slots(viewer, viewer.peer)

    @staticmethod
    def _tell_slots(viewer: Participant, peer: Peer) -> None:
        shown = {
            slot.mid: seat.occupant
            for seat in peer.seats
            for slot in seat.slots.values()
            if seat.occupant is not None
        }
        if shown != viewer.shown:
            viewer.shown = shown
            viewer.tell({"type": "slots", "slots": shown})
