"""Erasing a Sofortantrag that never belonged to a file; what proves its receipt stays."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.audit import service as audit
from portal.audit.models import SYSTEM
from portal.core.vault import service as vault
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.instant.models import InstantApplication


def forget(session: Session, *, application: InstantApplication, now: datetime) -> None:
    """Erase words, inbox lines and receipt, in backups too; number, day and hashes stay."""
    id, file_id = application.id, application.receipt_file_id
    for kind in (ItemKind.INSTANT_APPLICATION, ItemKind.INSTANT_UNDECIDED):
        inbox.forget_items(session, kind=kind, subject_id=id)
    session.delete(application)
    session.flush()  # the file is named by the row until then
    if file_id is not None:
        vault.forget(session, file_ids=[file_id])
    vault.destroy_key(session, holder=id, now=now)
    audit.record(
        session, deed="instant.forgotten", subject=("instant_application", id), by=SYSTEM, now=now
    )
