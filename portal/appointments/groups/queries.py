"""Reading events and who waits for them: always ordered, filtered by the person who asks.

No page of a citizen learns who else is there: they are given numbers.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload, lazyload, selectinload

from portal.accounts import queries as accounts
from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Right, StaffMember
from portal.appointments import closing
from portal.appointments import queries as appointments
from portal.appointments.group_models import (
    Audience,
    EventState,
    GroupEvent,
    GroupInvitation,
    GroupOfficer,
)
from portal.appointments.groups import rules
from portal.appointments.groups.models import GroupWish
from portal.appointments.models import Booking, BookingState
from portal.appointments.waiting_models import WishState
from portal.calendars.models import AppointmentType, BookableBy, Occupancy
from portal.calendars.resources import citizen_number_of
from portal.calendars.slots import at_wall
from portal.casefiles import walls
from portal.casefiles.models import Case, CaseMember
from portal.core.errors import NotFound
from portal.inbox.models import ItemKind, WorkItem

OPEN = (WishState.WAITING, WishState.OFFERED)
LEADERS = (joinedload(GroupEvent.lead), selectinload(GroupEvent.others))
ON_ONE_PAGE = 50


# Events of a citizen


@dataclass(frozen=True)
class Filter:
    """What somebody looks for, `end` not included; nothing set finds all."""

    first: date | None = None
    end: date | None = None
    language: str | None = None
    place_id: UUID | None = None


def open_events(
    session: Session, *, asker: Citizen, now: datetime, wanted: Filter, limit: int = ON_ONE_PAGE
) -> Sequence[GroupEvent]:
    """Return the events to come that the asker may go to, the next one first."""
    conditions = [
        GroupEvent.state == EventState.PLANNED,
        GroupEvent.starts_at > now,
        _is_for(asker),
    ]
    if wanted.first is not None:
        conditions.append(GroupEvent.starts_at >= at_wall(wanted.first, time()))
    if wanted.end is not None:
        conditions.append(GroupEvent.starts_at < at_wall(wanted.end, time()))
    if wanted.language:
        conditions.append(GroupEvent.language == wanted.language)
    if wanted.place_id is not None:
        conditions.append(GroupEvent.place_id == wanted.place_id)
    return session.scalars(
        select(GroupEvent)
        .join(GroupEvent.type)
        .where(*conditions)
        .order_by(GroupEvent.starts_at, GroupEvent.id)
        .limit(limit)
        .options(*LEADERS)
    ).all()


def event_for(session: Session, id: UUID, *, asker: Citizen) -> GroupEvent:
    """Return an event that is for the asker, or in which they have a seat or wait for one."""
    has_seat = exists().where(
        Booking.group_event_id == GroupEvent.id, Booking.citizen_id == asker.id
    )
    waits = exists().where(GroupWish.event_id == GroupEvent.id, GroupWish.citizen_id == asker.id)
    found = session.scalar(
        select(GroupEvent)
        .join(GroupEvent.type)
        .where(GroupEvent.id == id, or_(_is_for(asker), has_seat, waits))
        .options(*LEADERS)
    )
    if found is None:
        raise NotFound
    return found


def is_for(session: Session, event: GroupEvent, *, citizen: Citizen) -> bool:
    """Tell whether an event is for this citizen."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    GroupEvent.id == event.id,
                    GroupEvent.type_id == AppointmentType.id,
                    _is_for(citizen),
                )
            )
        )
    )


def _is_for(citizen: Citizen) -> ColumnElement[bool]:
    """Return the condition that an event is for everybody, the citizen's case or its team.

    Where the kind is for the invited only, only they find it, whatever the event says.
    """
    own = CaseMember.citizen_id == citizen.id
    invited = exists().where(
        GroupInvitation.event_id == GroupEvent.id,
        GroupInvitation.case_id == CaseMember.case_id,
        own,
    )
    is_open = AppointmentType.bookable_by != BookableBy.INVITATION
    of_team = exists().where(Case.team_id == GroupEvent.team_id, Case.id == CaseMember.case_id, own)
    return and_(
        AppointmentType.bookable_by != BookableBy.STAFF,
        or_(
            and_(GroupEvent.audience == Audience.EVERYBODY, is_open),
            and_(GroupEvent.audience == Audience.TEAM, is_open, of_team),
            and_(or_(GroupEvent.audience == Audience.INVITED, ~is_open), invited),
        ),
    )


