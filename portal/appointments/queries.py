"""Reading appointments for pages and verbs: always ordered, filtered by the person who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Person, Right, StaffMember
from portal.appointments import rules
from portal.appointments.group_models import EventState, GroupEvent, GroupOfficer
from portal.appointments.models import (
    Booking,
    BookingOfficer,
    BookingState,
    Disturbance,
    HeldFor,
    TalkCard,
)
from portal.calendars.models import Absence, AppointmentType
from portal.calendars.queries import manages
from portal.calendars.slots import at_wall
from portal.casefiles import walls
from portal.casefiles.models import Case
from portal.core import clock
from portal.core.errors import NotFound
from portal.inbox.models import ItemKind, WorkItem

AROUND = timedelta(days=14)
PEOPLE = (joinedload(Booking.citizen), joinedload(Booking.staff_member))
CASE = joinedload(Booking.case).lazyload(Case.members)
OTHERS = selectinload(Booking.others)


# Bookings


def booking_for(session: Session, id: UUID, *, asker: Person) -> Booking:
    """Return one booking with both people and the case, if the asker may see it.

    A hold is no appointment yet, and not found here (`held_or_made`).
    """
    found = session.scalar(
        _bookings(session, asker)
        .where(Booking.id == id, Booking.state != BookingState.HELD)
        .options(CASE)
    )
    if found is None:
        raise NotFound
    return found


def held_or_made(session: Session, id: UUID, *, asker: Citizen) -> Booking | None:
    """Return what the citizen held for themselves, or the booking that was made of it."""
    return session.scalar(
        _bookings(session, asker).where(
            Booking.id == id,
            or_(Booking.held_for.is_(None), Booking.held_for == HeldFor.CHOICE),
        )
    )


def own_officer(session: Session, case: Case | None) -> StaffMember | None:
    """Return who looks after the people of a case, while they work here."""
    if case is None or case.integration_officer_id is None:
        return None
    return session.scalar(
        select(StaffMember).where(
            StaffMember.id == case.integration_officer_id, StaffMember.is_active
        )
    )


def card_of(session: Session, booking: Booking) -> TalkCard | None:
    """Return what was said to be needed for a talk; who sees the booking sees it."""
    return session.get(TalkCard, booking.id)


def last_card_of(session: Session, citizen: Citizen) -> TalkCard | None:
    """Return the card that a citizen filled in last, to offer it again."""
    return session.scalar(
        select(TalkCard)
        .join(Booking, Booking.id == TalkCard.booking_id)
        .where(Booking.citizen_id == citizen.id)
        .order_by(TalkCard.changed_at.desc(), TalkCard.booking_id)
        .limit(1)
    )


def next_bookings(session: Session, *, asker: Citizen, now: datetime) -> Sequence[Booking]:
    """Return the appointments that are still to come or running, the next one first."""
    return session.scalars(
        _bookings(session, asker)
        .where(Booking.state == BookingState.BOOKED, Booking.ends_at > now)
        .order_by(Booking.starts_at, Booking.id)
    ).all()


def past_bookings(
    session: Session, *, asker: Citizen, now: datetime, limit: int = 20
) -> Sequence[Booking]:
    """Return what is over or was cancelled, the latest first."""
    return session.scalars(
        _bookings(session, asker)
        .where(
            Booking.state != BookingState.HELD,
            or_(Booking.state != BookingState.BOOKED, Booking.ends_at <= now),
        )
        .order_by(Booking.starts_at.desc(), Booking.id)
        .limit(limit)
    ).all()


def same_booking(
    session: Session, *, citizen: Citizen, type: AppointmentType, starts_at: datetime
) -> Booking | None:
    """Return the citizen's booking of this kind at this time: a second click finds the first."""
    return session.scalar(
        _bookings(session, citizen).where(
            Booking.type_id == type.id,
            Booking.starts_at == starts_at,
            Booking.state == BookingState.BOOKED,
        )
    )


