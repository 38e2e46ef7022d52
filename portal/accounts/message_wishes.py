"""What somebody wishes of messages: by which way they come, and when to be reminded.

Who has said nothing gets mail, or a short message where there is no mailbox, and is reminded twice.
The notice of a letter goes its own way (`postbox`): no wish turns it off.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.models import Citizen
from portal.core.db import Model, enum_column
from portal.notifications.topics import CHOSEN, Topic


class Route(StrEnum):
    """By which way messages come; `NONE` is for news only, which stand in the portal anyway."""

    MAIL = "mail"
    SMS = "sms"
    BOTH = "both"
    NONE = "none"


class Lead(StrEnum):
    """How long before an appointment to be reminded."""

    WEEK = "week"
    TWO_DAYS = "two_days"
    DAY = "day"
    TWO_HOURS = "two_hours"


AHEAD: dict[Lead, timedelta] = {
    Lead.WEEK: timedelta(days=7),
    Lead.TWO_DAYS: timedelta(days=2),
    Lead.DAY: timedelta(days=1),
    Lead.TWO_HOURS: timedelta(hours=2),
}
HOURS = range(6, 11)  # of the morning, in which the numbers of the day can come
USUAL_LEADS = (Lead.TWO_DAYS, Lead.TWO_HOURS)


class MessageWish(Model):
    """What one citizen has chosen; the language stands with the person. `leads` may be empty.

    `by_topic` holds a way (`Route`) for each topic that goes another way than the rest.
    """

    __tablename__ = "message_wishes"

    citizen_id: Mapped[UUID] = mapped_column(
        ForeignKey("citizens.id", ondelete="CASCADE"), primary_key=True
    )
    route: Mapped[Route] = mapped_column(enum_column(Route))
    leads: Mapped[list[str]]
    by_topic: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    changed_at: Mapped[datetime]


class DigestWish(Model):
    """That a staff member wants the numbers of the day by mail, at this hour of a working day.

    Who has no row gets none. `sent_on` is the last day for which one was written.
    """

    __tablename__ = "digest_wishes"
    __table_args__ = (CheckConstraint("hour BETWEEN 6 AND 10", name="morning"),)

    staff_member_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE"), primary_key=True
    )
    hour: Mapped[int]
    changed_at: Mapped[datetime]
    sent_on: Mapped[date | None]


def leads_of(leads: list[str] | None) -> frozenset[Lead]:
    """Return when to remind; None is what somebody wishes who has said nothing."""
    return frozenset(USUAL_LEADS if leads is None else (Lead(lead) for lead in leads))


def route_of(wish: MessageWish | None, topic: Topic | None = None) -> Route:
    """Return by which way messages about a topic come; what was not chosen for it is as ever."""
    if wish is None:
        return Route.MAIL
    chosen = wish.by_topic.get(topic.value) if topic in CHOSEN else None
    return Route(chosen) if chosen else wish.route


def addresses_of(
    citizen: Citizen, wish: MessageWish | None, *, topic: Topic | None = None
) -> tuple[str, ...]:
    """Return where messages go, the first counts; a way that leads nowhere is not taken."""
    match route_of(wish, topic):
        case Route.NONE:
            return ()
        case Route.BOTH:
            return citizen.addresses
        case Route.SMS:
            return citizen.addresses[-1:]
    return citizen.addresses[:1]
