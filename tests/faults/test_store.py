"""Faults 10, 11 and 12: the disk is full, refuses to write, and loses its power."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import requests
from flask import Flask
from sqlalchemy import event

from portal.core import durable, storage
from portal.core.db import db
from tests.factories import casefiles, papers
from tests.faults import lab

pytestmark = pytest.mark.slow

PHOTO = papers.phone_photo()


def in_own_mounts(*commands: str) -> Sequence[str]:
    """Return the words that start a program where the files of the office lie on another disk."""
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    script = " && ".join([*commands, 'exec "$@"'])
    return ["unshare", *as_root, "--mount", "sh", "-c", script, "sh"]


def files_of(app: Flask) -> Path:
    folder: Path = app.config["SETTINGS"].data_dir / "files"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def can_sign_in(web: lab.Web, citizen: lab.Citizen) -> bool:
    page = requests.get(f"{web.address}/unterlagen", cookies=citizen.cookies, timeout=10)
    return page.status_code == 200


def test_fault_10_a_full_disk_is_said_and_leaves_no_half_file(committed_app: Flask) -> None:
    citizen, files = lab.sign_in(committed_app), files_of(committed_app)
    saved = files.with_name("saved")
    disk = in_own_mounts(f"mount -t tmpfs -o size=2m tmpfs {files}")
    with lab.serving(committed_app, workers=1, wrapped=[*disk]) as web:
        statuses = [lab.hand_in(web, citizen, PHOTO + bytes(n), f"{n}.jpg") for n in range(3)]
        assert 507 in statuses, statuses
        assert can_sign_in(web, citizen), "reading goes on"
        [worker] = web.workers()
        subprocess.run(["cp", "-r", f"/proc/{worker.pid}/root{files}", saved], check=True)
    assert not list(saved.rglob("*.part")), "half a file stayed"
    files.rmdir() if not any(files.iterdir()) else None
    saved.rename(files) if not files.exists() else None
    accepted = [lab.sha256(PHOTO + bytes(n)) for n, status in enumerate(statuses) if status == 302]
    lab.check_promise(committed_app, accepted)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("too large for the disk", ("sh", "-c", 'ulimit -f 64; exec "$@"', "sh")),
        ("read-only", None),
    ],
)
def test_fault_11_a_write_that_fails_is_said_and_nothing_is_recorded(
    committed_app: Flask, what: str, words: Sequence[str] | None
) -> None:
    citizen, files = lab.sign_in(committed_app), files_of(committed_app)
    read_only = in_own_mounts(f"mount --bind {files} {files}", f"mount -o remount,ro,bind {files}")
    with lab.serving(committed_app, workers=1, wrapped=words or read_only) as web:
        assert lab.hand_in(web, citizen, PHOTO) == 503, what
        assert can_sign_in(web, citizen)
    assert lab.check_promise(committed_app) == []
    with lab.serving(committed_app, workers=1) as web:
        assert lab.hand_in(web, citizen, PHOTO) == 302, "the same file can come again"
    lab.check_promise(committed_app, [lab.sha256(PHOTO)])


def test_fault_12_bytes_are_on_disk_before_anything_says_so(
    committed_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Power loss keeps only what was synced: the order of the steps is the proof."""
    steps: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def traced_fsync(descriptor: int) -> None:
        name = Path(f"/proc/self/fd/{descriptor}").readlink()
        steps.append("fsync folder" if name.is_dir() else "fsync file")
        fsync(descriptor)

    def traced_rename(path: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(path, target)

    for module in (storage, durable):
        monkeypatch.setattr(module.os, "fsync", traced_fsync)
    monkeypatch.setattr(Path, "rename", traced_rename)
    with committed_app.test_request_context(base_url="http://localhost"):
        event.listen(db.engine, "commit", lambda _: steps.append("commit"))
        casefiles.document(db.session, prepared=False)
        before = list(steps)
        db.session.commit()
    assert "commit" not in before, "nothing is said before the deed is whole"
    assert before[-3:] == ["fsync file", "rename", "fsync folder"]
    assert steps[len(before) :] == ["commit"]
