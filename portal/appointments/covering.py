"""Appointments whose officer is missing: ill today, or no longer in the office.

Handing over keeps the time and changes the officer; the citizen is told who speaks with them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.models import Right, StaffMember
from portal.appointments import queries, rules, seating
from portal.appointments.group_models import EventState
from portal.appointments.models import Booking, BookingOfficer, BookingState
from portal.appointments.queries import Gathering
from portal.appointments.steps import (
    agree,
    bound_to,
    lock_booking,
    lock_citizen,
    record,
    tell_citizen,
)
from portal.audit.models import SYSTEM, Acting
from portal.calendars import queries as calendars
from portal.calendars import wishes
from portal.calendars.slots import at_wall
from portal.calendars.standins import Talk, standins
from portal.core import clock
from portal.core.errors import Conflict, InvalidInput
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind, WorkItem

AHEAD_IN_ONE_RUN = 500
"""Appointments without a person that one run of the job looks at; the next run takes the next."""


# Reading


@dataclass(frozen=True)
class DayAhead:
    """What is still to come of a day; `hidden` is how many talks the asker may not see."""

    bookings: Sequence[Booking]
    gatherings: Sequence[Gathering]
    hidden: int


def day_ahead(
    session: Session, day: date, *, officer: StaffMember, asker: StaffMember, now: datetime
) -> DayAhead:
    """Return what is still to come of a day with one officer: talks, and groups they lead."""
    first, last = max(now, at_wall(day, time())), at_wall(day + timedelta(days=1), time())
    sheet = queries.calendar_sheet(session, day, 1, officers=[officer.id], asker=asker)
    return DayAhead(
        [
            one
            for one in sheet.bookings
            if one.state == BookingState.BOOKED and first < one.starts_at < last
        ],
        [
            one
            for one in sheet.gatherings
            if one.event.state == EventState.PLANNED and first < one.event.starts_at < last
        ],
        len([one for one in sheet.taken if first < one.starts_at < last]),
    )


def colleagues_for(
    session: Session,
    bookings: Sequence[Booking],
    *,
    asker: StaffMember,
    now: datetime,
    gone: Mapping[UUID, UUID] | None = None,
) -> dict[UUID, list[StaffMember]]:
    """Return for each booking who of the colleagues is open and free at that time.

    `gone` names by booking whose place is to be taken, where it is not who leads the talk.
    People of the officer's own team come first. Who may not meet the citizen is refused by
    `hand_over`; to leave them out here would say that there is a conflict of interest.
    """
    colleagues = calendars.officers_for(session, asker=asker)
    talks = [
        Talk(
            one.id,
            one.type,
            one.channel,
            one.starts_at,
            one.ends_at,
            one.blocked_until,
            places=bound_to(one) if one.is_summons else None,
        )
        for one in bookings
    ]
    found = standins(session, talks, among=colleagues, now=now)
    able = _able(session, bookings, gone or {})
    return {
        one.id: sorted(
            [colleague for colleague in found[one.id] if colleague.id in able[one.id]],
            key=lambda colleague: colleague.team_id != one.staff_member.team_id,
        )
        for one in bookings
    }


def _able(
    session: Session, bookings: Sequence[Booking], gone: Mapping[UUID, UUID]
) -> dict[UUID, set[UUID]]:
    """Return for each booking who can sit where somebody is missing and is not in it already."""
    joining = queries.others_of_all(session, bookings)
    sitting = {one.id: seating.sittings(one, joining[one.id]) for one in bookings}
    seats = {
        one.id: seating.seat_of(sitting[one.id], gone.get(one.id, one.staff_member_id))
        for one in bookings
    }
    skilled = {
        seat: set(session.scalars(select(StaffMember.id).where(wishes.can_sit(seat))))
        for seat in set(seats.values())
    }
    return {
        id: skilled[seat] - {one.officer.id for one in sitting[id]} for id, seat in seats.items()
    }


def without_officer(session: Session, *, now: datetime) -> Sequence[Booking]:
    """Return appointments ahead of which somebody has left, and that no open item speaks of."""
    asked = select(WorkItem.id).where(
        WorkItem.kind == ItemKind.OFFICER_GONE,
        WorkItem.subject_id == Booking.id,
        WorkItem.closed_at.is_(None),
    )
    return session.scalars(
        select(Booking)
        .where(
            Booking.state == BookingState.BOOKED,
            Booking.group_event_id.is_(None),
            Booking.starts_at > now,
            _lacks_somebody(),
            ~asked.exists(),
        )
        .order_by(Booking.starts_at, Booking.id)
        .limit(AHEAD_IN_ONE_RUN)
        .options(*queries.PEOPLE, queries.OTHERS)
    ).all()


def _lacks_somebody() -> ColumnElement[bool]:
    """Return the condition that one of the officers of a booking works here no more."""
    left = select(StaffMember.id).where(~StaffMember.is_active)
    joined = select(BookingOfficer.booking_id).where(BookingOfficer.staff_member_id.in_(left))
    return or_(Booking.staff_member_id.in_(left), Booking.id.in_(joined))


def missing_of(booking: Booking) -> StaffMember | None:
    """Return who of the officers of a booking has left, the one who leads first."""
    found = (one.officer for one in seating.sittings(booking) if not one.officer.is_active)
    return next(found, None)


# Deeds


def hand_over(
    session: Session,
    *,
    booking: Booking,
    colleague: StaffMember,
    by: StaffMember,
    now: datetime,
    gone: UUID | None = None,
) -> None:
    """Give a booking to a colleague at the same time, or raise `Conflict` when they are not free.

    `gone` is whose place the colleague takes, else that of who leads. A second tap finds the
    booking with the colleague and changes nothing. A summons stays in the house and room that its
    letter names.
    """
    lock_booking(session, booking)
    sitting = {one.officer.id: one.officer for one in seating.sittings(booking)}
    if colleague.id in sitting:
        return
    rules.check_can_hand_over(booking, by=by, now=now)
    lock_citizen(session, booking.citizen)
    if colleague.id in wishes.kept_from(session, booking.citizen):
        raise InvalidInput("Diese Person kann den Termin nicht übernehmen.", field="colleague")
    before = sitting.get(gone or booking.staff_member_id)
    if before is None:
        raise Conflict("Diesen Platz hat schon jemand anderes übernommen.", field="colleague")
    slot, seats = seating.with_instead(booking, booking.others, before.id, colleague.id)
    try:
        agree(session, booking, slot, now=now, seats=seats, stays_there=booking.is_summons)
    except Conflict as error:
        there = ", oder an einem anderen Ort" if booking.is_summons else ""
        raise Conflict(
            f"{colleague.name} ist um diese Zeit nicht mehr frei{there}."
            " Wählen Sie jemand anderen.",
            field="colleague",
        ) from error
    booking.sequence += 1
    record(
        session,
        "appointments.handed_over",
        booking,
        by,
        now,
        handed_from=str(before.id),
        handed_to=str(colleague.id),
    )
    settled(session, booking=booking, by=by, now=now)
    session.expire(booking, ["others"])
    tell_citizen(session, booking, "booking_handed_over", now)


def miss_officer(session: Session, *, booking: Booking, now: datetime) -> None:
    """Put an appointment whose officer has left before the lead of that officer's team."""
    gone = missing_of(booking) or booking.staff_member
    inbox.open_item(
        session,
        kind=ItemKind.OFFICER_GONE,
        subject_id=booking.id,
        case_id=booking.case_id,
        title=booking.type.name,
        person=booking.citizen.name,
        reason=f"{gone.name} arbeitet nicht mehr hier. Der Termin am "
        f"{clock.local(booking.starts_at):%d.%m.%Y, %H:%M} Uhr braucht jemand anderen.",
        next_step="Termin übergeben",
        due_on=booking.day,
        team_id=gone.team_id,
        assignee_id=lead_of(session, gone.team_id),
        now=now,
    )


