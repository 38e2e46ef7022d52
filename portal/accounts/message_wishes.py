"""What somebody wishes of messages: by which way they come, and when to be reminded.

Who has said nothing gets mail, or a short message where there is no mailbox, and is reminded twice.
The notice of a letter goes its own way (`postbox`): no wish turns it off.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.models import Citizen
from portal.core.db import Model, enum_column


class Route(StrEnum):
    """By which way messages come."""

    MAIL = "mail"
    SMS = "sms"
    BOTH = "both"


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
USUAL_LEADS = (Lead.TWO_DAYS, Lead.TWO_HOURS)


class MessageWish(Model):
    """What one citizen has chosen; the language stands with the person. `leads` may be empty."""

    __tablename__ = "message_wishes"

    citizen_id: Mapped[UUID] = mapped_column(
        ForeignKey("citizens.id", ondelete="CASCADE"), primary_key=True
    )
    route: Mapped[Route] = mapped_column(enum_column(Route))
    leads: Mapped[list[str]]
    changed_at: Mapped[datetime]


def leads_of(leads: list[str] | None) -> frozenset[Lead]:
    """Return when to remind; None is what somebody wishes who has said nothing."""
    return frozenset(USUAL_LEADS if leads is None else (Lead(lead) for lead in leads))


def addresses_of(citizen: Citizen, wish: MessageWish | None) -> tuple[str, ...]:
    """Return where messages go, the first counts; a way that leads nowhere is not taken."""
    match wish.route if wish else Route.MAIL:
        case Route.BOTH:
            return citizen.addresses
        case Route.SMS:
            return citizen.addresses[-1:]
    return citizen.addresses[:1]
