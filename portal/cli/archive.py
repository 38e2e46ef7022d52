"""`portal backup` and `portal restore`: database, files and anchors, with a manifest as proof.

The database is written first and the files after it: a file lies in the store before its row is
committed, so every row of the dump finds its file. Anchors are copied before, and none is written
meanwhile: what one names is in the dump, and what the dump says of them is there.
"""

import argparse
import contextlib
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from portal.audit import service as audit
from portal.cli import database
from portal.cli.database import Refused, application
from portal.core import clock, durable, embedded, schema
from portal.core.config import Settings
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.storage import store

DUMP, FILES, ANCHORS, MANIFEST = "datenbank.dump", "dateien", "anker", "manifest.json"
CHUNK = 1024 * 1024
EVERY = 500


def backup(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal backup`; a folder without its manifest is not a backup."""
    target: Path = options.target.resolve()
    if target.exists() and any(target.iterdir()):
        raise Refused(f"Der Ordner {target} ist nicht leer. Bitte einen neuen Ordner nennen.")
    (target / FILES).mkdir(parents=True, exist_ok=True)
    with application(settings) as app:
        url: str = app.config["SETTINGS"].owner_url
        print("Datenbank wird gesichert …", flush=True)
        audit.lock_anchors(db.session)
        anchors = _copy_anchors(settings.anchors, target / ANCHORS)
        _run("pg_dump", "--format=custom", f"--file={target / DUMP}", embedded.libpq_url(url))
        db.session.rollback()
        files = _copy_out(target / FILES)
        _write_manifest(
            target,
            {
                "created_at": clock.now().isoformat(),
                "schema": schema.current(url),
                "database": {"sha256": _sha256(target / DUMP)},
                "files": files,
                "anchors": anchors,
            },
        )
    print(f"Gesichert: Datenbank und {len(files)} Dateien in {target}")
    return 0


def _copy_anchors(source: Path, target: Path) -> dict[str, str | None]:
    """Copy the anchors that are not there yet; return the SHA-256 of each."""
    target.mkdir(parents=True, exist_ok=True)
    paths = sorted(source.glob("*.jsonl"))
    for path in paths:
        if not (target / path.name).exists():
            durable.write(target / path.name, path.read_bytes())
    return {path.name: _sha256(target / path.name) for path in paths}


def _copy_out(folder: Path) -> dict[str, dict[str, Any]]:
    files = {}
    for number, key in enumerate(sorted(key for key, _ in store().entries()), 1):
        digest, size = hashlib.sha256(), 0
        with contextlib.suppress(NotFound), (folder / key).open("xb") as copy:
            for piece in store().stream(key):
                copy.write(piece)
                digest.update(piece)
                size += len(piece)
            copy.flush()
            os.fsync(copy.fileno())
            files[key] = {"size": size, "sha256": digest.hexdigest()}
        if key not in files:
            (folder / key).unlink()  # erased since it was listed
        if number % EVERY == 0:
            print(f"Dateien werden gesichert: {number}", flush=True)
    return files


def restore(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal restore`: prove the backup, fill an empty portal, bring it up to date."""
    source: Path = options.source.resolve()
    manifest = _read_manifest(source)
    with application(settings) as app:
        complete: Settings = app.config["SETTINGS"]
        _refuse_filled(complete)
        print("Datenbank wird eingespielt …", flush=True)
        url = embedded.libpq_url(complete.owner_url)
        _run(
            "pg_restore", "--no-owner", "--no-acl", "--exit-on-error", f"--dbname={url}",
            str(source / DUMP),
        )  # fmt: skip
        _copy_anchors(source / ANCHORS, settings.anchors)
        for key in manifest["files"]:
            store().put(key, _pieces(source / FILES / key))
        database.bring_up_to_date(complete)
    print(
        f"Eingespielt: Datenbank und {len(manifest['files'])} Dateien. Bitte prüfen: portal verify"
    )
    return 0


def _refuse_filled(settings: Settings) -> None:
    with psycopg.connect(embedded.libpq_url(settings.owner_url)) as connection:
        tables = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone()
    if (tables and tables[0]) or next(store().entries(), None) is not None:
        raise Refused(
            "Dieses Portal ist nicht leer. Eingespielt wird nur in ein leeres.",
            "Bitte mit --data einen neuen Ordner oder eine leere Datenbank nennen.",
        )


def _run(program: str, *arguments: str) -> None:
    """Run a PostgreSQL program: the one of the wheel, which is as new as any server we support."""
    own = embedded.binaries() / program
    try:
        subprocess.run(  # noqa: S603 (a program of our own)
            [str(own) if own.exists() else program, *arguments],
            check=True,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError as error:
        raise Refused(
            f"Nicht verfügbar: {program} fehlt. Bitte installieren: "
            "sudo apt-get install postgresql-client"
        ) from error
    except subprocess.CalledProcessError as error:
        raise Refused(f"{program} ist gescheitert:", str(error.stderr).strip()) from error


def _write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    part = folder / f"{MANIFEST}.part"
    with part.open("x", encoding="utf-8") as file:
        json.dump(manifest, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.rename(folder / MANIFEST)


def _read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest after each file has been compared with it."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Refused(f"In {folder} liegt keine vollständige Sicherung.") from error
    print("Sicherung wird geprüft …", flush=True)
    wanted = {DUMP: manifest["database"]["sha256"]}
    wanted |= {f"{FILES}/{key}": entry["sha256"] for key, entry in manifest["files"].items()}
    anchors = manifest.get("anchors", {})
    wanted |= {f"{ANCHORS}/{name}": digest for name, digest in anchors.items()}
    wrong = [name for name, digest in wanted.items() if _sha256(folder / name) != digest]
    if wrong:
        raise Refused("Die Sicherung ist beschädigt. Betroffen:", *(f"  {name}" for name in wrong))
    return manifest


def _sha256(path: Path) -> str | None:
    digest = hashlib.sha256()
    try:
        for piece in _pieces(path):
            digest.update(piece)
    except FileNotFoundError:
        return None
    return digest.hexdigest()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece
