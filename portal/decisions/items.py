"""Work items of decisions: one waits for a second person, one came back."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.core import clock
from portal.decisions.models import Decision
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.office import queries as office


def ask_for_release(
    session: Session, decision: Decision, *, title: str, by: StaffMember, now: datetime
) -> None:
    """Put a decision before who leads the team and has had no hand in it."""
    leads = office.leads_of(session, team_id=decision.case.team_id, besides=by.id)
    free = [one for one in leads if str(one.id) not in decision.editors]
    inbox.open_item(
        session,
        kind=ItemKind.DECISION_RELEASE,
        subject_id=decision.id,
        case_id=decision.case_id,
        title=title,
        person=decision.citizen.name,
        reason=" ".join(decision.release_why),
        next_step="Entscheidung ansehen und freigeben",
        team_id=decision.case.team_id,
        assignee_id=free[0].id if free else None,
        due_on=clock.local_date(now),
        now=now,
    )


def tell_returned(session: Session, decision: Decision, *, title: str, now: datetime) -> None:
    """Put a decision that came back before who prepared it."""
    inbox.open_item(
        session,
        kind=ItemKind.DECISION_RETURNED,
        subject_id=decision.id,
        case_id=decision.case_id,
        title=title,
        person=decision.citizen.name,
        reason=f"{decision.returned_by_name}: {decision.returned_why}",
        next_step="Entscheidung ändern",
        team_id=decision.case.team_id,
        assignee_id=decision.prepared_by_id,
        due_on=clock.local_date(now),
        now=now,
    )


def release_is_done(
    session: Session, decision: Decision, *, by: StaffMember, now: datetime
) -> None:
    """Take the item of the second person away."""
    kind = ItemKind.DECISION_RELEASE
    inbox.close_items(session, kind=kind, subject_id=decision.id, by=by, now=now)


def returned_is_done(
    session: Session, decision: Decision, *, by: StaffMember, now: datetime
) -> None:
    """Take the item of who prepared the decision away."""
    kind = ItemKind.DECISION_RETURNED
    inbox.close_items(session, kind=kind, subject_id=decision.id, by=by, now=now)
