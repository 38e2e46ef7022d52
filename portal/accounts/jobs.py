"""What the clock does with accounts: forget what nobody needs any more."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.accounts.models import Attempt, Citizen, SecretLink
from portal.core.jobs import every

ATTEMPTS_KEPT = timedelta(days=1)
UNCONFIRMED_KEPT = timedelta(days=7)
LINKS_KEPT = timedelta(days=30)


@every("17 2 * * *", "accounts.forget")
def forget(session: Session, *, now: datetime) -> None:
    """Delete old tries and links, and accounts whose e-mail address was never confirmed."""
    session.execute(delete(Attempt).where(Attempt.at < now - ATTEMPTS_KEPT))
    session.execute(delete(SecretLink).where(SecretLink.expires_at < now - LINKS_KEPT))
    session.execute(
        delete(Citizen).where(
            Citizen.confirmed_at.is_(None), Citizen.created_at < now - UNCONFIRMED_KEPT
        )
    )
