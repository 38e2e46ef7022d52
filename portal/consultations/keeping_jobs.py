"""What the clock forgets: addresses of guests, silent media servers, old device profiles."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.consultations import guests, nodes, profiles
from portal.core.jobs import every

GUESTS_KEPT = timedelta(days=7)


@every("23 3 * * *", "consultations.forget")
def forget(session: Session, *, now: datetime, **_: Any) -> None:
    """Forget what no talk needs any more."""
    guests.forget(session, before=now - GUESTS_KEPT)
    nodes.forget(session, now=now)
    profiles.forget_old(session, now=now)