def seat_of(session: Session, *, event: GroupEvent, citizen: Citizen) -> Booking | None:
    """Return what the citizen has in an event: a seat, or one that is or was offered to them."""
    return session.scalar(
        select(Booking)
        .where(
            Booking.group_event_id == event.id,
            Booking.citizen_id == citizen.id,
            Booking.state != BookingState.CANCELLED,
        )
        .options(*appointments.PEOPLE, appointments.CASE, lazyload(Booking.group_event))
        .execution_options(populate_existing=True)
    )


def own_seats(
    session: Session, events: Sequence[GroupEvent], *, asker: Citizen
) -> dict[UUID, Booking]:
    """Return the asker's own bookings in some events, by event."""
    found = session.scalars(
        select(Booking)
        .where(
            Booking.group_event_id.in_([event.id for event in events]),
            Booking.citizen_id == asker.id,
            Booking.state.not_in([BookingState.CANCELLED, BookingState.HELD]),
        )
        .order_by(Booking.id)
    )
    return {one.group_event_id: one for one in found if one.group_event_id is not None}


# Who waits


def wish_of(session: Session, *, event: GroupEvent, citizen: Citizen) -> GroupWish | None:
    """Return the open entry of a citizen: for this event, or with a seat in it on offer."""
    offered_here = exists().where(
        Booking.id == GroupWish.booking_id, Booking.group_event_id == event.id
    )
    return session.scalar(
        select(GroupWish)
        .where(
            GroupWish.citizen_id == citizen.id,
            GroupWish.state.in_(OPEN),
            or_(GroupWish.event_id == event.id, offered_here),
        )
        .order_by((GroupWish.state == WishState.OFFERED).desc(), GroupWish.created_at)
        .limit(1)
        .options(
            joinedload(GroupWish.booking).lazyload(Booking.group_event), lazyload(GroupWish.event)
        )
        .execution_options(populate_existing=True)
    )


def wishes_of(session: Session, *, asker: Citizen, now: datetime) -> Sequence[GroupWish]:
    """Return for which events to come the asker waits, the next one first."""
    return session.scalars(
        select(GroupWish)
        .join(GroupWish.event)
        .where(
            GroupWish.citizen_id == asker.id,
            GroupWish.state.in_(OPEN),
            GroupEvent.starts_at > now,
        )
        .order_by(GroupEvent.starts_at, GroupWish.id)
        .options(joinedload(GroupWish.event), joinedload(GroupWish.booking))
    ).all()


def who_waits(event: GroupEvent, *, now: datetime) -> Select[GroupWish]:
    """Return who waits and could come, in the order in which they came.

    Left out is who has something else at that time, or a seat already.
    """
    busy = exists().where(
        Occupancy.resource == citizen_number_of(Citizen.number),
        Occupancy.starts_at < event.ends_at,
        Occupancy.ends_at > event.starts_at,
        or_(Occupancy.held_until.is_(None), Occupancy.held_until > now),
    )
    has_seat = exists().where(
        Booking.group_event_id == event.id,
        Booking.citizen_id == GroupWish.citizen_id,
        Booking.state != BookingState.CANCELLED,
    )
    return (
        select(GroupWish)
        .join(GroupWish.citizen)
        .where(GroupWish.state == WishState.WAITING, _wants(event), ~busy, ~has_seat)
        .order_by(GroupWish.created_at, GroupWish.id)
    )


def count_ahead(
    session: Session, event: GroupEvent, *, citizen: Citizen | None, now: datetime
) -> int:
    """Return how many who wait and could come go before a citizen."""
    ahead = who_waits(event, now=now).order_by(None)
    if citizen is not None:
        own = wish_of(session, event=event, citizen=citizen)
        ahead = ahead.where(GroupWish.citizen_id != citizen.id)
        if own is not None:
            ahead = ahead.where(
                tuple_(GroupWish.created_at, GroupWish.id) < (own.created_at, own.id)
            )
    return session.scalar(select(func.count()).select_from(ahead.subquery())) or 0


