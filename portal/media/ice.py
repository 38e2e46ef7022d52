"""ICE-lite (RFC 8445 section 2.5) for one participant: credentials, known paths, the selected one.

We never send checks: the client does, and the path that it nominated last is the path. So a
change of network needs no restart. No address is learned before MESSAGE-INTEGRITY was verified.

A check proves who wrote it, not who sent it: it carries no time, and whoever hears it can send it
again from elsewhere. So each counts once; and while a path carries media, another one takes over
only when a packet has come from there that SRTP has not seen before.
"""

import secrets
import string
import struct
from typing import Protocol

from aioice import stun

# RFC 8839 section 5.4: ice-char; at least 24 bits for the fragment and 128 for the password.
ICE_CHARS = string.ascii_letters + string.digits + "+/"
UFRAG_LENGTH = 8
PASSWORD_LENGTH = 24

STUN_MAX_LENGTH = 1024
PATHS_MAX = 16
CREDENTIALS_MAX = 3
CHECKS_REMEMBERED = 4096
"""Nearly three hours of a browser's checks (one in 2.5 s); what is older still selects nothing."""
SILENT_AFTER = 10.0
"""Seconds without a check after which a path holds no other back: twice the longest interval that
clients keep (RFC 7675 section 5.1)."""


class Path(Protocol):
    """A way to reach one client: an address on the UDP port, or a TCP connection."""

    agent: "IceLite | None"
    sink: "DatagramSink | None"
    """Who takes what comes from there: the agent's sink, or its witness."""

    @property
    def address(self) -> tuple[str, int]:
        """Return the client's address as it is seen from here."""

    @property
    def protocol(self) -> str:
        """Return udp or tcp."""

    def send(self, datagram: memoryview | bytes) -> None:
        """Send now or drop; never wait."""

    def send_outbound(self, length: int) -> None:
        """Send what lies in the outbound buffer, or drop it."""


class DatagramSink(Protocol):
    """Whoever gets a participant's DTLS and media from its authenticated paths."""

    def on_media(self, length: int) -> bool:
        """Take an SRTP or SRTCP packet in the inbound buffer, and tell whether it is authentic."""

    def on_dtls(self, datagram: bytes) -> None:
        """Take a DTLS datagram."""


def parse_request(datagram: bytes) -> stun.Message | None:
    """Return a Binding request (RFC 8489 section 5), or None for whatever else it is."""
    if not 20 <= len(datagram) <= STUN_MAX_LENGTH:
        return None
    try:
        message = stun.parse_message(datagram)
    except (ValueError, struct.error, IndexError):
        return None
    is_binding = message.message_method == stun.Method.BINDING
    return message if is_binding and message.message_class == stun.Class.REQUEST else None


def local_fragment(message: stun.Message) -> str:
    """Return our part of the USERNAME (RFC 8445 section 7.2.2), empty if there is none."""
    username = message.attributes.get("USERNAME")
    return username.partition(":")[0] if isinstance(username, str) else ""


