"""The clock of the office stands still while a citizen is asked for papers (`inbox.resting`)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.models import Acting
from portal.casefiles.models import EvidenceRequest, RequestState
from portal.core import clock
from portal.inbox import resting
from portal.inbox.models import ItemKind

KINDS = (ItemKind.APPLICATION, ItemKind.OBJECTION)
"""What cannot go on without the papers. Anything else of the case goes on meanwhile.

What § 88 SGG gives the office, six months or three, goes on in any case (`inbox.clocks`)."""


def rest(session: Session, *, case_id: UUID, until: date | None, by: Acting, now: datetime) -> None:
    """Let what is to be decided rest until the last day of the citizen, if there is one."""
    if until is not None and until >= clock.local_date(now):
        resting.rest_case(session, case_id=case_id, kinds=KINDS, until=until, by=by, now=now)


def go_on(session: Session, *, case_id: UUID, besides: UUID, by: Acting, now: datetime) -> None:
    """Let them go on, unless another request of the case still has its day ahead."""
    asked = select(EvidenceRequest.id).where(
        EvidenceRequest.case_id == case_id,
        EvidenceRequest.id != besides,
        EvidenceRequest.state == RequestState.OPEN,
        EvidenceRequest.due_on >= clock.local_date(now),
    )
    if session.scalar(asked.order_by(EvidenceRequest.id).limit(1)) is None:
        resting.wake_case(session, case_id=case_id, kinds=KINDS, by=by, now=now)
