"""An overdue contact is an item: once for a case, not all at once, gone when it has happened."""

from datetime import time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.appointments import contacts, overdue
from portal.appointments.contacts_models import ContactWay
from portal.calendars.slots import at_wall
from portal.casefiles.models import Case
from portal.inbox import assigning
from portal.inbox.models import ItemKind, WorkItem
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

pytestmark = pytest.mark.usefixtures("quiet_monday")

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def tracks(session: Session) -> None:
    contacts.ensure_standard_tracks(session)


@pytest.fixture
def officer(session: Session) -> StaffMember:
    return make.officer(session)


def cared_for(session: Session, officer: StaffMember, *, days: int = 400) -> Case:
    """Make a case in Bestand (182 days) that nobody has met since it came there."""
    case = make.case_of(session, accounts.citizen(session), integration_officer=officer)
    case.team_id = officer.team_id
    track = contacts.track_for(session, "bestand")
    at = at_wall(MONDAY - days * DAY, time(8))
    contacts.set_track(session, case=case, track=track, by=officer, now=at)
    session.flush()
    return case


def told(session: Session) -> list[WorkItem]:
    overdue.close_settled(session, now=NOW)
    overdue.tell(session, now=NOW)
    session.flush()
    return list(
        session.scalars(
            select(WorkItem)
            .where(WorkItem.kind == ItemKind.CONTACT_DUE, WorkItem.closed_at.is_(None))
            .order_by(WorkItem.opened_at, WorkItem.id)
        )
    )


def test_it_is_told_once_with_owner_and_clock(session: Session, officer: StaffMember) -> None:
    case = cared_for(session, officer)
    cared_for(session, officer, days=100)
    [item] = told(session)
    assert (item.subject_id, item.assignee_id) == (case.id, officer.id)
    assert "(Bestand)" in item.reason
    assigning.take_in(session, now=NOW, land="HE")
    assert item.due_on is not None
    changed = item.changed_at, item.last_change
    assert told(session) == [item]
    assert (item.changed_at, item.last_change) == changed


def test_a_contact_closes_it_and_so_does_an_agreed_talk(
    session: Session, officer: StaffMember
) -> None:
    met, invited = (cared_for(session, officer) for _ in range(2))
    assert len(told(session)) == 2
    contacts.note_contact(
        session, case=met, way=ContactWay.PHONE, at=NOW, text="Angerufen", by=officer, now=NOW
    )
    booking = make.booking(session, citizen=invited.members[0].citizen, officer=officer, by=officer)
    booking.case_id = invited.id
    session.flush()
    assert told(session) == []
    closed = session.scalars(
        select(WorkItem.closed_by).where(WorkItem.kind == ItemKind.CONTACT_DUE)
    ).all()
    assert set(closed) == {officer.name, "System"}


def test_a_desk_is_not_flooded_and_the_longest_overdue_come_first(
    session: Session, officer: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overdue, "AT_ONCE", 2)
    cases = [cared_for(session, officer, days=400 - number) for number in range(4)]
    cared_for(session, make.officer(session))
    assert {one.subject_id for one in told(session)} >= {cases[0].id, cases[1].id}
    assert len(told(session)) == 3
    contacts.note_contact(
        session, case=cases[0], way=ContactWay.PHONE, at=NOW, text="", by=officer, now=NOW
    )
    session.flush()
    mine = {one.subject_id for one in told(session) if one.assignee_id == officer.id}
    assert mine == {cases[1].id, cases[2].id}
