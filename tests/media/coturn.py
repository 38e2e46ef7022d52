"""A real coturn of our own on loopback, with the secret that the portal shares with it."""

import secrets
import shutil
import socket
import subprocess
import time
from pathlib import Path

STARTS_WITHIN = 20.0
# coturn relays to no loopback peer unless told so, and then asks for a word for its console.
CONFIGURATION = """
listening-ip=127.0.0.1
relay-ip=127.0.0.1
listening-port={port}
realm=portal.test
use-auth-secret
static-auth-secret={secret}
allow-loopback-peers
no-multicast-peers
no-cli
cli-password={console}
no-tls
no-dtls
fingerprint
simple-log
verbose
log-file={folder}/log
pidfile={folder}/pid
userdb={folder}/users
"""


def binary() -> str | None:
    """Return where coturn is, if it is installed."""
    return shutil.which("turnserver") or shutil.which("turnserver", path="/usr/sbin:/usr/bin")


class RunningCoturn:
    """The process and its address; it is started when made."""

    def __init__(self, folder: Path) -> None:
        program = binary()
        assert program, "coturn is missing"
        self.secret = secrets.token_urlsafe(24)
        self._port = _free_port()
        self._log = folder / "log"
        settings = folder / "turnserver.conf"
        settings.write_text(
            CONFIGURATION.format(
                port=self._port,
                secret=self.secret,
                console=secrets.token_urlsafe(24),
                folder=folder,
            )
        )
        with (folder / "output").open("wb") as output:
            self.process = subprocess.Popen(
                [program, "-c", str(settings)], stdout=output, stderr=output
            )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def url(self, transport: str) -> str:
        """Return its address for browsers that reach it over udp or tcp."""
        return f"turn:127.0.0.1:{self._port}?transport={transport}"

    def said(self) -> str:
        """Return its log so far."""
        return self._log.read_text() if self._log.exists() else ""

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)

    def _wait(self) -> None:
        end = time.monotonic() + STARTS_WITHIN
        while True:
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            try:
                with socket.create_connection(("127.0.0.1", self._port), timeout=1):
                    return
            except OSError:
                time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port
