"""The deeds on calendars: hours and absences. Each checks, changes, writes the trail."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.audit import service as audit
from portal.calendars import queries, rules, weeks
from portal.calendars.models import (
    Absence,
    AbsenceReason,
    AppointmentType,
    Availability,
    Channel,
    Room,
)
from portal.calendars.resources import of_staff
from portal.calendars.standard import STANDARD_TYPES


def add_availability(
    session: Session,
    *,
    officer: StaffMember,
    weekday: int,
    starts: time,
    ends: time,
    channels: Sequence[Channel],
    types: Sequence[AppointmentType],
    valid_from: date,
    valid_until: date | None,
    by: StaffMember,
    now: datetime,
) -> Availability:
    """Add weekly hours; hours that overlap others of the same officer are refused."""
    hours = Availability(
        staff_member_id=officer.id,
        weekday=weekday,
        starts=starts,
        ends=ends,
        channels=list(channels),
        types=list(types),
        valid_from=valid_from,
        valid_until=valid_until,
    )
    rules.check_can_plan(officer, by=by)
    lock_officer(session, officer.id)
    rules.check_hours(hours, others=queries.availabilities_of(session, officer=officer))
    session.add(hours)
    session.flush()  # the trail names the id
    audit.record(
        session,
        deed="calendars.hours_added",
        subject=("availability", hours.id),
        by=by,
        now=now,
        officer=str(officer.id),
        weekday=weekday,
        hours=f"{starts:%H:%M}–{ends:%H:%M}",
    )
    weeks.refresh_all_weeks(session, touched=[of_staff(officer)], now=now)
    return hours


def remove_availability(
    session: Session, *, hours: Availability, by: StaffMember, now: datetime
) -> None:
    """Take weekly hours away; what was booked in them stays booked."""
    rules.check_can_plan(hours.staff_member, by=by)
    audit.record(
        session,
        deed="calendars.hours_removed",
        subject=("availability", hours.id),
        by=by,
        now=now,
        officer=str(hours.staff_member_id),
    )
    session.delete(hours)
    weeks.refresh_all_weeks(session, touched=[of_staff(hours.staff_member)], now=now)


def add_absence(
    session: Session,
    *,
    officer: StaffMember,
    starts_at: datetime,
    ends_at: datetime,
    reason: AbsenceReason,
    by: StaffMember,
    now: datetime,
) -> Absence:
    """Add an absence; appointments in that time must be moved or cancelled first."""
    rules.check_can_plan(officer, by=by)
    rules.check_absence(starts_at, ends_at, now=now)
    lock_officer(session, officer.id)
    rules.check_nothing_taken(
        queries.taken_within(session, starts_at, ends_at, officer=officer, now=now)
    )
    absence = Absence(
        staff_member_id=officer.id, starts_at=starts_at, ends_at=ends_at, reason=reason
    )
    session.add(absence)
    session.flush()  # the trail names the id
    audit.record(
        session,
        deed="calendars.absence_added",
        subject=("absence", absence.id),
        by=by,
        now=now,
        officer=str(officer.id),
        starts_at=starts_at.isoformat(),
        ends_at=ends_at.isoformat(),
    )
    weeks.refresh_all_weeks(session, touched=[of_staff(officer)], now=now)
    return absence


def remove_absence(session: Session, *, absence: Absence, by: StaffMember, now: datetime) -> None:
    """Take an absence away; its time can be booked again."""
    rules.check_can_plan(absence.staff_member, by=by)
    audit.record(
        session,
        deed="calendars.absence_removed",
        subject=("absence", absence.id),
        by=by,
        now=now,
        officer=str(absence.staff_member_id),
    )
    session.delete(absence)
    weeks.refresh_all_weeks(session, touched=[of_staff(absence.staff_member)], now=now)


def ensure_standard_types(session: Session) -> dict[str, AppointmentType]:
    """Create the kinds of appointments that an office starts with, unless they are there."""
    kinds = {kind.key: kind for kind in session.scalars(select(AppointmentType))}
    for position, standard in enumerate(STANDARD_TYPES):
        if standard["key"] not in kinds:
            kinds[standard["key"]] = AppointmentType(position=position, **standard)
    session.add_all(kinds.values())
    session.flush()  # callers book with the ids
    return kinds


def lock_officer(session: Session, id: UUID) -> StaffMember | None:
    """Read the officer again and keep others from giving their time away until the end."""
    return lock_officers(session, [id]).get(id)


def lock_officers(session: Session, ids: Iterable[UUID]) -> dict[UUID, StaffMember]:
    """Read several officers again, in the order in which `weeks.lock` locks them too."""
    found = session.scalars(
        select(StaffMember)
        .where(StaffMember.id.in_(set(ids)))
        .order_by(StaffMember.id)
        .with_for_update(of=StaffMember, key_share=True)
    )
    return {officer.id: officer for officer in found}


def lock_rooms(session: Session) -> None:
    """Keep others from giving rooms away until the end, in the order of `weeks.lock`."""
    session.execute(
        select(Room.id)
        .where(Room.is_active)
        .order_by(Room.id)
        .with_for_update(of=Room, key_share=True)
    ).all()
