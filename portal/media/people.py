"""People in a room as values: who they are, what they show, how to reach them.

What they may do with each other is decided in `rooms`; their packets are in `peer`.
"""

import secrets
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from portal.media.downlink import Wish
from portal.media.echo import PREFIX
from portal.media.peer import Peer, Seat
from portal.media.sources import Publication
from portal.media.tickets import Right, ShownOut, Ticket

Message = Mapping[str, object]

RECENT_MESSAGES = 200
WISHES_MAX = 32
INTERPRETER = "interpreter"
"""The role that may speak into the channel of the same name."""


class Voice(StrEnum):
    """Into which channel somebody speaks."""

    FLOOR = "floor"
    INTERPRETER = "interpreter"


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
    sharing_since: float | None = None
    """Since when a screen is shared, on the monotonic clock."""
    voice: Voice = Voice.FLOOR
    hears_interpreter: bool = False
    muted: dict[str, float] = field(default_factory=dict)
    """What somebody who may moderate silenced (audio, video, screen), and when."""
    wishes: dict[str, Wish] = field(default_factory=dict)
    """How this person looks at others and their screens; kept over reconnects."""
    peer: Peer | None = None
    let_in_at: float = 0.0
    """When this person was let in from the lobby, on the monotonic clock."""
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

    def sends(self, name: str) -> bool:
        """Tell whether sound, picture or screen of this person may be passed on at the moment."""
        if name == "screen" and self.sharing_since is None:
            return False
        return self.may(Right(name)) and name not in self.muted

    def published_for(self, viewer: "Participant") -> Mapping[str, Publication]:
        """Return what a viewer gets of this person, as audio, video and screen."""
        if self.peer is None:
            return {}
        hidden = (
            {"audio"}
            if self.voice is Voice.INTERPRETER and not viewer.hears_interpreter
            else frozenset()
        )
        return {
            name: publication
            for name, publication in self.peer.published.items()
            if self.sends(name) and name not in hidden
        }

    def want(self, shown: str, wish: Wish) -> None:
        """Note how this person looks at somebody or at a screen."""
        self.wishes[shown] = wish
        while len(self.wishes) > WISHES_MAX:
            del self.wishes[next(iter(self.wishes))]
        if self.peer is not None:
            self.peer.grant_wishes()

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
            "audio": self.audio and self.sends("audio"),
            "video": self.video and self.sends("video"),
            "screen": self.sends("screen"),
            "channel": self.voice,
            "held": self.held,
            "away": self.away_since is not None,
        }


@dataclass(eq=False)
class Room:
    """The people of one consultation."""

    id: str
    people: dict[str, Participant] = field(default_factory=dict)
    locked: bool = False
    """Whether newcomers wait in the lobby, whatever their ticket says."""
    on_hold: set[str] = field(default_factory=set)
    """Who was sent to the lobby, and waits there also after leaving and coming back."""
    shown_out: dict[str, ShownOut] = field(default_factory=dict)
    """Who was shown out; they are on hold until they are let in again."""
    met: set[str] = field(default_factory=set)
    """Who has been here since this node has the room: of others the ticket knows more."""
    recent: deque[tuple[float, Message]] = field(
        default_factory=lambda: deque(maxlen=RECENT_MESSAGES)
    )

    @property
    def is_echo(self) -> bool:
        """Tell whether this is a rehearsal, in which one person meets themself."""
        return self.id.startswith(PREFIX)

    def show_out(self, participant: str, *, admitted: float) -> None:
        """Let somebody wait in the lobby should they come back before they were let in again."""
        self.shown_out[participant] = ShownOut(admitted, time.time())
        self.on_hold.add(participant)

    def let_in(self, participant: str) -> None:
        """Forget that somebody was sent to the lobby or shown out."""
        self.shown_out.pop(participant, None)
        self.on_hold.discard(participant)

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
            if self.is_echo and viewer.peer.seats:
                viewer.peer.seats[0].show(viewer.id, viewer.peer.echo().published)
                self._tell_slots(viewer, viewer.peer)
                continue
            others = {it.id: it for it in self.others(viewer)}
            sharing = sorted(
                (it for it in others.values() if it.sends("screen")),
                key=lambda it: it.sharing_since or 0.0,
            )
            seats = viewer.peer.seats
            _place([seat for seat in seats if not seat.is_screen], others)
            _place([seat for seat in seats if seat.is_screen], [it.id for it in sharing])
            for seat in seats:
                if seat.occupant is not None:
                    seat.show(seat.occupant, others[seat.occupant].published_for(viewer))
            viewer.peer.grant_wishes()
            self._tell_slots(viewer, viewer.peer)

    @staticmethod
    def _tell_slots(viewer: Participant, peer: Peer) -> None:
        shown = {
            slot.mid: seat.shown
            for seat in peer.seats
            for slot in seat.slots.values()
            if seat.shown is not None
        }
        if shown != viewer.shown:
            viewer.shown = shown
            viewer.tell({"type": "slots", "slots": shown})


def _place(seats: list[Seat], wanted: Iterable[str]) -> None:
    """Free the seats of who is gone, and give each newcomer one; the rest wait for the next."""
    wanted = list(wanted)
    for seat in seats:
        if seat.occupant is not None and seat.occupant not in wanted:
            seat.show(None, {})
    placed = {seat.occupant for seat in seats}
    free = [seat for seat in seats if seat.occupant is None]
    newcomers = [it for it in wanted if it not in placed]
    for seat, newcomer in zip(free, newcomers, strict=False):
        seat.occupant = newcomer
