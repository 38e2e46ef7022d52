"""`portal anchor`, and the part of `portal verify` and `portal doctor` that judges the trail."""

import argparse
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.audit import anchors, queries, service
from portal.audit.anchors import Fault, Inspection
from portal.audit.rules import Break, Findings, Flaw, visible
from portal.cli.database import application
from portal.core import clock
from portal.core.config import Settings
from portal.core.db import db

OVERDUE = timedelta(days=2)


class Overdue(Exception):
    """There should be a newer anchor."""


ROW_WORDS = {
    Flaw.CHANGED: "wurde verändert.",
    Flaw.DISPLACED: "passt nicht zum Eintrag davor: Der fehlt, wurde verändert oder verschoben.",
    Flaw.MISSING: "fehlt. Ein Anker nennt ihn.",
    Flaw.REWRITTEN: "ist nicht der, den ein Anker nennt. Die Kette wurde neu geschrieben.",
}
ANCHOR_WORDS = {
    anchors.Flaw.MISSING: "fehlt.",
    anchors.Flaw.ALTERED: "wurde verändert.",
    anchors.Flaw.FOREIGN: "trägt eine fremde Unterschrift ({key}). Wurde PORTAL_SECRET_KEY "
    "gewechselt? Der frühere gehört dahinter, bis der nächste Anker geschrieben ist.",
}


def anchor(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal anchor`: write the heads down now, for instance before a copy is taken."""
    keys = anchors.keys_from(settings.secret_keys)
    with application(settings):
        made = service.anchor(db.session, folder=settings.anchors, keys=keys, now=clock.now())
        db.session.commit()
    if made is None:
        print("Seit dem letzten Anker ist nichts geschehen.")
    else:
        print(f"Anker {made.number} ist geschrieben: {len(made.heads)} Ketten.")
        print(f"SHA-256 der Datei: {made.sha256}")
    print(f"Ordner: {settings.anchors}")
    print(f"Öffentlicher Schlüssel: {anchors.public_key(keys[0])}")
    return 0


def faults(session: Session, settings: Settings) -> Iterator[str]:
    """Name what is wrong with the trail and its anchors; say what was looked at."""
    print("Protokoll wird geprüft …", flush=True)
    keys = anchors.keys_from(settings.secret_keys)
    inspection = anchors.inspect(settings.anchors, keys=keys)
    found = queries.examine(session, anchored=inspection.heads())
    print(f"Protokoll: {_number(found.events)} Einträge in {_number(found.chains)} Ketten.")
    print(_state(settings, inspection), flush=True)
    yield from _rows(found)
    yield from _files(inspection, queries.anchors_written(session), settings)


def _number(count: int) -> str:
    return f"{count:,}".replace(",", ".")


def _state(settings: Settings, inspection: Inspection) -> str:
    *_, last = (None, *inspection.anchors())
    if last is None and not inspection.faults:
        return (
            "Anker: noch keiner. Fehlte das Ende einer Kette, fiele es nicht auf. "
            "Der Worker schreibt täglich einen, portal anchor sofort."
        )
    of = f", der letzte davon vom {_when(last.at)}" if last else ""
    return f"Anker in {settings.anchors}: {len(inspection.sound)} in Ordnung{of}."


def _when(at: datetime) -> str:
    return f"{clock.local(at):%d.%m.%Y, %H:%M Uhr}"


def _rows(found: Findings) -> Iterator[str]:
    if found.first:
        yield f"Protokoll: {_sentence(found.first)}"
    if len(found.broken) > 1:
        yield f"Protokoll: {_number(len(found.broken))} Ketten sind nicht in Ordnung."


def _sentence(broken: Break) -> str:
    on = f" vom {_when(broken.at)}" if broken.at else ""
    return (
        f"Eintrag {broken.event_id} der Kette {visible(broken.chain)}{on} {ROW_WORDS[broken.flaw]}"
    )


def _files(inspection: Inspection, written: dict[int, str], settings: Settings) -> Iterator[str]:
    """Name the anchors that prove nothing, and those that only the trail still knows."""
    there = {anchor.number: anchor.sha256 for anchor in inspection.anchors()}
    wrong = {fault.number: fault for fault in inspection.faults}
    for number, sha256 in written.items():
        if number not in there:
            wrong.setdefault(number, Fault(number, anchors.Flaw.MISSING))
        elif there[number] != sha256:
            wrong.setdefault(number, Fault(number, anchors.Flaw.ALTERED))
    for number in sorted(wrong):
        words = ANCHOR_WORDS[wrong[number].flaw].format(key=visible(wrong[number].key))
        yield f"Anker {number} in {settings.anchors} {words}"


def anchored_lately(session: Session, settings: Settings) -> str:
    """Say when the last anchor was written; raise `Overdue` when there should be a newer one."""
    last = anchors.latest(settings.anchors)
    if last is None:
        return "noch keiner; der Worker schreibt binnen einer Stunde den ersten"
    if clock.now() - last.at > OVERDUE and queries.happened_since(session, last.at):
        raise Overdue(f"Der letzte ist vom {_when(last.at)}. Läuft portal worker?")
    return f"der letzte vom {_when(last.at)}"
