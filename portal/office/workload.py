"""Who is there, who stands in for whom, and how much each can take: the figures of one moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, lazyload

from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember
from portal.audit import service as audit
from portal.core import clock, working_days
from portal.core.db import new_id
from portal.core.errors import InvalidInput, NotFound
from portal.office import rules
from portal.office.models import Substitution
from portal.office.workload_models import AwayTime, Caseload, WorkShare

OPENS, CLOSES = time(8), time(16)
"""Between these hours of a working day somebody is expected at the desk [D]."""
LONG_ENOUGH = timedelta(hours=3)
"""What is shorter is a meeting, not an absence."""
AHEAD = timedelta(days=60)


class Fullness(NamedTuple):
    """How full the cases make somebody, as the room of the care tracks says."""

    member_id: UUID
    cases: int
    share: float


class Away(NamedTuple):
    """When somebody is not there, as the room of the calendars says."""

    member_id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass
class Worker:
    """Somebody of the office at one moment, as far as giving out work needs it."""

    member: StaffMember
    percent: int = 100
    takes_items: bool = True
    caseload: float = 0.0
    away_until: date | None = None
    """The last day that the absence touches; nothing for who is there."""
    substitutes: list[UUID] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        """Return whose figures these are."""
        return self.member.id

    @property
    def is_there(self) -> bool:
        """Tell whether they work here and are not away."""
        return self.member.is_active and self.away_until is None

    @property
    def leads(self) -> bool:
        """Tell whether they lead a team."""
        return accounts.can(self.member, Right.SEE_TEAM)


# Deeds


def note_caseloads(session: Session, fullness: Iterable[Fullness], *, now: datetime) -> None:
    """Keep how full everybody is, instead of what was kept before."""
    session.execute(delete(Caseload))
    rows = [
        {
            "staff_member_id": one.member_id,
            "cases": one.cases,
            "share": one.share,
            "measured_at": now,
        }
        for one in fullness
    ]
    if rows:
        session.execute(insert(Caseload), rows)


def note_away(session: Session, times: Iterable[Away]) -> None:
    """Keep when everybody is away in the next weeks, instead of what was kept before."""
    session.execute(delete(AwayTime))
    rows = [
        {
            "id": new_id(),
            "staff_member_id": one.member_id,
            "starts_at": one.starts_at,
            "ends_at": one.ends_at,
        }
        for one in times
        if one.ends_at - one.starts_at >= LONG_ENOUGH
    ]
    if rows:
        session.execute(insert(AwayTime), rows)


def set_work_share(
    session: Session,
    *,
    member: StaffMember,
    percent: int,
    takes_items: bool,
    by: StaffMember,
    now: datetime,
) -> None:
    """Say what part of a full job somebody works, and whether new items are given to them."""
    if not rules.leads(member, by=by):
        raise NotFound
    if not 5 <= percent <= 100:
        raise InvalidInput(gettext("Zwischen 5 und 100 Prozent."), field="percent")
    values = {
        "percent": percent,
        "takes_items": takes_items,
        "since": clock.local_date(now),
        "set_by_name": by.name,
    }
    session.execute(
        upsert(WorkShare)
        .values(staff_member_id=member.id, **values)
        .on_conflict_do_update(index_elements=[WorkShare.staff_member_id], set_=values)
    )
    audit.record(
        session,
        deed="office.work_share_set",
        subject=("staff_member", member.id),
        by=by,
        now=now,
        percent=percent,
        takes_items=takes_items,
    )


# Reading


def share_of(session: Session, member: StaffMember) -> WorkShare:
    """Return what part of a job somebody works; without a row, all of it."""
    found = session.get(WorkShare, member.id)
    return found or WorkShare(staff_member_id=member.id, percent=100, takes_items=True)


def at_desk(now: datetime, *, land: str) -> datetime:
    """Return the moment at which the desk is asked: now, or the next working morning."""
    local = clock.local(now)
    day = local.date()
    if working_days.is_working_day(day, land=land) and local.time() < CLOSES:
        return max(now, datetime.combine(day, OPENS, clock.BERLIN))
    day = working_days.on_or_after(day + timedelta(days=1), land=land)
    return datetime.combine(day, OPENS, clock.BERLIN)


def workers(
    session: Session,
    *,
    now: datetime,
    land: str,
    team_ids: Sequence[UUID] | None = None,
) -> dict[UUID, Worker]:
    """Return everybody (or some teams) who works here or has left, with the figures of `now`.

    Five queries, whatever there is.
    """
    moment = at_desk(now, land=land)
    found = select(StaffMember).options(lazyload(StaffMember.team)).order_by(StaffMember.number)
    if team_ids is not None:
        found = found.where(StaffMember.team_id.in_(team_ids))
    everybody = {one.id: Worker(one) for one in session.scalars(found)}
    for share in session.scalars(select(WorkShare).order_by(WorkShare.staff_member_id)):
        if worker := everybody.get(share.staff_member_id):
            worker.percent, worker.takes_items = share.percent, share.takes_items
    for load in session.scalars(select(Caseload).order_by(Caseload.staff_member_id)):
        if worker := everybody.get(load.staff_member_id):
            worker.caseload = load.share
    _away(session, everybody, moment)
    return everybody


def _away(session: Session, everybody: dict[UUID, Worker], moment: datetime) -> None:
    day = clock.local_date(moment)
    for away in session.scalars(
        select(AwayTime)
        .where(AwayTime.starts_at <= moment, AwayTime.ends_at > moment)
        .order_by(AwayTime.ends_at, AwayTime.id)
    ):
        if worker := everybody.get(away.staff_member_id):
            worker.away_until = clock.local_date(away.ends_at - timedelta(microseconds=1))
    for one in session.scalars(
        select(Substitution)
        .where(
            Substitution.ended_at.is_(None),
            Substitution.first_day <= day,
            Substitution.last_day >= day,
        )
        .order_by(Substitution.created_at, Substitution.id)
    ):
        if worker := everybody.get(one.absent_id):
            worker.away_until = max(one.last_day, worker.away_until or one.last_day)
            worker.substitutes.append(one.substitute_id)
