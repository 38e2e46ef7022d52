"""The demo office before the first story: its staff, their hours, its citizens and their cases."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from portal.accounts import passwords
from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Right, Role, StaffMember
from portal.accounts.service import factors, inviting
from portal.appointments import contacts
from portal.audit import service as audit
from portal.calendars import away
from portal.calendars import service as calendars
from portal.calendars.models import AbsenceReason, AppointmentType, Channel
from portal.calendars.recurrence import Rule
from portal.casefiles import service as casefiles
from portal.casefiles.models import Case
from portal.core import clock
from portal.dev.people import CITIZENS, DEMO_PASSWORD, STAFF, DemoCitizen, DemoStaff

WORKDAYS = range(1, 6)
OFFICE_HOURS = ((time(8, 0), time(12, 0)), (time(13, 0), time(16, 30)))
ALL_DAY = ((time(0, 0), time(23, 55)),)
ALWAYS_THERE = "Okafor"  # has hours day and night until tomorrow: a talk can always be shown
EVERY_WAY = [Channel.VIDEO, Channel.PHONE, Channel.OFFICE]
DAY = timedelta(days=1)
SINCE = timedelta(days=120)
NO_AWARD = {"new", "unconfirmed", "guardian", "household_part"}
ENDS_SOON = {"renewal_due", "renewal_known", "draft", "submitted", "supplemented"}


@dataclass
class Office:
    """What a story needs to know of the office."""

    session: Session
    now: datetime
    staff: Sequence[StaffMember]
    types: dict[str, AppointmentType]
    chance: random.Random = field(default_factory=lambda: random.Random(2026))

    def with_role(self, role: Role) -> list[StaffMember]:
        """Return the staff members with this role."""
        return [one for one in self.staff if any(held.role == role for held in one.roles)]

    def ago(self, **span: float) -> datetime:
        """Return a moment in the past, `ago(days=3)`."""
        return self.now - timedelta(**span)


@dataclass(frozen=True)
class Lead:
    """The citizen of a story with the case and the two officers who know it."""

    citizen: Citizen
    case: Case
    benefit_officer: StaffMember
    integration_officer: StaffMember


def open_office(session: Session, now: datetime) -> Office:
    """Hire everybody, give them hours and a few absences."""
    staff = [_hire(session, one, now) for one in STAFF]
    password_hash = passwords.hash_of(DEMO_PASSWORD)  # one slow hash is enough for a demo
    for one in staff:
        one.password_hash = password_hash
        factors.begin_app(session, person=one, now=now - 3 * SINCE).confirmed_at = now - 3 * SINCE
    contacts.ensure_standard_tracks(session)
    office = Office(session, now, staff, calendars.ensure_standard_types(session))
    for one in staff:
        if accounts_rules.can(one, Right.HOLD_CONSULTATIONS):
            _give_hours(office, one)
    _plan_absences(office)
    return office


def _hire(session: Session, demo: DemoStaff, now: datetime) -> StaffMember:
    return inviting.add_staff(
        session,
        email=demo.email,
        first_name=demo.first_name,
        last_name=demo.last_name,
        team=demo.team,
        roles=demo.roles,
        room=demo.room,
        phone="0641 555 " + demo.room.replace(".", ""),
        now=now - 3 * SINCE,
    )


def _give_hours(office: Office, officer: StaffMember) -> None:
    first, today = clock.local_date(office.now - SINCE), clock.local_date(office.now)
    if officer.last_name == ALWAYS_THERE:
        _open(office, officer, [Channel.VIDEO], ALL_DAY, days=(first, today + DAY))
        first = today + 2 * DAY
    _open(office, officer, EVERY_WAY, OFFICE_HOURS, days=(first, None))


def _open(
    office: Office,
    officer: StaffMember,
    channels: Sequence[Channel],
    hours: Sequence[tuple[time, time]],
    *,
    days: tuple[date, date | None],
) -> None:
    """Give somebody hours: by video alone on each day of the week, else on workdays."""
    weekdays = WORKDAYS if channels == EVERY_WAY else range(1, 8)
    for starts, ends in hours:
        calendars.add_availability(
            office.session,
            officer=officer,
            rule=Rule.weekly(*weekdays),
            starts=starts,
            ends=ends,
            channels=channels,
            types=[],
            valid_from=days[0],
            valid_until=days[1],
            by=officer,
            now=office.now,
        )


def _plan_absences(office: Office) -> None:
    benefits = office.with_role(Role.BENEFIT_OFFICER)
    case_manager = office.with_role(Role.CASE_MANAGER)[0]
    for officer, in_days, days, reason in (
        (case_manager, 16, 4, AbsenceReason.VACATION),
        (benefits[1], 9, 1, AbsenceReason.TRAINING),
        (benefits[3], 23, 5, AbsenceReason.VACATION),
    ):
        starts_at = office.now + timedelta(days=in_days)
        away.add_absence(
            office.session,
            officer=officer,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(days=days),
            reason=reason,
            by=officer,
            now=office.now,
        )


def enrol(office: Office, demo: DemoCitizen) -> Lead:
    """Open account and case of one citizen; most have an award that ends some day."""
    number = CITIZENS.index(demo)
    benefits, integration = (
        [one for one in office.with_role(role) if one.team.name != STAFF[-1].team]
        for role in (Role.BENEFIT_OFFICER, Role.INTEGRATION_OFFICER)
    )
    joined = office.ago(days=100 - number)
    citizen = Citizen(
        email=demo.email,
        password_hash=office.staff[0].password_hash,
        first_name=demo.first_name,
        last_name=demo.last_name,
        birth_date=demo.birth_date,
        phone=f"0151 0000{number:03}",
        street=demo.street,
        postcode="35390",
        city="Lindenau",
        language=demo.language,
        created_at=joined,
        confirmed_at=None if demo.story == "unconfirmed" else joined,
    )
    office.session.add(citizen)
    office.session.flush()  # the trail and the case need the id
    audit.record(
        office.session,
        deed="accounts.registered",
        subject=("citizen", citizen.id),
        by=citizen,
        now=joined,
    )
    case = casefiles.case_for(office.session, citizen=citizen, now=joined)
    case.benefit_officer = benefits[number % len(benefits)]
    case.integration_officer = integration[(number + 1) % len(integration)]
    case.team = case.benefit_officer.team
    case.award_from, case.award_until = _award(office, demo, number)
    office.session.flush()  # stories ask the database for the case
    return Lead(citizen, case, case.benefit_officer, case.integration_officer)


def _award(office: Office, demo: DemoCitizen, number: int) -> tuple[date | None, date | None]:
    if demo.story in NO_AWARD:
        return None, None
    today = clock.local_date(office.now)
    months_left = 1 if demo.story in ENDS_SOON else 2 + number % 9
    end = _month_end(today, months_left)
    return (end + timedelta(days=1)).replace(year=end.year - 1 + (end.month == 12)), end


def _month_end(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1) - timedelta(days=1)