def others_of(session: Session, booking: Booking) -> Sequence[BookingOfficer]:
    """Return who joins the officer of a booking, in the order of their seats."""
    return session.scalars(
        select(BookingOfficer)
        .where(BookingOfficer.booking_id == booking.id)
        .order_by(BookingOfficer.position)
        .options(joinedload(BookingOfficer.staff_member, innerjoin=True))
    ).all()


def others_of_all(
    session: Session, bookings: Sequence[Booking]
) -> dict[UUID, list[BookingOfficer]]:
    """Return the same for several bookings at once."""
    found: dict[UUID, list[BookingOfficer]] = {one.id: [] for one in bookings}
    for one in session.scalars(
        select(BookingOfficer)
        .where(BookingOfficer.booking_id.in_(found))
        .order_by(BookingOfficer.position)
        .options(joinedload(BookingOfficer.staff_member, innerjoin=True))
    ):
        found[one.booking_id].append(one)
    return found


def joined_by(officers: Sequence[UUID]) -> ColumnElement[bool]:
    """Return the condition that one of these officers leads the talk or joins it."""
    joined = select(BookingOfficer.booking_id).where(BookingOfficer.staff_member_id.in_(officers))
    groups = select(GroupOfficer.event_id).where(GroupOfficer.staff_member_id.in_(officers))
    return or_(
        Booking.staff_member_id.in_(officers),
        Booking.id.in_(joined),
        Booking.group_event_id.in_(groups),
    )


def _bookings(session: Session, asker: Person) -> Select[Booking]:
    return select(Booking).where(visible_to(session, asker)).options(*PEOPLE, OTHERS)


def visible_to(session: Session, asker: Person) -> ColumnElement[bool]:
    """Return the condition that the asker may see the booking with the person in it.

    Staff see their own talks, those of whom they stand in for, and those of the files that are open
    to them; without a file, those of their team. A conflict of interest closes all of them.
    """
    if isinstance(asker, Citizen):
        return Booking.citizen_id == asker.id
    if not accounts_rules.can(asker, Right.MANAGE_APPOINTMENTS):
        return false()
    standing = walls.standing_of(session, asker)
    team = select(StaffMember.id).where(StaffMember.team_id == asker.team_id)
    without_file = and_(
        Booking.case_id.is_(None),
        true()
        if accounts_rules.can(asker, Right.READ_ALL_FILES)
        else Booking.staff_member_id.in_(team),
    )
    return and_(
        or_(
            joined_by([asker.id, *standing.absent_ids]),
            walls.opens_case_of(standing, Booking.case_id.expression),
            without_file,
        ),
        ~walls.keeps_apart(standing, Booking.citizen_id.expression),
    )


# Seats in groups


def seats_of(session: Session, *, event: GroupEvent, asker: StaffMember) -> Sequence[Booking]:
    """Return who has a seat, by name, as far as the asker may see them.

    Whoever leads the event sees all but those from whom a conflict of interest keeps them.
    """
    return session.scalars(
        _bookings(session, asker)
        .where(
            Booking.group_event_id == event.id,
            Booking.seat.is_not(None),
            Booking.state != BookingState.HELD,
        )
        .join(Booking.citizen)
        .order_by(Citizen.last_name, Citizen.first_name, Booking.seat)
        .options(CASE)
    ).all()


def taken_seats(
    session: Session, events: Sequence[GroupEvent], *, now: datetime
) -> dict[UUID, int]:
    """Return how many seats of each event are taken or offered to somebody, by event."""
    rows = session.execute(
        select(Booking.group_event_id, func.count())
        .where(
            Booking.group_event_id.in_([event.id for event in events]),
            Booking.seat.is_not(None),
            or_(Booking.held_until.is_(None), Booking.held_until > now),
        )
        .group_by(Booking.group_event_id)
    )
    return {id: count for id, count in rows if id is not None}


# Calendars of the staff


