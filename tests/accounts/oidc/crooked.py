"""A provider on loopback that is honest until a test bends it: every part can be set."""

import base64
import contextlib
import hashlib
import hmac
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from portal.accounts.oidc.provider import Provider, Registration
from portal.accounts.oidc.signin import Kept, begin
from portal.core.outbound import Outbound, Reach, origin

CLIENT_ID, SECRET = "portal", "a secret that only the portal and its provider know"
CALLBACK = "http://portal.localhost/anmelden/bundid/zurueck"
LEVELS = {"low": 1, "substantial": 2, "high": 3}
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@cache
def rsa_key(kid: str) -> RSAKey:
    """Make a key once for all tests."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


class Crooked:
    """What the provider says; set an attribute to make it say something else.

    `pages` answers a path with whatever is put there: status, headers and body, or a function that
    is given the handler. `asked` counts the calls by path.
    """

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.asked: Counter[str] = Counter()
        self.forms: list[dict[str, str]] = []
        self.pages: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.key = rsa_key("one")
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.description: dict[str, Any] = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/auth",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
            "userinfo_endpoint": f"{issuer}/me",
            "end_session_endpoint": f"{issuer}/end?from=portal",
            "acr_values_supported": ["low", "substantial", "high"],
        }
        self.keys: list[dict[str, Any]] = [rsa_key("one").as_dict(private=False)]
        self.claims: dict[str, Any] = {
            "iss": issuer, "sub": "4711", "aud": CLIENT_ID, "acr": "substantial",
            "iat": AT, "exp": AT + 300, "auth_time": AT - 5,
        }  # fmt: skip
        self.access_token = "access-granted"
        self.token_answer: dict[str, Any] = {
            "access_token": self.access_token, "token_type": "Bearer", "expires_in": 60,
        }  # fmt: skip
        self.userinfo: dict[str, Any] = {"sub": "4711", "given_name": "Oksana"}
        self.id_token: Callable[[], object] = self.signed

    def signed(self) -> str:
        """Return the ID token, signed as header and key say."""
        return jwt.encode(self.header, self.claims, self.key, algorithms=[self.header["alg"]])

    def signed_by(self, key: RSAKey | ECKey, **header: Any) -> str:
        """Return the ID token signed with another key."""
        return jwt.encode({"kid": "one", **header}, self.claims, key, algorithms=[header["alg"]])

    def by_hand(
        self, sign: Callable[[bytes], bytes], payload: bytes | None = None, **header: Any
    ) -> str:
        """Return an ID token that no library would write."""
        claims = _part(self.claims) if payload is None else _text(payload)
        signed = f"{_part({'kid': 'one', **header})}.{claims}"
        return f"{signed}.{_text(sign(signed.encode()))}"

    def unsigned(self) -> str:
        """Return the ID token with `alg: none` and no signature."""
        return f"{_part({'alg': 'none', 'kid': 'one'})}.{_part(self.claims)}."

    def at_hash(self, token: str) -> str:
        """Return what an ID token says of its access token (OIDC Core 3.1.3.6)."""
        half = hashlib.sha256(token.encode()).digest()[:16]
        return _text(half)

    def logout_token(self, **changes: Any) -> str:
        """Return a token that ends sessions; None takes a claim away."""
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "iat": AT, "jti": "7", "sub": "4711",
            "sid": "s-1", "events": {EVENT: {}}, **changes,
        }  # fmt: skip
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(
            {**self.header, "typ": "logout+jwt"}, kept, self.key, algorithms=[self.header["alg"]]
        )

    def seen_by_portal(self, *, http: Outbound | None = None) -> Provider:
        """Return it as the portal sees it."""
        origins = frozenset({origin(self.issuer)})
        return Provider(
            Registration(self.issuer, CLIENT_ID, SECRET, CALLBACK, LEVELS, origins),
            http or Outbound(origins, reach=Reach(loopback=True), seconds=1.0),
        )

    def started(self, provider: Provider, **asked: Any) -> tuple[Kept, dict[str, str]]:
        """Start a sign-in; return what is kept and the answer of an honest provider."""
        start = begin(provider, next_page="/", now=NOW, **asked)
        self.claims["nonce"] = start.kept.nonce
        return start.kept, {"code": "a-code", "state": start.kept.state}


def _part(value: dict[str, Any]) -> str:
    return _text(json.dumps(value).encode())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def rs256(key: RSAKey) -> Callable[[bytes], bytes]:
    """Return what signs with a private key."""
    assert key.private_key
    private = key.private_key
    return lambda message: private.sign(message, PKCS1v15(), SHA256())


def hs256(secret: bytes) -> Callable[[bytes], bytes]:
    """Return what signs with a shared secret, whatever that is in truth."""
    return lambda message: hmac.digest(secret, message, "sha256")


def says(status: int, body: bytes = b"", **headers: str) -> Callable[[Any], None]:
    """Return a page that always says the same."""

    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return page


def drips(handler: BaseHTTPRequestHandler) -> None:
    """Send one byte now and then, for longer than anybody should wait."""
    handler.send_response(200)
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(30):
            handler.wfile.write(b" ")
            time.sleep(0.1)


def is_silent(_handler: BaseHTTPRequestHandler) -> None:
    """Take the question and say nothing."""
    time.sleep(3)


@contextlib.contextmanager
def running() -> Iterator[Crooked]:
    """Serve a crooked provider until the end of the block."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            crooked.asked[path] += 1
            if path in crooked.pages:
                crooked.pages[path](self)
                return
            found = {
                "/.well-known/openid-configuration": crooked.description,
                "/jwks": {"keys": crooked.keys},
                "/me": crooked.userinfo,
            }[path]
            says(200, json.dumps(found).encode(), Content_Type="application/json")(self)

        def do_POST(self) -> None:
            crooked.asked[self.path] += 1
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            crooked.forms.append(dict(parse_qsl(body)))
            if self.path in crooked.pages:
                crooked.pages[self.path](self)
                return
            found = {**crooked.token_answer, "id_token": crooked.id_token()}
            says(200, json.dumps(found).encode(), Content_Type="application/json")(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # callers hang up on purpose
    crooked = Crooked(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield crooked
    server.shutdown()
    server.socket.close()
    thread.join()
