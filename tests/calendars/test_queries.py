"""Reading calendars: for those who may change them."""

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.calendars import queries
from portal.core.errors import NotFound
from tests.factories import accounts
from tests.factories import appointments as make


def test_colleagues_are_shown_to_those_who_manage_appointments(session: Session) -> None:
    officer = make.officer(session)
    assert queries.officers_for(session, asker=officer) == [officer]
    assert queries.officers_for(session, asker=accounts.staff_member(session, Role.MAILROOM)) == []


def test_hours_are_found_by_those_who_may_change_them(session: Session) -> None:
    officer = make.officer(session, opens=False)
    hours, absence = make.hours(session, officer), make.absence(session, officer)
    lead = accounts.staff_member(session, Role.TEAM_LEAD, team=officer.team)
    for asker in (officer, lead):
        assert queries.availability_for(session, hours.id, asker=asker) is hours
        assert queries.absence_for(session, absence.id, asker=asker) is absence
        assert queries.officer_to_plan(session, officer.id, asker=asker) is officer
    stranger = make.officer(session)
    for question, id in (
        (queries.availability_for, hours.id),
        (queries.absence_for, absence.id),
        (queries.officer_to_plan, officer.id),
    ):
        with pytest.raises(NotFound):
            question(session, id, asker=stranger)
