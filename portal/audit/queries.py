"""Reading the trail: the deeds of a thing or a case, and whether the chains are whole."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from datetime import datetime
from itertools import islice
from typing import cast
from uuid import UUID

import psycopg
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.audit.anchors import Head
from portal.audit.models import ANCHORS, Event
from portal.audit.rules import Break, Findings, Flaw, Row, follow

BATCH = 1000

# Plain columns through a cursor of the server: a million rows pass in constant memory.
_ROWS = """
    SELECT id, hash, chain,
           CASE WHEN at >= '0002-01-01Z' AND at < '9999-01-01Z' THEN at END,
           actor_kind, actor_id, actor_name, deed, subject_kind, subject_id, facts::text,
           previous_hash
    FROM audit_events ORDER BY chain, id
"""


def events_about(session: Session, *, kind: str, id: UUID | str) -> Sequence[Event]:
    """Return the deeds done to one thing, oldest first."""
    return session.scalars(
        select(Event)
        .where(Event.subject_kind == kind, Event.subject_id == str(id))
        .order_by(Event.id)
    ).all()


def latest_about(
    session: Session, *, kind: str, id: UUID | str, before: int | None = None, limit: int = 30
) -> Sequence[Event]:
    """Return the latest deeds done to one thing, newest first; `before` is an id to go on from."""
    older = [Event.id < before] if before is not None else []
    return session.scalars(
        select(Event)
        .where(Event.subject_kind == kind, Event.subject_id == str(id), *older)
        .order_by(Event.id.desc())
        .limit(limit)
    ).all()


def events_of_case(session: Session, *, case_id: UUID, limit: int = 200) -> Sequence[Event]:
    """Return the latest deeds of a case, newest first."""
    return session.scalars(
        select(Event).where(Event.chain == str(case_id)).order_by(Event.id.desc()).limit(limit)
    ).all()


def heads(session: Session) -> Sequence[Head]:
    """Return the last row of every chain: what an anchor outside the database writes down."""
    last = select(func.max(Event.id)).group_by(Event.chain)
    found = session.execute(
        select(Event.chain, Event.id, Event.at, Event.hash)
        .where(Event.id.in_(last))
        .order_by(Event.id)
    )
    return [Head(*row) for row in found]


def anchors_written(session: Session) -> dict[int, str]:
    """Return the anchors that the trail knows of: number and SHA-256 of the file."""
    found = session.execute(
        select(Event.subject_id, Event.facts["sha256"].astext)
        .where(Event.chain == ANCHORS)
        .order_by(Event.id)
    )
    return {int(number): sha256 for number, sha256 in found}


def happened_since(session: Session, moment: datetime) -> bool:
    """Tell whether anything but an anchor was written down after `moment`."""
    return bool(session.scalar(select(exists().where(Event.at > moment, Event.chain != ANCHORS))))


def first_break(session: Session, *, anchored: Iterable[Head] = ()) -> Break | None:
    """Return the first row that was changed, moved, taken away or lost its predecessor."""
    return examine(session, anchored=anchored).first


def examine(session: Session, *, anchored: Iterable[Head] = ()) -> Findings:
    """Walk every chain, then compare with the heads that anchors kept elsewhere.

    Rows cut off at the end of a chain leave no gap, and a chain that was written anew is whole in
    itself; only the heads in `anchored` show either.
    """
    findings = Findings()
    with closing(_rows(session)) as rows:
        follow(rows, findings)
    heads = iter(anchored)
    while some := list(islice(heads, BATCH)):
        _compare(session, some, findings)
    return findings


def _rows(session: Session) -> Generator[Row, None, None]:
    connection = cast("psycopg.Connection[Row]", session.connection().connection.driver_connection)
    with connection.cursor(name="trail") as cursor:
        cursor.execute(_ROWS)
        while some := cursor.fetchmany(BATCH):
            yield from some


def _compare(session: Session, anchored: Sequence[Head], findings: Findings) -> None:
    ids = [head.event_id for head in anchored]
    found = session.execute(
        select(Event.id, Event.chain, Event.hash).where(Event.id.in_(ids)).order_by(Event.id)
    )
    there = {id: (chain, hash) for id, chain, hash in found}
    for head in anchored:
        row = there.get(head.event_id)
        if row != (head.chain, head.hash):
            flaw = Flaw.REWRITTEN if row else Flaw.MISSING
            findings.note(Break(head.chain, head.event_id, flaw, head.at))
