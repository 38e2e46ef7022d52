"""What the start page of the staff shows, gathered from below; a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.accounts.models import Right, StaffMember
from portal.accounts.rules import can
from portal.appointments import queries as appointments
from portal.appointments.models import Booking
from portal.appointments.queries import Gathering
from portal.casefiles import emergency_queries, worker_queries
from portal.casefiles.models import CaseAccess
from portal.casefiles.worker_queries import Held
from portal.core import clock
from portal.inbox import queries as inbox
from portal.inbox.filters import Due, Filters, News, Sort, Urgency, View
from portal.inbox.models import ItemKind
from portal.inbox.queries import Row
from portal.messages import queries as messages
from portal.office import queries as office
from portal.office.queries import Standing

SHOWN = 12
"""How many of the own items stand on the start page."""

TALLIED = 100


@dataclass(frozen=True)
class Glance:
    """How many items a list has: a number that leads to it."""

    key: str
    filters: Filters
    count: int

    @property
    def is_many(self) -> bool:
        """Tell whether there are more than were counted."""
        return self.count >= TALLIED


@dataclass(frozen=True)
class StaffDay:
    """What a staff member sees first: today's talks, the own items, what must not be missed."""

    bookings: Sequence[Booking]
    gatherings: Sequence[Gathering]
    rows: Sequence[Row]
    glances: Sequence[Glance]
    approvals: Sequence[CaseAccess]
    held: Held | None
    messages: int
    """How many messages wait for an answer by the asker."""
    now: datetime

    @property
    def date(self) -> date:
        """Return the day on the wall of the office."""
        return clock.local_date(self.now)

    @property
    def shown(self) -> Sequence[Row]:
        """Return the own items that stand on the page; there may be more."""
        return self.rows[:SHOWN]


def staff_day(session: Session, *, asker: StaffMember, now: datetime) -> StaffDay:
    """Return the day of a staff member; what their roles do not allow is not even asked for."""
    today = clock.local_date(now)
    held = worker_queries.held(session) if can(asker, Right.READ_FILES) else None
    bookings: Sequence[Booking] = []
    gatherings: Sequence[Gathering] = []
    if can(asker, Right.MANAGE_APPOINTMENTS):
        officers = [asker.id]
        sheet = appointments.calendar_sheet(session, today, 1, officers=officers, asker=asker)
        bookings, gatherings = sheet.bookings, sheet.gatherings
    approvals: Sequence[CaseAccess] = []
    if can(asker, Right.APPROVE_ACCESS):
        approvals = emergency_queries.accesses_waiting(session, asker=asker)
    rows: Sequence[Row] = []
    glances: Sequence[Glance] = []
    if can(asker, Right.USE_INBOX):
        mine = Filters(view=View.MINE)
        standing = office.standing_of(session, asker, day=today)
        rows = inbox.rows(session, standing=standing, filters=mine, today=today)
        glances = _glances(session, standing=standing, today=today)
    waiting = messages.waiting_for(session, asker=asker) if can(asker, Right.WRITE_MESSAGES) else 0
    return StaffDay(bookings, gatherings, rows, glances, approvals, held, waiting, now)


def _glances(session: Session, *, standing: Standing, today: date) -> Sequence[Glance]:
    asker = standing.member
    lists = {
        "late": Filters(view=View.MINE, due=Due.OVERDUE, sort=Sort.DUE),
        "today": Filters(view=View.MINE, due=Due.TODAY),
        "urgent": Filters(view=View.MINE, urgency=Urgency.YES),
        "news": Filters(view=View.MINE, news=News.ANY),
        "free": Filters(view=View.UNASSIGNED),
        "team_late": Filters(view=View.TEAM, due=Due.OVERDUE, sort=Sort.DUE),
        "escalated": Filters(view=View.ESCALATED),
        "hand_overs": Filters(view=View.TEAM, kind=ItemKind.HAND_OVER_LATE),
    }
    if can(asker, Right.RELEASE_DECISIONS):
        lists["release"] = Filters(view=View.ALL, kind=ItemKind.DECISION_RELEASE)
    counted = inbox.tallies(
        session, standing=standing, lists=list(lists.values()), today=today, upto=TALLIED
    )
    found = [
        Glance(key, filters, n) for (key, filters), n in zip(lists.items(), counted, strict=True)
    ]
    leads = can(asker, Right.SEE_TEAM)
    return [one for one in found if one.key != "escalated" or one.count or leads]
