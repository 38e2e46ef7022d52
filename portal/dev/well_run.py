"""The inbox of the demo office as a well-run one has it: within its clocks, one thing slipped.

The stories are told backwards from now, and some of their items would have lain for weeks. What is
still open gets a clock of these days, as it would have where somebody works each morning.
"""

from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.calendars.slots import at_wall
from portal.casefiles.models import DocumentKind
from portal.core import clock, working_days
from portal.dev.stage import DAY, Lead, Office
from portal.dev.stories import hand_in
from portal.inbox import assigning, clocks, escalating, service, weighing
from portal.inbox.models import Alarm, WorkItem

LAND = "HE"
CAME_IN, REMINDED_AT, MOVED_UP_AT = time(10, 20), time(9, 5), time(12, 5)
DUE_TODAY = 3
SPREAD = 4
"""The others are due on one of so many working days from tomorrow on."""
ROUNDS = 20


def let_one_slip(office: Office, lead: Lead) -> None:
    """Hand in a paper that nobody looks at: its owner is reminded, then the team lead gets it.

    It comes before all stories: the clock of those days must find nothing else.
    """
    session, last = office.session, _working_day_before(clock.local_date(office.now))
    first = _opened_on("document", last)
    came_in = at_wall(first, CAME_IN)
    hand_in(office, lead, DocumentKind.HEATING_BILL, at=came_in)
    assigning.take_in(session, now=came_in + timedelta(minutes=1), land=LAND)
    reminded = at_wall(_working_day_before(last), REMINDED_AT)
    for now in (reminded, at_wall(last, MOVED_UP_AT)):
        session.flush()  # the clock asks the database
        escalating.escalate(session, now=now, land=LAND)


def fill(office: Office) -> None:
    """Give every item its owner and its day, and let nothing lie but the one that slipped."""
    session, today = office.session, clock.local_date(office.now)
    _take_in(office)
    late = select(WorkItem).where(
        WorkItem.closed_at.is_(None), WorkItem.alarm < Alarm.LEAD, WorkItem.rests_since.is_(None)
    )
    found = session.scalars(
        late.where(WorkItem.due_on <= today).order_by(WorkItem.due_on, WorkItem.id)
    )
    for number, item in enumerate(found):
        ahead = 0 if number < DUE_TODAY else 1 + number % SPREAD
        _set_clock(item, clocks.later(today, ahead, land=LAND), now=office.now)
    _take_in(office)
    _look_at_what_presses(office, clocks.later(today, 1, land=LAND))
    session.flush()  # weighed in the database
    weighing.weigh_all(session, today=today, land=LAND)


def _take_in(office: Office) -> None:
    for _ in range(ROUNDS):
        office.session.flush()  # the rule asks the database
        if assigning.take_in(office.session, now=office.now, land=LAND) < assigning.BATCH:
            return


def _set_clock(item: WorkItem, due_on: date, *, now: datetime) -> None:
    opened_at = at_wall(_opened_on(item.kind, due_on), CAME_IN)
    item.opened_at = min(opened_at, now - timedelta(hours=2))
    item.due_on = item.given_due_on = due_on
    item.clock_days = item.weighed_on = None


def _look_at_what_presses(office: Office, until: date) -> None:
    """Let the owners have looked at what is due by the next working day: they are at it."""
    found = office.session.scalars(
        select(WorkItem)
        .where(WorkItem.closed_at.is_(None), WorkItem.due_on <= until)
        .where(WorkItem.alarm < Alarm.LEAD)
        .options(joinedload(WorkItem.assignee))
        .order_by(WorkItem.due_on, WorkItem.id)
    ).all()
    for item in found:
        if item.assignee is not None:
            service.look_at(
                office.session, item=item, by=item.assignee, now=office.now - timedelta(hours=1)
            )


def _opened_on(kind: str, due_on: date) -> date:
    """Return the working day on which a thing came in whose clock ends on a day."""
    day = due_on
    for _ in range(clocks.clock_of(kind, on=due_on).days):
        day = _working_day_before(day)
    return day


def _working_day_before(day: date) -> date:
    day -= DAY
    while not working_days.is_working_day(day, land=LAND):
        day -= DAY
    return day
