"""The work item of an application in review: it rests while the citizen is asked.

A resting item stays on the list, due on the last day that the citizen has: nothing can be lost
because nobody answers.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.applications import rules
from portal.applications.models import Application, CorrectionRound
from portal.applications.sheet import Sheet
from portal.core import clock
from portal.core.errors import NotFound
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind


def put(
    session: Session,
    *,
    application: Application,
    sheet: Sheet,
    rounds: Sequence[CorrectionRound],
    now: datetime,
) -> None:
    """Put an application in review before the office: to decide, or to wait for the citizen."""
    case, reviewer = application.case, application.reviewer
    if case is None or application.submitted_at is None or reviewer is None:
        raise NotFound
    asked = [one for one in rounds if one.closed_at is None and one.answered_at is None]
    level, why = rules.urgency_of(application, sheet)
    due_on = rules.due_on(application.submitted_at, level)
    reason, next_step = f"In Prüfung bei {reviewer.name}.", "Entscheiden"
    rests_until = max((one.last_day for one in asked), default=None)
    if rests_until:
        reason = f"Ruht: Rückfrage an die Person, Antwort bis {rests_until:%d.%m.%Y}."
        next_step, level, why = "Antwort abwarten", 0, None
    inbox.open_item(
        session,
        kind=ItemKind.APPLICATION,
        subject_id=application.id,
        case_id=case.id,
        title=sheet.form.title.de,
        person=application.citizen.name,
        reason=reason,
        next_step=next_step,
        team_id=case.team_id,
        assignee_id=reviewer.id,
        due_on=due_on,
        rests_until=rests_until,
        received_on=clock.local_date(application.submitted_at),
        urgency=level,
        urgency_reason=why,
        now=now,
    )
