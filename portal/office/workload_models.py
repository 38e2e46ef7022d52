"""How much work somebody can take: part of a full job, how full the cases are, when they are away.

Cases and calendars lie above the office; what they know is brought down as data, again and again.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Model, new_id


class WorkShare(Model):
    """What part of a full job somebody works; who has no row works all of it."""

    __tablename__ = "work_shares"
    __table_args__ = (CheckConstraint("percent BETWEEN 5 AND 100", name="percent"),)

    staff_member_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE"), primary_key=True
    )
    percent: Mapped[int]
    takes_items: Mapped[bool] = mapped_column(default=True)
    since: Mapped[date]
    set_by_name: Mapped[str]


class Caseload(Model):
    """How full the cases make somebody: 1.0 is what the care tracks foresee for one full job."""

    __tablename__ = "caseloads"
    __table_args__ = (CheckConstraint("share >= 0 AND cases >= 0", name="not_negative"),)

    staff_member_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE"), primary_key=True
    )
    cases: Mapped[int]
    share: Mapped[float]
    measured_at: Mapped[datetime]


class AwayTime(Model):
    """A time in which somebody is not there, as the calendar says; the reason stays up there."""

    __tablename__ = "away_times"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_later"),
        Index("ix_away_times_staff_member", "staff_member_id", "ends_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_member_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE")
    )
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
