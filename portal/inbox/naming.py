"""The Aktenzeichen of cases, told by the room above: an item is found by it."""

from uuid import UUID

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from portal.inbox.list_models import CaseReference


def name_case(session: Session, *, case_id: UUID, reference: str) -> None:
    """Remember under which Aktenzeichen the items of a new case are found."""
    session.add(CaseReference(case_id=case_id, reference=reference))


def reference_of(case_id: UUID | None) -> ScalarSelect[str]:
    """Return the Aktenzeichen of a case as a part of a statement, NULL for an unknown one."""
    return select(CaseReference.reference).where(CaseReference.case_id == case_id).scalar_subquery()
