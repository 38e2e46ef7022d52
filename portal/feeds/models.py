"""The secret address at which somebody's own calendar reads their appointments."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import StaffMember
from portal.core.db import Model, new_id


class CalendarFeed(Model):
    """One secret address of one staff member; only its hash is kept, the address is shown once.

    `read_at` and `reader` say when it was read last and by which program, to the day: enough to
    notice a stranger, and no list of somebody's habits.
    """

    __tablename__ = "calendar_feeds"
    __table_args__ = (CheckConstraint("(read_at IS NULL) = (reader IS NULL)", name="read_pair"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_member_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE"), unique=True
    )
    secret_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    reader: Mapped[str | None]

    staff_member: Mapped[StaffMember] = relationship(lazy="joined", innerjoin=True)
