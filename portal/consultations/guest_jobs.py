"""What the clock does for guests: tell them of a move, forget what is not needed any more."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.consultations import guests, nodes
from portal.core.jobs import every

KEPT_AFTER = timedelta(days=7)


@every("* * * * *", "consultations.tell_guests")
def tell_guests(session: Session, *, now: datetime, **_: Any) -> None:
    """Write to guests whose appointment was moved or called off."""
    guests.tell_of_changes(session, now=now)


@every("23 3 * * *", "consultations.forget_guests")
def forget_guests(session: Session, *, now: datetime, **_: Any) -> None:
    """Forget addresses and devices of guests a week after the talk, and nodes that are gone."""
    guests.forget(session, before=now - KEPT_AFTER)
    nodes.forget(session, now=now)
