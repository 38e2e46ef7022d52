"""Bookings: who meets whom and when. When something may happen with them: see `rules`."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.group_models import GroupEvent, GroupSeat
from portal.calendars.models import AppointmentType, Channel, Place, Room, TalkRole
from portal.casefiles.models import Case
from portal.core import clock
from portal.core.db import Model, enum_column, new_id


class BookingState(StrEnum):
    """Where a booking is; the transitions stand in `rules.TRANSITIONS`."""

    HELD = "held"
    BOOKED = "booked"
    CANCELLED = "cancelled"
    CAME = "came"
    CAME_LATER = "came_later"
    EXCUSED = "excused"
    OFFICE_FAULT = "office_fault"
    TECHNICAL_FAILURE = "technical_failure"
    MISSED = "missed"


class FactKind(StrEnum):
    """What is known about an appointment, most of it for the question whether it was missed.

    `VIDEO_JUSTIFIED` says why a first talk is not in person (§ 15 (4) SGB II).
    """

    SUMMONED = "summoned"
    NOT_DELIVERED = "not_delivered"
    WAITED = "waited"
    TRIED_TO_JOIN = "tried_to_join"
    CONNECTION_FAILED = "connection_failed"
    CONTACT = "contact"
    REASON_GIVEN = "reason_given"
    REASON_ACCEPTED = "reason_accepted"
    REASON_REFUSED = "reason_refused"
    OFFICE_AWAY = "office_away"
    OUTAGE = "outage"
    VIDEO_JUSTIFIED = "video_justified"


class HeldFor(StrEnum):
    """Why a time is held for somebody: they are choosing, it was offered, they were invited."""

    CHOICE = "choice"
    OFFER = "offer"
    INVITATION = "invitation"


class Arranged(StrEnum):
    """How a time was agreed: the citizen chose it, here or with somebody's help, or the office."""

    ONLINE = "online"
    PHONE = "phone"
    POST = "post"
    DESK = "desk"
    TALK = "talk"
    OFFICE = "office"


CHOSEN_BY_CITIZEN = frozenset(Arranged) - {Arranged.OFFICE}


