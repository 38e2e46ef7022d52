"""Care tracks and contacts: how often a case is to be met, and when it last was."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.casefiles.models import Case
from portal.core.db import Model, enum_column, new_id


class CareTrack(Model):
    """A way of care: so many cases for one full-time person, a contact every so many days.

    The figures count from `valid_from`; those with `next_` follow them from a day ahead, and stay
    in their columns after that day until the track is changed again (`days_on`, `ratio_on`).
    """

    __tablename__ = "care_tracks"
    __table_args__ = (
        CheckConstraint("target_ratio > 0", name="ratio_positive"),
        CheckConstraint("contact_days > 0", name="rhythm_positive"),
        CheckConstraint(
            "num_nonnulls(next_target_ratio, next_contact_days, next_valid_from) IN (0, 3)",
            name="next_together",
        ),
        CheckConstraint("next_target_ratio > 0", name="next_ratio_positive"),
        CheckConstraint("next_contact_days > 0", name="next_rhythm_positive"),
        CheckConstraint("next_valid_from > valid_from", name="next_later"),
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    target_ratio: Mapped[int]
    contact_days: Mapped[int]
    valid_from: Mapped[date]
    next_target_ratio: Mapped[int | None]
    next_contact_days: Mapped[int | None]
    next_valid_from: Mapped[date | None]

    def follows(self, day: date) -> bool:
        """Tell whether the figures that were set ahead count on this day."""
        return self.next_valid_from is not None and self.next_valid_from <= day

    @property
    def planned(self) -> dict[str, Any]:
        """Return the figures that come last: those set ahead, else those that count."""
        ahead = self.next_valid_from or self.valid_from
        return {
            "name": self.name,
            "target_ratio": self.ratio_on(ahead),
            "contact_days": self.days_on(ahead),
            "valid_from": ahead,
        }

    def ratio_on(self, day: date) -> int:
        """Return how many cases one full-time person has on this day."""
        return (self.next_target_ratio if self.follows(day) else None) or self.target_ratio

    def days_on(self, day: date) -> int:
        """Return after how many days a contact is due on this day."""
        return (self.next_contact_days if self.follows(day) else None) or self.contact_days

    def since_on(self, day: date) -> date:
        """Return from which day the figures of this day count."""
        return (self.next_valid_from if self.follows(day) else None) or self.valid_from


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
