"""`portal doctor` and `portal verify`: is everything there, is what was kept still whole."""

import argparse
import hashlib
import smtplib
import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import magic
from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.applications import lint, shelf
from portal.applications.editing import queries as editing
from portal.appointments import closing
from portal.casefiles.models import Document, Original
from portal.cli import receipts, trail
from portal.cli.database import Refused, application
from portal.core import clock, grants, malware, pdf, schema
from portal.core.config import Settings
from portal.core.crypto import Tampered
from portal.core.db import Model, db
from portal.core.errors import NotFound
from portal.core.storage import new_key, store
from portal.core.supervisor import answers
from portal.core.vault import service as vault
from portal.core.vault.models import StoredFile
from portal.papers import sandbox, walls
from portal.papers.limits import JPEG

Check = Callable[[Settings], str]

CHUNK = 1000


class Failed(Exception):
    """A check found something wrong; the sentence says what, and what helps."""


def doctor(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal doctor`: every check runs, whatever the ones before have found."""
    results = [_told("Einstellungen", _settings, settings)]
    try:
        with application(settings) as app:
            complete: Settings = app.config["SETTINGS"]
            results += [_told(name, check, complete) for name, check in CHECKS.items()]
    except Refused as refused:
        results.append(_told("Datenbank", _raise(" ".join(refused.lines)), settings))
    return 0 if all(results) else 1


def _told(name: str, check: Check, settings: Settings) -> bool:
    """Run one check and print its line; an unforeseen error is a finding like any other."""
    try:
        print(f"  ✓ {name:<14} {check(settings)}", flush=True)
    except Exception as error:
        print(f"  ✗ {name:<14} {str(error).splitlines()[0]}", flush=True)
        return False
    return True


def _raise(sentence: str) -> Check:
    def check(settings: Settings) -> str:
        raise Failed(sentence)

    return check


def _settings(settings: Settings) -> str:
    if problems := settings.problems():
        raise Failed(" ".join(problems))
    return "Demo-Büro" if settings.demo else "vollständig"


def _database(settings: Settings) -> str:
    version = db.session.execute(text("SHOW server_version")).scalar_one()
    return f"PostgreSQL {version}"


def _schema(settings: Settings) -> str:
    at, head = schema.current(settings.owner_url), schema.head()
    if at != head:
        raise Failed(f"Stand {at or 'leer'}, erwartet {head}. Bitte ausführen: portal migrate")
    return f"Stand {at}"


def _rights(settings: Settings) -> str:
    tables = grants.append_only(Model.metadata)
    role = db.session.execute(text("SELECT current_user")).scalar_one()
    if any(grants.can_change(db.session, table) for table in tables):
        raise Failed(
            f"Die Datenbankrolle {role} kann das Protokoll ändern. Bitte eine eigene Rolle anlegen,"
            " in PORTAL_DATABASE_URL nennen und mit PORTAL_DATABASE_OWNER_URL migrieren."
        )
    return f"{role} kann das Protokoll lesen und ergänzen, nicht ändern"


def _anchors(settings: Settings) -> str:
    return trail.anchored_lately(db.session, settings)


def _forms(settings: Settings) -> str:
    faults = [
        f"{form.form} {form.version}: {fault}"
        for form in shelf.shipped().values()
        for fault in lint.faults(form)
    ]
    if faults:
        raise Failed(f"{len(faults)} Fehler in den Formularen, zuerst: {faults[0]}")
    said = f"{len(shelf.shipped())} mitgeliefert, ohne Fehler"
    behind = editing.left_behind(db.session, day=clock.local_date(clock.now()))
    if not behind:
        return said
    names = ", ".join(sorted(edit.form.upper() for edit, _ in behind))
    return f"{said}; Änderungen des Hauses gelten nicht mehr für: {names} (/amt/formulare)"


def _jobs(settings: Settings) -> str:
    waiting = db.session.execute(
        text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
    ).scalar_one()
    failed = db.session.execute(
        text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
    ).scalar_one()
    if failed:
        raise Failed(f"{failed} Aufträge sind endgültig gescheitert, {waiting} warten.")
    return f"{waiting} warten, keiner gescheitert"


def _closed_days(settings: Settings) -> str:
    """Name talks on closed days: the settings close a day without asking anybody."""
    now = clock.now()
    talks = closing.on_closed_days(db.session, now=now)
    days = sorted({one.day for one in talks})
    if days:
        named = ", ".join(f"{day:%d.%m.%Y}" for day in days[:5])
        raise Failed(
            f"An geschlossenen Tagen sind Termine gebucht: {len(talks)} ({named})."
            " Sie liegen im Eingang bei denen, die sie führen."
        )
    return f"{len(closing.days_ahead(now))} in den nächsten zwölf Monaten, kein Termin liegt darauf"


def _store(settings: Settings) -> str:
    key = new_key()
    try:
        store().put(key, [b"portal doctor"])
        if b"".join(store().stream(key)) != b"portal doctor":
            raise Failed("Eine Datei kam anders zurück, als sie abgelegt wurde.")
    finally:
        store().delete(key)
    return "schreiben, lesen, löschen"


def _pdf(settings: Settings) -> str:
    page = '<html lang="de"><head><title>Probe</title></head><body><h1>Probe</h1></body></html>'
    if not pdf.from_html(page).startswith(b"%PDF-"):
        raise Failed("Es entstand kein PDF. Fehlt ein Paket? apt-get install libpangoft2-1.0-0")
    return "PDF/UA wird erzeugt"


def _file_types(settings: Settings) -> str:
    if magic.from_buffer(b"%PDF-1.7\n", mime=True) != "application/pdf":
        raise Failed("libmagic erkennt kein PDF. Bitte installieren: apt-get install libmagic1")
    return "libmagic erkennt Dateien"


def _walls(settings: Settings) -> str:
    with tempfile.TemporaryDirectory(prefix="doctor-") as folder:
        wall = walls.around(Path(folder))
        sandbox.run("look", Path(folder), [])
    if wall.is_strong:
        return "fremde Dateien werden in bubblewrap geöffnet, ohne Netz"
    if not settings.demo:
        raise Failed("bubblewrap fehlt oder startet nicht. Bitte: apt-get install bubblewrap")
    return "ohne Netz und mit Grenzen; bubblewrap fehlt oder startet nicht"


def _ocr(settings: Settings) -> str:
    page = Image.new("RGB", (1000, 300), "white")
    ImageDraw.Draw(page).text((80, 90), "Unterlagen", "black", ImageFont.load_default(size=120))
    with tempfile.TemporaryDirectory(prefix="doctor-") as folder:
        page.save(Path(folder) / "in-1", "JPEG")
        read = sandbox.run("read", Path(folder), [JPEG.content_type])
    if not read["archive"] or "Unterlagen" not in read["texts"][0]:
        raise Failed(
            "Es wurde kein Text erkannt. Bitte installieren: apt-get install tesseract-ocr-deu"
        )
    return "Text wird erkannt, PDF/A wird erzeugt"


def _virus_scan(settings: Settings) -> str:
    if not settings.clamd_url:
        if settings.demo:
            return "Demo-Büro: nur das Testzeichen EICAR"
        raise Failed("PORTAL_CLAMD_URL ist leer: Dateien bleiben liegen, niemand kann sie ansehen.")
    try:
        malware.scanner().ping()
    except malware.NoVerdict as error:
        raise Failed(f"Es wird nicht geprüft: {error}. Läuft clamd, hat es Signaturen?") from error
    return "clamd antwortet, findet das Testzeichen und meldet seine Grenzen"


def _mail(settings: Settings) -> str:
    if not settings.smtp_url:
        if settings.demo:
            return "Demo-Postfach"
        raise Failed("PORTAL_SMTP_URL ist leer: Nachrichten verlassen das Haus nicht.")
    server = urlsplit(settings.smtp_url)
    with smtplib.SMTP(server.hostname or "localhost", server.port or 25, timeout=5) as smtp:
        smtp.ehlo()
    return f"{server.hostname} antwortet"


def _sms(settings: Settings) -> str:
    if not settings.sms_url:
        if settings.demo:
            return "Demo-Postfach"
        raise Failed("PORTAL_SMS_URL ist leer: Wer eine Handynummer angibt, bekommt keinen Link.")
    gateway = urlsplit(settings.sms_url)
    host, is_tls = gateway.hostname or "localhost", gateway.scheme == "https"
    port = gateway.port or (443 if is_tls else 80)
    with socket.create_connection((host, port), timeout=5) as reached:
        if is_tls:
            # The certificate is checked here as it is when a message leaves.
            ssl.create_default_context().wrap_socket(reached, server_hostname=host).close()
    return f"{host} antwortet"


def _media(settings: Settings) -> str:
    if not answers(settings.media_internal_url):
        raise Failed(f"{settings.media_internal_url} antwortet nicht. Läuft portal media?")
    return f"{settings.media_internal_url} antwortet"


CHECKS: dict[str, Check] = {
    "Datenbank": _database,
    "Schema": _schema,
    "Rechte": _rights,
    "Anker": _anchors,
    "Formulare": _forms,
    "Aufträge": _jobs,
    "Schließtage": _closed_days,
    "Dateiablage": _store,
    "PDF": _pdf,
    "Dateitypen": _file_types,
    "Abschottung": _walls,
    "Texterkennung": _ocr,
    "Virenprüfung": _virus_scan,
    "E-Mail": _mail,
    "SMS": _sms,
    "Videoserver": _media,
}


def verify(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal verify`: the trail, its anchors, every file of a row, every receipt."""
    with application(settings):
        faults = [
            *trail.faults(db.session, settings),
            *_broken_files(db.session),
            *receipts.faults(db.session),
        ]
    for fault in faults:
        print(f"  ✗ {fault}")
    print("Alles unversehrt." if not faults else f"{len(faults)} Fehler gefunden.")
    return 1 if faults else 0


def _broken_files(session: Session) -> Iterator[str]:
    """Read every whole file of the house and compare it with what the books say of it."""
    whole = StoredFile.sha256.is_not(None)
    total = session.scalar(select(func.count()).select_from(StoredFile).where(whole)) or 0
    rows = session.execute(
        select(StoredFile.id, StoredFile.size, StoredFile.sha256, Document.id, Original.filename)
        .outerjoin(Original, Original.file_id == StoredFile.id)
        .outerjoin(Document, Document.id == Original.document_id)
        .where(whole)
        .order_by(StoredFile.id)
    ).all()
    for number, (id, size, sha256, document_id, filename) in enumerate(rows, 1):
        if fault := _fault_of(session, id, size=size, sha256=sha256):
            name = f"Unterlage {document_id}, „{filename}“" if document_id else f"Datei {id}"
            yield f"{name}: {fault}"
        if number % CHUNK == 0 or number == total:
            print(f"Dateien werden geprüft: {number} von {total}", flush=True)


def _fault_of(session: Session, id: UUID, *, size: int, sha256: str | None) -> str | None:
    digest, count = hashlib.sha256(), 0
    try:
        for piece in vault.stream(session, id):
            digest.update(piece)
            count += len(piece)
    except NotFound:
        return "die Datei fehlt"
    except Tampered:
        return "die Datei ist verändert"
    if count != size or digest.hexdigest() != sha256:
        return "die Datei ist verändert"
    return None