def lead_of(session: Session, team_id: UUID) -> UUID | None:
    """Return who leads a team; of several the one who is there longest, without any nobody."""
    return session.scalar(
        select(StaffMember.id)
        .where(
            StaffMember.team_id == team_id,
            StaffMember.is_active,
            accounts.carries(Right.SEE_TEAM),
        )
        .order_by(StaffMember.number)
        .limit(1)
    )


def settled(session: Session, *, booking: Booking, by: Acting, now: datetime) -> None:
    """Close the item on an appointment that has a person again, or is no more."""
    inbox.close_items(session, kind=ItemKind.OFFICER_GONE, subject_id=booking.id, by=by, now=now)


def close_settled(session: Session, *, now: datetime) -> int:
    """Close items on appointments that were moved, cancelled or have passed; return how many."""
    stale = session.scalars(
        select(Booking)
        .join(WorkItem, WorkItem.subject_id == Booking.id)
        .where(
            WorkItem.kind == ItemKind.OFFICER_GONE,
            WorkItem.closed_at.is_(None),
            (Booking.state != BookingState.BOOKED)
            | ~_lacks_somebody()
            | (Booking.starts_at <= now),
        )
        .order_by(Booking.starts_at, Booking.id)
        .limit(AHEAD_IN_ONE_RUN)
    ).all()
    for booking in stale:
        settled(session, booking=booking, by=SYSTEM, now=now)
    return len(stale)
