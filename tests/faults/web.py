"""A real web server to kill, a real nginx before it, and raw sockets that break off."""

import base64
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from flask import Flask

from portal.core.db import db
from tests.client import PortalClient
from tests.factories import accounts
from tests.processes import forked

DOOR = "/unterlagen/hochladen"
SOFT_STOP = 20


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not start")


@dataclass
class Server:
    """gunicorn on loopback: one master, one worker that may be killed."""

    port: int
    master: int

    def worker(self) -> int:
        """Return the process that serves."""
        path = Path(f"/proc/{self.master}/task/{self.master}/children")
        for _ in range(100):
            if children := path.read_text("utf-8").split():
                return int(children[0])
            time.sleep(0.1)
        raise AssertionError("no worker")

    def kill_worker(self) -> None:
        """Kill the worker as a lack of memory would; the master starts another."""
        dead = self.worker()
        os.kill(dead, signal.SIGKILL)
        for _ in range(100):
            if self.worker() != dead:
                return
            time.sleep(0.1)
        raise AssertionError("no new worker")


@contextlib.contextmanager
def serving(app: Flask, *, threads: int = 4, **environment: str) -> Iterator[Server]:
    """Serve the database and the files of `app` by gunicorn."""
    settings, port = app.config["SETTINGS"], free_port()
    server = forked.start(
        "gunicorn", environment.pop("application", "tests.casefiles.serving:application"),
        "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", str(threads),
        "--log-level", "error", "--graceful-timeout", "1",
        env={
            **os.environ,
            "PORTAL_DEMO": "1",
            "PORTAL_DATABASE_URL": settings.database_url,
            "PORTAL_DATA_DIR": str(settings.data_dir),
            "PORTAL_BASE_URL": settings.base_url,
            "PORTAL_WEB_THREADS": str(threads),
            **environment,
        },
    )  # fmt: skip
    try:
        wait_for(port)
        yield Server(port, server.pid)
    finally:
        server.terminate()
        server.wait(SOFT_STOP)


NGINX = """\
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 64m;
    location / {{ proxy_pass http://127.0.0.1:{behind}; proxy_set_header Host localhost; }}
    {more}
  }}
}}
"""

UNBUFFERED = """\
location /unterlagen/hochladen {{
      proxy_pass http://127.0.0.1:{behind}; proxy_set_header Host localhost;
      proxy_http_version 1.1; proxy_request_buffering off;
    }}"""


@contextlib.contextmanager
def nginx(folder: Path, server: Server, *, buffering: bool) -> Iterator[int]:
    """Put a real nginx before the server; yield its port."""
    port = free_port()
    folder.mkdir()
    more = "" if buffering else UNBUFFERED.format(behind=server.port)
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, behind=server.port, more=more))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    proxy = subprocess.Popen([program, "-p", str(folder), "-c", str(config)])
    try:
        wait_for(port)
        yield port
    finally:
        proxy.terminate()
        proxy.wait(SOFT_STOP)


@dataclass
class Phone:
    """A signed-in person with raw sockets."""

    port: int
    cookie: str
    token: str

    def head(self, method: str, path: str, headers: Mapping[str, object]) -> bytes:
        """Write the head of a request."""
        told = {
            "Host": "localhost",
            "Cookie": self.cookie,
            "X-CSRFToken": self.token,
            "Tus-Resumable": "1.0.0",
            "Connection": "close",
            **headers,
        }
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {told[name]}" for name in told)]
        return "\r\n".join([*lines, "", ""]).encode()

    def ask(
        self, method: str, path: str, body: bytes = b"", **headers: object
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request whole; return status, headers and body of the answer."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = self.connect()
        with connection:
            connection.sendall(
                self.head(method, path, {"Content-Length": len(body), **more}) + body
            )
            return answer_of(connection)

    def connect(self) -> socket.socket:
        """Open a connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def begin(self, length: int, filename: str = "gross.pdf") -> str:
        """Begin an upload; return its address."""
        words = {"filename": filename, "filetype": "", "basket": "unterlagen"}
        about = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in words.items())
        status, headers, body = self.ask("POST", DOOR, Upload_Length=length, Upload_Metadata=about)
        assert status == 201, body
        return headers["location"]

    def begin_sending(self, address: str, *, offset: int, length: int) -> socket.socket:
        """Send the head of a part and leave its body to the caller."""
        connection = self.connect()
        connection.sendall(
            self.head(
                "PATCH",
                address,
                {
                    "Content-Type": "application/offset+octet-stream",
                    "Content-Length": length,
                    "Upload-Offset": offset,
                },
            )
        )
        return connection

    def send(self, address: str, content: bytes, offset: int) -> tuple[int, dict[str, str], bytes]:
        """Send a part whole."""
        with self.begin_sending(address, offset=offset, length=len(content)) as connection:
            connection.sendall(content)
            return answer_of(connection)

    def status(self, address: str, content: bytes, offset: int) -> int:
        """Send a part; return the status alone, 0 where the line was closed over an early answer.

        A proxy passes early answers on; without one the rest of the body meets a closed line.
        """
        with self.begin_sending(address, offset=offset, length=len(content)) as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(content)
            with contextlib.suppress(ConnectionError):
                return int((connection.recv(65536).split() or [b"", b"0"])[1])
        return 0

    def offset(self, address: str) -> int:
        """Ask how much is there."""
        status, headers, _ = self.ask("HEAD", address)
        assert status == 200, status
        return int(headers["upload-offset"])

    def wait_for(self, address: str, least: int) -> int:
        """Wait until so much is there."""
        for _ in range(150):
            if (here := self.offset(address)) >= least:
                return here
            time.sleep(0.2)
        raise AssertionError(f"only {here} of {least} bytes are there")


def answer_of(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Read an answer to its end."""
    answer = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return int(first.split()[1]), {name.lower(): value for name, _, value in pairs}, body


def phone(app: Flask, port: int) -> Phone:
    """Sign a citizen in and give them a phone."""
    with app.app_context():
        accounts.team(db.session)
        citizen = accounts.citizen(db.session)
        db.session.commit()
        client = PortalClient(app, app.response_class, use_cookies=True)
        client.sign_in(citizen)
    token = client.csrf_token()
    cookie = client.get_cookie("portal")
    assert cookie is not None
    return Phone(port, f"portal={cookie.value}", token)


def id_of(address: str) -> UUID:
    """Return the id of an upload, which is that of its file."""
    return UUID(address.rpartition("/")[2])
