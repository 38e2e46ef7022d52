"""What was answered is not decided: § 88 SGG counts until a form, a word or a decision ends it."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.casefiles import lodgements
from portal.core.errors import Conflict
from portal.inbox import assigning, escalating
from portal.inbox.models import ItemKind, WorkItem
from portal.instant import office_jobs, rules
from portal.instant.models import InstantApplication, InstantState
from portal.instant.service import applying, office
from tests.factories import accounts, casefiles, instant

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
LIMIT = date(2027, 5, 28)
DAY = timedelta(days=1)


@pytest.fixture
def officer(session: Session) -> StaffMember:
    return casefiles.officer(session)


def answered(session: Session, officer: StaffMember, **typed: object) -> InstantApplication:
    citizen = accounts.citizen(session)
    made = instant.sent(session, citizen, now=NOW, **typed)
    office.answer(session, application=made, words="Bitte das Formular.", by=officer, now=NOW)
    session.flush()
    return made


def waiting(session: Session) -> list[WorkItem]:
    kind = WorkItem.kind == ItemKind.INSTANT_UNDECIDED
    return list(session.scalars(select(WorkItem).where(kind, WorkItem.closed_at.is_(None))))


def follow(session: Session) -> None:
    session.flush()
    office_jobs.follow_lodgements(session, now=NOW + DAY)
    session.flush()


def test_it_lies_quietly_and_the_alarm_comes_before_the_limit(
    session: Session, officer: StaffMember
) -> None:
    made = answered(session, officer)
    [item] = waiting(session)
    assert (item.subject_id, item.limit_on) == (made.id, LIMIT)
    assigning.take_in(session, now=NOW, land="HE")
    assert item.urgency == 0
    assert escalating.alarm_limits(session, now=NOW + 100 * DAY, land="HE") == 0
    late = datetime(2027, 4, 29, 9, tzinfo=UTC)
    assert escalating.alarm_limits(session, now=late, land="HE") == 1
    session.flush()
    assigning.take_in(session, now=late, land="HE")
    assert "§ 88 SGG" in str(item.urgency_reason)


def test_a_main_application_ends_it_and_taken_back_it_comes_again(
    session: Session, officer: StaffMember
) -> None:
    made = answered(session, officer)
    citizen, form = session.get_one(Citizen, made.lodgement.citizen_id), uuid4()
    lodgements.take_up(session, citizen=citizen, application_id=form, now=NOW)
    follow(session)
    assert waiting(session) == []
    lodgements.give_back(session, application_id=form)
    follow(session)
    assert [item.limit_on for item in waiting(session)] == [LIMIT]


@pytest.mark.parametrize("how", ["connected", "linked"])
def test_what_comes_into_a_file_later_goes_behind_its_wall(
    session: Session, officer: StaffMember, how: str
) -> None:
    made, citizen = instant.sent(session, now=NOW), accounts.citizen(session)
    case = casefiles.case(session, citizen)
    office.answer(session, application=made, words="Bitte das Formular.", by=officer, now=NOW)
    session.flush()
    assert waiting(session)[0].case_id is None
    if how == "connected":
        applying.connect(session, application=made, by=citizen, now=NOW, land="HE")
    else:
        office.link(
            session, application=made, case=case, person=citizen, by=officer, now=NOW, land="HE"
        )
    session.flush()
    assert waiting(session)[0].case_id == case.id


def test_the_office_says_how_it_ended_once(session: Session, officer: StaffMember) -> None:
    made = answered(session, officer)
    office.settle(session, application=made, why="Bescheid vom 1.12.2026.", by=officer, now=NOW)
    session.flush()
    assert waiting(session) == []
    follow(session)
    assert waiting(session) == []
    with pytest.raises(Conflict):
        office.settle(session, application=made, why="Noch einmal.", by=officer, now=NOW)


def test_what_a_form_has_taken_up_needs_no_further_watch(
    session: Session, officer: StaffMember
) -> None:
    citizen = accounts.citizen(session)
    made = instant.sent(session, citizen, now=NOW)
    lodgements.take_up(session, citizen=citizen, application_id=uuid4(), now=NOW)
    assert not rules.can_go(made, InstantState.WITHDRAWN)  # it is taken back with the form
    office.answer(session, application=made, words="Danke.", by=officer, now=NOW)
    session.flush()
    assert waiting(session) == []
