"""What belongs to the list of items: kept views, and deeds on many items that can be undone."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import StaffMember
from portal.core.db import Model, enum_column, new_id


class CaseReference(Model):
    """The Aktenzeichen of a case, told by the room above: the list is searched by it."""

    __tablename__ = "case_references"

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str]


class SavedView(Model):
    """Filters of the list under a name, for the one who keeps them or for the whole team.

    `arguments` are the filters as they stand in an address. Without `team_id` only the owner sees
    the view.
    """

    __tablename__ = "saved_views"
    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 60", name="name_length"),
        Index("ix_saved_views_owner", "owner_id", "name"),
        Index("ix_saved_views_team", "team_id", "name", postgresql_where="team_id IS NOT NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id", ondelete="CASCADE"))
    team_id: Mapped[UUID | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    name: Mapped[str]
    arguments: Mapped[dict[str, Any]] = mapped_column(JSONB)
    kept_at: Mapped[datetime]

    owner: Mapped[StaffMember] = relationship(lazy="raise")


class DefaultView(Model):
    """With which kept view the list of a staff member begins."""

    __tablename__ = "default_views"

    staff_member_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE"), primary_key=True
    )
    view_id: Mapped[UUID] = mapped_column(
        ForeignKey("saved_views.id", ondelete="CASCADE"), index=True
    )


class Deed(StrEnum):
    """What can be done with many items at once; the value stands in the form."""

    TAKE = "nehmen"
    GIVE = "geben"
    DONE = "erledigt"
    SEEN = "gesehen"
    LATER = "wiedervorlage"


class ManyDeed(Model):
    """A deed on many items at once, with what was before, until it is undone or has grown old.

    `before` maps the id of each item to who had it before and who has it after: `was`, `now`; of
    what was put off, to the `follow_up` that was made and its `day`.
    """

    __tablename__ = "many_deeds"
    __table_args__ = (Index("ix_many_deeds_latest", "staff_member_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_member_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE")
    )
    deed: Mapped[Deed] = mapped_column(enum_column(Deed))
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
