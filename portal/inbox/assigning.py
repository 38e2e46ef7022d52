"""Giving items to people by rules: who is responsible, else the one of the team with most room.

Room is what is open on the desk, weighed by kind, and how full the cases are against their care
tracks, for the part of a job that somebody works. Who is away, must keep out of the file or does
not take items gets none; who stands in for somebody carries half of that desk, too.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.accounts import rules as accounts
from portal.accounts.models import Right
from portal.audit.models import SYSTEM
from portal.core import clock
from portal.inbox import clocks, resting, steps
from portal.inbox.models import Alarm, Given, ItemKind, WorkItem
from portal.office import queries as office
from portal.office import releasing, workload
from portal.office.workload import Worker

BATCH = 200
FULL_DESK = 60
"""So much weight of open items fills one full job [D]."""
NEARLY_FULL = 0.9
RESTING_COUNTS = 4
"""A resting item weighs a fourth."""


@dataclass(frozen=True)
class Choice:
    """Who gets an item, by which rule, and the reason in words."""

    worker: Worker
    given: Given
    why: str


class House:
    """Everybody, what lies on each desk, and who must keep out of which file: one moment."""

    def __init__(
        self,
        workers: Mapping[UUID, Worker],
        weights: Mapping[UUID, float],
        closed: Mapping[UUID, frozenset[UUID]],
        named: Mapping[UUID, Sequence[UUID]],
    ) -> None:
        """Keep the figures; giving an item adds to them."""
        self.workers = workers
        self._named = named
        self._weights = defaultdict(float, weights)
        self._closed = closed
        self._stands_in: dict[UUID, list[UUID]] = defaultdict(list)
        self._teams: dict[UUID, list[Worker]] = defaultdict(list)
        for worker in workers.values():
            self._teams[worker.member.team_id].append(worker)
            for substitute in worker.substitutes:
                self._stands_in[substitute].append(worker.id)

    def load(self, worker: Worker) -> float:
        """Say how full somebody is; 1.0 is a full job."""
        weight = self._weights[worker.id]
        weight += sum(self._weights[absent] / 2 for absent in self._stands_in[worker.id])
        return (weight / FULL_DESK + worker.caseload) * 100 / worker.percent

    def team(self, team_id: UUID) -> list[UUID]:
        """Return who belongs to a team, those who have left too."""
        return [one.id for one in self._teams[team_id]]

    def freest(self, item: WorkItem, *, besides: UUID | None = None) -> Choice | None:
        """Choose who of the team has most room; leads only when there is nobody else."""
        able = [one for one in self._able(item) if one.id != besides]
        for group in ([one for one in able if not one.leads], [one for one in able if one.leads]):
            if group:
                chosen = min(group, key=lambda one: (self.load(one), one.member.number))
                given = Given.LEAD if chosen.leads else Given.DEALT
                return Choice(chosen, given, gettext("Am meisten Luft im Team."))
        return None

    def owner(self, item: WorkItem) -> Worker | None:
        """Return with whom an item lies."""
        return self.workers.get(item.assignee_id) if item.assignee_id else None

    def watchers(self) -> list[UUID]:
        """Return who leads, and who stands in for them: their look at what went up counts."""
        leads = [one for one in self.workers.values() if one.leads]
        return [one.id for one in (*leads, *self._standing_in_for(leads))]

    def lead(self, item: WorkItem, *, besides: Collection[UUID | None] = ()) -> Choice | None:
        """Choose a lead of the team who is there, else who stands in, else one of the house.

        Whom the team has named to release comes before the others of the house.
        """
        team = [one for one in self._teams[item.team_id] if one.leads]
        named = [self.workers[id] for id in self._named.get(item.team_id, ()) if id in self.workers]
        others = [one for one in self.workers.values() if one.leads]
        for group in (team, self._standing_in_for(team), named, others):
            for one in group:
                if one.id not in besides and one.is_there and self._may_lead(one, item):
                    return Choice(one, Given.LEAD, gettext("An die Leitung."))
        return None

    def substitute(self, item: WorkItem, of: Worker) -> Choice | None:
        """Choose who stands in for somebody, if they are there and may do this kind of work."""
        for one in self._standing_in_for([of]):
            if one.is_there and self._may(one, item):
                why = gettext("Vertretung für %(name)s.", name=of.member.name)
                return Choice(one, Given.SUBSTITUTE, why)
        return None

    def any_owner(self, item: WorkItem, *, besides: UUID | None = None) -> Choice | None:
        """Choose somebody: the freest of the team, else a lead, else anybody with an inbox."""
        found = self.freest(item, besides=besides) or self.lead(item, besides={besides})
        if found:
            return found
        for ready in (True, False):
            for one in self.workers.values():
                works = one.member.is_active and accounts.can(one.member, Right.USE_INBOX)
                if works and one.is_there >= ready and not self._keeps_out(one, item):
                    return Choice(one, Given.DEALT, gettext("Im Team ist sonst niemand da."))
        return None

    def give(self, session: Session, item: WorkItem, choice: Choice, *, now: datetime) -> None:
        """Give an item, with a step on it and a line in the trail."""
        self.put(item, choice, now=now)
        steps.note(
            session,
            item,
            deed="inbox.assigned",
            to_id=choice.worker.id,
            why=choice.why,
            by=SYSTEM,
            now=now,
        )

    def put(self, item: WorkItem, choice: Choice, *, now: datetime) -> None:
        """Put an item on another desk; who calls this says why."""
        weight = weight_of(item)
        if item.assignee_id is not None:
            self._weights[item.assignee_id] -= weight
        self._weights[choice.worker.id] += weight
        item.assignee_id = choice.worker.id
        item.given, item.given_at, item.alarm = choice.given, now, Alarm.NONE

    def _able(self, item: WorkItem) -> list[Worker]:
        return [
            one
            for one in self._teams[item.team_id]
            if one.is_there and one.takes_items and self._may(one, item)
        ]

    def _may(self, one: Worker, item: WorkItem) -> bool:
        right = clocks.clock_of(item.kind, on=clock.local_date(item.opened_at)).right
        able = accounts.can(one.member, right) and accounts.can(one.member, Right.USE_INBOX)
        return able and not self._keeps_out(one, item)

    def _may_lead(self, one: Worker, item: WorkItem) -> bool:
        """Tell whether an item may go up to somebody: what only a right can end needs the right."""
        clock_of_it = clocks.clock_of(item.kind, on=clock.local_date(item.opened_at))
        if clock_of_it.only_with_right and not accounts.can(one.member, clock_of_it.right):
            return False
        return not self._keeps_out(one, item)

    def _keeps_out(self, one: Worker, item: WorkItem) -> bool:
        if str(one.id) in (item.kept_from or ()):
            return True
        return item.case_id is not None and one.id in self._closed.get(item.case_id, frozenset())

    def _standing_in_for(self, some: Iterable[Worker]) -> list[Worker]:
        ids = [id for one in some for id in one.substitutes]
        return [self.workers[id] for id in dict.fromkeys(ids) if id in self.workers]


@dataclass(frozen=True)
class Desk:
    """One desk of a team: who, how many open items, how full it is by all that counts."""

    worker: Worker
    open_items: int
    late_items: int
    load: float

    @property
    def light(self) -> str:
        """Return green, yellow (over nine tenths) or red (over full)."""
        if self.load > 1:
            return "red"
        return "yellow" if self.load > NEARLY_FULL else "green"


def desks(session: Session, *, team_id: UUID, now: datetime, land: str) -> Sequence[Desk]:
    """Return the desks of a team, the fullest first; those who have left are none."""
    here = house(session, now=now, land=land)
    counted = {
        id: (count, late)
        for id, count, late in session.execute(
            select(
                WorkItem.assignee_id,
                func.count(),
                func.count().filter(WorkItem.due_on < clock.local_date(now)),
            )
            .where(WorkItem.closed_at.is_(None), WorkItem.assignee_id.in_(here.team(team_id)))
            .group_by(WorkItem.assignee_id)
            .order_by(WorkItem.assignee_id)
        )
    }
    found = [here.workers[id] for id in here.team(team_id) if here.workers[id].member.is_active]
    made = [Desk(one, *counted.get(one.id, (0, 0)), here.load(one)) for one in found]
    return sorted(made, key=lambda desk: (-desk.load, desk.worker.member.number))


def weight_of(item: WorkItem) -> float:
    """Return how much work an item is."""
    weight = clocks.clock_of(item.kind, on=clock.local_date(item.opened_at)).weight
    return weight / RESTING_COUNTS if item.is_resting else weight


def house(session: Session, *, now: datetime, land: str) -> House:
    """Look at the whole office: who is there, what lies where."""
    return House(
        workload.workers(session, now=now, land=land),
        _weights(session, now),
        office.closed_cases(session),
        releasing.named_ids(session, day=clock.local_date(now)),
    )


def _weights(session: Session, now: datetime) -> dict[UUID, float]:
    resting_now = WorkItem.rests_since.is_not(None) & WorkItem.woke_on.is_(None)
    rows = session.execute(
        select(WorkItem.assignee_id, WorkItem.kind, resting_now, func.count())
        .where(WorkItem.closed_at.is_(None), WorkItem.assignee_id.is_not(None))
        .group_by(WorkItem.assignee_id, WorkItem.kind, resting_now)
        .order_by(WorkItem.assignee_id)
    )
    found: dict[UUID, float] = defaultdict(float)
    today = clock.local_date(now)
    for owner_id, kind, rests, count in rows:
        if owner_id is None:
            continue
        weight = clocks.clock_of(ItemKind(kind), on=today).weight * count
        found[owner_id] += weight / RESTING_COUNTS if rests else weight
    return found


def take_in(session: Session, *, now: datetime, land: str) -> int:
    """Give what is new an owner, a day and its weight; return how many were looked at.

    Two workers never take the same; what nobody can take stays for a later run, behind what is new.
    """
    found = _to_take_in(session)
    if not found:
        return 0
    here = house(session, now=now, land=land)
    today = clock.local_date(now)
    for item in found:
        owner = here.owner(item)
        if (owner is None or not owner.member.is_active) and (choice := here.any_owner(item)):
            here.give(session, item, choice, now=now)
        _wind(item, today=today, land=land)
    return len([item for item in found if item.assignee_id])


def _to_take_in(session: Session) -> Sequence[WorkItem]:
    return session.scalars(
        select(WorkItem)
        .where(
            WorkItem.closed_at.is_(None),
            or_(WorkItem.assignee_id.is_(None), WorkItem.weighed_on.is_(None)),
        )
        .order_by(WorkItem.weighed_on.nulls_first(), WorkItem.opened_at, WorkItem.id)
        .limit(BATCH)
        .with_for_update(of=WorkItem, skip_locked=True)
    ).all()


def _wind(item: WorkItem, *, today: date, land: str) -> None:
    """Set the clock of an item and say what it says today."""
    resting.give_back(item, land=land)
    opened_on = clock.local_date(item.opened_at)
    if item.is_resting:
        item.due_before = item.due_before or clocks.due_on(item.kind, opened_on, land=land)
    elif item.due_on is None:
        item.due_on = clocks.due_on(item.kind, opened_on, land=land)
    if item.clock_days is None:
        last = (item.due_before if item.is_resting else item.due_on) or today
        item.clock_days = max(1, clocks.between(opened_on, last, land=land))
    clocks_say(item, today=today, land=land)


def clocks_say(item: WorkItem, *, today: date, land: str) -> None:
    """Bring urgency and its words up to date for today."""
    said = (
        clocks.Weighed()
        if item.is_resting
        else clocks.weighed(item.due_on, item.clock_days, today=today, land=land)
    )
    limit = clocks.near_limit(item.limit_on, today=today)
    item.urgency = max(item.base_urgency, said.urgency, limit.urgency)
    item.urgency_reason = clocks.sentence(item.base_reason, said.words, limit.words)
    item.weighed_on = today
