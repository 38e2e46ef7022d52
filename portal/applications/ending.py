"""Awards that end without a renewal come before the office, one item for each case and end.

The person was reminded long before; the office looks a week before the end. Whoever closes the item
by hand has settled it for this end: somebody who has found work sends nothing more.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.applications import queries
from portal.applications.renewal import FORM
from portal.audit.models import SYSTEM
from portal.casefiles.models import Case
from portal.core import clock
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind, WorkItem

BEFORE, AFTER = timedelta(days=7), timedelta(days=31)
"""So long before the end the office looks; so long after it the item closes itself [D]."""


def tell(session: Session, *, now: datetime) -> None:
    """Put each award that ends so soon before its officer once; take away what is settled."""
    today = clock.local_date(now)
    ends = queries.ending_awards(session, first=today - AFTER, last=today + BEFORE, form=FORM)
    there = _told(session)
    for case, citizens in ends:
        is_ahead = case.award_until is not None and case.award_until >= today
        if is_ahead and (case.id, case.award_until) not in there:
            _open(session, case, citizens, case.award_until, now=now)
    still = {(case.id, case.award_until) for case, _ in ends}
    for (case_id, end), is_open in there.items():
        if is_open and (case_id, end) not in still:
            inbox.close_items(
                session,
                kind=ItemKind.AWARD_ENDS,
                subject_id=case_id,
                by=SYSTEM,
                now=now,
                why=gettext("Der Antrag ist da, oder es ist weiter bewilligt."),
            )


def _told(session: Session) -> dict[tuple[UUID, date | None], bool]:
    """Return for which case and end there was an item that is open or was closed by hand."""
    rows = session.execute(
        select(WorkItem.subject_id, WorkItem.given_due_on, WorkItem.closed_at)
        .where(
            WorkItem.kind == ItemKind.AWARD_ENDS,
            WorkItem.closed_at.is_(None) | (WorkItem.closed_by != SYSTEM.actor.name),
        )
        .order_by(WorkItem.closed_at.nulls_last(), WorkItem.id)
    )
    return {(case_id, end): closed_at is None for case_id, end, closed_at in rows}


def _open(
    session: Session, case: Case, citizens: list[Citizen], end: date | None, *, now: datetime
) -> None:
    inbox.open_item(
        session,
        kind=ItemKind.AWARD_ENDS,
        subject_id=case.id,
        case_id=case.id,
        title=gettext("Bewilligung endet"),
        person=citizens[0].name,
        reason=gettext(
            "Die Bewilligung endet am %(day)s, ein Weiterbewilligungsantrag fehlt.",
            day=f"{end:%d.%m.%Y}",
        ),
        next_step=gettext("Weiterbewilligung ansprechen"),
        team_id=case.team_id,
        assignee_id=case.benefit_officer_id,
        due_on=end,
        now=now,
    )
