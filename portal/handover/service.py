"""Looking after hand-overs: what is past its time comes before a team, what is settled goes."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask_babel import gettext, ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.models import SYSTEM
from portal.core import clock
from portal.core.templating import short_moment
from portal.handover import queries
from portal.handover.queries import Late
from portal.handover.steps import STEPS, HandOver
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind, WorkItem

URGENT = 2


def watch(session: Session, *, land: str, now: datetime) -> None:
    """Open one item for each step and team in which something hangs, and close the others."""
    rest = queries.team_for_the_rest(session)
    said = _said(session)
    kept: set[UUID] = set()
    for step in STEPS:
        if not step.opens_item:
            continue
        for team_id, late in _by_team(
            step.late(session, step.before(now, land=land), None), rest=rest
        ).items():
            id, reason = step.item_id(team_id), _reason(late)
            kept.add(id)
            if said.get(id) != reason:  # else it would look new every ten minutes
                _open(session, step, team_id, reason, now=now)
    for subject_id in said.keys() - kept:
        inbox.close_items(
            session, kind=ItemKind.HAND_OVER_LATE, subject_id=subject_id, by=SYSTEM, now=now
        )


def _by_team(found: Sequence[Late], *, rest: UUID | None) -> dict[UUID, list[Late]]:
    teams: dict[UUID, list[Late]] = defaultdict(list)
    for late in found:
        team_id = late.team_id or rest
        if team_id is not None:
            teams[team_id].append(late)
    return teams


def _reason(late: Sequence[Late]) -> str:
    return str(
        ngettext(
            "%(num)d Vorgang hängt seit %(since)s.",
            "%(num)d Vorgänge hängen, der älteste seit %(since)s.",
            len(late),
            since=short_moment(min(one.since for one in late)),
        )
    )


def _open(session: Session, step: HandOver, team_id: UUID, reason: str, *, now: datetime) -> None:
    inbox.open_item(
        session,
        kind=ItemKind.HAND_OVER_LATE,
        subject_id=step.item_id(team_id),
        case_id=None,
        title=gettext("Es hängt: %(step)s", step=step.title),
        person=gettext("Kein Name"),
        reason=reason,
        next_step=gettext("Ansehen, was hängt"),
        team_id=team_id,
        assignee_id=None,
        due_on=clock.local_date(now),
        urgency=URGENT,
        urgency_reason=gettext("Die Zeit für diesen Schritt ist um."),
        now=now,
    )


def _said(session: Session) -> dict[UUID, str]:
    """Return what the open items say, by their subjects."""
    rows = session.execute(
        select(WorkItem.subject_id, WorkItem.reason).where(
            WorkItem.kind == ItemKind.HAND_OVER_LATE, WorkItem.closed_at.is_(None)
        )
    )
    return {row.subject_id: row.reason for row in rows}
