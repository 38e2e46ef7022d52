"""The contract between Flask and the media process: tickets, and signatures on events and commands.

Both sides import this module and nothing else of each other. Flask decides who may enter which
room and issues a ticket; the media process only reads it. Neither database nor network lives here.

In every list of keys the first one signs and all of them are accepted, so a key is rotated by
putting the new one in front and dropping the old one a day later.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

TICKET_SALT = "portal.media.ticket"
EVENT_CONTEXT = b"portal.media.event"
TICKET_MAX_AGE = 60
EVENT_MAX_AGE = 60
TOKEN_MAX_LENGTH = 4096
SIGNATURE_HEADER = "X-Portal-Signature"


CLOCKS_APART = 5.0
"""Seconds by which the clocks of Flask and of a node may differ. What lies closer together is told
apart by which admission is meant, not by which moment is later."""

SEATS = 8
"""How many people a room holds: all bounds on who may come to a talk follow from it."""


class Right(StrEnum):
    """What a ticket may allow. Whoever lacks ENTER waits in the room's lobby until admitted."""

    ENTER = "enter"
    AUDIO = "audio"
    VIDEO = "video"
    SCREEN = "screen"
    CHAT = "chat"
    POINT = "point"
    """Show others where to look in a document."""
    MODERATE = "moderate"
    """Mute, hold and remove others, and lock the room."""


ALL_RIGHTS: frozenset[str] = frozenset(Right)


class TicketError(Exception):
    """A ticket does not open the door."""


class TicketInvalid(TicketError):
    """The ticket was not issued by us, or not in this form."""


class TicketExpired(TicketError):
    """The ticket was good once and is too old now."""


class TicketUsed(TicketError):
    """The ticket has opened the door already."""


class SignatureInvalid(Exception):
    """An event or a command does not carry our signature, or an old one."""


@dataclass(frozen=True)
class Ticket:
    """Say who may enter which room, and what they may do there."""

    id: str
    room: str
    participant: str
    name: str
    role: str
    rights: frozenset[str]
    node: str = ""
    """The only node that shall take this ticket; empty for any."""

    # What a node that hears of a room or a person for the first time cannot know: another node had
    # the room, or this one was started again in the middle of the talk.
    held: bool = False
    """Whether this person was sent to the lobby."""
    locked: bool = False
    """Whether the room was locked."""
    inside: bool = False
    """Whether this person was in the room a moment ago, and so is no newcomer."""

    admitted: float = 0.0
    """When this person was let in, in seconds since 1970. It weighs for who was shown out: only
    another admission, and no older one, leads straight into the room again."""


@dataclass(frozen=True)
class ShownOut:
    """That somebody was shown out: when, and with which admission they were in the room."""

    admitted: float
    at: float

    def ends(self, admitted: float) -> bool:
        """Tell whether this was the end of an admission, and not one that came after it."""
        return admitted == self.admitted or admitted <= self.at - CLOCKS_APART


def issue(ticket: Ticket, *, keys: Sequence[str]) -> str:
    """Sign a ticket; it is good once and for a minute."""
    return _serializer(keys).dumps(
        {
            "id": ticket.id,
            "room": ticket.room,
            "participant": ticket.participant,
            "name": ticket.name,
            "role": ticket.role,
            "rights": sorted(ticket.rights),
            "node": ticket.node,
            "held": ticket.held,
            "locked": ticket.locked,
            "inside": ticket.inside,
            "admitted": ticket.admitted,
        }
    )


def read(token: str, *, keys: Sequence[str], max_age: int = TICKET_MAX_AGE) -> Ticket:
    """Check a token and return its ticket, or raise TicketExpired or TicketInvalid."""
    if len(token) > TOKEN_MAX_LENGTH:
        raise TicketInvalid("token too long")
    try:
        payload = _serializer(keys).loads(token, max_age=max_age)
    except SignatureExpired as error:
        raise TicketExpired("ticket too old") from error
    except BadData as error:
        raise TicketInvalid("ticket not signed by a known key") from error
    return _ticket_from(payload)


class UsedTickets:
    """Remember which tickets were used, for as long as they could be used again."""

    def __init__(self, *, max_age: int = TICKET_MAX_AGE) -> None:
        self._max_age = max_age
        self._used: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._used)

    def use(self, ticket: Ticket, *, now: float) -> None:
        """Mark a ticket as used, or raise TicketUsed."""
        self._forget(before=now - self._max_age - 1)
        if ticket.id in self._used:
            raise TicketUsed("ticket used before")
        self._used[ticket.id] = now

    def _forget(self, *, before: float) -> None:
        # Insertion order is time order, so the old ones stand in front.
        while self._used:
            oldest = next(iter(self._used))
            if self._used[oldest] >= before:
                return
            del self._used[oldest]


