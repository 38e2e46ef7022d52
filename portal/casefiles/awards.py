"""The award of a case: from when to when benefits were granted last."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.audit import service as audit
from portal.casefiles.models import Case


def set_award(
    session: Session, *, case: Case, first: date, last: date, by: StaffMember, now: datetime
) -> None:
    """Keep the period that was granted; reminders of the next application follow from its end."""
    case.award_from, case.award_until = first, last
    audit.record(
        session,
        deed="casefiles.award_set",
        subject=("case", case.id),
        by=by,
        now=now,
        case_id=case.id,
        award_from=first.isoformat(),
        award_until=last.isoformat(),
    )
