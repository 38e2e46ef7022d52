"""Writing down how somebody wants to hear from the office."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.accounts.message_wishes import DigestWish, Lead, MessageWish, Route
from portal.accounts.models import Citizen, StaffMember
from portal.audit import service as audit
from portal.audit.models import Acting
from portal.core.errors import InvalidInput
from portal.notifications.topics import CHOSEN, Topic


def wish(
    session: Session,
    *,
    citizen: Citizen,
    route: Route,
    leads: Iterable[Lead],
    by_topic: Mapping[Topic, Route] | None = None,
    language: str,
    by: Acting,
    now: datetime,
) -> None:
    """Keep the way, other ways for some topics, the times of reminders (none: no reminders) and
    the language of messages.

    Only news may stay in the portal: everything else has a date by which somebody has to know.
    """
    ways = {topic: way for topic, way in (by_topic or {}).items() if topic in CHOSEN}
    if any(way is Route.NONE and topic is not Topic.NEWS for topic, way in ways.items()):
        raise InvalidInput(gettext("Diese Nachrichten brauchen einen Weg zu Ihnen."))
    said = {
        "route": route,
        "leads": [lead for lead in Lead if lead in set(leads)],
        "by_topic": {topic.value: way.value for topic, way in ways.items()},
    }
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
        by_topic=said["by_topic"],
    )


def wish_digest(
    session: Session, *, member: StaffMember, hour: int | None, by: Acting, now: datetime
) -> None:
    """Keep at which hour the numbers of the day come by mail; None is never."""
    if hour is None:
        session.execute(delete(DigestWish).where(DigestWish.staff_member_id == member.id))
    else:
        said = {"hour": hour, "changed_at": now}
        session.execute(
            insert(DigestWish)
            .values(staff_member_id=member.id, **said)
            .on_conflict_do_update(index_elements=["staff_member_id"], set_=said)
        )
    audit.record(
        session,
        deed="accounts.digest_wished",
        subject=("staff_member", member.id),
        by=by,
        now=now,
        hour=hour,
    )
