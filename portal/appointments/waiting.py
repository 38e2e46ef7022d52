"""The waiting list: who waits for which time, and times that are kept back for them.

A freed time must not go to the fastest clicker while somebody waits for it. In the transaction that
frees it, it is kept back for a few minutes; the clock offers it (`offering`). When no worker runs,
it comes free by itself.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Right, StaffMember
from portal.appointments.models import Booking, BookingState
from portal.appointments.waiting_models import (
    FreedTime,
    Need,
    OfferState,
    SlotOffer,
    SlotWish,
    WishState,
)
from portal.audit import service as audit
from portal.audit.models import SYSTEM
from portal.calendars import taking
from portal.calendars.models import AppointmentType, Channel, Occupancy
from portal.calendars.resources import of_citizen, of_staff
from portal.calendars.slots import Slot
from portal.calendars.taking import Take
from portal.casefiles import walls
from portal.casefiles.models import CaseMember
from portal.core import clock
from portal.core.db import lost_race, new_id
from portal.core.errors import Conflict, InvalidInput, NotFound

KEPT_BACK = timedelta(minutes=5)
LONGEST_WAIT = timedelta(days=182)
OPEN = (WishState.WAITING, WishState.OFFERED)


# Who waits


def join(
    session: Session,
    *,
    citizen: Citizen,
    type: AppointmentType,
    channels: Sequence[Channel],
    first_day: date,
    last_day: date,
    weekdays: Sequence[int],
    from_hour: time,
    until_hour: time,
    deadline: date | None,
    officer_id: UUID | None,
    booking: Booking | None,
    now: datetime,
) -> SlotWish:
    """Put a citizen on the list for a kind, or change the entry that stands there."""
    today = clock.local_date(now)
    if last_day < first_day:
        raise InvalidInput("Der letzte Tag muss nach dem ersten liegen.", field="last_day")
    if last_day < today:
        raise InvalidInput("Dieser Tag ist schon vorbei.", field="last_day")
    if last_day > today + LONGEST_WAIT:
        raise InvalidInput("Höchstens ein halbes Jahr im Voraus.", field="last_day")
    if not set(channels) or not set(channels) <= set(type.channels):
        raise InvalidInput("Auf diesem Weg gibt es den Termin nicht.", field="channels")
    if deadline is not None and deadline < today:
        raise InvalidInput("Dieser Tag ist schon vorbei.", field="deadline")
    session.execute(select(Citizen.id).where(Citizen.id == citizen.id).with_for_update())
    entry = session.scalar(
        select(SlotWish).where(
            SlotWish.citizen_id == citizen.id,
            SlotWish.type_id == type.id,
            SlotWish.state.in_(OPEN),
        )
    ) or SlotWish(id=new_id(), citizen=citizen, type=type, created_at=now, need=Need.WISH)
    entry.channels = list(channels)
    entry.first_day, entry.last_day = first_day, last_day
    entry.weekdays = sorted(set(weekdays))
    entry.from_hour, entry.until_hour = from_hour, until_hour
    entry.deadline = deadline
    entry.officer_id = officer_id
    entry.booking = booking
    if entry.need != Need.URGENT:
        entry.need = Need.DEADLINE if deadline else Need.WISH
    with lost_race(session, "uq_slot_wishes_open", "Sie stehen schon auf der Warteliste."):
        session.add(entry)
        session.flush()  # the index allows one entry for each kind
    audit.record(
        session, deed="appointments.waits", subject=("slot_wish", entry.id), by=citizen, now=now
    )
    return entry


def leave(session: Session, *, entry: SlotWish, by: Citizen, now: datetime) -> None:
    """Take an entry off the list; whoever is off it already stays off."""
    if entry.state != WishState.WAITING:
        if entry.state == WishState.OFFERED:
            raise Conflict("Für Sie ist gerade ein Termin frei gehalten. Antworten Sie darauf.")
        return
    entry.state = WishState.WITHDRAWN
    audit.record(
        session,
        deed="appointments.waits_no_longer",
        subject=("slot_wish", entry.id),
        by=by,
        now=now,
    )


def mark_urgent(
    session: Session, *, entry: SlotWish, reason: str, by: StaffMember, now: datetime
) -> None:
    """Let an entry go first, for a reason that the office writes down."""
    accounts_rules.check(by, Right.MANAGE_APPOINTMENTS)
    if not reason.strip():
        raise InvalidInput("Bitte nennen Sie den Grund.", field="reason")
    entry.need, entry.need_reason = Need.URGENT, reason.strip()
    audit.record(
        session,
        deed="appointments.wait_urgent",
        subject=("slot_wish", entry.id),
        by=by,
        now=now,
    )


def sweep(session: Session, *, now: datetime) -> int:
    """Close entries that are over or whose person has booked otherwise; return how many."""
    today = clock.local_date(now)
    closed = session.scalars(
        select(SlotWish)
        .where(
            SlotWish.state == WishState.WAITING,
            or_(SlotWish.last_day < today, SlotWish.deadline < today, _booked_otherwise()),
        )
        .order_by(SlotWish.id)
        .with_for_update(of=SlotWish, skip_locked=True)
    ).all()
    for entry in closed:
        is_over = entry.last_day < today or (entry.deadline is not None and entry.deadline < today)
        entry.state = WishState.EXPIRED if is_over else WishState.DONE
        audit.record(
            session,
            deed="appointments.wait_over",
            subject=("slot_wish", entry.id),
            by=SYSTEM,
            now=now,
        )
    return len(closed)


def _booked_otherwise() -> ColumnElement[bool]:
    """Return the condition that somebody without an appointment got one after all."""
    return SlotWish.booking_id.is_(None) & exists().where(
        Booking.citizen_id == SlotWish.citizen_id,
        Booking.type_id == SlotWish.type_id,
        Booking.state == BookingState.BOOKED,
        Booking.booked_at > SlotWish.created_at,
    )


# What comes free


def keep_back(
    session: Session,
    *,
    type: AppointmentType,
    channel: Channel,
    officer: StaffMember,
    starts_at: datetime,
    now: datetime,
) -> None:
    """Keep a time back that was just given up, if somebody waits for one like it."""
    slot = Slot(starts_at, officer.id)
    if starts_at <= now or not candidates(session, type=type, channel=channel, slot=slot, limit=1):
        return
    freed = FreedTime(
        id=new_id(), type=type, officer=officer, channel=channel, starts_at=starts_at, freed_at=now
    )
    quiet = timedelta(minutes=type.buffer_before_minutes)
    end = starts_at + type.duration + type.buffer
    time_of_officer = Take(of_staff(officer), starts_at - quiet, end)
    try:
        with session.begin_nested():
            taking.take(
                session,
                [time_of_officer],
                taken_by=freed.id,
                now=now,
                held_until=now + KEPT_BACK,
            )
            session.add(freed)
            session.flush()  # the occupancy names its id
    except Conflict:
        return  # the talk was moved by less than its length: nothing came free


def candidates(
    session: Session,
    *,
    type: AppointmentType,
    channel: Channel,
    slot: Slot,
    limit: int = 50,
) -> Sequence[SlotWish]:
    """Return whom this time suits: need first, then the nearest deadline, then the longest wait.

    Whoever was offered this very time before is left out.
    """
    local = clock.local(slot.starts_at)
    had_it = exists().where(
        SlotOffer.wish_id == SlotWish.id,
        SlotOffer.starts_at == slot.starts_at,
        SlotOffer.officer_id == slot.officer,
    )
    later = exists().where(
        Booking.id == SlotWish.booking_id,
        Booking.state == BookingState.BOOKED,
        Booking.starts_at > slot.starts_at,
    )
    return session.scalars(
        select(SlotWish)
        .where(
            SlotWish.state == WishState.WAITING,
            SlotWish.type_id == type.id,
            SlotWish.channels.contains([channel]),
            SlotWish.first_day <= local.date(),
            SlotWish.last_day >= local.date(),
            or_(SlotWish.deadline.is_(None), SlotWish.deadline >= local.date()),
            or_(SlotWish.officer_id.is_(None), SlotWish.officer_id == slot.officer),
            or_(SlotWish.weekdays == [], SlotWish.weekdays.contains([local.isoweekday()])),
            SlotWish.from_hour <= local.time(),
            SlotWish.until_hour > local.time(),
            or_(SlotWish.booking_id.is_(None), later),
            ~_booked_otherwise(),
            ~had_it,
        )
        .order_by(
            SlotWish.need.desc(),
            SlotWish.deadline.asc().nulls_last(),
            SlotWish.created_at,
            SlotWish.id,
        )
        .limit(limit)
        .options(joinedload(SlotWish.citizen))
        .with_for_update(of=SlotWish, skip_locked=True)
    ).all()


def is_engaged(session: Session, wish: SlotWish, starts_at: datetime) -> bool:
    """Tell whether the person has something else at that time, beside what would be given up."""
    besides = Occupancy.taken_by != wish.booking_id if wish.booking_id else true()
    found = session.scalar(
        select(Occupancy.id)
        .where(
            Occupancy.resource == of_citizen(wish.citizen),
            Occupancy.starts_at < starts_at + wish.type.duration,
            Occupancy.ends_at > starts_at,
            besides,
        )
        .limit(1)
    )
    return found is not None


def freed_times(session: Session) -> Sequence[FreedTime]:
    """Lock and return the times that wait to be offered, the soonest first."""
    return session.scalars(
        select(FreedTime)
        .order_by(FreedTime.starts_at, FreedTime.id)
        .with_for_update(of=FreedTime, skip_locked=True)
    ).all()


# Reading


def entries_of(session: Session, *, asker: Citizen) -> Sequence[SlotWish]:
    """Return the own entries that still count."""
    return session.scalars(
        select(SlotWish)
        .where(SlotWish.citizen_id == asker.id, SlotWish.state.in_(OPEN))
        .order_by(SlotWish.created_at, SlotWish.id)
        .options(joinedload(SlotWish.booking))
    ).all()


def entry_for(session: Session, id: UUID, *, asker: Citizen) -> SlotWish:
    """Return one own entry."""
    found = session.scalar(
        select(SlotWish).where(SlotWish.id == id, SlotWish.citizen_id == asker.id)
    )
    if found is None:
        raise NotFound
    return found


def offer_for(session: Session, id: UUID, *, asker: Citizen) -> SlotOffer:
    """Return one offer made to the asker, with its hold and the appointment it would replace."""
    found = session.scalar(
        select(SlotOffer)
        .join(SlotOffer.wish)
        .where(SlotOffer.id == id, SlotWish.citizen_id == asker.id)
        .options(
            joinedload(SlotOffer.booking).options(
                joinedload(Booking.citizen),
                joinedload(Booking.staff_member),
                selectinload(Booking.others),
            ),
            joinedload(SlotOffer.wish).options(
                joinedload(SlotWish.citizen),
                joinedload(SlotWish.booking).joinedload(Booking.citizen),
            ),
        )
    )
    if found is None:
        raise NotFound
    return found


def open_offer_of(session: Session, *, asker: Citizen, now: datetime) -> SlotOffer | None:
    """Return the offer that waits for an answer of this citizen, if there is one."""
    return session.scalar(
        select(SlotOffer)
        .join(SlotOffer.wish)
        .where(
            SlotWish.citizen_id == asker.id,
            SlotOffer.state == OfferState.OPEN,
            SlotOffer.expires_at > now,
        )
        .order_by(SlotOffer.expires_at)
        .limit(1)
    )


def waiting_for(
    session: Session, *, asker: StaffMember, type_id: UUID | None = None, limit: int = 200
) -> Sequence[SlotWish]:
    """Return who waits, in the order in which freed times are offered, behind the asker's walls.

    Shown are people whose file is open to the asker, and those who have none yet.
    """
    if not accounts_rules.can(asker, Right.MANAGE_APPOINTMENTS):
        return []
    standing = walls.standing_of(session, asker)
    in_a_file = CaseMember.citizen_id == SlotWish.citizen_id
    conditions = [
        SlotWish.state.in_(OPEN),
        ~walls.keeps_apart(standing, SlotWish.citizen_id.expression),
        or_(
            exists().where(in_a_file, walls.opens_case_of(standing, CaseMember.case_id.expression)),
            ~exists().where(in_a_file),
        ),
    ]
    if type_id is not None:
        conditions.append(SlotWish.type_id == type_id)
    return session.scalars(
        select(SlotWish)
        .where(*conditions)
        .order_by(
            SlotWish.need.desc(),
            SlotWish.deadline.asc().nulls_last(),
            SlotWish.created_at,
            SlotWish.id,
        )
        .limit(limit)
        .options(joinedload(SlotWish.citizen), joinedload(SlotWish.booking))
    ).all()


def waiting_entry(session: Session, id: UUID, *, asker: StaffMember) -> SlotWish:
    """Return one entry that the asker may see."""
    for entry in waiting_for(session, asker=asker, limit=10_000):
        if entry.id == id:
            return entry
    raise NotFound
