"""A real OpenID provider in a process of its own, and a visitor who signs in there."""

import contextlib
import json
import queue
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

from portal.accounts.oidc import provider as providers
from portal.accounts.oidc.provider import Provider
from portal.core.config import Settings

SCRIPT = Path(__file__).with_name("provider.mjs")
BASE_URL = "http://portal.localhost"
CALLBACK = "/anmelden/bundid/zurueck"
SECRET = "a+b%c/d:e=f&g?"  # Basic must encode each of these
PATIENCE = 30.0


class RealProvider:
    """What a test needs to know of the running provider; `logout_tokens` are those it sent."""

    def __init__(self, issuer: str, logout_tokens: "queue.Queue[str]") -> None:
        self.issuer, self.logout_tokens = issuer, logout_tokens

    def seen_by_portal(self, client_id: str = "portal", **changes: object) -> Provider:
        """Return it as the portal sees it, built from settings as the portal builds it."""
        settings = Settings(
            demo=True, base_url=BASE_URL, oidc_issuer=self.issuer, oidc_client_id=client_id,
            oidc_client_secret=SECRET, **changes,
        )  # type: ignore[arg-type] # fmt: skip
        assert settings.problems() == []
        found = providers.from_settings(settings, callback=CALLBACK)
        assert found is not None
        return found


@contextlib.contextmanager
def running() -> Iterator[RealProvider]:
    """Start the provider, wait until it is ready, stop it at the end."""
    with _listener() as (logout_uri, tokens):
        agreed = {
            "redirect_uri": BASE_URL + CALLBACK, "logout_uri": logout_uri,
            "back_uri": f"{BASE_URL}/", "secret": SECRET,
        }  # fmt: skip
        process = subprocess.Popen(
            ["node", SCRIPT, json.dumps(agreed)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        watch = threading.Timer(PATIENCE, process.kill)
        watch.start()
        try:
            assert process.stdout
            issuer = process.stdout.readline().strip()
            assert issuer.startswith("http://127.0.0.1:"), "the provider did not start"
            watch.cancel()
            yield RealProvider(issuer, tokens)
        finally:
            watch.cancel()
            process.kill()
            process.communicate()


@contextlib.contextmanager
def _listener() -> Iterator[tuple[str, "queue.Queue[str]"]]:
    """Listen where the portal would hear that a session has ended."""
    tokens: queue.Queue[str] = queue.Queue()

    class Hears(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            tokens.put(dict(parse_qsl(body))["logout_token"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hears)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/abgemeldet", tokens
    server.shutdown()
    server.server_close()
    thread.join()


class Visitor:
    """Somebody with a browser, who is sent to the provider and comes back."""

    def __init__(self) -> None:
        self._browser = requests.Session()
        self._browser.trust_env = False

    def signs_in(self, address: str, *, who: str = "oksana", acr: str = "") -> dict[str, str]:
        """Go to the provider, sign in where it asks, and return the query that comes back."""
        answer = self._browser.get(address, allow_redirects=False, timeout=PATIENCE)
        for _ in range(8):
            if answer.is_redirect:
                target = urljoin(answer.url, answer.headers["Location"])
                if target.startswith(BASE_URL):
                    return dict(parse_qsl(urlsplit(target).query))
                answer = self._browser.get(target, allow_redirects=False, timeout=PATIENCE)
            else:
                answer = self._sends(answer, {"who": who, "acr": acr})
        raise AssertionError(answer.text)

    def signs_out(self, address: str) -> str:
        """Say yes to the provider's question whether to sign out; return where that leads."""
        asked = self._browser.get(address, timeout=PATIENCE)
        done = self._sends(asked, {"logout": "yes"})
        return urljoin(done.url, done.headers["Location"])

    def _sends(self, page: requests.Response, fields: dict[str, str]) -> requests.Response:
        form = re.search(r"<form[^>]*>", page.text)
        assert form, page.text
        action = re.search(r'action="([^"]*)"', form[0])
        hidden = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page.text)
        return self._browser.post(
            urljoin(page.url, action[1] if action else ""),
            data={**dict(hidden), **fields}, allow_redirects=False, timeout=PATIENCE,
        )  # fmt: skip
