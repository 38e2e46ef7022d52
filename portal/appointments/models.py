"""Kinds of appointments, hours of the staff, bookings. When something may happen: see `rules`."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, func, text
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Citizen, StaffMember
from portal.casefiles.models import Case
from portal.core import clock
from portal.core.db import Model, enum_column, new_id


class Channel(StrEnum):
    """How two people meet."""

    VIDEO = "video"
    PHONE = "phone"
    OFFICE = "office"


class BookingState(StrEnum):
    """Where a booking is; the transitions stand in `rules.TRANSITIONS`."""

    BOOKED = "booked"
    CANCELLED = "cancelled"
    CAME = "came"
    EXCUSED = "excused"
    MISSED = "missed"


class AbsenceReason(StrEnum):
    """Why an officer is away, as a word for colleagues; illness is none of their business."""

    AWAY = "away"
    VACATION = "vacation"
    TRAINING = "training"
    MEETING = "meeting"


class AppointmentType(Model):
    """One kind of appointment, as data: how long, by which channel, within which limits.

    Minutes are multiples of five, the grain in which `slots` thinks.
    """

    __tablename__ = "appointment_types"
    __table_args__ = (
        CheckConstraint("duration_minutes > 0 AND duration_minutes % 5 = 0", name="duration"),
        CheckConstraint("buffer_minutes >= 0 AND buffer_minutes % 5 = 0", name="buffer"),
        CheckConstraint("start_every_minutes > 0 AND start_every_minutes % 5 = 0", name="starts"),
        CheckConstraint("lead_hours >= 0", name="lead_not_negative"),
        CheckConstraint("horizon_days > 0", name="horizon_positive"),
        CheckConstraint("move_limit_hours >= 0", name="move_limit_not_negative"),
        CheckConstraint("cancel_limit_hours >= 0", name="cancel_limit_not_negative"),
        CheckConstraint("cardinality(channels) > 0", name="has_channel"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    purpose: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    channels: Mapped[list[Channel]] = mapped_column(ARRAY(enum_column(Channel)))
    duration_minutes: Mapped[int]
    buffer_minutes: Mapped[int]
    start_every_minutes: Mapped[int]
    lead_hours: Mapped[int]
    horizon_days: Mapped[int]
    citizen_can_book: Mapped[bool]
    move_limit_hours: Mapped[int]
    cancel_limit_hours: Mapped[int]

    @property
    def duration(self) -> timedelta:
        """Return how long the talk takes."""
        return timedelta(minutes=self.duration_minutes)

    @property
    def buffer(self) -> timedelta:
        """Return the quiet time after the talk, for the note."""
        return timedelta(minutes=self.buffer_minutes)


_types_of_availability = Table(
    "availability_types",
    Model.metadata,
    Column(
        "availability_id", ForeignKey("availabilities.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("type_id", ForeignKey("appointment_types.id"), primary_key=True),
)


class Availability(Model):
    """Weekly hours of one officer on the wall clock of the office; without types it is for all."""

    __tablename__ = "availabilities"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday_iso"),
        CheckConstraint("ends > starts", name="ends_later"),
        CheckConstraint(
            "extract(epoch FROM starts)::int % 300 = 0 AND extract(epoch FROM ends)::int % 300 = 0",
            name="five_minutes",
        ),
        CheckConstraint("valid_until >= valid_from", name="valid_until_later"),
        CheckConstraint("cardinality(channels) > 0", name="has_channel"),
        Index("ix_availabilities_staff_member", "staff_member_id", "weekday"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_member_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    weekday: Mapped[int]
    starts: Mapped[time]
    ends: Mapped[time]
    channels: Mapped[list[Channel]] = mapped_column(ARRAY(enum_column(Channel)))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]

    staff_member: Mapped[StaffMember] = relationship(lazy="raise")
    types: Mapped[list[AppointmentType]] = relationship(
        secondary=_types_of_availability, lazy="selectin", order_by=AppointmentType.position
    )


class Absence(Model):
    """A time in which an officer is not there, whatever the weekly hours say."""

    __tablename__ = "absences"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_later"),
        Index("ix_absences_staff_member", "staff_member_id", "ends_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_member_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[AbsenceReason] = mapped_column(enum_column(AbsenceReason))

    staff_member: Mapped[StaffMember] = relationship(lazy="raise")

    def touches(self, day: date) -> bool:
        """Tell whether any part of it lies on this day of the office."""
        last = self.ends_at - timedelta(microseconds=1)
        return clock.local_date(self.starts_at) <= day <= clock.local_date(last)


class Booking(Model):
    """An appointment of one citizen with one officer.

    The numbers of both people are copied here because the exclusion constraints need them: core
    GiST knows integer ranges, not UUIDs. `blocked_until` is the end with the buffer of the type, as
    it was when the time was agreed. `agreed_at` is when the present time was agreed, by booking or
    by the last move.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        ExcludeConstraint(
            (func.int4range(text("staff_number"), text("staff_number"), text("'[]'")), "&&"),
            (func.tstzrange(text("starts_at"), text("blocked_until")), "&&"),
            using="gist",
            where=text("state <> 'cancelled'"),
            name="ex_bookings_staff_member_overlap",
        ),
        ExcludeConstraint(
            (func.int4range(text("citizen_number"), text("citizen_number"), text("'[]'")), "&&"),
            (func.tstzrange(text("starts_at"), text("ends_at")), "&&"),
            using="gist",
            where=text("state <> 'cancelled'"),
            name="ex_bookings_citizen_overlap",
        ),
        CheckConstraint("ends_at > starts_at", name="ends_later"),
        CheckConstraint("blocked_until >= ends_at", name="blocked_until_end"),
        CheckConstraint(
            "blocked_until - starts_at < interval '24 hours'", name="shorter_than_a_day"
        ),
        CheckConstraint("(cancelled_at IS NULL) = (cancelled_by IS NULL)", name="cancelled_pair"),
        CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_has_time"
        ),
        CheckConstraint("(recorded_at IS NULL) = (recorded_by IS NULL)", name="recorded_pair"),
        CheckConstraint(
            "(state IN ('came', 'excused', 'missed')) = (recorded_at IS NOT NULL)",
            name="outcome_has_time",
        ),
        CheckConstraint(
            "state NOT IN ('excused', 'missed') OR outcome_reason IS NOT NULL",
            name="absence_has_reason",
        ),
        Index("ix_bookings_citizen", "citizen_id", "starts_at"),
        Index("ix_bookings_staff_member", "staff_member_id", "starts_at"),
        Index("ix_bookings_open", "starts_at", postgresql_where=text("state = 'booked'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    type_id: Mapped[UUID] = mapped_column(ForeignKey("appointment_types.id"))
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    citizen_number: Mapped[int]
    staff_member_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    staff_number: Mapped[int]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    blocked_until: Mapped[datetime]
    state: Mapped[BookingState] = mapped_column(
        enum_column(BookingState), default=BookingState.BOOKED
    )
    note: Mapped[str | None]
    chosen_by_citizen: Mapped[bool]
    booked_at: Mapped[datetime]
    booked_by: Mapped[str]
    agreed_at: Mapped[datetime]
    moved_from: Mapped[datetime | None]
    sequence: Mapped[int] = mapped_column(default=0)
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]
    recorded_at: Mapped[datetime | None]
    recorded_by: Mapped[str | None]
    outcome_reason: Mapped[str | None]
    early_reminder_at: Mapped[datetime | None]
    late_reminder_at: Mapped[datetime | None]

    type: Mapped[AppointmentType] = relationship(lazy="joined", innerjoin=True)
    citizen: Mapped[Citizen] = relationship(lazy="raise")
    staff_member: Mapped[StaffMember] = relationship(lazy="raise")
    case: Mapped[Case | None] = relationship(lazy="raise")

    @property
    def day(self) -> date:
        """Return the day of the office on which it takes place."""
        return clock.local_date(self.starts_at)