class Booking(Model):
    """An appointment of one citizen with one officer, whom others may join (`officers`).

    The times it takes, of the officer, the citizen and a room, are rows of `calendars` that cannot
    overlap (`Occupancy`). `blocked_until` is the end with the buffer of the type, as it was when
    the time was agreed. `agreed_at` is when the present time was agreed, by booking or by the last
    move. A booking that is held is a promise until `held_until` and nothing afterwards. `lead_role`
    and `lead_language` say what the officer was looked for by, if it was not the name.

    A seat in a group (`group_event_id`) is a booking too, with the number of the seat. It takes the
    citizen's own time only: that of the officers and the room is taken once, by the event.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_later"),
        CheckConstraint("blocked_until >= ends_at", name="blocked_until_end"),
        CheckConstraint(
            "blocked_until - starts_at < interval '24 hours'", name="shorter_than_a_day"
        ),
        CheckConstraint("(cancelled_at IS NULL) = (cancelled_by IS NULL)", name="cancelled_pair"),
        CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_has_time"
        ),
        CheckConstraint("(state = 'held') = (held_until IS NOT NULL)", name="held_has_time"),
        CheckConstraint("(held_for IS NULL) = (held_until IS NULL)", name="held_pair"),
        # What a citizen has chosen never becomes a summons, and a summons is always in person.
        CheckConstraint("NOT (is_summons AND chosen_by_citizen)", name="chosen_is_no_summons"),
        CheckConstraint("NOT is_summons OR channel = 'office'", name="summons_in_person"),
        CheckConstraint("NOT is_summons OR arranged = 'office'", name="summons_by_office"),
        CheckConstraint("(recorded_at IS NULL) = (recorded_by IS NULL)", name="recorded_pair"),
        CheckConstraint(
            "(state IN ('came', 'came_later', 'excused', 'office_fault', 'technical_failure',"
            " 'missed')) = (recorded_at IS NOT NULL)",
            name="outcome_has_time",
        ),
        CheckConstraint(
            "state NOT IN ('excused', 'office_fault', 'technical_failure', 'missed')"
            " OR outcome_reason IS NOT NULL",
            name="absence_has_reason",
        ),
        # Who cancels leaves the seat; it exists (foreign key) and has one person (unique).
        CheckConstraint(
            "(seat IS NULL) = (group_event_id IS NULL OR state = 'cancelled')", name="seat_in_group"
        ),
        ForeignKeyConstraint(
            ["group_event_id", "seat"],
            [GroupSeat.event_id, GroupSeat.number],
            name="fk_bookings_group_seat",
        ),
        Index("uq_bookings_group_seat", "group_event_id", "seat", unique=True),
        Index(
            "uq_bookings_group_citizen",
            "group_event_id",
            "citizen_id",
            unique=True,
            postgresql_where=text("state <> 'cancelled'"),
        ),
        Index("ix_bookings_citizen", "citizen_id", "starts_at"),
        # The last real contact of a case is read for thousands of cases at once.
        Index(
            "ix_bookings_contact",
            "case_id",
            "starts_at",
            postgresql_where=text("state IN ('came', 'came_later')"),
        ),
        Index("ix_bookings_staff_member", "staff_member_id", "starts_at"),
        Index("ix_bookings_held", "held_until", postgresql_where=text("state = 'held'")),
        # Whoever chooses holds one time, not the whole week.
        Index(
            "uq_bookings_choice",
            "citizen_id",
            unique=True,
            postgresql_where=text("held_for = 'choice'"),
        ),
        Index("ix_bookings_open", "starts_at", postgresql_where=text("state = 'booked'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    type_id: Mapped[UUID] = mapped_column(ForeignKey("appointment_types.id"))
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    staff_member_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    room_id: Mapped[UUID | None] = mapped_column(ForeignKey("rooms.id"), index=True)
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"))
    lead_role: Mapped[TalkRole | None] = mapped_column(enum_column(TalkRole))
    lead_language: Mapped[str | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    blocked_until: Mapped[datetime]
    state: Mapped[BookingState] = mapped_column(
        enum_column(BookingState), default=BookingState.BOOKED
    )
    group_event_id: Mapped[UUID | None] = mapped_column(ForeignKey("group_events.id"))
    seat: Mapped[int | None] = mapped_column(SmallInteger)
    held_for: Mapped[HeldFor | None] = mapped_column(enum_column(HeldFor))
    held_until: Mapped[datetime | None]
    note: Mapped[str | None]
    chosen_by_citizen: Mapped[bool]
    arranged: Mapped[Arranged] = mapped_column(enum_column(Arranged), default=Arranged.ONLINE)
    is_summons: Mapped[bool] = mapped_column(default=False)
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

    type: Mapped[AppointmentType] = relationship(lazy="joined", innerjoin=True)
    citizen: Mapped[Citizen] = relationship(lazy="raise")
    staff_member: Mapped[StaffMember] = relationship(lazy="raise")
    case: Mapped[Case | None] = relationship(lazy="raise")
    room: Mapped[Room | None] = relationship(lazy="joined")
    place: Mapped[Place | None] = relationship(lazy="joined")
    group_event: Mapped[GroupEvent | None] = relationship(lazy="joined")
    others: Mapped[list["BookingOfficer"]] = relationship(
        lazy="raise", viewonly=True, order_by="BookingOfficer.position"
    )

    @property
    def day(self) -> date:
        """Return the day of the office on which it takes place."""
        return clock.local_date(self.starts_at)

    @property
    def minutes(self) -> int:
        """Return how long it takes."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    @property
    def name(self) -> str:
        """Return what it is called: the title of the event, else the kind."""
        return self.called("de")

    def called(self, language: str) -> str:
        """Return the same for a reader of this language; titles of events are in one only."""
        return self.group_event.title if self.group_event else self.type.called(language)


class BookingOfficer(Model):
    """Somebody of the office who joins the talk of another, for what and in which language."""

    __tablename__ = "booking_officers"
    __table_args__ = (Index("ix_booking_officers_staff_member_id", "staff_member_id"),)

    booking_id: Mapped[UUID] = mapped_column(
        ForeignKey("bookings.id", ondelete="CASCADE"), primary_key=True
    )
    staff_member_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"), primary_key=True)
    position: Mapped[int]
    role: Mapped[TalkRole | None] = mapped_column(enum_column(TalkRole))
    language: Mapped[str | None]

    staff_member: Mapped[StaffMember] = relationship(lazy="joined", innerjoin=True)


