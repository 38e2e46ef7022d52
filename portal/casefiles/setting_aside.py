"""Setting aside what nobody may open: the queue moves on, staff are told, the original stays."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.audit import service as audit
from portal.audit.models import SYSTEM
from portal.casefiles import rules
from portal.casefiles.models import Document, DocumentState
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind

UNOPENABLE = "Die Datei lässt sich nicht sicher öffnen."
UNCHECKABLE = "Die Datei lässt sich nicht auf Schadprogramme prüfen."
INFECTED = "In der Datei steckt ein Schadprogramm."


def set_aside(
    session: Session, *, document: Document, reason: str, now: datetime, **facts: Any
) -> None:
    """Block a document for the reason that citizen and staff read; staff get an urgent item."""
    rules.check_moves(document, DocumentState.BLOCKED)
    document.state = DocumentState.BLOCKED
    document.reason = reason
    audit.record(
        session,
        deed="casefiles.document_blocked",
        subject=("document", document.id),
        by=SYSTEM,
        now=now,
        case_id=document.case_id,
        reason=reason,
        **facts,
    )
    inbox.close_items(session, kind=ItemKind.CORRECTION, subject_id=document.id, by=SYSTEM, now=now)
    inbox.open_item(
        session,
        kind=ItemKind.DOCUMENT,
        subject_id=document.id,
        case_id=document.case_id,
        title=document.title,
        person=document.owner.name,
        reason=f"Gesperrt: {reason}",
        next_step="Noch einmal anfordern",
        team_id=document.case.team_id,
        assignee_id=document.case.benefit_officer_id,
        urgency=1,
        urgency_reason="Die Person wartet auf eine Antwort.",
        now=now,
    )