class IceLite:
    """Answer one participant's connectivity checks and keep the path it nominated."""

    def __init__(self, sink: DatagramSink, *, now: float) -> None:
        self.sink = sink
        self.selected: Path | None = None
        self.last_seen = now
        """When the client last proved consent (RFC 7675), on the monotonic clock."""
        self.authenticated = False
        self.path_changes = 0
        self._passwords: dict[str, str] = {}
        self._paths: dict[Path, float] = {}
        self._checks: dict[bytes, None] = {}
        self._nominated: Path | None = None
        self._carries = False
        """Whether something authentic came from the selected path."""
        self.renew_credentials()

    @property
    def fragments(self) -> list[str]:
        """Return the user name fragments that lead here, the newest last."""
        return list(self._passwords)

    @property
    def credentials(self) -> tuple[str, str]:
        """Return the newest user name fragment and its password."""
        return list(self._passwords.items())[-1]

    @property
    def paths(self) -> list[Path]:
        """Return every path that is known to lead to the client."""
        return list(self._paths)

    def renew_credentials(self) -> list[str]:
        """Make new credentials and return the fragments that stop to be valid.

        Chromium pairs new ports with our unchanged candidate after an ICE restart and goes on with
        the old credentials for a while, so the old ones stay valid beside the new.
        """
        self._passwords[_random(UFRAG_LENGTH)] = _random(PASSWORD_LENGTH)
        outdated = self.fragments[:-CREDENTIALS_MAX]
        for fragment in outdated:
            del self._passwords[fragment]
        return outdated

    def on_request(self, message: stun.Message, path: Path, *, now: float) -> bytes | None:
        """Verify a Binding request, learn its path and return the response; None drops it."""
        password = self._passwords.get(local_fragment(message))
        if password is None:
            return None
        key = password.encode()
        if not message.check_message_integrity(key):
            return None
        if "ICE-CONTROLLED" in message.attributes:
            return _role_conflict(message, key)
        if message.transaction_id in self._checks:
            # The client asks again where it heard no answer; elsewhere it is somebody's copy.
            return _success(message, path.address, key) if path.agent is self else None
        self._remember(message.transaction_id)
        self._learn(path, now)
        if "USE-CANDIDATE" in message.attributes or self._is_silent(now):
            self._nominate(path, now)
        if path is self.selected:
            self.last_seen = now
        return _success(message, path.address, key)

    def confirm(self, path: Path) -> None:
        """Know that something authentic came from a path: who nominated it is there."""
        if path.agent is not self:
            return
        path.sink = self.sink
        if path is self._nominated:
            self._select(path)
        self._carries = self._carries or path is self.selected

    def forget(self, path: Path) -> None:
        """Drop a path whose connection ended."""
        if path.agent is self:
            path.agent = path.sink = None
        self._paths.pop(path, None)
        if self.selected is path:
            self.selected = None
        if self._nominated is path:
            self._nominated = None

    def close(self) -> None:
        """Drop every path."""
        for path in self.paths:
            self.forget(path)

    def _remember(self, check: bytes) -> None:
        self._checks[check] = None
        if len(self._checks) > CHECKS_REMEMBERED:
            del self._checks[next(iter(self._checks))]

    def _learn(self, path: Path, now: float) -> None:
        self.authenticated = True
        if path.agent is not self:
            path.agent, path.sink = self, self.sink
        self._paths[path] = now
        if len(self._paths) > PATHS_MAX:
            needed = (path, self.selected, self._nominated)
            spare = [known for known in self._paths if known not in needed]
            self.forget(min(spare, key=self._paths.__getitem__))

    def _is_silent(self, now: float) -> bool:
        """Tell whether there is no selected path, or one that the client has left."""
        return self.selected is None or now - self._paths[self.selected] > SILENT_AFTER

    def _nominate(self, path: Path, now: float) -> None:
        self._nominated = None
        if path is self.selected:
            return
        if self._carries and not self._is_silent(now):
            self._nominated = path
        else:
            self._select(path)
            self._carries = False
        path.sink = Witness(self, path)

    def _select(self, path: Path) -> None:
        self.selected, self._nominated = path, None
        self.path_changes += 1


class Witness:
    """Take a path's packets for the sink until one of them was authentic; then step aside."""

    def __init__(self, agent: IceLite, path: Path) -> None:
        self._agent, self._path = agent, path

    def on_media(self, length: int) -> bool:
        """Hand a packet on, and tell the agent if it was authentic."""
        is_authentic = self._agent.sink.on_media(length)
        if is_authentic:
            self._agent.confirm(self._path)
        return is_authentic

    def on_dtls(self, datagram: bytes) -> None:
        """Hand a DTLS datagram on; a handshake can be sent again like a check."""
        self._agent.sink.on_dtls(datagram)


def _success(request: stun.Message, address: tuple[str, int], key: bytes) -> bytes:
    response = stun.Message(
        message_method=stun.Method.BINDING,
        message_class=stun.Class.RESPONSE,
        transaction_id=request.transaction_id,
        attributes={"XOR-MAPPED-ADDRESS": address},
    )
    response.add_message_integrity(key)
    return bytes(response)


def _role_conflict(request: stun.Message, key: bytes) -> bytes:
    # RFC 8445 section 7.3.1.1: a lite agent is always controlled, so the client must switch.
    response = stun.Message(
        message_method=stun.Method.BINDING,
        message_class=stun.Class.ERROR,
        transaction_id=request.transaction_id,
        attributes={"ERROR-CODE": (487, "Role Conflict")},
    )
    response.add_message_integrity(key)
    return bytes(response)


def _random(length: int) -> str:
    return "".join(secrets.choice(ICE_CHARS) for _ in range(length))
