"""The one client for calls to the outside, against real sockets."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from portal.core.outbound import CallRefused, Outbound, Reach, origin

HERE = Reach(loopback=True)


class Stranger:
    """A server on loopback that remembers who came with what."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.server, self.url = server, f"http://127.0.0.1:{server.server_port}"
        self.calls: list[dict[str, str]] = []
        self.go_on = threading.Event()


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.calls.append(
                {"path": self.path, **{k.lower(): v for k, v in self.headers.items()}}
            )
            if self.path == "/slow":
                found.go_on.wait(5)
            self.send_response(302 if self.path == "/on" else 200)
            self.send_header("Location", "/next")
            self.send_header("Set-Cookie", "seen=yes")
            self.end_headers()
            self.wfile.write(b"x" * (2000 if self.path == "/long" else 9))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # callers hang up
    found = Stranger(server)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield found
    found.go_on.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_check_40_only_known_addresses_are_called(stranger: Stranger) -> None:
    client = Outbound([stranger.url], reach=HERE)
    assert client.get(f"{stranger.url}/x").text == "x" * 9
    port = stranger.url.rpartition(":")[2]
    for url in (
        f"http://localhost:{port}/", f"https://127.0.0.1:{port}/", "http://127.0.0.1:9/",
        f"http://{stranger.url[7:]}@id.example/", f"http://a@127.0.0.1:{port}/",
    ):  # fmt: skip
        with pytest.raises(CallRefused):
            client.get(url)
    assert len(stranger.calls) == 1


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/", "x", "", "http://"])
def test_check_40_only_the_web_is_called(url: str) -> None:
    with pytest.raises((requests.RequestException, ValueError)):
        Outbound([url], reach=HERE).get(url)


def test_check_40_a_known_name_that_leads_inside_is_not_called(stranger: Stranger) -> None:
    """The address that is really connected to counts, not the name."""
    port = stranger.url.rpartition(":")[2]
    with pytest.raises(requests.ConnectionError):
        Outbound([f"http://localhost:{port}"], reach=Reach()).get(f"http://localhost:{port}/")
    assert stranger.calls == []


def test_check_40_tls_that_leads_inside_gets_no_greeting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"https://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(requests.ConnectionError):
            Outbound([url], reach=Reach()).get(url)
        met, _ = server.accept()
        with met:
            met.settimeout(2)
            assert met.recv(1) == b""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for `localhost` that nobody but its maker vouches for; key and all."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begin = datetime.now(UTC) - timedelta(hours=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + made.public_bytes(Encoding.PEM)
    )
    return path


@pytest.fixture
def secure_stranger(stranger: Stranger, certificate: Path) -> Stranger:
    """Let the stranger speak TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    stranger.server.socket = context.wrap_socket(stranger.server.socket, server_side=True)
    return stranger


def test_check_48_tls_is_verified(secure_stranger: Stranger, certificate: Path) -> None:
    port = secure_stranger.server.server_port
    by_name, by_number = f"https://localhost:{port}", f"https://127.0.0.1:{port}"
    trusting = Outbound([by_name, by_number], reach=HERE, ca_file=str(certificate))
    # An office that trusts its own certificate reaches its own provider.
    assert trusting.get(f"{by_name}/x").ok
    # A certificate for another name, or of somebody unknown, opens nothing.
    with pytest.raises(requests.exceptions.SSLError):
        trusting.get(f"{by_number}/x")
    with pytest.raises(requests.exceptions.SSLError):
        Outbound([by_name], reach=HERE).get(f"{by_name}/x")
    with pytest.raises(requests.exceptions.SSLError):
        Outbound([by_name], reach=HERE).get(f"{by_name}/x", verify=False)
    assert len(secure_stranger.calls) == 1


@pytest.mark.parametrize(
    ("address", "public", "private", "loopback"),
    [
        ("93.184.216.34", True, True, True), ("2606:2800:220:1::1", True, True, True),
        ("10.1.2.3", False, True, False), ("192.168.0.1", False, True, False),
        ("172.16.0.1", False, True, False), ("fd00::1", False, True, False),
        ("127.0.0.1", False, False, True), ("::1", False, False, True),
        ("::ffff:127.0.0.1", False, False, True), ("::ffff:10.1.2.3", False, True, False),
        ("169.254.169.254", False, False, False), ("fe80::1%eth0", False, False, False),
        ("0.0.0.0", False, False, False), ("224.0.0.1", False, False, False),
        ("100.64.0.1", False, False, False), ("::", False, False, False),
        ("255.255.255.255", False, False, False),
    ],
)  # fmt: skip
def test_check_40_private_ranges_need_a_word_of_the_operator(
    address: str, public: bool, private: bool, loopback: bool
) -> None:
    assert Reach().covers(address) is public
    assert Reach(private=True).covers(address) is private
    assert Reach(loopback=True).covers(address) is (loopback or public)


def test_check_40_a_redirect_is_not_followed(stranger: Stranger) -> None:
    with pytest.raises(CallRefused):
        Outbound([stranger.url], reach=HERE).get(f"{stranger.url}/on", allow_redirects=True)
    assert [call["path"] for call in stranger.calls] == ["/on"]


def test_an_answer_that_is_too_long_is_not_read(stranger: Stranger) -> None:
    client = Outbound([stranger.url], reach=HERE, largest=1999)
    with pytest.raises(CallRefused):
        client.get(f"{stranger.url}/long")
    assert len(Outbound([stranger.url], reach=HERE).get(f"{stranger.url}/long").content) == 2000


def test_nothing_is_carried_from_call_to_call(
    stranger: Stranger, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    passwords = tmp_path / "netrc"
    passwords.write_text("machine 127.0.0.1 login portal password geheim\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("NETRC", str(passwords))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    client = Outbound([stranger.url], reach=HERE)
    client.get(f"{stranger.url}/one")
    client.get(f"{stranger.url}/two")
    assert [call.get("cookie") for call in stranger.calls] == [None, None]
    assert [call.get("authorization") for call in stranger.calls] == [None, None]
    assert {call["user-agent"] for call in stranger.calls} == {"jobcenter-portal"}
    assert {call["accept-encoding"] for call in stranger.calls} == {"identity"}


def test_a_slow_stranger_does_not_take_every_thread(stranger: Stranger) -> None:
    client = Outbound([stranger.url], reach=HERE, seconds=0.2, at_once=2)
    for _ in range(10):
        with pytest.raises(requests.Timeout):
            client.get(f"{stranger.url}/slow")
    # Two were asked and waited; the others were told at once.
    assert len(stranger.calls) == 2
    # Once the stranger is awake again, the places are free.
    stranger.go_on.set()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            assert client.get(f"{stranger.url}/x").ok
            break
        except requests.Timeout:
            time.sleep(0.05)
    else:
        pytest.fail("the places were not given back")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://id.example/a?b", "https://id.example:443"), ("http://id.example:80", "http://id.example:80"),
        ("https://ID.example", "https://id.example:443"), ("https://[::1]:8/x", "https://[::1]:8"),
        ("https://id.example:x", ""), ("https://a:b@id.example", ""), ("//id.example", ""),
        ("javascript:alert(1)", ""), ("", ""), ("https://[", ""),
    ],
)  # fmt: skip
def test_an_origin_is_scheme_host_and_port(url: str, expected: str) -> None:
    assert origin(url) == expected
