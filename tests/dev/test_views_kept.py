"""The kept views of the demo inbox."""

from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.core import clock
from portal.dev import views_kept
from portal.dev.stage import Office
from portal.inbox import saved_queries
from tests.factories.accounts import staff_member
from tests.factories.inbox import work_item


def test_an_officer_keeps_views_and_the_team_has_its_own(session: Session) -> None:
    jana = staff_member(session, Role.BENEFIT_OFFICER)
    tobias = staff_member(session, Role.MAILROOM, team=jana.team)
    for _ in range(views_kept.LOOKED_AT + 1):
        work_item(session, team_of=jana)
    views_kept.fill(Office(session, clock.now(), [tobias, jana], {}))
    session.flush()
    assert len(saved_queries.views_of(session, asker=jana)) == 3
    assert len(saved_queries.views_of(session, asker=tobias)) == 2
