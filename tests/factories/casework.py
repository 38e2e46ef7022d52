"""Notes and questions for tests, made by real deeds."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.casefiles.models import Case
from portal.casework import asking, noting
from portal.casework.models import CaseNote, ExpertQuestion, NoteScope
from portal.casework.rules import Whom
from portal.core import clock


def note(
    session: Session,
    case: Case,
    by: StaffMember,
    *,
    text: str = "Ruft am besten vormittags an.",
    scope: NoteScope = NoteScope.TEAM,
    now: datetime | None = None,
) -> CaseNote:
    """Write a note."""
    made = noting.write(session, case=case, scope=scope, text=text, by=by, now=now or clock.now())
    session.flush()
    return made


def question(
    session: Session,
    case: Case,
    by: StaffMember,
    to: StaffMember,
    *,
    only_team: bool = False,
    text: str = "Zählt der Minijob als Erwerbstätigkeit?",
    due_on: date | None = None,
    now: datetime | None = None,
) -> ExpertQuestion:
    """Ask a colleague, or their whole department."""
    now = now or clock.now()
    made = asking.ask(
        session,
        case=case,
        whom=Whom(to.team, None if only_team else to),
        question=text,
        due_on=due_on or clock.local_date(now) + timedelta(days=7),
        by=by,
        now=now,
    )
    session.flush()
    return made