def place_in_line(session: Session, wish: GroupWish) -> int:
    """Return the place of an entry on the list of its event: 1 is offered the next seat."""
    before = tuple_(GroupWish.created_at, GroupWish.id) < (wish.created_at, wish.id)
    ahead = session.scalar(
        select(func.count(GroupWish.id)).where(
            GroupWish.state.in_(OPEN), GroupWish.event_id == wish.event_id, before
        )
    )
    return (ahead or 0) + 1


def waiting_counts(session: Session, events: Sequence[GroupEvent]) -> dict[UUID, int]:
    """Return how many wait for each of these events, by event."""
    rows = session.execute(
        select(GroupWish.event_id, func.count())
        .where(GroupWish.event_id.in_([event.id for event in events]), GroupWish.state.in_(OPEN))
        .group_by(GroupWish.event_id)
    )
    return dict(iter(rows))


def _wants(event: GroupEvent) -> ColumnElement[bool]:
    if event.series_id is None:
        return GroupWish.event_id == event.id
    series = select(GroupEvent.id).where(GroupEvent.series_id == event.series_id)
    elsewhere = and_(GroupWish.takes_others, GroupWish.event_id.in_(series))
    return or_(GroupWish.event_id == event.id, elsewhere)


# Events of the office


@dataclass(frozen=True)
class StaffFilter:
    """What somebody of the office looks for."""

    past: bool = False
    mine: bool = False
    type_id: UUID | None = None
    place_id: UUID | None = None
    cancelled: bool = False


def events_for_staff(
    session: Session,
    *,
    asker: StaffMember,
    wanted: StaffFilter,
    now: datetime,
    limit: int = ON_ONE_PAGE,
) -> Sequence[GroupEvent]:
    """Return events for the list of the office, the nearest to now first; they name nobody."""
    accounts_rules.check(asker, Right.MANAGE_APPOINTMENTS)
    conditions = [GroupEvent.ends_at <= now if wanted.past else GroupEvent.ends_at > now]
    if not wanted.cancelled:
        conditions.append(GroupEvent.state != EventState.CANCELLED)
    if wanted.mine:
        conditions.append(_led_by(asker))
    if wanted.type_id is not None:
        conditions.append(GroupEvent.type_id == wanted.type_id)
    if wanted.place_id is not None:
        conditions.append(GroupEvent.place_id == wanted.place_id)
    begins = GroupEvent.starts_at.desc() if wanted.past else GroupEvent.starts_at.asc()
    return session.scalars(
        select(GroupEvent)
        .where(*conditions)
        .order_by(begins, GroupEvent.id)
        .limit(limit)
        .options(*LEADERS)
    ).all()


def event_for_staff(session: Session, id: UUID, *, asker: StaffMember) -> GroupEvent:
    """Return one event with who leads it; whose names are shown is asked of each seat."""
    accounts_rules.check(asker, Right.MANAGE_APPOINTMENTS)
    found = session.scalar(
        select(GroupEvent).where(GroupEvent.id == id).options(*LEADERS, joinedload(GroupEvent.team))
    )
    if found is None:
        raise NotFound
    return found


def possible_leaders(
    session: Session, *, asker: StaffMember, event: GroupEvent | None
) -> Sequence[StaffMember]:
    """Return who may lead: the asker's team, and whoever leads the event already, by name."""
    leads = {event.lead_id, *(one.staff_member_id for one in event.others)} if event else set()
    return session.scalars(
        select(StaffMember)
        .where(
            StaffMember.is_active,
            accounts.carries(Right.MANAGE_APPOINTMENTS),
            or_(StaffMember.team_id == asker.team_id, StaffMember.id.in_(leads)),
        )
        .order_by(StaffMember.last_name, StaffMember.first_name, StaffMember.number)
    ).all()


def event_to_lead(session: Session, id: UUID, *, asker: StaffMember) -> GroupEvent:
    """Return an event that the asker leads, or whose team they lead; others find nothing here."""
    found = event_for_staff(session, id, asker=asker)
    if not rules.can_lead(found, by=asker):
        raise NotFound
    return found


