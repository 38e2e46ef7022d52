"""A paper that did not come in time is an item: once for a case, gone when it has come."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.casefiles import asking, lapsed
from portal.casefiles.models import Case, EvidenceRequest
from portal.core import clock
from portal.inbox import assigning
from portal.inbox.models import ItemKind, WorkItem
from tests.factories import accounts, casefiles
from tests.factories.inbox import work_item

NOW = clock.now()
LATER = NOW + timedelta(days=30)


def lapsing(session: Session, case: Case) -> EvidenceRequest:
    owner = case.members[0].citizen
    asked = casefiles.evidence_request(session, owner=owner, due_on=clock.local_date(NOW), now=NOW)
    asked.case_id = case.id
    return asked


def told(session: Session) -> list[WorkItem]:
    lapsed.tell(session, now=LATER)
    session.flush()
    return list(
        session.scalars(
            select(WorkItem)
            .where(WorkItem.kind == ItemKind.DEADLINE, WorkItem.closed_at.is_(None))
            .order_by(WorkItem.opened_at, WorkItem.id)
        )
    )


def test_it_is_told_once_for_a_case_and_gone_when_nothing_is_late(session: Session) -> None:
    case = casefiles.case(session, accounts.citizen(session), now=NOW)
    officer = casefiles.officer(session, case)
    case.benefit_officer_id = officer.id
    first, second = (lapsing(session, case) for _ in range(2))
    session.flush()
    [item] = told(session)
    assert item.subject_id == case.id
    assert item.reason.startswith("2 Unterlagen fehlen")
    assigning.take_in(session, now=LATER, land="HE")
    session.flush()
    assert (item.assignee_id, item.due_on is None) == (officer.id, False)
    changed = item.changed_at
    assert told(session) == [item]
    assert item.changed_at == changed
    asking.withdraw(session, request=first, by=officer, now=LATER)
    assert told(session)[0].reason.startswith("Eine Unterlage fehlt")
    asking.withdraw(session, request=second, by=officer, now=LATER)
    assert told(session) == []


def test_an_open_application_tells_of_it_already(session: Session) -> None:
    case = casefiles.case(session, accounts.citizen(session), now=NOW)
    officer = casefiles.officer(session, case)
    lapsing(session, case)
    item = work_item(session, team_of=officer, kind=ItemKind.APPLICATION, case_id=case.id)
    assert told(session) == []
    item.closed_at, item.closed_by = LATER, officer.name
    session.flush()
    assert len(told(session)) == 1
