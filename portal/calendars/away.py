"""The deeds on absences: once or again and again, of one person or of several at once."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.audit import service as audit
from portal.calendars import queries, rules, weeks
from portal.calendars.models import Absence, AbsenceReason, Occupancy, RecurringAbsence
from portal.calendars.opening import openings
from portal.calendars.recurrence import Rule
from portal.calendars.resources import of_staff
from portal.calendars.service import lock_officers, ruled
from portal.calendars.slots import at_wall
from portal.core import clock
from portal.core.errors import InvalidInput

COLLISIONS_AHEAD = timedelta(days=366)
"""How far ahead appointments are looked for in the time of an absence that comes again; no kind
can be booked further ahead."""


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
    [absence] = add_absences(
        session,
        officers=[officer],
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        by=by,
        now=now,
    )
    return absence


def add_absences(
    session: Session,
    *,
    officers: Sequence[StaffMember],
    starts_at: datetime,
    ends_at: datetime,
    reason: AbsenceReason,
    by: StaffMember,
    now: datetime,
) -> list[Absence]:
    """Add the same absence for several people, or for none when appointments stand in its time."""
    rules.check_absence(starts_at, ends_at, now=now)
    _lock(session, officers, by=by)
    rules.check_nothing_taken(
        [
            taken
            for officer in officers
            for taken in queries.taken_within(session, starts_at, ends_at, officer=officer, now=now)
        ]
    )
    made = [
        _absent(session, officer, starts_at, ends_at, reason=reason, by=by, now=now)
        for officer in officers
    ]
    _refresh(session, officers, now=now)
    return made


def fall_ill(
    session: Session, *, officer: StaffMember, by: StaffMember, now: datetime
) -> Absence | None:
    """Keep an officer out of the calendar for the rest of today, although people are booked.

    What stands in the calendar is listed for the team and settled one by one. That it is illness is
    written nowhere: for colleagues the person is away. A second tap changes nothing.
    """
    _lock(session, [officer], by=by)
    if is_away_for_today(session, officer=officer, now=now):
        return None
    ends_at = _midnight_after(now)
    made = _absent(session, officer, now, ends_at, reason=AbsenceReason.AWAY, by=by, now=now)
    _refresh(session, [officer], now=now)
    return made


def is_away_for_today(session: Session, *, officer: StaffMember, now: datetime) -> bool:
    """Tell whether one absence covers the rest of today."""
    return any(
        one.starts_at <= now and one.ends_at >= _midnight_after(now)
        for one in queries.absences_of(session, officer=officer, now=now)
    )


def _midnight_after(now: datetime) -> datetime:
    return at_wall(clock.local_date(now) + timedelta(days=1), time())


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
    _refresh(session, [absence.staff_member], now=now)


def add_recurring_absences(
    session: Session,
    *,
    officers: Sequence[StaffMember],
    rule: Rule,
    starts: time,
    ends: time,
    valid_from: date,
    valid_until: date | None,
    reason: AbsenceReason,
    by: StaffMember,
    now: datetime,
) -> list[RecurringAbsence]:
    """Keep several people out of the calendar again and again, or nobody when something is booked.

    Appointments of the next year are looked at; later ones cannot be booked yet.
    """
    rows = [
        RecurringAbsence(
            staff_member_id=officer.id,
            starts=starts,
            ends=ends,
            reason=reason,
            days_out=[],
            days_extra=[],
            **ruled(rule, valid_from, valid_until),
        )
        for officer in officers
    ]
    for row in rows[:1]:
        rules.check_recurring(row)
        if row.valid_until and row.valid_until < clock.local_date(now):
            raise InvalidInput("Diese Zeit ist schon vorbei.", field="valid_until")
    _lock(session, officers, by=by)
    rules.check_nothing_taken(
        [
            taken
            for officer, row in zip(officers, rows, strict=True)
            for taken in _in_the_way(session, officer, row, now=now)
        ]
    )
    session.add_all(rows)
    session.flush()  # the trail names the ids
    for row in rows:
        _record(session, "calendars.recurring_absence_added", row, by, now)
    _refresh(session, officers, now=now)
    return rows


def remove_recurring_absence(
    session: Session, *, absence: RecurringAbsence, by: StaffMember, now: datetime
) -> None:
    """Take away what came again; its times can be booked again."""
    rules.check_can_plan(absence.staff_member, by=by)
    _record(session, "calendars.recurring_absence_removed", absence, by, now)
    session.delete(absence)
    _refresh(session, [absence.staff_member], now=now)


def _absent(
    session: Session,
    officer: StaffMember,
    starts_at: datetime,
    ends_at: datetime,
    *,
    reason: AbsenceReason,
    by: StaffMember,
    now: datetime,
) -> Absence:
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
    return absence


def _refresh(session: Session, officers: Sequence[StaffMember], *, now: datetime) -> None:
    weeks.refresh_all_weeks(session, touched=[of_staff(one) for one in officers], now=now)


def _lock(session: Session, officers: Sequence[StaffMember], *, by: StaffMember) -> None:
    """Lock these people in one order, after asking whether they may be planned."""
    rules.check_how_many(officers)
    for officer in officers:
        rules.check_can_plan(officer, by=by)
    lock_officers(session, [officer.id for officer in officers])


def _in_the_way(
    session: Session, officer: StaffMember, row: RecurringAbsence, *, now: datetime
) -> list[Occupancy]:
    today = clock.local_date(now)
    last_day = today + COLLISIONS_AHEAD
    times = [(starts, ends) for _, starts, ends in openings([row], today, last_day)]
    if not times:
        return []
    taken = queries.taken_within(session, now, times[-1][1], officer=officer, now=now)
    return [
        one
        for one in taken
        if any(starts < one.ends_at and one.starts_at < ends for starts, ends in times)
    ]


def _record(
    session: Session, deed: str, row: RecurringAbsence, by: StaffMember, now: datetime
) -> None:
    audit.record(
        session,
        deed=deed,
        subject=("recurring_absence", row.id),
        by=by,
        now=now,
        officer=str(row.staff_member_id),
        rule=row.rule,
        hours=f"{row.starts:%H:%M}–{row.ends:%H:%M}",
    )
