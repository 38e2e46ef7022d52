"""Who stands in for whom, and which files somebody must not touch."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Citizen, StaffMember, Team
from portal.core.db import Model, enum_column, new_id


class Substitution(Model):
    """That one staff member stands in for another, from the first to the last day inclusive.

    Over those days the substitute sees the files and items of the absent one, and no longer.
    """

    __tablename__ = "substitutions"
    __table_args__ = (
        CheckConstraint("absent_id <> substitute_id", name="two_people"),
        CheckConstraint("last_day >= first_day", name="last_day_later"),
        CheckConstraint("(ended_at IS NULL) = (ended_by_name IS NULL)", name="ended_pair"),
        Index("ix_substitutions_substitute", "substitute_id", "last_day"),
        Index("ix_substitutions_absent", "absent_id", "last_day"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    absent_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    substitute_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    created_at: Mapped[datetime]
    created_by_name: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by_name: Mapped[str | None]

    absent: Mapped[StaffMember] = relationship(foreign_keys=[absent_id], lazy="raise")
    substitute: Mapped[StaffMember] = relationship(foreign_keys=[substitute_id], lazy="raise")


class ConflictKind(StrEnum):
    """Why somebody must not work on a file (§ 16 and § 17 SGB X)."""

    OWN = "own"
    RELATIVE = "relative"
    CLOSE = "close"


class ConflictOfInterest(Model):
    """That a staff member must keep out of the files of a citizen: it is closed until lifted.

    `case_id` is a value, not a foreign key: files lie above. It says on which file the conflict was
    declared, for the inbox, which knows items by their file only.
    """

    __tablename__ = "conflicts_of_interest"
    __table_args__ = (
        CheckConstraint("(lifted_at IS NULL) = (lifted_by_name IS NULL)", name="lifted_pair"),
        Index(
            "uq_conflicts_of_interest_in_force",
            "staff_member_id",
            "citizen_id",
            unique=True,
            postgresql_where="lifted_at IS NULL",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_member_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE")
    )
    citizen_id: Mapped[UUID] = mapped_column(
        ForeignKey("citizens.id", ondelete="CASCADE"), index=True
    )
    case_id: Mapped[UUID | None]
    kind: Mapped[ConflictKind] = mapped_column(enum_column(ConflictKind))
    reason: Mapped[str]
    declared_at: Mapped[datetime]
    declared_by_name: Mapped[str]
    lifted_at: Mapped[datetime | None]
    lifted_by_name: Mapped[str | None]

    staff_member: Mapped[StaffMember] = relationship(lazy="raise")
    citizen: Mapped[Citizen] = relationship(lazy="raise")


class ReleaseDeputy(Model):
    """Who releases decisions of a team that its own leads may not release, on these days.

    Somebody of another team with the right to release. Without a last day it holds until ended.
    """

    __tablename__ = "release_deputies"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="last_day_later"),
        CheckConstraint("(ended_at IS NULL) = (ended_by_name IS NULL)", name="ended_pair"),
        Index("ix_release_deputies_team", "team_id", "first_day"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    deputy_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    named_at: Mapped[datetime]
    named_by_name: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by_name: Mapped[str | None]

    team: Mapped[Team] = relationship(lazy="raise")
    deputy: Mapped[StaffMember] = relationship(lazy="raise")
