"""Items whose thing is gone close themselves, with a word."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.audit.models import Event
from portal.core import clock
from portal.core.db import Model
from portal.inbox import subjects
from portal.inbox.models import ItemKind
from tests.factories import accounts, casefiles
from tests.factories.inbox import work_item


def test_every_kind_names_a_table_with_an_id() -> None:
    assert set(subjects.TABLES) | subjects.WITHOUT_TABLE == set(ItemKind)
    assert not set(subjects.TABLES) & subjects.WITHOUT_TABLE
    for name in set(subjects.TABLES.values()):
        assert "id" in Model.metadata.tables[name].columns, name


def test_what_is_gone_closes_itself_and_what_is_there_stays(session: Session) -> None:
    jana = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    there = casefiles.document(session)
    stays = work_item(session, team_of=jana, subject_id=there.id)
    gone = work_item(session, team_of=jana)
    assert subjects.close_gone(session, now=clock.now()) >= 1
    session.flush()
    assert stays.closed_at is None
    assert (gone.closed_by, gone.closed_why) == ("System", "Die Sache gibt es nicht mehr.")
    deed = session.scalars(select(Event.deed).where(Event.subject_id == str(gone.id))).one()
    assert deed == "inbox.subject_gone"
