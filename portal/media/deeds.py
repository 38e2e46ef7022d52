"""What a page may ask for, by the type of its message: the shape is checked here, the rest below.

The messages themselves are described in `signalling`.
"""

import logging
from collections.abc import Callable, Mapping
from typing import ClassVar

from portal.media.adapter import DescriptionInvalid
from portal.media.channels import Allowance
from portal.media.downlink import Wish
from portal.media.events import Events
from portal.media.moderation import Moderation
from portal.media.people import Message, Participant, Voice
from portal.media.rooms import Refused, Rooms
from portal.media.texts import error
from portal.media.words import Words

logger = logging.getLogger(__name__)

ID_MAX_LENGTH = 64
WISH_MAX_LENGTH = 128

Deed = Callable[[Participant, Message], Message | None]


class Allowances:
    """What one page may say: much in few words, and notes and pointers on accounts of their own."""

    # (a second, at once): seven people who come at the same moment each need new keys from all.
    RATES: ClassVar[Mapping[str, tuple[float, float]]] = {
        "relay": (20.0, 150.0),
        # The dearest message: it is parsed, and makes a new connection.
        "offer": (0.5, 8.0),
        "point": (30.0, 60.0),
    }
    USUAL: ClassVar[tuple[float, float]] = (10.0, 40.0)

    def __init__(self, *, now: float) -> None:
        self._usual = Allowance(*self.USUAL, now=now)
        self._special = {kind: Allowance(*rate, now=now) for kind, rate in self.RATES.items()}

    def spend(self, message: Message | None, *, now: float) -> bool:
        """Tell whether another message like this may pass."""
        kind = message.get("type") if message else None
        account = self._special.get(kind, self._usual) if isinstance(kind, str) else self._usual
        return account.spend(now=now)


class Deeds:
    """Turn messages into deeds, and refusals into messages."""

    def __init__(self, rooms: Rooms, events: Events) -> None:
        self._rooms = rooms
        self._words = Words(rooms, events)
        self._moderation = Moderation(rooms)
        self._deeds: dict[str, Deed] = {
            "offer": self._offer,
            "state": self._state,
            "chat": self._chat,
            "want": self._want,
            "speak": self._speak,
            "listen": self._listen,
            "point": self._point,
            "relay": self._relay,
            "mute": self._mute,
            "lock": self._lock,
            "hold": self._hold,
            "remove": self._remove,
            "leave": self._leave,
            "ping": self._ping,
        }

    def carry_out(self, participant: Participant, message: Message | None) -> Message | None:
        """Do what a message asks for, and return what to answer."""
        deed = self._deeds.get(str(message.get("type"))) if message else None
        if message is None or deed is None:
            return error("malformed")
        try:
            return deed(participant, message)
        except Refused as refusal:
            # The page may have several of a kind under way: say which one it was.
            which = {
                key: message[key]
                for key in ("client_id", "to")
                if isinstance(message.get(key), str) and len(str(message[key])) <= ID_MAX_LENGTH
            }
            return {**error(refusal.code), **which}
        except DescriptionInvalid as refusal:
            logger.info("offer refused: %s", type(refusal.__cause__ or refusal).__name__)
            return error("media")
        except (KeyError, TypeError, ValueError):
            return error("malformed")

    def _offer(self, participant: Participant, message: Message) -> Message:
        sdp, number = _text(message, "sdp"), _text({"id": "", **message}, "id")
        if len(number) > ID_MAX_LENGTH:
            raise ValueError("nobody needs such a long id")
        return {"type": "answer", "sdp": self._rooms.offer(participant, sdp), "id": number}

    def _state(self, participant: Participant, message: Message) -> None:
        self._words.set_state(
            participant,
            audio=_flag(message, "audio"),
            video=_flag(message, "video"),
            screen=_flag({"screen": False, **message}, "screen"),
        )

    def _chat(self, participant: Participant, message: Message) -> None:
        text, client_id = _text(message, "text"), _text(message, "client_id")
        self._words.chat(participant, text=text, client_id=client_id)

    def _want(self, participant: Participant, message: Message) -> None:
        shown, quality = _text(message, "participant"), Wish(_text(message, "quality"))
        if len(shown) > WISH_MAX_LENGTH:
            raise ValueError("nobody has such a long name")
        participant.want(shown, quality)

    def _speak(self, participant: Participant, message: Message) -> None:
        self._words.speak(participant, voice=Voice(_text(message, "channel")))

    def _listen(self, participant: Participant, message: Message) -> None:
        self._words.listen(participant, interpreter=_flag(message, "interpreter"))

    def _point(self, participant: Participant, message: Message) -> None:
        x, y, page = message["x"], message["y"], message["page"]
        for value in (x, y):
            if not isinstance(value, int | float) or isinstance(value, bool):
                raise TypeError("a place takes two numbers")
        if not isinstance(page, int) or isinstance(page, bool):
            raise TypeError("a page takes a number")
        self._words.point(participant, x=float(x), y=float(y), page=page)  # type: ignore[arg-type]

    def _relay(self, participant: Participant, message: Message) -> None:
        self._words.relay(participant, to=_text(message, "to"), body=_text(message, "body"))

    def _mute(self, participant: Participant, message: Message) -> None:
        self._moderation.mute(
            participant, participant=_text(message, "participant"), kind=_text(message, "kind")
        )

    def _lock(self, participant: Participant, message: Message) -> None:
        self._moderation.lock(participant, locked=_flag(message, "locked"))

    def _hold(self, participant: Participant, message: Message) -> None:
        other, held = _text(message, "participant"), _flag(message, "held")
        self._moderation.hold(participant, participant=other, held=held)

    def _remove(self, participant: Participant, message: Message) -> None:
        self._moderation.remove(participant, participant=_text(message, "participant"))

    def _leave(self, participant: Participant, message: Message) -> None:
        del message
        self._rooms.leave(participant)

    def _ping(self, participant: Participant, message: Message) -> Message:
        del participant, message
        return {"type": "pong"}


def _text(message: Message, key: str) -> str:
    value = message[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} takes a string")
    return value


def _flag(message: Message, key: str) -> bool:
    value = message[key]
    if not isinstance(value, bool):
        raise TypeError(f"{key} takes a boolean")
    return value
