"""Of which sent applications something is missing, asked of the database for many at once.

The same as `status.missing` for one of them, which tells what it is and until when.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from portal.applications.models import (
    Application,
    ApplicationState,
    Attachment,
    CorrectionMark,
    CorrectionRound,
)
from portal.casefiles.models import EvidenceRequest, RequestState

UNDECIDED = (ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW)


def is_lacking() -> ColumnElement[bool]:
    """Return the condition on `Application` that the office waits for an answer or a paper."""
    marks = (
        select(CorrectionMark.request_id)
        .join(CorrectionRound, CorrectionRound.id == CorrectionMark.round_id)
        .where(CorrectionRound.application_id == Application.id)
        .correlate(Application)
    )
    answers = marks.where(
        CorrectionRound.closed_at.is_(None),
        CorrectionRound.answered_at.is_(None),
        CorrectionMark.question_id.is_not(None),
    )
    attached = (
        select(Attachment.document_id)
        .where(Attachment.application_id == Application.id)
        .correlate(Application)
    )
    papers = exists().where(
        EvidenceRequest.state == RequestState.OPEN,
        or_(
            EvidenceRequest.id.in_(marks.where(CorrectionMark.request_id.is_not(None))),
            EvidenceRequest.rejected_document_id.in_(attached),
        ),
    )
    return and_(Application.state.in_(UNDECIDED), or_(answers.exists(), papers))


def among(session: Session, ids: Iterable[UUID]) -> frozenset[UUID]:
    """Return those of these applications of which something is missing, with one query."""
    found = select(Application.id).where(Application.id.in_(list(ids)), is_lacking())
    return frozenset(session.scalars(found.order_by(Application.id)))
