"""Anchors: what was named outside the database once cannot be taken back inside it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.app import JOBS
from portal.audit import anchors, jobs, queries, service
from portal.audit.anchors import Anchor, Fault, Flaw
from portal.audit.rules import GENESIS
from portal.core.config import Settings
from tests.audit.test_trail import CASE, deed
from tests.owner import does as tamper

KEYS = anchors.keys_from(["the secret of this portal"])
OTHERS = anchors.keys_from(["the secret of somebody else"])
NOW = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)


def anchored(session: Session, folder: Path, **changes: object) -> Anchor | None:
    arguments = {"folder": folder, "keys": KEYS, "now": NOW, **changes}
    return service.anchor(session, **arguments)  # type: ignore[arg-type]


def faults(folder: Path) -> list[Fault]:
    return list(anchors.inspect(folder, keys=KEYS).faults)


@pytest.fixture
def three(session: Session, tmp_path: Path) -> list[Path]:
    """Write three anchors, each after a deed."""
    for day in range(3):
        deed(session, f"things.done_{day}")
        assert anchored(session, tmp_path, now=NOW + timedelta(days=day))
    return sorted(tmp_path.iterdir())


def test_each_anchor_names_what_moved_and_the_file_before(
    session: Session, three: list[Path], tmp_path: Path
) -> None:
    assert [path.name for path in three] == [
        "000001-2026-11-26.jsonl",
        "000002-2026-11-27.jsonl",
        "000003-2026-11-28.jsonl",
    ]
    first, second, third = anchors.inspect(tmp_path, keys=KEYS).anchors()
    assert [first.previous, second.previous, third.previous] == [
        GENESIS,
        first.sha256,
        second.sha256,
    ]
    assert [head.chain for head in first.heads] == [str(CASE)]
    assert [head.chain for head in second.heads] == ["anchors", str(CASE)]
    assert faults(tmp_path) == []
    assert queries.anchors_written(session) == {
        1: first.sha256,
        2: second.sha256,
        3: third.sha256,
    }


def test_without_a_deed_there_is_no_further_anchor(session: Session, tmp_path: Path) -> None:
    deed(session, "things.made")
    assert anchored(session, tmp_path)
    assert anchored(session, tmp_path) is None
    assert len(list(tmp_path.iterdir())) == 1


def test_a_deed_that_became_visible_late_is_in_the_next_anchor(
    session: Session, tmp_path: Path
) -> None:
    """The first id is smaller than the anchored one, and its chain is not in the anchor."""
    late = deed(session, "doors.opened", case_id=None)
    deed(session, "things.made")
    heads = [head for head in queries.heads(session) if head.event_id != late]
    anchors.write(tmp_path, heads=heads, keys=KEYS, now=NOW)

    made = anchored(session, tmp_path)

    assert made
    assert [head.event_id for head in made.heads] == [late]


def test_the_clock_writes_one_a_day(
    app: Flask, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: Settings = app.config["SETTINGS"]
    here = settings.model_copy(update={"anchor_dir": str(tmp_path)})
    monkeypatch.setitem(app.config, "SETTINGS", here)
    for hour in (0, 1, 14, 15, 16, 38):  # 8 o'clock UTC is 9 in Berlin: the day ends at 15 h
        deed(session, "things.made")
        jobs.anchor(session, now=NOW + timedelta(hours=hour))

    assert jobs in JOBS
    found = anchors.inspect(tmp_path, keys=anchors.keys_from(settings.secret_keys))
    assert [anchor.at for anchor in found.anchors()] == [
        NOW,
        NOW + timedelta(hours=15),
    ]


def test_check_45_a_row_that_an_anchor_names_is_missed(
    session: Session, three: list[Path], tmp_path: Path
) -> None:
    last = max(head.event_id for head in queries.heads(session) if head.chain == str(CASE))
    tamper(session, "DELETE FROM audit_events WHERE id = :id", id=last)

    assert queries.first_break(session) is None
    broken = queries.first_break(session, anchored=anchors.inspect(tmp_path, keys=KEYS).heads())
    assert broken
    assert (broken.event_id, broken.flaw) == (last, "missing")
    assert broken.at is not None


def _cut_a_line(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:1] + lines[2:]))


def _change_a_hash(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"hash": "', b'"hash": "f', 1))


def _half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _nonsense(path: Path) -> None:
    path.write_bytes(b"\xff\xfe[]\n{}\n7")


def _one_byte_more(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


@pytest.mark.parametrize(
    "alter", [_cut_a_line, _change_a_hash, _half, _empty, _nonsense, _one_byte_more]
)
@pytest.mark.parametrize("which", [1, 2, 3])
def test_check_45_an_altered_anchor_is_named(
    three: list[Path], tmp_path: Path, which: int, alter: Callable[[Path], None]
) -> None:
    alter(three[which - 1])

    assert [(fault.number, fault.flaw) for fault in faults(tmp_path)] == [(which, Flaw.ALTERED)]


@pytest.mark.parametrize("which", [1, 2])
def test_check_45_a_missing_anchor_is_named(three: list[Path], tmp_path: Path, which: int) -> None:
    three[which - 1].unlink()

    assert faults(tmp_path) == [Fault(which, Flaw.MISSING)]


def test_check_45_two_anchors_that_changed_names_are_named(
    three: list[Path], tmp_path: Path
) -> None:
    first, second = three[0].read_bytes(), three[1].read_bytes()
    three[0].write_bytes(second)
    three[1].write_bytes(first)

    assert [fault.number for fault in faults(tmp_path)] == [1, 2]


def test_check_45_an_anchor_made_by_somebody_else_is_named(
    session: Session, three: list[Path], tmp_path: Path
) -> None:
    """Whoever may write into the folder does not have the key."""
    three[2].unlink()
    anchors.write(tmp_path, heads=[], keys=OTHERS, now=NOW)

    assert faults(tmp_path) == [Fault(3, Flaw.FOREIGN, anchors.public_key(OTHERS[0]))]

    deed(session, "things.made")
    assert anchored(session, tmp_path)  # anchoring goes on, and the fault stays
    assert [fault.number for fault in faults(tmp_path)] == [3]


def test_what_an_altered_anchor_names_is_not_believed(
    session: Session, three: list[Path], tmp_path: Path
) -> None:
    _change_a_hash(three[1])

    assert (
        queries.first_break(session, anchored=anchors.inspect(tmp_path, keys=KEYS).heads()) is None
    )


def test_check_45_a_retired_key_vouches_for_what_it_signed_before_and_for_nothing_later(
    session: Session, three: list[Path], tmp_path: Path
) -> None:
    new = anchors.keys_from(["a new secret of this portal"])
    deed(session, "things.made")
    assert anchored(session, tmp_path, keys=[*new, *KEYS])  # the new one in front, the old behind

    assert anchors.inspect(tmp_path, keys=new).faults == []  # the old one taken away
    assert len(anchors.inspect(tmp_path, keys=new).sound) == 4

    anchors.write(tmp_path, heads=[], keys=KEYS, now=NOW)
    assert anchors.inspect(tmp_path, keys=new).faults == [
        Fault(5, Flaw.FOREIGN, anchors.public_key(KEYS[0]))
    ]


def test_a_key_that_was_changed_in_one_step_is_named(three: list[Path], tmp_path: Path) -> None:
    found = anchors.inspect(tmp_path, keys=OTHERS).faults
    assert {(fault.flaw, fault.key) for fault in found} == {
        (Flaw.FOREIGN, anchors.public_key(KEYS[0]))
    }


def test_anybody_can_check_an_anchor_with_the_public_key_alone(three: list[Path]) -> None:
    made = anchors.latest(three[0].parent)

    assert made
    assert made.is_signed
    assert made.key == anchors.public_key(KEYS[0])


def test_a_folder_that_is_not_there_has_no_anchors(tmp_path: Path) -> None:
    assert anchors.latest(tmp_path / "nowhere") is None
    assert faults(tmp_path / "nowhere") == []
