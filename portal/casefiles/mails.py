"""Mails about the own file: each says only that there is something to see."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.representation import letters

PAPERS = "/unterlagen"


def write(
    session: Session, *, template: str, owner: Citizen, path: str = PAPERS, now: datetime
) -> None:
    """Send a mail that names no paper and no matter.

    The link is a path below the configured address: this deed may run in a process that serves the
    staff side only, and never trusts the host that a request names.
    """
    letters.send(
        session,
        citizen=owner,
        template=template,
        now=now,
        context={"owner": owner, "path": path, "now": now},
    )
