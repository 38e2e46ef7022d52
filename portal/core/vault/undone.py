"""Taking out of the store again what a deed has put there that was rolled back."""

import contextlib

from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.core.errors import PortalError
from portal.core.storage import store

_PUT = "files put by this transaction"


def note(session: Session, key: str) -> None:
    """Remember a key until the transaction ends."""
    session.info.setdefault(_PUT, []).append(key)


@event.listens_for(Session, "after_rollback")
def _take_out(session: Session) -> None:
    for key in session.info.pop(_PUT, ()):
        with contextlib.suppress(PortalError, OSError):  # the sweep comes later
            store().delete(key)


@event.listens_for(Session, "after_commit")
def _keep(session: Session) -> None:
    session.info.pop(_PUT, None)
