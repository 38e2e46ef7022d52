"""What the clock does for guests: tell them of a move, and the officer of what did not arrive."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.consultations import guests
from portal.core.jobs import every


@every("* * * * *", "consultations.tell_guests")
def tell_guests(session: Session, *, now: datetime, **_: Any) -> None:
    """Write to guests whose appointment was moved or called off."""
    guests.tell_of_changes(session, now=now)


@every("*/5 * * * *", "consultations.tell_undelivered")
def tell_undelivered(session: Session, *, now: datetime, **_: Any) -> None:
    """Put what did not reach a guest before the officer of the talk."""
    guests.tell_undelivered(session, now=now)
