"""What the clock does with letters and numbers: forget what nobody needs any more."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.core.jobs import every
from portal.identity.models import CodeLetter, CounterNumber

LETTERS_KEPT = timedelta(days=180)


@every("23 2 * * *", "identity.forget")
def forget(session: Session, *, now: datetime) -> None:
    """Delete numbers that have run out, and old letters with the address that they went to."""
    session.execute(delete(CounterNumber).where(CounterNumber.expires_at <= now))
    session.execute(delete(CodeLetter).where(CodeLetter.asked_at < now - LETTERS_KEPT))
