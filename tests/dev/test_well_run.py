"""The demo office is well run: within its clocks, a few things due today, one that slipped."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.casefiles.models import DocumentKind
from portal.core import clock
from portal.dev import well_run
from portal.dev.people import CITIZENS
from portal.dev.stage import enrol, open_office
from portal.dev.stories import hand_in
from portal.inbox import queries, steps
from portal.inbox.filters import Filters, View
from portal.inbox.models import StepKind, WorkItem
from portal.office.queries import standing_of


def test_most_is_in_time_a_little_is_due_and_one_thing_went_up(session: Session) -> None:
    """Given papers of all ages, when the demo begins, then only what slipped is late."""
    now = clock.now()
    today = clock.local_date(now)
    office = open_office(session, now)
    lead = enrol(office, CITIZENS[0])
    well_run.let_one_slip(office, lead)
    for days in (90, 60, 30, 20, 12, 1):
        hand_in(office, lead, DocumentKind.PAYSLIPS, at=now - timedelta(days=days))
    well_run.fill(office)
    session.flush()

    items = list(session.scalars(select(WorkItem).order_by(WorkItem.due_on, WorkItem.id)))
    assert all(item.due_on and item.assignee_id for item in items)
    late = [item for item in items if item.due_on and item.due_on < today]
    assert [item.is_escalated for item in late] == [True]
    assert len([item for item in items if item.due_on == today]) <= well_run.DUE_TODAY
    assert late[0].urgency_reason == "Frist seit einem Arbeitstag vorbei."

    way = steps.ways_of(session, late)[late[0].id]
    assert [step.kind for step in way] == [StepKind.REMINDED, StepKind.MOVED_UP]
    boss = session.get_one(StaffMember, late[0].alarmed_to_id)
    standing, escalated = standing_of(session, boss, day=today), Filters(view=View.ESCALATED)
    rows = queries.rows(session, standing=standing, filters=escalated, today=today)
    assert [row.item for row in rows] == late
