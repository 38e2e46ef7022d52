"""An award that ends without a renewal is an item, once for each end."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.applications import ending
from portal.casefiles.models import Case
from portal.core import clock
from portal.inbox import service
from portal.inbox.models import ItemKind, WorkItem
from tests.factories import accounts, casefiles

NOW = clock.now()
TODAY = clock.local_date(NOW)
DAY = timedelta(days=1)


@pytest.fixture
def case(session: Session) -> Case:
    return casefiles.case(session, accounts.citizen(session), now=NOW)


@pytest.fixture
def officer(session: Session, case: Case) -> StaffMember:
    made = casefiles.officer(session, case)
    case.benefit_officer_id = made.id
    return made


def told(session: Session, case: Case, *, ends_in: int) -> list[WorkItem]:
    case.award_from, case.award_until = TODAY - 300 * DAY, TODAY + ends_in * DAY
    session.flush()
    for _ in range(2):
        ending.tell(session, now=NOW)
        session.flush()
    return list(
        session.scalars(
            select(WorkItem)
            .where(WorkItem.kind == ItemKind.AWARD_ENDS, WorkItem.closed_at.is_(None))
            .order_by(WorkItem.id)
        )
    )


def test_it_is_told_a_week_before_and_gone_with_the_next_award(
    session: Session, case: Case, officer: StaffMember
) -> None:
    assert told(session, case, ends_in=8) == []
    assert told(session, case, ends_in=-1) == [], "nobody is asked who has long gone"
    [item] = told(session, case, ends_in=7)
    assert (item.assignee_id, item.due_on) == (officer.id, TODAY + 7 * DAY)
    assert told(session, case, ends_in=300) == []
    assert item.closed_by == "System"


def test_who_closes_it_by_hand_has_settled_it_for_this_end(
    session: Session, case: Case, officer: StaffMember
) -> None:
    [item] = told(session, case, ends_in=5)
    service.close_items(
        session, kind=item.kind, subject_id=case.id, by=officer, now=NOW, why="Hat Arbeit."
    )
    assert told(session, case, ends_in=5) == []
