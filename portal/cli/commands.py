"""What can be typed after `portal`: the commands, their options, and how a failure is told."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from pydantic import ValidationError
from sqlalchemy.exc import OperationalError, ProgrammingError

from portal.accounts.models import Role
from portal.cli import archive, checks, database, mail, processes, staff, trail, up
from portal.cli.database import Refused
from portal.core import logs
from portal.core.config import Settings, Unreadable

Command = Callable[[Settings, argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    options = _parser().parse_args(arguments)
    os.umask(0o077)  # what this process writes is social data
    signal.signal(signal.SIGTERM, _leave)
    try:
        settings = settings_of(options)
        logs.configure(settings.log_format, level=logging.ERROR)
        command: Command = options.command
        return command(settings, options)
    except ValidationError as error:
        return _complain(
            *(
                f"PORTAL_{'_'.join(map(str, problem['loc'][:1])).upper()}: {problem['msg']}"
                for problem in error.errors(include_input=False, include_url=False)
            )
        )
    except (Refused, Unreadable) as error:
        return _complain(*error.args)
    except OperationalError as error:
        return _complain("Die Datenbank antwortet nicht.", str(error.orig).strip())
    except ProgrammingError as error:
        return _complain(
            "Der Datenbank fehlt etwas. Bitte: portal migrate", str(error.orig).strip()
        )
    except KeyboardInterrupt:
        print("Abgebrochen.", file=sys.stderr)
        return 130


def _leave(number: int, frame: FrameType | None) -> None:
    """Leave through every `finally`, so that an embedded database is stopped on the way."""
    sys.exit(128 + number)


def _complain(*lines: str) -> int:
    print(*lines, sep="\n", file=sys.stderr)
    return 2


def settings_of(options: argparse.Namespace) -> Settings:
    """Read the environment, then what was typed; addresses nobody set follow from the port."""
    typed: dict[str, Any] = {
        name: value
        for name in ("demo", "data_dir", "port")
        if (value := getattr(options, name, None)) not in {None, False}
    }
    settings = Settings(**typed)
    return settings.model_copy(
        update={**_addresses(settings), "data_dir": settings.data_dir.resolve()}
    )


def _addresses(settings: Settings) -> dict[str, str]:
    follows = {
        "base_url": f"http://localhost:{settings.port}",
        "media_url": f"ws://localhost:{settings.port + 1}",
        "media_internal_url": f"http://127.0.0.1:{settings.port + 1}",
    }
    return {name: url for name, url in follows.items() if name not in settings.model_fields_set}


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data", dest="data_dir", type=Path, metavar="ORDNER", help="Datenordner")
    shared.add_argument("--demo", action="store_true", help="Demo-Büro mit erfundenen Fällen")

    parser = argparse.ArgumentParser(prog="portal", description="Bürgerportal des Jobcenters")
    commands = parser.add_subparsers(title="Befehle", required=True, metavar="BEFEHL")

    def add(name: str, command: Command, help: str) -> argparse.ArgumentParser:
        found = commands.add_parser(name, help=help, description=help, parents=[shared])
        found.set_defaults(command=command)
        return found

    start = add("up", up.up, "Startet alles: Datenbank, web, media und worker")
    start.add_argument(
        "--port", type=int, metavar="N", help="Port von web; media nimmt N+1 und N+2"
    )
    web = add("web", processes.web, "Startet nur den Web-Server")
    web.add_argument("--port", type=int, metavar="N", help="Port von web")
    add("media", processes.media, "Startet nur den Medien-Server")
    add("worker", processes.worker, "Startet nur den Worker")
    add("migrate", database.migrate, "Bringt die Datenbank auf den neuesten Stand")
    add("doctor", checks.doctor, "Prüft, ob alles da ist, was das Portal braucht")
    add("verify", checks.verify, "Prüft Protokoll, Anker und abgelegte Dateien")
    add("anchor", trail.anchor, "Schreibt die Enden des Protokolls in eine Datei")
    mail_in = add("mail-in", mail.take_in, "Nimmt eine zurückgekommene E-Mail von stdin")
    mail_in.add_argument(
        "recipient", nargs="*", metavar="EMPFÄNGER", help="Empfänger laut Umschlag (RCPT TO)"
    )
    backup = add("backup", archive.backup, "Sichert Datenbank und Dateien in einen neuen Ordner")
    backup.add_argument("target", type=Path, metavar="ZIEL")
    restore = add("restore", archive.restore, "Spielt eine Sicherung in ein leeres Portal ein")
    restore.add_argument("source", type=Path, metavar="QUELLE")
    _add_staff(commands, shared)
    return parser


def _add_staff(commands: Any, shared: argparse.ArgumentParser) -> None:
    group = commands.add_parser("staff", help="Verwaltet Zugänge von Beschäftigten")
    verbs = group.add_subparsers(title="Befehle", required=True, metavar="BEFEHL")
    add = verbs.add_parser("add", help="Legt einen Zugang an", parents=[shared])
    add.set_defaults(command=staff.add)
    add.add_argument("email", metavar="E-MAIL")
    add.add_argument("--first-name", required=True, metavar="VORNAME")
    add.add_argument("--last-name", required=True, metavar="NACHNAME")
    add.add_argument("--team", required=True, metavar="TEAM", help="wird angelegt, wenn es fehlt")
    add.add_argument(
        "--role",
        action="append",
        required=True,
        metavar="ROLLE",
        choices=[role.value for role in Role],
        help=staff.ROLES,
    )
    invite = verbs.add_parser(
        "invite",
        help="Neuer Link für einen Zugang; alle bisherigen Schlüssel verfallen",
        parents=[shared],
    )
    invite.set_defaults(command=staff.invite)
    invite.add_argument("email", metavar="E-MAIL")
    everybody = verbs.add_parser("list", help="Zeigt alle Zugänge", parents=[shared])
    everybody.set_defaults(command=staff.list_all)
