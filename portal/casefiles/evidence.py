"""What the trail knows of a request: named papers, periods decided on, reminders sent."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.audit import queries as audit_queries
from portal.audit.models import Event
from portal.casefiles import deadlines
from portal.casefiles.deadlines import Reminder
from portal.casefiles.models import Document, EvidenceAnswer, EvidenceRequest, RequestState
from portal.core import clock

SUBJECT = "evidence_request"
DECIDED = ("casefiles.deadline_extended", "casefiles.deadline_kept")
PEOPLE_AT_ONCE = 200

Due = tuple[EvidenceRequest, Reminder, date]


def may_ask_for_more_time(session: Session, *, request: EvidenceRequest) -> bool:
    """Tell whether nobody has decided yet on more time for this request: it is given once."""
    events = audit_queries.events_about(session, kind=SUBJECT, id=request.id)
    return not any(event.deed in DECIDED for event in events)


def said_by_other(session: Session, *, request: EvidenceRequest) -> str | None:
    """Name who gave the answer in words for the owner, if somebody did."""
    if request.answer in {None, EvidenceAnswer.NOW}:
        return None
    events = audit_queries.events_about(session, kind=SUBJECT, id=request.id)
    answers = [event for event in events if event.deed == "casefiles.evidence_answered"]
    return answers[-1].actor_name if answers and "for" in answers[-1].facts else None


def unlink_named(session: Session, *, request: EvidenceRequest) -> None:
    """Let go of the paper that a citizen has named as the answer before."""
    if request.answer is not EvidenceAnswer.ALREADY_SENT:
        return
    events = audit_queries.events_about(session, kind=SUBJECT, id=request.id)
    named = [event for event in events if event.deed == "casefiles.evidence_answered"]
    id = named[-1].facts.get("document") if named else None
    document = session.get(Document, UUID(id)) if id else None
    if document is not None and document.request_id == request.id:
        document.request_id = None


def due_reminders(
    session: Session, *, now: datetime, people: int = PEOPLE_AT_ONCE
) -> list[list[Due]]:
    """Return whom to remind of what today, person by person; what was reminded of is left out.

    Each line of the trail takes a lock until the end of the transaction, so only so many at once.
    """
    today = clock.local_date(now)
    found = session.scalars(
        select(EvidenceRequest)
        .where(
            EvidenceRequest.state == RequestState.OPEN,
            or_(
                and_(
                    EvidenceRequest.due_on >= today - deadlines.REMIND_AFTER,
                    EvidenceRequest.due_on <= today + deadlines.REMIND_BEFORE,
                ),
                and_(
                    EvidenceRequest.answer_on >= today - deadlines.REMIND_AFTER,
                    EvidenceRequest.answer_on <= today + deadlines.REMIND_BEFORE,
                ),
            ),
        )
        .options(joinedload(EvidenceRequest.owner))
        .order_by(EvidenceRequest.owner_id, EvidenceRequest.due_on, EvidenceRequest.id)
    ).all()
    already = _reminded(session, found)
    groups: dict[UUID, list[Due]] = {}
    for request in found:
        due = deadlines.reminder(request, today=today)
        if due is not None and (str(request.id), due[0].value, due[1].isoformat()) not in already:
            groups.setdefault(request.owner_id, []).append((request, *due))
    return list(groups.values())[:people]


def _reminded(
    session: Session, requests: Sequence[EvidenceRequest]
) -> set[tuple[str, object, object]]:
    events = session.scalars(
        select(Event)
        .where(
            Event.subject_kind == SUBJECT,
            Event.subject_id.in_([str(request.id) for request in requests]),
            Event.deed == "casefiles.evidence_reminded",
        )
        .order_by(Event.id)
    )
    return {(event.subject_id, event.facts["why"], event.facts["day"]) for event in events}
