"""A real clamd of our own: signatures made by hand, in a folder that goes with it.

The Debian package brings no signatures, and none can be fetched here; one sign that every scanner
knows is enough to see how the portal hears a scanner.
"""

import contextlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from portal.core import malware
from portal.core.malware import EICAR

STARTS_WITHIN = 30.0
STREAM_BYTES = 2_000_000
CONFIGURATION = """
Foreground yes
DatabaseDirectory {folder}/signatures
TemporaryDirectory {folder}
LogFile {folder}/log
LocalSocket {folder}/socket
TCPAddr 127.0.0.1
TCPSocket {port}
StreamMaxLength {stream_bytes}
MaxRecursion 5
AlertEncrypted yes
AlertExceedsMax yes
"""


class RunningClamd:
    """The process, with its two doors; it can be killed, put to sleep and started again."""

    def __init__(self) -> None:
        binary = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/usr/local/sbin")
        assert binary, "clamd is missing; .ci/system test installs it"
        self._binary = binary
        self.folder = Path(tempfile.mkdtemp(prefix="clamd-"))  # a short name: sockets need one
        self._port = _free_port()
        signatures = self.folder / "signatures"
        signatures.mkdir()
        (signatures / "portal.ndb").write_text(f"Portal.Test.Eicar:0:*:{EICAR.hex()}\n")
        (self.folder / "clamd.conf").write_text(
            CONFIGURATION.format(folder=self.folder, port=self._port, stream_bytes=STREAM_BYTES)
        )
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def urls(self) -> tuple[str, str]:
        """Return the settings for both doors."""
        return f"tcp://127.0.0.1:{self._port}", f"unix:{self.folder}/socket"

    @property
    def url(self) -> str:
        """Return the setting for the socket."""
        return self.urls[1]

    def change(self, before: str, after: str) -> None:
        """Change its settings or its signatures, before it starts."""
        for path in (self.folder / "clamd.conf", self.folder / "signatures" / "portal.ndb"):
            path.write_text(path.read_text().replace(before, after))

    def start(self, *, proved: bool = True) -> None:
        """Start it unless it runs, and wait until it answers and has proved that it scans."""
        if self.process is not None and self.process.poll() is None:
            return
        (self.folder / "socket").unlink(missing_ok=True)
        with (self.folder / "output").open("ab") as output:
            self.process = subprocess.Popen(
                [self._binary, f"--config-file={self.folder}/clamd.conf"],
                stdout=output,
                stderr=output,
            )
        end = time.monotonic() + STARTS_WITHIN
        while not self._answers(proved=proved):
            said = (self.folder / "output").read_text()
            assert self.process.poll() is None, said
            assert time.monotonic() < end, f"clamd does not start: {said}"
            time.sleep(0.05)

    def _answers(self, *, proved: bool) -> bool:
        try:
            malware.Clamd(self.url).ping()
        except malware.NoVerdict as error:
            return not proved and error.why.startswith("clamd ")
        return True

    def kill(self) -> None:
        """Kill it, as the kernel does when memory is short."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)

    @contextlib.contextmanager
    def asleep(self):
        """Let it take connections and do nothing."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def remove(self) -> None:
        """Kill it and take its folder away."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port
