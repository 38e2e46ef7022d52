"""The trail: nobody changes it, and whoever can all the same is found out."""

import threading
import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit import queries
from portal.audit.models import SYSTEM, Event
from portal.audit.rules import GENESIS, Break, Flaw, digest
from portal.audit.service import plain, record
from portal.core import clock
from portal.core.db import db
from tests.owner import does as tamper

CASE = uuid.UUID("11111111-1111-4111-8111-111111111111")


def deed(session: Session, name: str, *, case_id: uuid.UUID | None = CASE, **facts: object) -> int:
    record(
        session,
        deed=name,
        subject=("thing", "1"),
        by=SYSTEM,
        now=clock.now(),
        case_id=case_id,
        **facts,
    )
    return session.scalars(select(Event.id).order_by(Event.id.desc()).limit(1)).one()


def test_a_chain_starts_at_nothing_and_each_row_names_the_one_before(session: Session) -> None:
    deed(session, "things.made")
    deed(session, "things.moved")
    first, second = queries.events_about(session, kind="thing", id="1")
    assert first.previous_hash == GENESIS
    assert second.previous_hash == first.hash
    assert queries.first_break(session) is None


@pytest.mark.parametrize(
    "column", ["deed", "actor_name", "actor_id", "subject_id", "hash", "previous_hash", "chain"]
)
def test_check_45_a_changed_row_is_named(session: Session, column: str) -> None:
    deed(session, "things.made")
    changed = deed(session, "things.moved")
    deed(session, "things.sent")
    tamper(session, f"UPDATE audit_events SET {column} = 'other' WHERE id = :id", id=changed)
    broken = queries.first_break(session)
    assert broken is not None
    assert broken.event_id == changed


def test_check_45_changed_facts_are_named(session: Session) -> None:
    changed = deed(session, "things.made", amount="12,00")
    deed(session, "things.moved")
    tamper(session, "UPDATE audit_events SET facts = '{}' WHERE id = :id", id=changed)
    assert queries.first_break(session) == Break(str(CASE), changed, Flaw.CHANGED)


def test_check_45_a_backdated_row_is_named(session: Session) -> None:
    changed = deed(session, "things.made")
    tamper(
        session,
        "UPDATE audit_events SET at = at - interval '1 microsecond' WHERE id = :id",
        id=changed,
    )
    assert queries.first_break(session) == Break(str(CASE), changed, Flaw.CHANGED)


@pytest.mark.parametrize("time", ["infinity", "-infinity", "10000-01-01", "0044-03-15 BC"])
def test_check_45_a_time_that_no_clock_shows_stops_nobody(session: Session, time: str) -> None:
    changed = deed(session, "things.made")
    tamper(session, f"UPDATE audit_events SET at = '{time}' WHERE id = :id", id=changed)
    assert queries.first_break(session) == Break(str(CASE), changed, Flaw.CHANGED)


@pytest.mark.parametrize("facts", ["null", "[]", '"text"', "1e400", "[" * 5000 + "]" * 5000])
def test_check_45_facts_of_any_shape_stop_nobody(session: Session, facts: str) -> None:
    changed = deed(session, "things.made")
    tamper(
        session,
        "UPDATE audit_events SET facts = CAST(:facts AS jsonb) WHERE id = :id",
        facts=facts,
        id=changed,
    )
    assert queries.first_break(session) == Break(str(CASE), changed, Flaw.CHANGED)


def test_check_45_a_chain_written_anew_is_found_by_an_anchor(session: Session) -> None:
    written = deed(session, "things.made")
    anchors = queries.heads(session)
    [event] = queries.events_about(session, kind="thing", id="1")
    forged = digest(
        chain=event.chain,
        at=event.at,
        actor_kind=event.actor_kind,
        actor_id=event.actor_id,
        actor_name="Somebody Else",
        deed=event.deed,
        subject_kind=event.subject_kind,
        subject_id=event.subject_id,
        facts=event.facts,
        previous_hash=event.previous_hash,
    )
    tamper(session, "UPDATE audit_events SET actor_name = 'Somebody Else', hash = :h", h=forged)

    assert queries.first_break(session) is None
    broken = queries.first_break(session, anchored=anchors)
    assert broken == Break(str(CASE), written, Flaw.REWRITTEN)


def test_check_45_the_earliest_of_several_bad_rows_is_named(session: Session) -> None:
    deed(session, "things.made")
    early = deed(session, "doors.opened", case_id=None)
    late = deed(session, "things.moved")
    tamper(session, f"UPDATE audit_events SET deed = 'x' WHERE id IN ({early}, {late})")

    found = queries.examine(session)
    assert found.first == Break("office", early, Flaw.CHANGED)
    assert found.broken == {str(CASE), "office"}
    assert (found.events, found.chains) == (3, 2)


