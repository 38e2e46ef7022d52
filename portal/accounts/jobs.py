"""What the clock does with accounts: forget what nobody needs any more."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_
from sqlalchemy.orm import Session

from portal.accounts.keys import ContactChange, KeptForm, PortalSession, SecretLink, Step
from portal.accounts.models import Attempt, Citizen
from portal.core.jobs import every

ATTEMPTS_KEPT = timedelta(days=1)
UNCONFIRMED_KEPT = timedelta(days=7)
LINKS_KEPT = timedelta(days=30)
SESSIONS_KEPT = timedelta(days=30)


@every("17 2 * * *", "accounts.forget")
def forget(session: Session, *, now: datetime) -> None:
    """Delete old tries, steps, links and sessions, and accounts whose address was never proved."""
    session.execute(delete(Attempt).where(Attempt.at < now - ATTEMPTS_KEPT))
    session.execute(delete(Step).where(Step.expires_at < now))
    session.execute(delete(KeptForm).where(KeptForm.expires_at < now))
    session.execute(delete(SecretLink).where(SecretLink.expires_at < now - LINKS_KEPT))
    session.execute(delete(ContactChange).where(ContactChange.expires_at < now - LINKS_KEPT))
    session.execute(
        delete(PortalSession).where(
            or_(
                PortalSession.seen_at < now - SESSIONS_KEPT,
                PortalSession.ended_at < now - SESSIONS_KEPT,
            )
        )
    )
    session.execute(
        delete(Citizen).where(
            Citizen.confirmed_at.is_(None),
            Citizen.password_hash.is_not(None),
            Citizen.created_at < now - UNCONFIRMED_KEPT,
        )
    )