def invited_cases(
    session: Session, *, event: GroupEvent, asker: StaffMember
) -> tuple[Sequence[Case], int]:
    """Return the invited cases that are open to the asker, and how many others there are."""
    standing = walls.standing_of(session, asker)
    invited = select(GroupInvitation.case_id).where(GroupInvitation.event_id == event.id)
    seen = session.scalars(
        select(Case)
        .where(Case.id.in_(invited), walls.opens(standing))
        .order_by(Case.number)
        .options(selectinload(Case.members).joinedload(CaseMember.citizen))
    ).all()
    count = session.scalar(select(func.count()).select_from(invited.subquery())) or 0
    return seen, count - len(seen)


def _led_by(officer: StaffMember) -> ColumnElement[bool]:
    joined = select(GroupOfficer.event_id).where(GroupOfficer.staff_member_id == officer.id)
    return or_(GroupEvent.lead_id == officer.id, GroupEvent.id.in_(joined))


# What the clock looks for


def with_waiting(session: Session, *, now: datetime, limit: int = 200) -> Sequence[GroupEvent]:
    """Return events to come for which somebody waits, in their series too, the soonest first."""
    waits = select(GroupWish.event_id).where(GroupWish.state == WishState.WAITING).correlate(None)
    open_series = (
        select(GroupEvent.series_id)
        .join(GroupWish, GroupWish.event_id == GroupEvent.id)
        .where(
            GroupWish.state == WishState.WAITING,
            GroupWish.takes_others,
            GroupEvent.series_id.is_not(None),
        )
    )
    return session.scalars(
        select(GroupEvent)
        .where(
            GroupEvent.state == EventState.PLANNED,
            GroupEvent.closes_at > now,
            GroupEvent.opens_at <= now,
            or_(GroupEvent.id.in_(waits), GroupEvent.series_id.in_(open_series)),
        )
        .order_by(GroupEvent.starts_at, GroupEvent.id)
        .limit(limit)
    ).all()


def without_outcomes(session: Session, *, now: datetime) -> Sequence[GroupEvent]:
    """Return past events with seats without an outcome, whose lead was not asked yet."""
    asked = select(WorkItem.id).where(
        WorkItem.kind == ItemKind.GROUP_OUTCOMES,
        WorkItem.subject_id == GroupEvent.id,
        WorkItem.closed_at.is_(None),
    )
    unknown = exists().where(
        Booking.group_event_id == GroupEvent.id, Booking.state == BookingState.BOOKED
    )
    return session.scalars(
        select(GroupEvent)
        .where(
            GroupEvent.state != EventState.CANCELLED,
            GroupEvent.ends_at <= now - timedelta(hours=1),
            unknown,
            ~asked.exists(),
        )
        .order_by(GroupEvent.starts_at, GroupEvent.id)
        .options(*LEADERS)
    ).all()


def without_lead(session: Session, *, now: datetime) -> Sequence[GroupEvent]:
    """Return events ahead whose lead has left, and that no open item speaks of."""
    asked = select(WorkItem.id).where(
        WorkItem.kind == ItemKind.GROUP_WITHOUT_LEAD,
        WorkItem.subject_id == GroupEvent.id,
        WorkItem.closed_at.is_(None),
    )
    return session.scalars(
        select(GroupEvent)
        .join(GroupEvent.lead)
        .where(
            GroupEvent.state == EventState.PLANNED,
            GroupEvent.starts_at > now,
            ~StaffMember.is_active,
            ~asked.exists(),
        )
        .order_by(GroupEvent.starts_at, GroupEvent.id)
        .options(*LEADERS)
    ).all()


def on_days(session: Session, days: Collection[date], *, now: datetime) -> Sequence[GroupEvent]:
    """Return events ahead on these days that no open item says lie on a closed one."""
    asked = select(WorkItem.id).where(
        WorkItem.kind == ItemKind.GROUP_DAY_CLOSED,
        WorkItem.subject_id == GroupEvent.id,
        WorkItem.closed_at.is_(None),
    )
    return session.scalars(
        select(GroupEvent)
        .where(
            GroupEvent.state == EventState.PLANNED,
            GroupEvent.starts_at > now,
            closing.falls_on(GroupEvent.starts_at, days),
            ~asked.exists(),
        )
        .order_by(GroupEvent.starts_at, GroupEvent.id)
        .options(*LEADERS)
    ).all()
