"""What happens when nobody looks: an item goes to who is there, and then to the lead.

Owner gone or away: to who stands in, else the freest of the team, else the lead. Owner there but
silent: reminded one working day before, on the last day at noon the lead gets what nobody has
looked at; a day that has passed is told to the lead in any case. A lead who does not look within a
working day is followed by the next who is there, and in the end everybody who leads and the team
see it and may take it. Each step stands on the item and in the trail. What rests for the citizen is
left alone, but for § 88 SGG and for an owner who has left the house.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.models import SYSTEM
from portal.core import clock
from portal.inbox import assigning, calling, clocks, steps
from portal.inbox.assigning import Choice, House
from portal.inbox.calling import Call, Moment
from portal.inbox.models import Alarm, Given, StepKind, WorkItem
from portal.office.workload import Worker

BATCH = 200
MOST = 1000
"""Steps of one transaction; the job goes on in the next one at once."""
IN_TURN = 3
"""So many leads are told one after the other, a working day each, before all see it [D]."""


def escalate(session: Session, *, now: datetime, land: str) -> int:
    """Do for each open item what it calls for; return how many steps were made.

    On days on which nobody works only what has no owner who is there gets another.
    """
    moment = Moment.of(now, land=land)
    here = assigning.house(session, now=now, land=land)
    made = 0
    for batch in calling.batches(session, here, moment=moment):
        asked = [(one.item, here.owner(one.item)) for one in batch]
        calls = [
            calling.call_of(one, owner, moment=moment)
            for one, (_, owner) in zip(batch, asked, strict=True)
        ]
        told = steps.told_of(session, [one.item for one in batch if one.item.is_escalated])
        for (item, owner), call in zip(asked, calls, strict=True):
            if call is not None:
                before = told.get(item.id, frozenset())
                made += _answer(session, here, item, owner, call, told=before, moment=moment)
        if made >= MOST:
            return made
    return made


def alarm_limits(session: Session, *, now: datetime, land: str) -> int:
    """Tell owner and lead of what comes near § 88 SGG, resting or not; return how many."""
    today = clock.local_date(now)
    found = session.scalars(
        select(WorkItem)
        .where(
            WorkItem.closed_at.is_(None),
            WorkItem.limit_on <= today + clocks.LIMIT_AHEAD,
            WorkItem.limit_said_at.is_(None),
        )
        .order_by(WorkItem.limit_on, WorkItem.id)
        .limit(BATCH)
        .with_for_update(of=WorkItem, skip_locked=True)
    ).all()
    here = assigning.house(session, now=now, land=land) if found else None
    for item in found:
        lead = here.lead(item) if here else None
        why = clocks.near_limit(item.limit_on, today=today).words or ""
        item.limit_said_at = now
        item.weighed_on = None
        _tell_lead(session, item, lead, StepKind.LIMIT_NEAR, f"{why}.", now=now)
    return len(found)


def _answer(
    session: Session,
    here: House,
    item: WorkItem,
    owner: Worker | None,
    call: Call,
    *,
    told: Collection[UUID],
    moment: Moment,
) -> int:
    now = moment.now
    if call is Call.REMINDER:
        item.alarm = Alarm.REMINDED
        why = gettext("Die Frist endet bald. Niemand hat es bisher angesehen.")
        _say(session, item, StepKind.REMINDED, "inbox.reminded", why, to_id=None, now=now)
        return 1
    if call is Call.OWNER:
        return _new_owner(session, here, item, owner, now=now)
    lead = None
    if len(told) < IN_TURN:
        lead = here.lead(item, besides={item.assignee_id, *told})
    is_late = moment.today > (item.due_on or moment.today)
    lies_with_silent = call is Call.LEAD_TAKES or (
        call is Call.NEXT_LEAD and item.assignee_id == item.alarmed_to_id
    )
    why = _why(call, is_late=is_late)
    if lead is not None and lies_with_silent:
        here.put(item, Choice(lead.worker, Given.LEAD, why), now=now)
    _tell_lead(session, item, lead, StepKind.MOVED_UP, why, now=now)
    return 1


def _why(call: Call, *, is_late: bool) -> str:
    why: str = gettext("Niemand hat es angesehen, und die Frist endet heute.")
    if call is Call.LEAD_KNOWS:
        why = gettext("Die Frist ist vorbei.")
    elif call is Call.NEXT_LEAD:
        why = gettext("Die Leitung hat es einen Arbeitstag lang nicht angesehen.")
    elif is_late:
        why = gettext("Niemand hat es angesehen, und die Frist ist vorbei.")
    return why


def _new_owner(
    session: Session, here: House, item: WorkItem, owner: Worker | None, *, now: datetime
) -> int:
    """Give an item to somebody who is there; when nobody is, it stays and is looked at again."""
    besides = owner.id if owner else None
    choice = here.substitute(item, owner) if owner else None
    if choice is None and item.is_private:
        choice = here.lead(item, besides={besides})
    choice = choice or here.any_owner(item, besides=besides)
    if choice is None or choice.worker.id == besides:
        return 0
    if owner is not None and owner.member.is_active and not choice.worker.is_there:
        return 0
    name = owner.member.name if owner else ""
    here.give(session, item, choice, now=now)
    said = gettext("%(name)s ist nicht da.", name=name) if name else ""
    item.changed_at, item.last_change = now, f"{said} {choice.why}".strip()
    return 1


def _tell_lead(
    session: Session,
    item: WorkItem,
    lead: Choice | None,
    kind: StepKind,
    why: str,
    *,
    now: datetime,
) -> None:
    to_id = lead.worker.id if lead else None
    item.alarmed_at, item.alarmed_to_id = now, to_id
    if kind is StepKind.MOVED_UP:
        item.alarm = Alarm.LEAD if lead else Alarm.ALL
        if lead is None:
            open_to = gettext(
                "Keine andere Leitung ist da: Jetzt sehen es alle Leitungen und das Team."
            )
            why = f"{why} {open_to}"
    deed = "inbox.moved_up" if kind is StepKind.MOVED_UP else "inbox.limit_near"
    _say(session, item, kind, deed, why, to_id=to_id, now=now)


def _say(
    session: Session,
    item: WorkItem,
    kind: StepKind,
    deed: str,
    why: str,
    *,
    to_id: UUID | None,
    now: datetime,
) -> None:
    item.changed_at, item.last_change = now, why
    steps.note(session, item, kind=kind, deed=deed, to_id=to_id, why=why, by=SYSTEM, now=now)
