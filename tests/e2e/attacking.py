"""A client without manners, the list of attacks, and what they are aimed at."""

import http.client
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import select

from portal.notifications.models import Message
from tests.access.world import World
from tests.accounts import doing
from tests.e2e.office import Office

TIMEOUT = 15
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')

Attack = Callable[["Target"], str]
ATTACKS: dict[str, Attack] = {}


def attack(deed: Attack) -> Attack:
    """Put an attack on the list."""
    ATTACKS[deed.__name__.replace("_", " ")] = deed
    return deed


class Browser(requests.Session):
    """A client at one address of the network, without the manners of a real browser."""

    def __init__(self, base: str, source: str) -> None:
        super().__init__()
        self.base = base
        self.mount("http://", _From(source))

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """Send without following redirects."""
        settled = {"timeout": TIMEOUT, "allow_redirects": False}
        return super().request(method, f"{self.base}{url}", *args, **{**kwargs, **settled})

    def token(self, page: str = "/anmelden") -> str:
        """Return the CSRF token that stands on a page."""
        found = TOKEN.search(self.get(page).text)
        assert found, page
        return found[1]

    def post_form(self, path: str, *, page: str = "/anmelden", **fields: str) -> requests.Response:
        """Post a form with a token that fits."""
        return self.post(path, data={"csrf_token": self.token(page), **fields})

    def sign_in(self, address: str, password: str = doing.PASSWORD) -> requests.Response:
        """Send the sign-in."""
        return self.post_form("/anmelden", address=address, password=password)

    def enter(self, address: str) -> None:
        """Sign in, and make sure that it has worked."""
        answer = self.sign_in(address)
        assert answer.status_code == 302, f"{address} cannot sign in: {answer.status_code}"
        assert self.is_inside(), f"{address} is not signed in: {answer.headers}"

    def is_inside(self) -> bool:
        """Tell whether the account opens."""
        return self.get("/konto").status_code == 200


class _From(HTTPAdapter):
    def __init__(self, source: str) -> None:
        self._source = source
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Connect from the address of this attacker."""
        super().init_poolmanager(*args, source_address=(self._source, 0), **kwargs)


@dataclass
class Target:
    """The running portal with its people; every browser comes from a new address."""

    office: Office
    world: World
    victim: str
    with_app: str
    attacker: str
    known: Browser
    """A browser in which the victim has signed in before."""
    used: list[int] = field(default_factory=list)

    def browser(self, source: str | None = None) -> Browser:
        """Open a browser."""
        self.used.append(0)
        return Browser(self.office.base_url, source or f"127.0.7.{len(self.used)}")

    def raw(self, method: str, path: str, **headers: str) -> tuple[int, bytes]:
        """Send a request exactly as written, without any client putting it right."""
        at = urlsplit(self.office.base_url)
        connection = http.client.HTTPConnection("127.0.0.1", at.port or 80, timeout=TIMEOUT)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": at.netloc, **headers}.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        try:
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (http.client.HTTPException, ConnectionError):
            return 0, b""
        finally:
            connection.close()

    def mails(self) -> list[tuple[str, str, str]]:
        """Return address, subject and text of every message."""
        return self.office.do(
            lambda session: [
                (mail.address, mail.subject, mail.text + mail.html)
                for mail in session.scalars(select(Message).order_by(Message.created_at))
            ]
        )