@dataclass(frozen=True)
class Gathering:
    """An event in a calendar, with how many of its seats are taken; names stand on its page."""

    event: GroupEvent
    taken: int

    @property
    def day(self) -> date:
        """Return the day of the office on which it takes place."""
        return self.event.day

    @property
    def starts_at(self) -> datetime:
        """Return when it begins."""
        return self.event.starts_at

    @property
    def officers(self) -> set[UUID]:
        """Return in whose calendars it stands."""
        return {self.event.lead_id, *(one.staff_member_id for one in self.event.others)}


@dataclass(frozen=True)
class Taken:
    """A time in a calendar that is taken by a person whose file is closed to the asker."""

    starts_at: datetime
    ends_at: datetime
    officer: str

    @property
    def day(self) -> date:
        """Return the day of the office on which it takes place."""
        return clock.local_date(self.starts_at)


Entry = Booking | Gathering | Taken
"""One line of a day."""


@dataclass(frozen=True)
class CalendarSheet:
    """Some days of the calendars of some officers; `taken` shows the time and not the person."""

    first: date
    length: int
    bookings: Sequence[Booking]
    taken: Sequence[Taken]
    absences: Sequence[Absence]
    gatherings: Sequence[Gathering] = ()

    @property
    def days(self) -> list[date]:
        """Return the days from first to last."""
        return [self.first + timedelta(days=number) for number in range(self.length)]

    @property
    def neighbours(self) -> tuple[date, date]:
        """Return the days on which the sheets before and after begin."""
        step = timedelta(days=self.length)
        return self.first - step, self.first + step

    def entries_on(self, day: date) -> list[Entry]:
        """Return appointments, events and times that are taken on one day, in their order."""
        everything: list[Entry] = [*self.bookings, *self.gatherings, *self.taken]
        return sorted((one for one in everything if one.day == day), key=lambda one: one.starts_at)

    def absences_on(self, day: date) -> list[Absence]:
        """Return who is away on a day."""
        return [absence for absence in self.absences if absence.touches(day)]

    def has_something_on(self, day: date) -> bool:
        """Tell whether the day has anything to show."""
        return bool(self.entries_on(day) or self.absences_on(day))


def calendar_sheet(
    session: Session,
    first: date,
    length: int,
    *,
    officers: Sequence[UUID],
    asker: StaffMember,
) -> CalendarSheet:
    """Return what stands in the calendars of these officers, cancelled appointments left out.

    An event stands there once, whoever has a seat in it.
    """
    starts, ends = at_wall(first, time()), at_wall(first + timedelta(days=length), time())
    in_calendars = and_(
        manages(asker),
        joined_by(officers),
        Booking.group_event_id.is_(None),
        Booking.state.not_in([BookingState.CANCELLED, BookingState.HELD]),
        Booking.starts_at < ends,
        Booking.ends_at > starts,
    )
    bookings = session.scalars(
        _bookings(session, asker)
        .where(in_calendars)
        .order_by(Booking.starts_at, Booking.staff_member_id)
    ).all()
    taken = session.execute(
        select(Booking.starts_at, Booking.ends_at, StaffMember.first_name, StaffMember.last_name)
        .join(Booking.staff_member)
        .where(in_calendars, Booking.id.not_in([booking.id for booking in bookings]))
        .order_by(Booking.starts_at, Booking.staff_member_id)
    )
    hidden = [Taken(begins, over, f"{one} {two}") for begins, over, one, two in taken]
    absences = session.scalars(
        select(Absence)
        .where(
            manages(asker),
            Absence.staff_member_id.in_(officers),
            Absence.starts_at < ends,
            Absence.ends_at > starts,
        )
        .order_by(Absence.starts_at, Absence.id)
        .options(joinedload(Absence.staff_member))
    ).all()
    gatherings = _gatherings(session, starts, ends, officers=officers, asker=asker)
    return CalendarSheet(first, length, bookings, hidden, absences, gatherings)


