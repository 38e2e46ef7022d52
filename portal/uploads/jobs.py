"""What the clock does for uploads: forget those that nobody has handed in."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.jobs import every
from portal.core.vault import service as vault
from portal.uploads.models import Upload


@every("40 * * * *", "uploads.forget_expired")
def forget_expired(session: Session, *, now: datetime) -> None:
    """Forget uploads that have expired, with their bytes."""
    expired = session.scalars(
        select(Upload).where(Upload.expires_at < now).order_by(Upload.expires_at).limit(500)
    ).all()
    for upload in expired:
        session.delete(upload)
    session.flush()  # the files are named by the rows
    vault.forget(session, file_ids=[upload.file_id for upload in expired])
