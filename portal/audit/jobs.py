"""What the clock does for the trail: the heads of its chains go out of the database once a day."""

from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from portal.audit import anchors, service
from portal.core import clock
from portal.core.config import Settings
from portal.core.jobs import every


@every("17 * * * *", "audit.anchor")
def anchor(session: Session, *, now: datetime, **_: Any) -> None:
    """Write the anchor of today unless it is there.

    It looks every hour, so that an office whose machine sleeps at night has its anchor, too.
    """
    settings: Settings = current_app.config["SETTINGS"]
    last = anchors.latest(settings.anchors)
    if last is None or clock.local_date(last.at) != clock.local_date(now):
        keys = anchors.keys_from(settings.secret_keys)
        service.anchor(session, folder=settings.anchors, keys=keys, now=now)