class TalkCard(Model):
    """What somebody needs for a talk, as they said it („Was Sie brauchen“).

    Some of it speaks of health: it is shown with its booking only, and its words stand in no trail,
    mail or list. `interpreter` is whom the office has found, and how to reach them.
    """

    __tablename__ = "talk_cards"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(interpreter, arranged_at, arranged_by) IN (0, 3)", name="arranged_pair"
        ),
    )

    booking_id: Mapped[UUID] = mapped_column(
        ForeignKey("bookings.id", ondelete="CASCADE"), primary_key=True
    )
    brings_somebody: Mapped[bool] = mapped_column(default=False)
    interpreter_language: Mapped[str | None]
    sign_language: Mapped[bool] = mapped_column(default=False)
    calm: Mapped[bool] = mapped_column(default=False)
    without_camera: Mapped[bool] = mapped_column(default=False)
    step_free: Mapped[bool] = mapped_column(default=False)
    rather_by_phone: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime]
    interpreter: Mapped[str | None]
    arranged_at: Mapped[datetime | None]
    arranged_by: Mapped[str | None]

    @property
    def needs_interpreter(self) -> bool:
        """Tell whether somebody must translate, by voice or by sign."""
        return bool(self.interpreter_language) or self.sign_language


class BookingFact(Model):
    """One thing that was seen, heard or sent about an appointment: evidence, written once.

    Rooms above write here what they know: a letter its day of delivery (`day`), the waiting room
    who waited, the call what failed. Nothing is changed or taken back; a later fact answers.
    """

    __tablename__ = "booking_facts"
    __table_args__ = (
        Index("ix_booking_facts_booking", "booking_id", "at"),
        # The same signal may be reported twice; it is one fact.
        Index("uq_booking_facts_once", "booking_id", "kind", "at", unique=True),
        CheckConstraint("kind <> 'summoned' OR day IS NOT NULL", name="summons_has_day"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    booking_id: Mapped[UUID] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"))
    kind: Mapped[FactKind] = mapped_column(enum_column(FactKind))
    at: Mapped[datetime]
    day: Mapped[date | None]
    text: Mapped[str]
    said_by: Mapped[str]


class Disturbance(Model):
    """A time in which the portal, the telephone or the house did not work, as an officer noted it.

    It speaks for everybody who had an appointment then (`FactKind.OUTAGE`).
    """

    __tablename__ = "disturbances"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_disturbances_time", "starts_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    text: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class Way(StrEnum):
    """How somebody came to the office."""

    TICKET = "ticket"
    CAR = "car"
    TAXI = "taxi"


class TravelState(StrEnum):
    """Where a request for travel costs is."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


class TravelCost(Model):
    """A request for the costs of the way to one appointment (§ 309 (4) SGB III). Money in cents."""

    __tablename__ = "travel_costs"
    __table_args__ = (
        CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decision_has_time"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decided_pair"),
        CheckConstraint("(state = 'granted') = (granted_cents IS NOT NULL)", name="grant_has_sum"),
        CheckConstraint("state <> 'refused' OR decision <> ''", name="refusal_has_reason"),
        CheckConstraint("asked_cents > 0", name="asks_for_something"),
        CheckConstraint("(way = 'car') = (kilometres IS NOT NULL)", name="car_has_kilometres"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    booking_id: Mapped[UUID] = mapped_column(
        ForeignKey("bookings.id", ondelete="CASCADE"), unique=True
    )
    way: Mapped[Way] = mapped_column(enum_column(Way))
    kilometres: Mapped[int | None]
    asked_cents: Mapped[int]
    reason: Mapped[str] = mapped_column(default="")
    papers: Mapped[list[str]] = mapped_column(JSONB, default=list)
    state: Mapped[TravelState] = mapped_column(enum_column(TravelState), default=TravelState.ASKED)
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    granted_cents: Mapped[int | None]
    decision: Mapped[str] = mapped_column(default="")
