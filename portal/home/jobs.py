"""What the clock does for the start pages: the numbers of the day, in the morning."""

from datetime import datetime

from flask import current_app
from sqlalchemy.orm import Session

from portal.core.config import Settings
from portal.core.jobs import every
from portal.home import digest


@every("2,32 3-11 * * *", "home.send_digests")
def send_digests(session: Session, *, now: datetime) -> None:
    """Write to those who want the numbers by this hour."""
    settings: Settings = current_app.config["SETTINGS"]
    digest.send_due(session, land=settings.land, now=now)
