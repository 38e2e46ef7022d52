"""The work item of an application in review: it rests while the citizen is asked.

A resting item stays on the list, due on the last day that the citizen has: nothing can be lost
because nobody answers.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.applications import rules
from portal.applications.models import Application, CorrectionRound
from portal.applications.sheet import Sheet
from portal.audit.models import Acting
from portal.casefiles import lodgements
from portal.core import clock
from portal.core.errors import NotFound
from portal.core.jobs import REGISTERED
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind

KINDS = {"wid": ItemKind.OBJECTION}
"""What a form is for the office, if it is no application in the narrow sense."""

AFTER_SENDING = {"wid": "decisions.receive_objection"}
"""The job that a room above wants to run once a form was sent, by its name."""


def kind_of(application: Application) -> ItemKind:
    """Return which kind of work item an application is."""
    return KINDS.get(application.form, ItemKind.APPLICATION)


def close(session: Session, *, application: Application, by: Acting, now: datetime) -> None:
    """Take the item of an application away: it is decided, or was taken back."""
    kind = kind_of(application)
    inbox.close_items(session, kind=kind, subject_id=application.id, by=by, now=now)


def tell_above(session: Session, *, application: Application) -> None:
    """Enqueue what a room above wants to do with an application that was sent."""
    wanted = REGISTERED.get(AFTER_SENDING.get(application.form, ""))
    if wanted is not None:
        wanted.enqueue(session, application_id=str(application.id))


def received_on(session: Session, *, application: Application) -> date:
    """Return the day from which § 88 SGG counts: what was lodged without a form was sooner.

    It was an application already (§ 9 SGB X, § 37 SGB II), and the main form only completes it.
    """
    sent_at = application.submitted_at
    if sent_at is None:
        raise NotFound
    taken_up = lodgements.taken_up_by(session, application_id=application.id)
    return clock.local_date(min([sent_at, *(one.at for one in taken_up)]))


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
    due_on = rules.due_on_of(application, level)
    reason, next_step = f"In Prüfung bei {reviewer.name}.", "Entscheiden"
    rests_until = max((one.last_day for one in asked), default=None)
    if rests_until:
        reason = f"Ruht: Rückfrage an die Person, Antwort bis {rests_until:%d.%m.%Y}."
        next_step, level, why = "Antwort abwarten", 0, None
    inbox.open_item(
        session,
        kind=kind_of(application),
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
        received_on=received_on(session, application=application),
        urgency=level,
        urgency_reason=why,
        now=now,
    )
