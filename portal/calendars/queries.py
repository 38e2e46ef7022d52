"""Reading calendars for pages and verbs: always ordered, filtered by the person who asks."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Person, Right, StaffMember
from portal.calendars.models import (
    IN_GROUPS,
    Absence,
    AppointmentType,
    Availability,
    BookableBy,
    Occupancy,
    RecurringAbsence,
)
from portal.calendars.recurrence import Every, Rule
from portal.calendars.resources import of_staff
from portal.casefiles.models import Case, CaseMember
from portal.core.errors import NotFound

# Types


def types_for(session: Session, *, asker: Person) -> Sequence[AppointmentType]:
    """Return the kinds of appointments that the asker may book a free time for.

    Kinds for groups are none of them: their times are events with seats.
    """
    return session.scalars(
        select(AppointmentType)
        .where(_bookable_by(asker))
        .order_by(AppointmentType.position, AppointmentType.key)
    ).all()


def type_for(session: Session, key: str, *, asker: Person) -> AppointmentType:
    """Return one kind of appointment by its key."""
    found = session.scalar(
        select(AppointmentType).where(AppointmentType.key == key, _bookable_by(asker))
    )
    if found is None:
        raise NotFound
    return found


def group_types(session: Session) -> Sequence[AppointmentType]:
    """Return the kinds for which the office plans events with seats."""
    return session.scalars(
        select(AppointmentType)
        .where(AppointmentType.is_active, AppointmentType.format.in_(IN_GROUPS))
        .order_by(AppointmentType.position, AppointmentType.key)
    ).all()


def all_types(session: Session) -> Sequence[AppointmentType]:
    """Return every kind for the administration, also those that are switched off."""
    return session.scalars(
        select(AppointmentType).order_by(AppointmentType.position, AppointmentType.key)
    ).all()


def type_to_change(session: Session, id: UUID) -> AppointmentType:
    """Return one kind for the administration."""
    found = session.get(AppointmentType, id)
    if found is None:
        raise NotFound
    return found


def _bookable_by(asker: Person) -> ColumnElement[bool]:
    active = AppointmentType.is_active & AppointmentType.format.not_in(IN_GROUPS)
    if not isinstance(asker, Citizen):
        return active
    has_own_officer = (
        select(Case.id)
        .join(CaseMember, CaseMember.case_id == Case.id)
        .where(CaseMember.citizen_id == asker.id, Case.integration_officer_id.is_not(None))
        .exists()
    )
    return active & or_(
        AppointmentType.bookable_by == BookableBy.CITIZENS,
        (AppointmentType.bookable_by == BookableBy.OWN_OFFICER) & has_own_officer,
    )


# Hours of the staff


def availabilities_of(session: Session, *, officer: StaffMember) -> Sequence[Availability]:
    """Return the hours of an officer with their places, each week's before each month's."""
    found = session.scalars(
        select(Availability)
        .where(Availability.staff_member_id == officer.id)
        .order_by(Availability.starts, Availability.valid_from, Availability.id)
        .options(joinedload(Availability.place))
    ).all()
    return sorted(found, key=lambda hours: place_in_week(hours.rule))


def place_in_week(rule: str) -> tuple[bool, int]:
    """Return a key that puts weekly rules first, Monday before Sunday."""
    read = Rule.read(rule)
    first = read.weekdays[0].number if read.weekdays else 0
    return read.every is not Every.WEEK, first


def availability_for(session: Session, id: UUID, *, asker: StaffMember) -> Availability:
    """Return hours that the asker may change: one's own, or the team's for its lead."""
    found = session.scalar(
        select(Availability)
        .join(Availability.staff_member)
        .where(Availability.id == id, _planned_by(asker))
        .options(contains_eager(Availability.staff_member), joinedload(Availability.place))
    )
    if found is None:
        raise NotFound
    return found


def absences_of(session: Session, *, officer: StaffMember, now: datetime) -> Sequence[Absence]:
    """Return the absences of an officer that are not over, the next one first."""
    return session.scalars(
        select(Absence)
        .where(Absence.staff_member_id == officer.id, Absence.ends_at > now)
        .order_by(Absence.starts_at, Absence.id)
    ).all()


def absence_for(session: Session, id: UUID, *, asker: StaffMember) -> Absence:
    """Return an absence that the asker may change."""
    found = session.scalar(
        select(Absence)
        .join(Absence.staff_member)
        .where(Absence.id == id, _planned_by(asker))
        .options(contains_eager(Absence.staff_member))
    )
    if found is None:
        raise NotFound
    return found


def recurring_absences_of(
    session: Session, *, officer: StaffMember, today: date
) -> Sequence[RecurringAbsence]:
    """Return what keeps an officer away again and again, unless it is over."""
    return session.scalars(
        select(RecurringAbsence)
        .where(RecurringAbsence.staff_member_id == officer.id, _not_over(today))
        .order_by(RecurringAbsence.starts, RecurringAbsence.valid_from, RecurringAbsence.id)
    ).all()


def recurring_absence_for(session: Session, id: UUID, *, asker: StaffMember) -> RecurringAbsence:
    """Return an absence that comes again and that the asker may change."""
    found = session.scalar(
        select(RecurringAbsence)
        .join(RecurringAbsence.staff_member)
        .where(RecurringAbsence.id == id, _planned_by(asker))
        .options(contains_eager(RecurringAbsence.staff_member))
    )
    if found is None:
        raise NotFound
    return found


def recurring_absences_within(
    session: Session, first: date, last: date, *, officers: Sequence[UUID] | None
) -> Sequence[RecurringAbsence]:
    """Return what may keep these officers, or all, away between two days; `openings` says when."""
    among = true() if officers is None else RecurringAbsence.staff_member_id.in_(officers)
    return session.scalars(
        select(RecurringAbsence)
        .where(among, RecurringAbsence.valid_from <= last, _not_over(first))
        .order_by(RecurringAbsence.staff_member_id, RecurringAbsence.id)
    ).all()


def _not_over(day: date) -> ColumnElement[bool]:
    return or_(RecurringAbsence.valid_until.is_(None), RecurringAbsence.valid_until >= day)


def hours_within(
    session: Session, first: date, last: date, *, officers: Sequence[UUID]
) -> Sequence[Availability]:
    """Return the hours of these officers that may be open between two days."""
    return session.scalars(
        select(Availability)
        .where(
            Availability.staff_member_id.in_(officers),
            or_(
                Availability.valid_from <= last,
                func.cardinality(Availability.days_extra) > 0,
            ),
            or_(
                Availability.valid_until.is_(None),
                Availability.valid_until >= first,
                func.cardinality(Availability.days_extra) > 0,
            ),
        )
        .order_by(Availability.staff_member_id, Availability.starts, Availability.id)
        .options(joinedload(Availability.place))
    ).all()


def taken_within(
    session: Session, first: datetime, last: datetime, *, officer: StaffMember, now: datetime
) -> Sequence[Occupancy]:
    """Return what is taken of an officer between two moments, now or later.

    All of it: an absence must collide also with those whose people the asker may not see.
    """
    resources = [of_staff(officer)]
    return taken_of(session, max(first, now), last, resources=resources, now=now)


def taken_of(
    session: Session,
    first: datetime,
    last: datetime,
    *,
    resources: Sequence[int],
    now: datetime,
) -> Sequence[Occupancy]:
    """Return what is taken of these resources between two moments; holds that ran out are not."""
    return session.scalars(
        select(Occupancy)
        .where(
            Occupancy.resource.in_(resources),
            Occupancy.starts_at < last,
            Occupancy.ends_at > first,
            or_(Occupancy.held_until.is_(None), Occupancy.held_until > now),
        )
        .order_by(Occupancy.starts_at, Occupancy.resource)
    ).all()


def officers_for(session: Session, *, asker: StaffMember) -> Sequence[StaffMember]:
    """Return the colleagues whose calendars the asker may open: active, with hours, by name."""
    return session.scalars(
        select(StaffMember)
        .where(
            manages(asker),
            StaffMember.is_active,
            select(Availability.id)
            .where(Availability.staff_member_id == StaffMember.id)
            .correlate(StaffMember)
            .exists(),
        )
        .order_by(StaffMember.last_name, StaffMember.first_name, StaffMember.number)
    ).all()


def officer_to_plan(session: Session, id: UUID, *, asker: StaffMember) -> StaffMember:
    """Return the officer whose hours the asker may change."""
    found = session.scalar(select(StaffMember).where(StaffMember.id == id, _planned_by(asker)))
    if found is None:
        raise NotFound
    return found


def colleagues_to_plan(session: Session, *, asker: StaffMember) -> Sequence[StaffMember]:
    """Return everybody whose hours the asker may change and who meets people, by name."""
    found = session.scalars(
        select(StaffMember)
        .where(StaffMember.is_active, _planned_by(asker))
        .order_by(StaffMember.last_name, StaffMember.first_name, StaffMember.number)
    )
    return [one for one in found if accounts_rules.can(one, Right.MANAGE_APPOINTMENTS)]


def _planned_by(asker: StaffMember) -> ColumnElement[bool]:
    own = StaffMember.id == asker.id
    leads = accounts_rules.can(asker, Right.SEE_TEAM)
    return or_(own, StaffMember.team_id == asker.team_id) if leads else own


def manages(asker: StaffMember) -> ColumnElement[bool]:
    """Return the condition that the asker may look into calendars at all."""
    return true() if accounts_rules.can(asker, Right.MANAGE_APPOINTMENTS) else false()
