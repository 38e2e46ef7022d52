"""The deeds on hours, and the rows an office starts with. Absences stand in `away`."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.audit import service as audit
from portal.calendars import queries, rules, weeks
from portal.calendars.models import AppointmentType, Availability, Channel, Place, Room
from portal.calendars.opening import days_of
from portal.calendars.recurrence import Rule
from portal.calendars.resources import of_staff
from portal.calendars.standard import STANDARD_TYPES
from portal.core.errors import InvalidInput


def add_availability(
    session: Session,
    *,
    officer: StaffMember,
    rule: Rule,
    starts: time,
    ends: time,
    channels: Sequence[Channel],
    types: Sequence[AppointmentType],
    valid_from: date,
    valid_until: date | None,
    by: StaffMember,
    now: datetime,
    place: Place | None = None,
) -> Availability:
    """Add hours that come again; what overlaps other hours of the same officer is refused."""
    hours = Availability(
        staff_member_id=officer.id,
        starts=starts,
        ends=ends,
        channels=list(channels),
        types=list(types),
        place_id=place.id if place else None,
        days_out=[],
        days_extra=[],
        **ruled(rule, valid_from, valid_until),
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
        rule=hours.rule,
        hours=f"{starts:%H:%M}–{ends:%H:%M}",
    )
    weeks.refresh_all_weeks(session, touched=[of_staff(officer)], now=now)
    return hours


def ruled(rule: Rule, valid_from: date, valid_until: date | None) -> dict[str, Any]:
    """Return the columns of what comes again; UNTIL moves to the column of the last day."""
    rule.check()
    last = min(valid_until or date.max, rule.until or date.max)
    return {
        "rule": str(replace(rule, until=None)),
        "valid_from": valid_from,
        "valid_until": None if last == date.max else last,
    }


def make_exception(
    session: Session, *, hours: Availability, day: date, out: bool, by: StaffMember, now: datetime
) -> None:
    """Take one day out of hours, or add one; what was booked on it stays booked."""
    rules.check_can_plan(hours.staff_member, by=by)
    lock_officer(session, hours.staff_member_id)
    session.refresh(hours, ["days_out", "days_extra"])
    rules.check_exception(hours, day, out=out, now=now)
    if not out:
        _check_free_for_extra(session, hours, day)
    if out and day in hours.days_extra:
        hours.days_extra = [one for one in hours.days_extra if one != day]
    elif not out and day in hours.days_out:
        hours.days_out = [one for one in hours.days_out if one != day]
    elif out:
        hours.days_out = sorted([*hours.days_out, day])
    else:
        hours.days_extra = sorted([*hours.days_extra, day])
    _record_exception(session, hours, day, by, now, falls=not out)


def undo_exception(
    session: Session, *, hours: Availability, day: date, by: StaffMember, now: datetime
) -> None:
    """Let one day follow the rule again; without an exception on it there is nothing to do."""
    rules.check_can_plan(hours.staff_member, by=by)
    lock_officer(session, hours.staff_member_id)
    session.refresh(hours, ["days_out", "days_extra"])
    was_out = day in hours.days_out
    if not was_out and day not in hours.days_extra:
        return
    if was_out:
        _check_free_for_extra(session, hours, day)
    hours.days_out = [one for one in hours.days_out if one != day]
    hours.days_extra = [one for one in hours.days_extra if one != day]
    _record_exception(session, hours, day, by, now, falls=was_out)


def _check_free_for_extra(session: Session, hours: Availability, day: date) -> None:
    others = queries.availabilities_of(session, officer=hours.staff_member)
    for other in others:
        meets = hours.starts < other.ends and other.starts < hours.ends
        if other.id != hours.id and meets and days_of(other, day, day):
            raise InvalidInput(
                "An diesem Tag gibt es um diese Zeit schon eine andere Sprechzeit.", field="day"
            )


def _record_exception(
    session: Session,
    hours: Availability,
    day: date,
    by: StaffMember,
    now: datetime,
    *,
    falls: bool,
) -> None:
    audit.record(
        session,
        deed="calendars.exception_changed",
        subject=("availability", hours.id),
        by=by,
        now=now,
        officer=str(hours.staff_member_id),
        day=day.isoformat(),
        falls=falls,
    )
    weeks.refresh_all_weeks(session, touched=[of_staff(hours.staff_member)], now=now)


def remove_availability(
    session: Session, *, hours: Availability, by: StaffMember, now: datetime
) -> None:
    """Take hours away; what was booked in them stays booked."""
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


def ensure_standard_types(session: Session) -> dict[str, AppointmentType]:
    """Create the kinds of appointments that an office starts with, unless they are there."""
    kinds = {kind.key: kind for kind in session.scalars(select(AppointmentType))}
    for position, standard in enumerate(STANDARD_TYPES):
        if standard["key"] not in kinds:
            kinds[standard["key"]] = AppointmentType(position=position, **standard)
    session.add_all(kinds.values())
    session.flush()  # callers book with the ids
    return kinds


def ensure_standard_place(session: Session, *, name: str, address: str) -> Place:
    """Create the place of the office, from its settings, unless one is marked as standard."""
    found = session.scalar(select(Place).where(Place.is_standard))
    if found is None:
        found = session.scalar(select(Place).where(Place.name == name, Place.is_active))
        found = found or Place(name=name, address=address)
        found.is_standard = True
        session.add(found)
        session.flush()  # hours name its id
    return found


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
