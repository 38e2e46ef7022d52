"""Deeds are written when the transaction ends: nobody holds a chain while waiting for a row."""

import threading
import uuid
from collections.abc import Callable
from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.audit import queries
from portal.audit.models import OFFICE, SYSTEM, Event
from portal.audit.service import record
from portal.core import clock
from portal.core.db import db

CASES = [uuid.UUID(int=number) for number in (1, 2)]
PATIENCE = 20.0  # seconds; a deadlock shows after one


def deed(name: str, *, case_id: uuid.UUID | None = None) -> None:
    record(
        db.session,
        deed=name,
        subject=("thing", "1"),
        by=SYSTEM,
        now=clock.now(),
        case_id=case_id,
    )


def lock_row(number: int) -> None:
    """Wait for what stands for a row: a lock until the transaction ends."""
    db.session.execute(select(func.pg_advisory_xact_lock(number)))


def written() -> list[str]:
    """Return what is in the table, which is not the same as what was recorded."""
    return list(db.session.scalars(text("SELECT deed FROM audit_events ORDER BY id")))


def at_once(app: Flask, *deeds: Callable[[threading.Barrier], None]) -> list[BaseException]:
    """Do each in a transaction of its own, side by side, and return what went wrong."""
    meeting = threading.Barrier(len(deeds))
    errors: list[BaseException] = []

    def run(do: Callable[[threading.Barrier], None]) -> None:
        try:
            with app.app_context():
                do(meeting)
                db.session.commit()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(do,)) for do in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    return errors


def test_who_records_and_then_waits_for_a_row_lets_the_one_who_has_it_record(
    committed_app: Flask,
) -> None:
    def records_first(meeting: threading.Barrier) -> None:
        deed("things.accepted", case_id=CASES[0])
        meeting.wait(PATIENCE)
        lock_row(1)

    def has_the_row(meeting: threading.Barrier) -> None:
        lock_row(1)
        meeting.wait(PATIENCE)
        deed("things.escalated", case_id=CASES[0])

    assert at_once(committed_app, records_first, has_the_row) == []
    with committed_app.app_context():
        assert queries.first_break(db.session) is None
        assert sorted(written()) == ["things.accepted", "things.escalated"]


def test_two_who_record_in_two_cases_the_other_way_round_do_not_wait_in_a_circle(
    committed_app: Flask,
) -> None:
    def both(cases: list[uuid.UUID]) -> Callable[[threading.Barrier], None]:
        def do(meeting: threading.Barrier) -> None:
            deed("things.moved_out", case_id=cases[0])
            meeting.wait(PATIENCE)
            deed("things.moved_in", case_id=cases[1])

        return do

    assert at_once(committed_app, both(CASES), both(CASES[::-1])) == []
    with committed_app.app_context():
        assert queries.first_break(db.session) is None
        assert len(written()) == 4


def test_nothing_is_in_the_table_before_the_end_and_all_in_order_after(session: Session) -> None:
    for name in ("things.made", "things.moved", "things.sent"):
        deed(name, case_id=CASES[0])
    deed("doors.opened")
    assert written() == []

    session.commit()
    assert written() == ["things.made", "things.moved", "things.sent", "doors.opened"]
    assert queries.first_break(session) is None
    assert {head.chain for head in queries.heads(session)} == {str(CASES[0]), OFFICE}


def test_who_reads_deeds_before_the_end_reads_the_own_ones_too(session: Session) -> None:
    deed("things.made")
    assert [event.deed for event in queries.events_about(session, kind="thing", id="1")] == [
        "things.made"
    ]
    deed("things.moved")
    session.commit()
    assert written() == ["things.made", "things.moved"]
    assert queries.first_break(session) is None


def test_what_is_rolled_back_was_not_done(session: Session) -> None:
    deed("things.made")
    session.rollback()
    deed("things.sent")
    session.commit()
    assert written() == ["things.sent"]


@pytest.mark.parametrize("read", [False, True], ids=["unread", "read"])
def test_a_savepoint_that_is_given_up_takes_its_own_deeds_along_and_no_others(
    session: Session, read: bool
) -> None:
    deed("things.made")
    with suppress(RuntimeError), session.begin_nested():
        deed("things.moved")
        with session.begin_nested():
            deed("things.sent")
        if read:
            assert len(session.scalars(select(Event)).all()) == 3
        raise RuntimeError
    deed("things.kept")

    session.commit()
    assert written() == ["things.made", "things.kept"]
    assert queries.first_break(session) is None


@pytest.mark.parametrize("read", [False, True], ids=["unread", "read"])
def test_a_savepoint_that_is_kept_keeps_its_deeds(session: Session, read: bool) -> None:
    deed("things.made")
    with session.begin_nested():
        deed("things.moved")
        with suppress(RuntimeError), session.begin_nested():
            deed("things.sent")
            raise RuntimeError
        if read:
            assert len(session.scalars(select(Event)).all()) == 2

    session.commit()
    assert written() == ["things.made", "things.moved"]
    assert queries.first_break(session) is None
