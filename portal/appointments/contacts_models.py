"""Care tracks and contacts: how often a case is to be met, and when it last was."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.casefiles.models import Case
from portal.core.db import Model, enum_column, new_id


class CareTrack(Model):
    """A way of care: so many cases for one full-time person, a contact every so many days."""

    __tablename__ = "care_tracks"
    __table_args__ = (
        CheckConstraint("target_ratio > 0", name="ratio_positive"),
        CheckConstraint("contact_days > 0", name="rhythm_positive"),
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    target_ratio: Mapped[int]
    contact_days: Mapped[int]
    valid_from: Mapped[date]


class CaseTrack(Model):
    """The way of care of one case, since when and by whom."""

    __tablename__ = "case_tracks"
    __table_args__ = (Index("ix_case_tracks_track", "track_key"),)

    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
    )
    track_key: Mapped[str] = mapped_column(ForeignKey("care_tracks.key"))
    since: Mapped[date]
    set_by: Mapped[str]

    track: Mapped[CareTrack] = relationship(lazy="joined", innerjoin=True)
    case: Mapped[Case] = relationship(lazy="raise")


class ContactWay(StrEnum):
    """How somebody was met without an appointment."""

    PHONE = "phone"
    VISIT = "visit"
    OUTREACH = "outreach"


class NotedContact(Model):
    """A contact noted by hand: a call, a visit, somebody met outside the office."""

    __tablename__ = "noted_contacts"
    __table_args__ = (Index("ix_noted_contacts_case", "case_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    way: Mapped[ContactWay] = mapped_column(enum_column(ContactWay))
    at: Mapped[datetime]
    text: Mapped[str]
    noted_by: Mapped[str]
