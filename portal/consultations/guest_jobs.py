"""What the clock does for guests: tell them that their appointment was moved or called off."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.consultations import guests
from portal.core.jobs import every


@every("* * * * *", "consultations.tell_guests")
def tell_guests(session: Session, *, now: datetime, **_: Any) -> None:
    """Write to guests whose appointment was moved or called off."""
    guests.tell_of_changes(session, now=now)
