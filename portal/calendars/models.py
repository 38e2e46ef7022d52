"""Kinds of appointments, hours of the staff, places and rooms, and which time of whom is taken."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import StaffMember
from portal.calendars.limits import LIMITS
from portal.core import clock
from portal.core.db import Model, enum_column, new_id


class Channel(StrEnum):
    """How two people meet."""

    VIDEO = "video"
    PHONE = "phone"
    OFFICE = "office"
    OUTREACH = "outreach"


class Format(StrEnum):
    """Who sits together in an appointment of a kind."""

    SINGLE = "single"
    JOINT = "joint"
    GROUP = "group"
    WORKSHOP = "workshop"
    OUTREACH = "outreach"
    EMPLOYER_EVENT = "employer_event"


IN_GROUPS = frozenset({Format.GROUP, Format.WORKSHOP, Format.EMPLOYER_EVENT})
"""Kinds whose times are events with seats, planned by the office, and not found in hours."""


class BookableBy(StrEnum):
    """Who may book a kind; staff may book every one of them."""

    CITIZENS = "citizens"
    OWN_OFFICER = "own_officer"
    STAFF = "staff"
    INVITATION = "invitation"


BOOKED_BY_CITIZENS = frozenset({BookableBy.CITIZENS, BookableBy.OWN_OFFICER})


class AbsenceReason(StrEnum):
    """Why an officer is away, as a word for colleagues; illness is none of their business."""

    AWAY = "away"
    VACATION = "vacation"
    TRAINING = "training"
    MEETING = "meeting"
    BREAK = "break"


class TalkRole(StrEnum):
    """For what somebody of the office sits in a talk."""

    BENEFIT = "benefit"
    INTEGRATION = "integration"
    CASE_MANAGEMENT = "case_management"
    PLACEMENT = "placement"
    INTERPRETER = "interpreter"


class AppointmentType(Model):
    """One kind of appointment, as data: how long, by which channel, within which limits.

    Minutes are multiples of five, the grain in which `slots` thinks; how far each figure may go
    stands in `limits`. The texts for the citizen are kept by language, with German as the source.
    `roles` are those that must sit at the table, each once; none means anybody who has hours for
    it. Whoever comes to a kind that `counts_as_contact` has met the office, as the rhythm of care
    tracks understands it. A kind that `starts_in_person` is the first talk of § 15 (4) SGB II:
    citizens are never offered it by video.
    """

    __tablename__ = "appointment_types"
    __table_args__ = (
        CheckConstraint("duration_minutes > 0 AND duration_minutes % 5 = 0", name="duration"),
        CheckConstraint("buffer_minutes >= 0 AND buffer_minutes % 5 = 0", name="buffer"),
        CheckConstraint("start_every_minutes > 0 AND start_every_minutes % 5 = 0", name="starts"),
        CheckConstraint("lead_hours >= 0", name="lead_not_negative"),
        CheckConstraint(
            f"horizon_days BETWEEN 1 AND {LIMITS['horizon_days'].most}", name="horizon"
        ),
        CheckConstraint(
            "buffer_before_minutes >= 0 AND buffer_before_minutes % 5 = 0", name="buffer_before"
        ),
        CheckConstraint("seats >= 1", name="seats"),
        CheckConstraint("move_limit_hours >= 0", name="move_limit_not_negative"),
        CheckConstraint("cancel_limit_hours >= 0", name="cancel_limit_not_negative"),
        CheckConstraint("cardinality(channels) > 0", name="has_channel"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    purpose: Mapped[str]
    names: Mapped[dict[str, Any]] = mapped_column(default=dict)
    purposes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    position: Mapped[int] = mapped_column(default=0)
    channels: Mapped[list[Channel]] = mapped_column(ARRAY(enum_column(Channel)))
    duration_minutes: Mapped[int]
    buffer_minutes: Mapped[int]
    start_every_minutes: Mapped[int]
    lead_hours: Mapped[int]
    horizon_days: Mapped[int]
    bookable_by: Mapped[BookableBy] = mapped_column(
        enum_column(BookableBy), default=BookableBy.STAFF
    )
    move_limit_hours: Mapped[int]
    cancel_limit_hours: Mapped[int]
    buffer_before_minutes: Mapped[int] = mapped_column(default=0)
    format: Mapped[Format] = mapped_column(enum_column(Format), default=Format.SINGLE)
    seats: Mapped[int] = mapped_column(default=1)
    roles: Mapped[list[TalkRole]] = mapped_column(ARRAY(enum_column(TalkRole)), default=list)
    needs_room: Mapped[bool] = mapped_column(default=False)
    counts_as_contact: Mapped[bool] = mapped_column(default=True)
    starts_in_person: Mapped[bool] = mapped_column(default=False)
    languages: Mapped[list[str]] = mapped_column(default=list)
    documents: Mapped[list[str]] = mapped_column(default=list)
    text_before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    text_after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_active: Mapped[bool] = mapped_column(default=True)

    @property
    def duration(self) -> timedelta:
        """Return how long the talk takes."""
        return timedelta(minutes=self.duration_minutes)

    @property
    def buffer(self) -> timedelta:
        """Return the quiet time after the talk, for the note."""
        return timedelta(minutes=self.buffer_minutes)

    @property
    def is_for_groups(self) -> bool:
        """Tell whether many sit together: then it has events with seats and no free times."""
        return self.format in IN_GROUPS

    @property
    def citizen_can_book(self) -> bool:
        """Tell whether citizens choose a time of this kind themselves."""
        return self.bookable_by in BOOKED_BY_CITIZENS

    @property
    def invited_can_choose(self) -> bool:
        """Tell whether somebody who is invited to this kind chooses a time themselves."""
        return self.citizen_can_book or self.bookable_by == BookableBy.INVITATION

    def called(self, language: str) -> str:
        """Return the name in this language or else in German."""
        return str(self.names.get(language) or self.name)

    def meant(self, language: str) -> str:
        """Return in one sentence what it is for, in this language or else in German."""
        return str(self.purposes.get(language) or self.purpose)

    def before(self, language: str) -> str:
        """Return what to read before the talk, in this language or else in German."""
        return str(self.text_before.get(language) or self.text_before.get("de") or "")

    def after(self, language: str) -> str:
        """Return what to read after the talk, in this language or else in German."""
        return str(self.text_after.get(language) or self.text_after.get("de") or "")


class Place(Model):
    """A house where people meet: the office, a branch, a room in the youth centre.

    Hours in the office that name no place are at the standard place.
    """

    __tablename__ = "places"
    __table_args__ = (
        Index(
            "uq_places_standard",
            "is_standard",
            unique=True,
            postgresql_where=text("is_standard"),
        ),
        CheckConstraint("is_active OR NOT is_standard", name="standard_is_active"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    address: Mapped[str]
    directions: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    is_standard: Mapped[bool] = mapped_column(default=False)


_types_of_availability = Table(
    "availability_types",
    Model.metadata,
    Column(
        "availability_id", ForeignKey("availabilities.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("type_id", ForeignKey("appointment_types.id"), primary_key=True),
)


_FORWARD = "ends > starts"
_FIVE_MINUTES = (
    "extract(epoch FROM starts)::int % 300 = 0 AND extract(epoch FROM ends)::int % 300 = 0"
)


class Availability(Model):
    """Hours of one officer that come again, on the wall clock; without types they are for all.

    `rule` is the RRULE (see `recurrence`) and `valid_from` its first day; `days_out` and
    `days_extra` are the single days that differ (EXDATE and RDATE of RFC 5545). Hours outside the
    office (`OUTREACH`) without a place are for visits at people's homes.
    """

    __tablename__ = "availabilities"
    __table_args__ = (
        CheckConstraint(_FORWARD, name="ends_later"),
        CheckConstraint(_FIVE_MINUTES, name="five_minutes"),
        CheckConstraint("valid_until >= valid_from", name="valid_until_later"),
        CheckConstraint("cardinality(channels) > 0", name="has_channel"),
        CheckConstraint("length(rule) <= 200", name="rule_is_short"),
        Index("ix_availabilities_staff_member", "staff_member_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_member_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    rule: Mapped[str]
    starts: Mapped[time]
    ends: Mapped[time]
    channels: Mapped[list[Channel]] = mapped_column(ARRAY(enum_column(Channel)))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    days_out: Mapped[list[date]] = mapped_column(ARRAY(Date), default=list)
    days_extra: Mapped[list[date]] = mapped_column(ARRAY(Date), default=list)
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"), index=True)

    staff_member: Mapped[StaffMember] = relationship(lazy="raise")
    place: Mapped[Place | None] = relationship(lazy="raise")
    types: Mapped[list[AppointmentType]] = relationship(
        secondary=_types_of_availability, lazy="selectin", order_by=AppointmentType.position
    )


class Absence(Model):
    """A time in which an officer is not there, whatever the hours say."""

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


class RecurringAbsence(Model):
    """A time that comes again and in which an officer is not there: lunch, the team meeting.

    The same shape as hours, so that `opening.openings` turns both into times.
    """

    __tablename__ = "recurring_absences"
    __table_args__ = (
        CheckConstraint(_FORWARD, name="ends_later"),
        CheckConstraint(_FIVE_MINUTES, name="five_minutes"),
        CheckConstraint("valid_until >= valid_from", name="valid_until_later"),
        CheckConstraint("length(rule) <= 200", name="rule_is_short"),
        Index("ix_recurring_absences_staff_member", "staff_member_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_member_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    rule: Mapped[str]
    starts: Mapped[time]
    ends: Mapped[time]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    days_out: Mapped[list[date]] = mapped_column(ARRAY(Date), default=list)
    days_extra: Mapped[list[date]] = mapped_column(ARRAY(Date), default=list)
    reason: Mapped[AbsenceReason] = mapped_column(enum_column(AbsenceReason))

    staff_member: Mapped[StaffMember] = relationship(lazy="raise")


class Room(Model):
    """A room at a place: how many talks it holds at a time, how many seats a group finds."""

    __tablename__ = "rooms"
    __table_args__ = (
        CheckConstraint("talks BETWEEN 1 AND 64", name="talks"),
        CheckConstraint("seats >= 1", name="seats"),
        Index("uq_rooms_name", "place_id", "name", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(Identity(always=True), unique=True)
    place_id: Mapped[UUID] = mapped_column(ForeignKey("places.id"))
    name: Mapped[str]
    talks: Mapped[int] = mapped_column(default=1)
    seats: Mapped[int]
    is_step_free: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)

    place: Mapped[Place] = relationship(lazy="joined", innerjoin=True)


class RoomClosure(Model):
    """Days on which a room cannot be used, both included: painters, a course of somebody else."""

    __tablename__ = "room_closures"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="last_day_later"),
        Index("ix_room_closures_room", "room_id", "last_day"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    room_id: Mapped[UUID] = mapped_column(ForeignKey("rooms.id", ondelete="CASCADE"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str | None]

    room: Mapped[Room] = relationship(lazy="raise")


class Occupancy(Model):
    """A time of a person or a part of a room that is taken, and by what.

    The one place where the database forbids overlap, for staff, citizens and rooms alike.
    `resource` is one number for any of them (see `taking`), because core GiST knows ranges of
    numbers, not UUIDs. `taken_by` is the booking or the group; it is an id and no foreign key,
    those rooms lie above. With `held_until` it is only a hold, and worth nothing after that moment.
    """

    __tablename__ = "occupancies"
    __table_args__ = (
        ExcludeConstraint(
            (func.int8range(text("resource"), text("resource"), text("'[]'")), "&&"),
            (func.tstzrange(text("starts_at"), text("ends_at")), "&&"),
            using="gist",
            name="ex_occupancies_overlap",
        ),
        CheckConstraint("ends_at > starts_at", name="ends_later"),
        CheckConstraint("ends_at - starts_at < interval '24 hours'", name="shorter_than_a_day"),
        Index("ix_occupancies_resource", "resource", "starts_at"),
        Index("ix_occupancies_held", "held_until", postgresql_where=text("held_until IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    resource: Mapped[int] = mapped_column(BigInteger)
    taken_by: Mapped[UUID] = mapped_column(index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    held_until: Mapped[datetime | None]


class CalendarWeek(Model):
    """One week of one lane of a resource as bits, for the search: derived, never counted up.

    `open` and `taken` are rows of `cells`. Everything in here can be thrown away and made again
    from hours, absences, holidays and occupancies: see `weeks`. So nothing refers to it, and it
    refers to nothing.
    """

    __tablename__ = "calendar_weeks"
    __table_args__ = (
        CheckConstraint(
            "octet_length(open) = 324 AND octet_length(taken) = 324", name="nine_days_of_cells"
        ),
        Index(
            "ix_calendar_weeks_free",
            "week",
            "longest_free",
            postgresql_where=text("longest_free > 0"),
        ),
    )

    resource: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    week: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lane: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    type_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    channels: Mapped[list[Channel]] = mapped_column(ARRAY(enum_column(Channel)))
    place_id: Mapped[UUID | None]
    open: Mapped[bytes] = mapped_column(LargeBinary)
    taken: Mapped[bytes] = mapped_column(LargeBinary)
    longest_free: Mapped[int] = mapped_column(SmallInteger)


class CalendarOutline(Model):
    """Part of where anybody at all may have hours in a week: derived and only added to.

    See `outlines`. All rows of a week, a channel and a kind are laid over each other; without a
    kind they are for all.
    """

    __tablename__ = "calendar_outlines"
    __table_args__ = (
        CheckConstraint("octet_length(open) = 324", name="nine_days_of_cells"),
        Index("ix_calendar_outlines_week", "week", "channel"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    week: Mapped[int]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    type_id: Mapped[UUID | None]
    open: Mapped[bytes] = mapped_column(LargeBinary)


class StaffSkills(Model):
    """What a staff member can be asked into a talk for, and in which languages.

    Who has no row is asked for what follows from the roles of the account, in German.
    """

    __tablename__ = "staff_skills"

    staff_member_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"), primary_key=True)
    roles: Mapped[list[TalkRole]] = mapped_column(ARRAY(enum_column(TalkRole)))
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text))

    staff_member: Mapped[StaffMember] = relationship(lazy="raise")
