"""`portal up`: the database, then web, media and worker under one supervisor, in the foreground."""

import argparse
import errno
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from portal.app import create_app
from portal.cli import database, processes
from portal.cli.database import Refused
from portal.core import embedded, lock
from portal.core.config import Settings
from portal.core.supervisor import Program, Supervisor, write
from portal.dev import office
from portal.dev.people import CITIZENS, DEMO_PASSWORD

PORT_PATIENCE = 4.0
"""Seconds in which the processes of a killed supervisor may still be letting go of their ports."""


def up(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal up`."""
    begun = time.monotonic()
    processes.refuse_problems(settings)
    with _owned_folder(settings):
        _check_ports(settings)
        with _database(settings) as (complete, watch):
            database.bring_up_to_date(complete)
            if settings.demo:
                _fill_office(complete)
            Supervisor(
                _programs(complete), watch=watch, ready=lambda: _announce(complete, begun)
            ).run()
    write("Das Portal ist beendet.")
    return 0


@contextmanager
def _owned_folder(settings: Settings) -> Iterator[None]:
    try:
        with lock.hold(database.lock_file(settings)):
            yield
    except lock.Held as held:
        raise Refused(
            f"Mit dem Datenordner {settings.data_dir} arbeitet schon Prozess {held.pid or '?'}.",
            "Beenden Sie ihn, oder wählen Sie mit --data einen anderen Ordner.",
        ) from held


@contextmanager
def _database(settings: Settings) -> Iterator[tuple[Settings, Callable[[], None]]]:
    """Run the embedded server for the block; the function brings it back when it dies."""
    if settings.database_url:
        yield settings, lambda: None
        return
    server = embedded.Server(database.cluster(settings))

    def watch() -> None:
        if server.is_alive():
            return
        write("Die Datenbank hat sich beendet, startet neu …")
        try:
            server.start()
        except subprocess.SubprocessError:
            write(f"Die Datenbank startet nicht. Warum, steht in {server.log}")

    print("Datenbank startet …", flush=True)
    try:
        yield database.with_database(settings, server.start()), watch
    except subprocess.SubprocessError as error:
        raise Refused(f"Die Datenbank startet nicht. Warum, steht in {server.log}") from error
    finally:
        server.stop()


def _fill_office(settings: Settings) -> None:
    begun = time.monotonic()
    if office.fill(create_app(settings), progress=lambda line: print(line, flush=True)):
        print(f"Das Demo-Büro ist eingerichtet ({time.monotonic() - begun:.0f} s).", flush=True)


# The supervisor gives everything a few seconds to end; what it starts again waits for the ports.
AT_ONCE = {"PORTAL_MEDIA_DRAIN_LIMIT": "0"}


def _programs(settings: Settings) -> list[Program]:
    environment = processes.environment(settings)
    for_media = {**environment, **processes.media_environment(settings), **AT_ONCE}
    return [
        Program("web", ["portal.cli", "web"], environment, f"{_local(settings)}/health/live"),
        Program("media", ["portal.media"], for_media, settings.media_internal_url),
        Program("worker", ["portal.cli", "worker"], environment),
    ]


def _local(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    return f"http://{host}:{settings.port}"


def _check_ports(settings: Settings) -> None:
    media = processes.media_environment(settings)
    wanted = [
        (settings.host, settings.port, socket.SOCK_STREAM),
        (media["PORTAL_MEDIA_HOST"], int(media["PORTAL_MEDIA_PORT"]), socket.SOCK_STREAM),
        ("127.0.0.1", int(media["PORTAL_MEDIA_UDP_PORT"]), socket.SOCK_DGRAM),
    ]
    deadline = time.monotonic() + PORT_PATIENCE
    for host, port, kind in wanted:
        while _is_taken(host, port, kind):
            if time.monotonic() > deadline:
                raise Refused(
                    f"Port {port} ist schon belegt.",
                    "Beenden Sie das andere Programm, oder wählen Sie einen anderen Port: "
                    f"portal up --port {settings.port + 100}",
                )
            time.sleep(0.2)


def _is_taken(host: str, port: int, kind: socket.SocketKind) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return True
            raise Refused(f"Port {port} an {host} geht nicht: {error.strerror}") from error
    return False


def _announce(settings: Settings, begun: float) -> None:
    lines = [
        "",
        f"  {settings.jobcenter_name} läuft: {settings.base_url}",
        f"  Für Beschäftigte:  {settings.base_url}/amt",
        f"  Bereit nach {time.monotonic() - begun:.1f} s. Beenden mit Strg+C.",
    ]
    if settings.demo:
        lines += [
            "",
            f"  Jemand werden, ohne Passwort: {settings.base_url}/dev/anmelden-als",
            f"  Bürgerin mit Passwort:        {CITIZENS[0].email}  {DEMO_PASSWORD}",
        ]
    for line in [*lines, ""]:
        write(line)
