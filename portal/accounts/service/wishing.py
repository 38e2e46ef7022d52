"""Writing down how somebody wants to hear from the office."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.accounts.message_wishes import Lead, MessageWish, Route
from portal.accounts.models import Citizen
from portal.audit import service as audit
from portal.audit.models import Acting


def wish(
    session: Session,
    *,
    citizen: Citizen,
    route: Route,
    leads: Iterable[Lead],
    language: str,
    by: Acting,
    now: datetime,
) -> None:
    """Keep the way, the times of reminders (none: no reminders) and the language of messages."""
    said = {"route": route, "leads": [lead for lead in Lead if lead in set(leads)]}
    session.execute(
        insert(MessageWish)
        .values(citizen_id=citizen.id, changed_at=now, **said)
        .on_conflict_do_update(index_elements=["citizen_id"], set_={"changed_at": now, **said})
    )
    citizen.language = language
    audit.record(
        session,
        deed="accounts.messages_wished",
        subject=("citizen", citizen.id),
        by=by,
        now=now,
        language=language,
        route=route,
        leads=said["leads"],
    )