def sign_event(body: bytes, *, keys: Sequence[str]) -> str:
    """Sign the body of an event or command for the SIGNATURE_HEADER, with the time of signing."""
    moment = str(int(time.time()))
    return f"t={moment},v1={_event_digest(body, moment, _first(keys))}"


def verify_event(
    body: bytes, signature: str, *, keys: Sequence[str], max_age: int = EVENT_MAX_AGE
) -> None:
    """Check a signature made by sign_event, or raise SignatureInvalid."""
    moment, digest = _signature_parts(signature)
    if abs(time.time() - int(moment)) > max_age:
        raise SignatureInvalid("signature too old or from the future")
    if not any(hmac.compare_digest(digest, _event_digest(body, moment, key)) for key in keys):
        raise SignatureInvalid("signature does not match")


@dataclass(frozen=True)
class TurnCredentials:
    """What a browser shows to a TURN server."""

    username: str
    password: str


def turn_credentials(
    participant: str, *, secret: str, lifetime: int, now: float
) -> TurnCredentials:
    """Make credentials that coturn (`use-auth-secret`) takes for some seconds.

    draft-uberti-behave-turn-rest-00 section 2.2: the user name begins with its end, the password is
    an HMAC-SHA1 of the name. The participant is hashed, as TURN user names travel in the clear.
    """
    if not secret:
        raise ValueError("a TURN server needs a secret")
    pseudonym = hmac.new(secret.encode(), participant.encode(), hashlib.sha256).hexdigest()[:16]
    username = f"{int(now) + lifetime}:{pseudonym}"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return TurnCredentials(username, base64.b64encode(digest).decode())


def ice_servers(
    urls: Sequence[str], credentials: TurnCredentials | None
) -> list[Mapping[str, object]]:
    """Return the `iceServers` of an RTCPeerConnection; without a TURN server there are none.

    Browsers need no STUN server here: the media node has a public address.
    """
    if not urls or credentials is None:
        return []
    return [
        {
            "urls": list(urls),
            "username": credentials.username,
            "credential": credentials.password,
        }
    ]


def _serializer(keys: Sequence[str]) -> URLSafeTimedSerializer:
    _first(keys)
    # itsdangerous signs with the last key of its list.
    return URLSafeTimedSerializer(list(reversed(keys)), salt=TICKET_SALT)


def _first(keys: Sequence[str]) -> str:
    if isinstance(keys, str) or not keys or not all(keys):
        raise ValueError("ticket keys must be a list of non-empty strings")
    return keys[0]


def _ticket_from(payload: object) -> Ticket:
    if not isinstance(payload, Mapping):
        raise TicketInvalid("ticket is not an object")
    rights = payload.get("rights")
    if not isinstance(rights, list) or not all(isinstance(right, str) for right in rights):
        raise TicketInvalid("ticket has no list of rights")
    return Ticket(
        id=_text(payload, "id"),
        room=_text(payload, "room"),
        participant=_text(payload, "participant"),
        name=_text(payload, "name"),
        role=_text(payload, "role"),
        rights=frozenset(rights),
        node=_text(payload, "node") if payload.get("node") else "",
        held=payload.get("held") is True,
        locked=payload.get("locked") is True,
        inside=payload.get("inside") is True,
        admitted=_moment(payload, "admitted"),
    )


def _moment(payload: Mapping[str, object], field: str) -> float:
    value = payload.get(field)
    return float(value) if isinstance(value, int | float) else 0.0


def _text(payload: Mapping[str, object], field: str) -> str:
    value = payload.get(field)
    if not isinstance(value, str) or not value:
        raise TicketInvalid(f"ticket has no {field}")
    return value


def _event_digest(body: bytes, moment: str, key: str) -> str:
    # A key of its own keeps a signed ticket from ever passing for a signed event.
    event_key = hmac.new(key.encode(), EVENT_CONTEXT, hashlib.sha256).digest()
    return hmac.new(event_key, moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def _signature_parts(signature: str) -> tuple[str, str]:
    parts = dict(part.partition("=")[::2] for part in signature.split(",", 3))
    moment, digest = parts.get("t", ""), parts.get("v1", "")
    if not (moment.isascii() and moment.isdigit() and len(moment) < 16 and digest.isascii()):
        raise SignatureInvalid("signature is malformed")
    return moment, digest
