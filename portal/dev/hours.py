"""What comes again in the demo office: breaks, a meeting, hours of all kinds, places, rooms."""

from datetime import time, timedelta

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Right, StaffMember
from portal.calendars import away, places, service
from portal.calendars.models import AbsenceReason, Channel, Place
from portal.calendars.recurrence import Every, Rule, Weekday
from portal.core import clock
from portal.dev.people import INTEGRATION
from portal.dev.stage import ALWAYS_THERE, WORKDAYS, Office

EIGHT, NOON = time(8), time(12)


def fill(office: Office) -> None:
    """Give the office two places with rooms, and its people what a week is made of."""
    administrator = next(one for one in office.staff if accounts_rules.can(one, Right.ADMINISTER))
    house = service.ensure_standard_place(
        office.session, name="Jobcenter Lindenau", address="Rathausplatz 1, 35390 Lindenau"
    )
    _rooms(office, house, administrator)
    youth = places.save_place(
        office.session,
        place=None,
        name="Jugendzentrum Nord",
        address="Uferweg 12, 35390 Lindenau",
        directions="Bus 5 bis Uferweg. Der Eingang ist im Hof, ohne Stufen.",
        is_active=True,
        is_standard=False,
        by=administrator,
        now=office.now,
    )
    officers = [
        one
        for one in office.staff
        if one.team.name == INTEGRATION and one.last_name != ALWAYS_THERE
    ]
    _outreach(
        office, officers[0], youth, Rule(Every.MONTH, weekdays=(Weekday(4, 1), Weekday(4, 3)))
    )
    _outreach(office, officers[0], None, Rule(Every.MONTH, weekdays=(Weekday(4, 2),)))
    for officer in officers:
        _again(office, officer, AbsenceReason.BREAK, Rule.weekly(*WORKDAYS), NOON)
        meeting = Rule(Every.WEEK, weekdays=(Weekday(3),))
        _again(office, officer, AbsenceReason.MEETING, meeting, EIGHT)


def _rooms(office: Office, place: Place, by: StaffMember) -> None:
    today = clock.local_date(office.now)
    for name, talks, seats, is_step_free in (
        ("Besprechung 1", 1, 4, True),
        ("Besprechung 2", 1, 4, False),
        ("Großer Saal", 3, 24, True),
    ):
        room = places.save_room(
            office.session,
            place=place,
            room=None,
            name=name,
            talks=talks,
            seats=seats,
            is_step_free=is_step_free,
            is_active=True,
            by=by,
            now=office.now,
        )
    places.close_room(
        office.session,
        room=room,
        first_day=today + timedelta(days=6),
        last_day=today + timedelta(days=8),
        reason="Neuer Boden",
        by=by,
        now=office.now,
    )


def _outreach(office: Office, officer: StaffMember, place: Place | None, rule: Rule) -> None:
    service.add_availability(
        office.session,
        officer=officer,
        rule=rule,
        starts=time(16, 30),
        ends=time(18, 30),
        channels=[Channel.OUTREACH],
        types=[],
        place=place,
        valid_from=clock.local_date(office.now),
        valid_until=None,
        by=officer,
        now=office.now,
    )


def _again(
    office: Office,
    officer: StaffMember,
    reason: AbsenceReason,
    rule: Rule,
    starts: time,
) -> None:
    away.add_recurring_absences(
        office.session,
        officers=[officer],
        rule=rule,
        starts=starts,
        ends=starts.replace(minute=45),
        valid_from=clock.local_date(office.now),
        valid_until=None,
        reason=reason,
        by=officer,
        now=office.now,
    )
