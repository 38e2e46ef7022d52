"""The one client for calls to the outside: named addresses only, bounded in time, size and number.

Whoever calls a stranger's server does it with an `Outbound`. It goes to the origins it was given
and to nothing else, follows no redirect, keeps no cookie, reads no proxy or password from the
environment, and looks at the address it is really connected to before the first byte is sent, so
that no name server can lead it into the office's own network (OWASP ASVS 5.0: 1.3.6, 13.2.4,
15.3.2). TLS is verified by requests as always.

The waits of requests count from packet to packet: a server that sends one byte a second never
runs into them. So each call is carried out in a thread of its own, and the caller waits a fixed
time. Few calls run at once: a slow stranger must not take every thread of web.
"""

import io
import ipaddress
import socket
import threading
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

_CONNECT, _READ = 3.0, 5.0
_DEFAULT_PORTS = {"http": 80, "https": 443}


class CallRefused(requests.RequestException):
    """The call goes where it must not go, or the answer is one that is not taken."""


@dataclass(frozen=True)
class Reach:
    """Which addresses besides public ones may be called."""

    loopback: bool = False
    private: bool = False

    def covers(self, address: str) -> bool:
        """Tell whether `address` (IPv4 or IPv6, as text) may be called."""
        found = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
            found = found.ipv4_mapped
        if found.is_loopback:
            return self.loopback
        if found.is_link_local or found.is_multicast or found.is_unspecified or found.is_reserved:
            return False
        return found.is_global or (self.private and found.is_private)


class _WatchedHTTP(HTTPConnection):
    def __init__(self, *args: Any, reach: Reach, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reach = reach

    def _new_conn(self) -> socket.socket:
        return _watched(self, super()._new_conn(), self.reach)


class _WatchedHTTPS(HTTPSConnection):
    def __init__(self, *args: Any, reach: Reach, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reach = reach

    def _new_conn(self) -> socket.socket:
        return _watched(self, super()._new_conn(), self.reach)


def _watched(connection: HTTPConnection, found: socket.socket, reach: Reach) -> socket.socket:
    """Close a connection to an address out of reach before anything is sent over it.

    The name is not looked up beforehand: a second look-up could give another address.
    """
    if not reach.covers(found.getpeername()[0]):
        found.close()
        raise NewConnectionError(connection, "the address is out of reach")
    return found


class _WatchedAdapter(HTTPAdapter):
    """Make every connection a watched one."""

    def __init__(self, reach: Reach) -> None:
        super().__init__(max_retries=0)
        self._reach = reach

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Return the pool of this address, which opens watched connections only."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        kind = _WatchedHTTPS if pool.scheme == "https" else _WatchedHTTP
        pool.ConnectionCls = partial(kind, reach=self._reach)
        return pool


def origin(url: str) -> str:
    """Return scheme, host and port of `url`, as `https://id.example:443`; empty if it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return ""
    if not parts.hostname or not port or parts.username is not None:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"


class Outbound(requests.Session):
    """A session of requests that calls `origins` only; see the module for what else it does not do.

    `seconds` bounds a whole call, `largest` the bytes of an answer, `at_once` the calls under way.
    """

    def __init__(
        self,
        origins: Collection[str],
        *,
        reach: Reach,
        ca_file: str = "",
        seconds: float = 5.0,
        largest: int = 512 * 1024,
        at_once: int = 4,
    ) -> None:
        super().__init__()
        self.origins = frozenset(origin(one) for one in origins) - {""}
        self.trust_env = False
        # Calls are few: a connection kept open would mostly be found closed by the other side.
        self.headers = requests.structures.CaseInsensitiveDict(
            {
                "User-Agent": "jobcenter-portal",
                "Accept-Encoding": "identity",
                "Connection": "close",
            }
        )
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self.adapters.clear()
        for scheme in _DEFAULT_PORTS:
            self.mount(f"{scheme}://", _WatchedAdapter(reach))
        self._seconds, self._largest, self._trusted = seconds, largest, ca_file or True
        self._places = threading.BoundedSemaphore(at_once)

    def send(self, request: requests.PreparedRequest, **_kwargs: Any) -> requests.Response:
        """Carry out a call; raise `requests.RequestException` for anything but a whole answer."""
        url = request.url or ""
        if origin(url) not in self.origins:
            raise CallRefused(f"{origin(url) or 'no address'} is not one of the known addresses")
        if not self._places.acquire(blocking=False):
            raise requests.Timeout("too many calls under way")
        outcome: SimpleQueue[requests.Response | Exception] = SimpleQueue()
        threading.Thread(target=self._carry_out, args=(request, outcome), daemon=True).start()
        try:
            found = outcome.get(timeout=self._seconds)
        except Empty:
            raise requests.Timeout("no whole answer in time") from None
        if isinstance(found, Exception):
            raise found
        return found

    def _carry_out(
        self,
        request: requests.PreparedRequest,
        outcome: "SimpleQueue[requests.Response | Exception]",
    ) -> None:
        try:
            outcome.put(self._answer(request))
        except Exception as error:  # raised again in the thread that waits
            outcome.put(error)
        finally:
            self._places.release()

    def _answer(self, request: requests.PreparedRequest) -> requests.Response:
        """Ask the adapter itself: `Session.send` reads the whole body of a redirect."""
        answer = self.get_adapter(request.url or "").send(
            request, stream=True, timeout=(_CONNECT, _READ), verify=self._trusted
        )
        with answer:
            if answer.is_redirect:
                raise CallRefused("a redirect is not followed")
            body = bytearray()
            for piece in answer.iter_content(8192):
                body += piece
                if len(body) > self._largest:
                    raise CallRefused(f"the answer is larger than {self._largest} bytes")
        whole = requests.Response()
        whole.status_code, whole.url, whole.reason = answer.status_code, answer.url, answer.reason
        whole.headers, whole.encoding, whole.request = answer.headers, answer.encoding, request
        whole.raw = io.BytesIO(bytes(body))
        return whole
