"""An office of 20 for three weeks over Christmas: nothing without owner, nothing late unseen.

The clock is driven hour by hour; people fall ill, go on holiday with and without a substitute, one
leaves, two never look at anything, each lead looks at nothing for days on end, citizens are asked
and answer or do not. What the job does is the real thing on the real database; what people do is
drawn from a seed.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.audit.models import SYSTEM
from portal.core import clock, working_days
from portal.core.db import new_id
from portal.inbox import assigning, clocks, escalating, follow_ups, resting, service, weighing
from portal.inbox.calling import Moment
from portal.inbox.models import Alarm, ItemKind, ItemStep, ItemView, WorkItem
from portal.office import service as office_service
from portal.office import workload
from portal.office.workload import Away, Fullness
from tests.factories import accounts, office
from tests.factories.inbox import work_item

HE = "HE"
FIRST, LAST = date(2026, 12, 14), date(2027, 1, 3)
HOURS = range(8, 18)
TEAMS = 4
SILENT = 2
DUMB_SPELLS = (2, 5)
"""So many working days on end a lead looks at nothing, twice in the three weeks."""
ARRIVALS = 6
"""New items in an hour, at most; the office can just do as many."""
DAY = timedelta(days=1)
NEED_TIME = timedelta(hours=4)
"""What comes in later on its last day can be seen the next morning only."""

KINDS = (
    ItemKind.APPLICATION,
    ItemKind.DOCUMENT,
    ItemKind.DOCUMENT,
    ItemKind.EVIDENCE_ANSWER,
    ItemKind.INSTANT_APPLICATION,
    ItemKind.LETTER_TO_PRINT,
    ItemKind.HEARING,
    ItemKind.MESSAGE_FAILED,
)


class Office:
    """The people, who of them is away when, and what was seen."""

    def __init__(self, session: Session, chance: random.Random) -> None:
        """Hire four teams with a lead and four officers each."""
        self.session, self.chance = session, chance
        self.officers: list[StaffMember] = []
        self.leads: list[StaffMember] = []
        for _ in range(TEAMS):
            lead = office.lead(session)
            self.leads.append(lead)
            self.officers += [
                accounts.staff_member(session, Role.BENEFIT_OFFICER, team=lead.team)
                for _ in range(4)
            ]
        self.people = {one.id: one for one in (*self.officers, *self.leads)}
        self.silent = {one.id for one in chance.sample(self.officers, SILENT)}
        self.away: list[Away] = []
        self.left: set[UUID] = set()
        self.waited = 0
        self.dumb = {
            (lead.id, FIRST + (begin + n) * DAY)
            for lead in self.leads
            for begin in chance.sample(range((LAST - FIRST).days), 2)
            for n in range(chance.randint(*DUMB_SPELLS))
        }

    def is_there(self, id: UUID, now: datetime) -> bool:
        """Tell whether somebody sits at their desk."""
        absent = any(
            one.member_id == id and one.starts_at <= now < one.ends_at for one in self.away
        )
        return not absent and id not in self.left

    def looks(self, id: UUID, now: datetime) -> bool:
        """Tell whether somebody is there and opens what lies on the desk."""
        is_silent = id in self.silent or (id, clock.local_date(now)) in self.dumb
        return not is_silent and self.is_there(id, now)

    def falls_ill(self, now: datetime) -> None:
        """Let one in thirty fall ill in the morning, for one to five days."""
        for one in self.people.values():
            if one.id not in self.left and self.chance.random() < 1 / 30:
                ends = now + self.chance.randint(1, 5) * DAY
                self.away.append(Away(one.id, now - timedelta(hours=2), ends))
        workload.note_away(self.session, self.away)

    def goes_on_holiday(self, now: datetime) -> None:
        """Let one in each team go for ten days, every second with a substitute."""
        for number in range(TEAMS):
            absent, substitute = self.officers[number * 4], self.officers[number * 4 + 1]
            first = FIRST + (3 + number) * DAY
            starts = datetime.combine(first, time(), clock.BERLIN)
            self.away.append(Away(absent.id, starts, starts + 10 * DAY))
            if number % 2:
                office_service.substitute(
                    self.session,
                    absent=absent,
                    substitute=substitute,
                    first_day=first,
                    last_day=first + 9 * DAY,
                    by=absent,
                    now=now,
                )


def hours() -> Iterator[datetime]:
    """Yield every hour at which somebody could be at work, weekends too: the jobs run then."""
    day = FIRST
    while day <= LAST:
        for hour in HOURS:
            yield datetime.combine(day, time(hour), clock.BERLIN).astimezone(UTC)
        day += DAY


def come_in(here: Office, now: datetime) -> None:
    """Put something before the office, some with a day of its own, some urgent."""
    chance = here.chance
    for _ in range(chance.randint(0, ARRIVALS)):
        officer = chance.choice(here.officers)
        known = chance.random() < 0.6 and officer.id not in here.left
        own_day = chance.random() < 0.3
        work_item(
            here.session,
            team_of=officer,
            kind=chance.choice(KINDS),
            assignee_id=officer.id if known else None,
            due_on=clock.local_date(now) + chance.randint(0, 12) * DAY if own_day else None,
            urgency=chance.choice((0, 0, 0, 1, 2)),
            now=now,
        )


def work(here: Office, now: datetime) -> None:
    """Let everybody who is there look at some of theirs, and finish one now and then."""
    leads = {one.id for one in here.leads}
    for id, desk in _desks(here).items():
        if not here.looks(id, now):
            continue
        by = here.people[id]
        for item in desk[: len(desk) if id in leads else 4]:
            service.look_at(here.session, item=item, by=by, now=now)
        ready = [item for item in desk if item.closed_at is None and not item.is_resting]
        for item in ready[: here.chance.randint(0, 2)]:
            service.close_items(
                here.session, kind=item.kind, subject_id=item.subject_id, by=by, now=now
            )
        if here.chance.random() < 0.05:
            follow_ups.put(
                here.session,
                day=clock.local_date(now) + here.chance.randint(1, 6) * DAY,
                note="Nachsehen",
                is_private=here.chance.random() < 0.5,
                by=by,
                now=now,
                land=HE,
            )


def _desks(here: Office) -> dict[UUID, list[WorkItem]]:
    """Return what lies with each, and what each was told of, the most urgent first.

    What went up to all, everybody who leads and the team find.
    """
    leads = [one.id for one in here.leads]
    desks: dict[UUID, list[WorkItem]] = defaultdict(list)
    for item in here.session.scalars(
        select(WorkItem)
        .where(WorkItem.closed_at.is_(None))
        .order_by(-WorkItem.urgency, WorkItem.due_on, WorkItem.opened_at, WorkItem.id)
    ):
        told = [item.alarmed_to_id] if item.alarm == Alarm.LEAD else []
        if item.is_open_to_all:
            team = [one.id for one in here.officers if one.team_id == item.team_id]
            told = [*leads, *(team if not item.is_private else [])]
        for id in dict.fromkeys((item.assignee_id, *told)):
            if id is not None:
                desks[id].append(item)
    return desks


def ask_and_answer(here: Office, now: datetime) -> None:
    """Let some applications rest for the citizen, and some citizens answer."""
    found = here.session.scalars(
        select(WorkItem)
        .where(WorkItem.closed_at.is_(None), WorkItem.kind == ItemKind.APPLICATION)
        .order_by(WorkItem.id)
    )
    kinds = [ItemKind.APPLICATION]
    for item in found:
        item.case_id = item.case_id or new_id()
        told = {"case_id": item.case_id, "kinds": kinds, "by": SYSTEM, "now": now}
        if item.is_resting and here.chance.random() < 0.02:
            resting.wake_case(here.session, **told)
        elif not item.is_resting and here.chance.random() < 0.02:
            until = clock.local_date(now) + here.chance.randint(2, 8) * DAY
            resting.rest_case(here.session, until=until, **told)


def jobs(session: Session, now: datetime) -> None:
    """Do what the clock does within an hour."""
    session.flush()
    follow_ups.bring_back(session, now=now)
    resting.wake_overdue(session, by=SYSTEM, now=now)
    session.flush()
    while assigning.take_in(session, now=now, land=HE) >= assigning.BATCH:
        session.flush()
    weighing.weigh_all(session, today=clock.local_date(now), land=HE)
    escalating.alarm_limits(session, now=now, land=HE)
    escalating.escalate(session, now=now, land=HE)
    session.flush()
    session.expire_all()


def owners_are_there_to_be_found(here: Office) -> None:
    """Assert that every open item has an owner who works here, and a day."""
    for item in here.session.scalars(
        select(WorkItem).where(WorkItem.closed_at.is_(None)).order_by(WorkItem.id)
    ):
        assert item.assignee_id is not None
        assert item.assignee_id not in here.left
        assert item.due_on is not None


def nothing_passed_unseen(here: Office, day: date) -> None:
    """Assert that what was due by the end of a working day was seen or done on that day or before.

    Seen by somebody who had it or was told, not by anybody; what rests is not due. What is unseen
    went up within a working day, to a lead who looks at nothing: the next one gets it tomorrow.
    """
    following = working_days.on_or_after(day + DAY, land=HE)
    evening = datetime.combine(day, time(HOURS.stop), clock.BERLIN)
    early_enough = evening - NEED_TIME
    a_day_ago = Moment.of(evening, land=HE).a_day_ago
    seen = set(here.session.scalars(select(ItemView.item_id).distinct().order_by(ItemView.item_id)))
    for item in here.session.scalars(
        select(WorkItem)
        .where(
            WorkItem.closed_at.is_(None),
            WorkItem.rests_since.is_(None),
            WorkItem.due_on < following,
        )
        .order_by(WorkItem.id)
    ):
        if item.opened_at > early_enough:
            continue
        tried = (item.kind, item.due_on, item.given, item.alarm, item.opened_at, item.alarmed_at)
        if item.due_on is not None and item.due_on < day:
            assert item.is_escalated, tried
        if item.id in seen:
            continue
        here.waited += 1
        assert item.is_escalated, tried
        assert (item.alarmed_to_id, day) in here.dumb or item.alarmed_at > early_enough, tried
        assert item.alarmed_at > a_day_ago, tried
        assert clocks.between(item.due_on, day, land=HE) <= escalating.IN_TURN, tried


@pytest.mark.parametrize("seed", [7])
def test_three_weeks_in_which_nothing_is_late_unseen(session: Session, seed: int) -> None:
    here = Office(session, random.Random(seed))
    begin = datetime.combine(FIRST, time(6), clock.BERLIN).astimezone(UTC)
    fullness = [Fullness(one.id, 100, here.chance.uniform(0.3, 0.6)) for one in here.officers]
    workload.note_caseloads(session, fullness, now=begin)
    here.goes_on_holiday(begin)
    leaves, goes_on = here.officers[-1], FIRST + 9 * DAY
    for now in hours():
        today, hour = clock.local_date(now), clock.local(now).hour
        works = working_days.is_working_day(today, land=HE)
        if works and hour == HOURS.start:
            here.falls_ill(now)
        if today == goes_on and leaves.is_active:
            leaves.is_active = False
            here.left.add(leaves.id)
        come_in(here, now)
        jobs(session, now)
        owners_are_there_to_be_found(here)
        if works:
            ask_and_answer(here, now)
            work(here, now)
            jobs(session, now + timedelta(minutes=30))
            if hour == HOURS.stop - 1:
                nothing_passed_unseen(here, today)
    _enough_happened(session, here)


def _enough_happened(session: Session, here: Office) -> None:
    """Assert that the three weeks were no idle ones, and that work was shared."""
    steps = session.scalars(select(ItemStep.kind).order_by(ItemStep.id)).all()
    kinds = {kind.value for kind in steps}
    assert kinds == {"given", "reminded", "moved_up", "rested", "woke"}
    assert here.waited, "no lead was silent over something"
    items = session.scalars(select(WorkItem).order_by(WorkItem.id)).all()
    assert len(items) > 400
    done = [item for item in items if item.closed_at]
    assert len(done) > len(items) / 2
    dealt = set(session.scalars(select(ItemStep.to_id).distinct().order_by(ItemStep.to_id)))
    assert len(dealt & set(here.people)) > len(here.people) / 2
