"""Tables of reading along: who of the office sees a draft now, and what they propose in it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import StaffMember
from portal.applications.models import Application
from portal.core.db import Model, new_id


class DraftReading(Model):
    """One time that somebody of the office may see a draft: first a code, then a person.

    Only the hash of the code is kept. `expires_at` is until when the code can be taken, and once it
    is taken (`staff_member_id`, `opened_at`) until when it may be read. `ended_at`: closed before
    that, or its place given to a new code.
    """

    __tablename__ = "application_readings"
    __table_args__ = (
        CheckConstraint("(staff_member_id IS NULL) = (opened_at IS NULL)", name="taken_pair"),
        Index(
            "uq_application_readings_open",
            "application_id",
            unique=True,
            postgresql_where="ended_at IS NULL",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    application_id: Mapped[UUID] = mapped_column(
        ForeignKey("applications.id", ondelete="CASCADE"), index=True
    )
    code_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    staff_member_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"), index=True)
    opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship(lazy="raise")
    staff_member: Mapped[StaffMember | None] = relationship(lazy="raise")


class Proposal(Model):
    """What somebody of the office proposes as the answer to one question of a draft.

    It lies beside the draft and is no answer: it becomes one when the citizen accepts it, and the
    row goes away with either decision. The newest for a place counts.
    """

    __tablename__ = "application_proposals"
    __table_args__ = (
        UniqueConstraint(
            "application_id",
            "question_id",
            "row_id",
            "owner_id",
            name="uq_application_proposals_place",
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    question_id: Mapped[str]
    row_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None]
    value: Mapped[Any] = mapped_column(JSONB)
    by_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    by_name: Mapped[str]
    proposed_at: Mapped[datetime]
