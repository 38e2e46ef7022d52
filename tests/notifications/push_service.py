"""A push service on loopback and a browser that subscribes to it, for tests (RFC 8030, 8291)."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.notifications.push_crypto import data, text


class Browser:
    """What a browser keeps of a subscription: it alone can read what comes."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = b"sixteen bytes ok"

    @property
    def given(self) -> dict[str, str]:
        """Return what the browser sends to the office."""
        return {
            "endpoint": self.endpoint,
            "browser_key": text(self._public),
            "browser_secret": text(self._secret),
        }

    @property
    def _public(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def read(self, body: bytes) -> Any:
        """Decrypt a word, step by step as RFC 8291 and RFC 8188 say."""
        salt, size, theirs, sealed = body[:16], body[16:20], body[21:86], body[86:]
        assert int.from_bytes(size) == 4096
        assert body[20] == 65
        shared = self._key.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        )
        info = b"WebPush: info\0" + self._public + theirs
        secret = _hkdf(shared, self._secret, info, 32)
        key = _hkdf(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _hkdf(secret, salt, b"Content-Encoding: nonce\0", 12)
        words = AESGCM(key).decrypt(nonce, sealed, None)
        assert words[-1] == 2
        return json.loads(words[:-1])


def _hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


@dataclass
class Service:
    """What came in, and what is answered."""

    url: str = ""
    answers: int = 201
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def browser(self, name: str = "one") -> Browser:
        """Return a browser that has subscribed here."""
        return Browser(f"{self.url}/wpush/{name}")


def claims(authorization: str) -> dict[str, Any]:
    """Check the signature of a VAPID header, and return what it says."""
    assert authorization.startswith("vapid t=")
    token, _, key = authorization.removeprefix("vapid t=").partition(", k=")
    head, said, signature = token.split(".")
    raw = data(signature)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data(key))
    public.verify(
        encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:])),
        f"{head}.{said}".encode(),
        ec.ECDSA(hashes.SHA256()),
    )
    assert json.loads(data(head)) == {"typ": "JWT", "alg": "ES256"}
    found: dict[str, Any] = json.loads(data(said))
    return found


@contextmanager
def running() -> Iterator[Service]:
    """Run a push service in a thread of its own."""
    service = Service()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            service.taken.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(service.answers)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    service.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
