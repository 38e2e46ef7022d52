"""Appointments of many: group talks, workshops, employer events. A seat in one is a `Booking`."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import StaffMember, Team
from portal.calendars.models import AppointmentType, BookableBy, Channel, Place, Room
from portal.casefiles.models import Case
from portal.core import clock
from portal.core.db import Model, enum_column, new_id


class Audience(StrEnum):
    """Who finds an event in the portal: everybody, some cases, or the cases of one team."""

    EVERYBODY = "everybody"
    INVITED = "invited"
    TEAM = "team"


class EventState(StrEnum):
    """Where an event is; the transitions stand in `groups.rules.TRANSITIONS`."""

    PLANNED = "planned"
    CANCELLED = "cancelled"
    TOOK_PLACE = "took_place"


class GroupEvent(Model):
    """A time at which one or several officers meet many people.

    The time of the officers and of the room is taken once, by the event; everybody who has a seat
    takes their own time with their booking. It is at a `place` of the office, or `where_else` in
    words. Events that were planned together share a `series_id`.
    """

    __tablename__ = "group_events"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_later"),
        CheckConstraint("ends_at - starts_at < interval '24 hours'", name="shorter_than_a_day"),
        CheckConstraint("closes_at > opens_at", name="closes_later"),
        CheckConstraint("closes_at <= starts_at", name="closes_before_start"),
        CheckConstraint("seats >= 1", name="seats"),
        CheckConstraint("num_nonnulls(place_id, where_else) = 1", name="is_somewhere"),
        CheckConstraint("room_id IS NULL OR place_id IS NOT NULL", name="room_at_a_place"),
        CheckConstraint("(audience = 'team') = (team_id IS NOT NULL)", name="team_is_named"),
        CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_has_time"
        ),
        CheckConstraint("(cancelled_at IS NULL) = (cancelled_by IS NULL)", name="cancelled_pair"),
        Index("ix_group_events_starts_at", "starts_at"),
        Index("ix_group_events_lead", "lead_id", "starts_at"),
        Index("ix_group_events_series", "series_id", postgresql_where=text("state = 'planned'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    type_id: Mapped[UUID] = mapped_column(ForeignKey("appointment_types.id"), index=True)
    series_id: Mapped[UUID | None]
    title: Mapped[str]
    description: Mapped[str | None]
    bring: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="de")
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"), index=True)
    room_id: Mapped[UUID | None] = mapped_column(ForeignKey("rooms.id"), index=True)
    where_else: Mapped[str | None]
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    seats: Mapped[int] = mapped_column(SmallInteger)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    audience: Mapped[Audience] = mapped_column(enum_column(Audience), default=Audience.EVERYBODY)
    team_id: Mapped[UUID | None] = mapped_column(ForeignKey("teams.id"))
    state: Mapped[EventState] = mapped_column(enum_column(EventState), default=EventState.PLANNED)
    sequence: Mapped[int] = mapped_column(default=0)
    planned_at: Mapped[datetime]
    planned_by: Mapped[str]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]

    type: Mapped[AppointmentType] = relationship(lazy="joined", innerjoin=True)
    place: Mapped[Place | None] = relationship(lazy="joined")
    room: Mapped[Room | None] = relationship(lazy="joined")
    lead: Mapped[StaffMember] = relationship(lazy="raise")
    team: Mapped[Team | None] = relationship(lazy="raise")
    others: Mapped[list["GroupOfficer"]] = relationship(
        lazy="raise", viewonly=True, order_by="GroupOfficer.position"
    )

    @property
    def is_for_invited(self) -> bool:
        """Tell whether only invited cases find it, by its own word or by that of its kind."""
        kind_says_so = self.type.bookable_by == BookableBy.INVITATION
        return kind_says_so or self.audience == Audience.INVITED

    @property
    def day(self) -> date:
        """Return the day of the office on which it takes place."""
        return clock.local_date(self.starts_at)

    @property
    def minutes(self) -> int:
        """Return how long it takes."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    @property
    def where(self) -> str:
        """Return where it is, in words: the place with its address and the room, or as typed."""
        if self.place is None:
            return self.where_else or ""
        house = f"{self.place.name}, {self.place.address}"
        return f"{house}, {self.room.name}" if self.room else house


class GroupOfficer(Model):
    """Somebody of the office who leads an event together with another."""

    __tablename__ = "group_officers"
    __table_args__ = (Index("ix_group_officers_staff_member_id", "staff_member_id"),)

    event_id: Mapped[UUID] = mapped_column(
        ForeignKey("group_events.id", ondelete="CASCADE"), primary_key=True
    )
    staff_member_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"), primary_key=True)
    position: Mapped[int]

    staff_member: Mapped[StaffMember] = relationship(lazy="joined", innerjoin=True)


class GroupSeat(Model):
    """One seat of an event. Bookings refer to it, so nobody sits on a seat that does not exist."""

    __tablename__ = "group_seats"

    event_id: Mapped[UUID] = mapped_column(
        ForeignKey("group_events.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)


class GroupInvitation(Model):
    """A case whose people find an event that is not for everybody."""

    __tablename__ = "group_invitations"

    event_id: Mapped[UUID] = mapped_column(
        ForeignKey("group_events.id", ondelete="CASCADE"), primary_key=True
    )
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)
    invited_at: Mapped[datetime]

    case: Mapped[Case] = relationship(lazy="raise")