def _gatherings(
    session: Session,
    first: datetime,
    last: datetime,
    *,
    officers: Sequence[UUID],
    asker: StaffMember,
) -> list[Gathering]:
    led = select(GroupOfficer.event_id).where(GroupOfficer.staff_member_id.in_(officers))
    events = session.scalars(
        select(GroupEvent)
        .where(
            manages(asker),
            or_(GroupEvent.lead_id.in_(officers), GroupEvent.id.in_(led)),
            GroupEvent.state != EventState.CANCELLED,
            GroupEvent.starts_at < last,
            GroupEvent.ends_at > first,
        )
        .order_by(GroupEvent.starts_at, GroupEvent.id)
        .options(selectinload(GroupEvent.others), joinedload(GroupEvent.lead))
    ).all()
    taken = taken_seats(session, events, now=clock.now()) if events else {}
    return [Gathering(event, taken.get(event.id, 0)) for event in events]


# What the clock looks for


def without_outcome(session: Session, *, now: datetime) -> Sequence[Booking]:
    """Return past appointments that nobody has written an outcome for, nor been asked to."""
    asked = select(WorkItem.id).where(
        WorkItem.kind == ItemKind.OUTCOME_MISSING,
        WorkItem.subject_id == Booking.id,
        WorkItem.closed_at.is_(None),
    )
    return session.scalars(
        select(Booking)
        .where(
            Booking.state == BookingState.BOOKED,
            Booking.group_event_id.is_(None),  # an event asks once for all of them
            Booking.ends_at <= now - rules.OUTCOME_DUE_AFTER,
            ~asked.exists(),
        )
        .order_by(Booking.starts_at, Booking.id)
        .options(*PEOPLE)
    ).all()


def bookings_of_case(
    session: Session, *, case: Case, asker: StaffMember, now: datetime
) -> Sequence[Booking]:
    """Return the appointments of a case around today, the next one last: who calls means these."""
    return session.scalars(
        _bookings(session, asker)
        .where(
            Booking.case_id == case.id,
            Booking.state.not_in([BookingState.HELD, BookingState.CANCELLED]),
            Booking.starts_at > now - AROUND,
            Booking.starts_at < now + AROUND,
        )
        .order_by(Booking.starts_at, Booking.id)
    ).all()


def bookings_named(
    session: Session, *, search: str, asker: StaffMember, now: datetime, limit: int = 20
) -> Sequence[Booking]:
    """Return appointments around today of people with these names, also of those without a file.

    Whoever rings or stands at the desk has an appointment soon, or has just missed one.
    """
    words = [word for word in search.split() if word][:5]
    if not words:
        return []
    named = [
        or_(
            Citizen.first_name.icontains(word, autoescape=True),
            Citizen.last_name.icontains(word, autoescape=True),
        )
        for word in words
    ]
    return session.scalars(
        _bookings(session, asker)
        .where(
            Booking.citizen_id.in_(select(Citizen.id).where(*named)),
            Booking.state.not_in([BookingState.HELD, BookingState.CANCELLED]),
            Booking.starts_at > now - AROUND,
            Booking.starts_at < now + AROUND,
        )
        .order_by(Booking.starts_at, Booking.id)
        .limit(limit)
    ).all()


# Disturbances


def disturbances(session: Session, *, limit: int = 50) -> Sequence[Disturbance]:
    """Return the outages that were written down, the newest first; they name no person."""
    return session.scalars(
        select(Disturbance).order_by(Disturbance.starts_at.desc(), Disturbance.id).limit(limit)
    ).all()


def missed_among(session: Session, *, ids: Sequence[UUID]) -> Sequence[Booking]:
    """Return those of these appointments that were called missed, with their people."""
    return session.scalars(
        select(Booking)
        .where(Booking.id.in_(ids), Booking.state == BookingState.MISSED)
        .order_by(Booking.starts_at, Booking.id)
        .options(*PEOPLE)
    ).all()
