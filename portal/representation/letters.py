"""Mails about a person: to the person, and a copy to who was named guardian by a court."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.notifications import service as notifications
from portal.notifications.models import Message
from portal.notifications.service import Enclosure
from portal.representation import queries


def send(
    session: Session,
    *,
    citizen: Citizen,
    template: str,
    context: dict[str, Any],
    now: datetime,
    enclosures: Sequence[Enclosure] = (),
    language: str = "de",
) -> list[Message]:
    """Write to a citizen and to each guardian; § 13 (3) SGB X has the office turn to them.

    The greeting names the citizen in both, so that nobody mistakes whom it is about. Return what
    was written, the citizen's own first; whoever has no address gets none.
    """
    guardians = queries.guardians_of(session, principal=citizen, now=now)
    readers = [(citizen.address, citizen.id)]
    readers += [(one.representative.address, one.representative_id) for one in guardians]
    written = [
        notifications.send(
            session,
            template=template,
            address=address,
            recipient_id=id,
            now=now,
            context=context,
            enclosures=enclosures,
            language=language,
        )
        for address, id in readers
    ]
    return [message for message in written if message is not None]
