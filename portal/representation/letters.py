"""Mails about a person: to the person, and a copy to who was named guardian by a court."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.message_wishes import addresses_of
from portal.accounts.models import Citizen
from portal.notifications import service as notifications
from portal.notifications.models import Message
from portal.notifications.service import Enclosure
from portal.notifications.topics import topic_of
from portal.representation import queries


def send(
    session: Session,
    *,
    citizen: Citizen,
    template: str,
    context: dict[str, Any],
    now: datetime,
    enclosures: Sequence[Enclosure] = (),
    as_wished: bool = True,
    quiet_hours: bool = False,
    expires_at: datetime | None = None,
    about: tuple[str, UUID] | None = None,
    unopened_since: datetime | None = None,
) -> list[Message]:
    """Write to a citizen and to each guardian; § 13 (3) SGB X has the office turn to them.

    Each reads in the own language and gets it by the ways they wish, unless `as_wished` says
    otherwise: the notice of a letter goes to the one address that counts. The greeting names the
    citizen in both, so that nobody mistakes whom it is about. Return what was written, the
    citizen's own first; whoever has no address gets none. With `unopened_since`, what an earlier
    one has told already is folded into it (`notifications.service.send`).
    """
    guardians = queries.guardians_of(session, principal=citizen, now=now)
    readers = [citizen, *(one.representative for one in guardians)]
    wishes = accounts.message_wishes_of(session, [one.id for one in readers]) if as_wished else {}
    topic = topic_of(template)
    written = [
        notifications.send(
            session,
            template=template,
            address=address,
            recipient_id=reader.id,
            now=now,
            context=context,
            enclosures=enclosures,
            language=reader.language,
            quiet_hours=quiet_hours,
            expires_at=expires_at,
            about=about,
            unopened_since=unopened_since,
        )
        for reader in readers
        for address in addresses_of(reader, wishes.get(reader.id), topic=topic)
    ]
    for reader in readers:
        if not addresses_of(reader, wishes.get(reader.id), topic=topic):
            notifications.tell_browsers(
                session,
                recipient_id=reader.id,
                template=template,
                language=reader.language,
                now=now,
                unopened_since=unopened_since,
            )
    return [message for message in written if message is not None]