def test_check_45_the_row_after_a_deleted_one_is_named(session: Session) -> None:
    deed(session, "things.made")
    gone = deed(session, "things.moved")
    after = deed(session, "things.sent")
    tamper(session, "DELETE FROM audit_events WHERE id = :id", id=gone)
    assert queries.first_break(session) == Break(str(CASE), after, Flaw.DISPLACED)


def test_check_45_two_rows_that_changed_places_are_named(session: Session) -> None:
    first, second = deed(session, "things.made"), deed(session, "things.moved")
    tamper(
        session,
        "WITH gone AS (DELETE FROM audit_events WHERE id IN (:a, :b) RETURNING *)"
        " INSERT INTO audit_events OVERRIDING SYSTEM VALUE"
        " SELECT CASE id WHEN :a THEN :b ELSE :a END + 1000, chain, at, actor_kind, actor_id,"
        " actor_name, deed, subject_kind, subject_id, facts, previous_hash, hash FROM gone",
        a=first,
        b=second,
    )
    broken = queries.first_break(session)
    assert broken == Break(str(CASE), first + 1000, Flaw.DISPLACED)


def test_check_45_a_chain_cut_off_at_its_end_is_found_by_an_anchor(session: Session) -> None:
    deed(session, "things.made")
    last = deed(session, "things.moved")
    anchors = queries.heads(session)
    assert queries.first_break(session, anchored=anchors) is None
    tamper(session, "DELETE FROM audit_events WHERE id = :id", id=last)
    assert queries.first_break(session) is None
    assert queries.first_break(session, anchored=anchors) == Break(str(CASE), last, Flaw.MISSING)


def test_deeds_without_a_case_have_a_chain_of_their_own(session: Session) -> None:
    deed(session, "things.made")
    deed(session, "doors.opened", case_id=None)
    assert {head.chain for head in queries.heads(session)} == {str(CASE), "office"}


class Colour(StrEnum):
    RED = "red"


def test_facts_come_back_as_they_were_written(session: Session) -> None:
    deed(
        session,
        "things.made",
        id=CASE,
        on=date(2026, 11, 27),
        at=datetime(2026, 11, 27, 9, 30, tzinfo=UTC),
        amount=Decimal("563.00"),
        kind=Colour.RED,
        big=10**20,
        many=["ä", None, True, 3],
        nested={"b": 1, "a": {"z": "\0 gone"}},
    )
    session.expire_all()
    assert queries.first_break(session) is None
    [event] = queries.events_about(session, kind="thing", id="1")
    assert event.facts["amount"] == "563.00"
    assert event.facts["kind"] == "red"


@pytest.mark.parametrize("fact", [1.5, float("nan"), b"bytes", object()])
def test_what_json_would_bend_is_refused(fact: object) -> None:
    with pytest.raises(TypeError, match="not a fact"):
        plain({"fact": fact})


def test_a_time_of_another_zone_is_kept_in_utc(session: Session) -> None:
    berlin = datetime(2026, 11, 27, 10, 30, tzinfo=timezone(timedelta(hours=1)))
    record(session, deed="things.made", subject=("thing", "1"), by=SYSTEM, now=berlin)
    session.expire_all()
    assert queries.first_break(session) is None


def test_check_44_a_deed_and_its_row_stand_or_fall_together(session: Session) -> None:
    deed(session, "things.made")
    undone = session.begin_nested()
    deed(session, "things.moved")
    undone.rollback()
    deed(session, "things.sent")

    deeds = [event.deed for event in queries.events_of_case(session, case_id=CASE)]
    assert deeds == ["things.sent", "things.made"]
    assert queries.first_break(session) is None


def test_two_transactions_on_one_chain_follow_each_other(committed_app: Flask) -> None:
    each, threads = 10, 4
    barrier = threading.Barrier(threads)
    errors: list[BaseException] = []

    def write() -> None:
        try:
            with committed_app.app_context():
                barrier.wait(10)
                for _ in range(each):
                    deed(db.session, "things.made")
                    db.session.commit()
        except BaseException as error:
            errors.append(error)

    running = [threading.Thread(target=write) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(60)
    assert not errors
    with committed_app.app_context():
        assert queries.first_break(db.session) is None
        found = queries.events_of_case(db.session, case_id=CASE)
    assert len(found) == each * threads
    assert len({event.previous_hash for event in found}) == each * threads
