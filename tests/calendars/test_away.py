"""Absences: again and again, for several at once, and the day on which somebody falls ill."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.calendars import away, rules, truth
from portal.calendars.models import Absence, AbsenceReason, Channel, RecurringAbsence
from portal.calendars.recurrence import Every, Rule
from portal.calendars.slots import at_wall
from portal.core.errors import Conflict, InvalidInput, NotAllowed
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

WEEK = timedelta(days=7)


def lunch(session: Session, *officers: StaffMember, **fields: Any) -> list[RecurringAbsence]:
    return away.add_recurring_absences(
        session,
        officers=officers,
        now=NOW,
        **{
            "rule": Rule.weekly(1, 2, 3, 4, 5),
            "starts": time(12),
            "ends": time(12, 45),
            "valid_from": MONDAY,
            "valid_until": None,
            "reason": AbsenceReason.BREAK,
            "by": officers[0],
            **fields,
        },
    )


def free_at(session: Session, officer: StaffMember, wall: time, day: date = MONDAY) -> bool:
    slot = make.slot_at(officer, day, wall)
    return truth.is_free(session, slot, type=make.kind(session), channel=Channel.VIDEO, now=NOW)


def test_lunch_is_never_offered(session: Session) -> None:
    officer = make.officer(session)
    assert free_at(session, officer, time(12))
    [row] = lunch(session, officer)
    for day in (MONDAY, MONDAY + 4 * timedelta(days=1), MONDAY + 8 * WEEK):
        assert not free_at(session, officer, time(12), day)
        assert free_at(session, officer, time(9), day)
    session.refresh(row, ["staff_member"])
    away.remove_recurring_absence(session, absence=row, by=officer, now=NOW)
    session.flush()
    assert free_at(session, officer, time(12))


def test_what_ends_gives_its_time_back(session: Session) -> None:
    officer = make.officer(session)
    lunch(session, officer, valid_until=MONDAY + WEEK)
    assert not free_at(session, officer, time(12), MONDAY + WEEK)
    assert free_at(session, officer, time(12), MONDAY + 2 * WEEK)


def test_an_appointment_weeks_ahead_stands_in_the_way(session: Session) -> None:
    officer = make.officer(session)
    booking = make.booking(
        session, officer=officer, slot=make.slot_at(officer, MONDAY + 3 * WEEK, time(12))
    )
    with pytest.raises(rules.Collides) as error:
        lunch(session, officer)
    assert [one.taken_by for one in error.value.taken] == [booking.id]
    assert session.scalar(select(func.count()).select_from(RecurringAbsence)) == 0


def test_the_lead_enters_the_meeting_for_the_team_or_for_nobody(session: Session) -> None:
    lead = make.officer(session)
    lead = accounts.staff_member(session, Role.TEAM_LEAD, team=lead.team)
    team = [make.officer(session, team=lead.team) for _ in range(3)]
    booking = make.booking(session, officer=team[2], slot=make.slot_at(team[2], MONDAY + WEEK))
    meeting = {"rule": Rule.weekly(1), "starts": time(9), "ends": time(10), "by": lead}
    with pytest.raises(rules.Collides) as error:
        lunch(session, *team, **meeting)
    assert [one.taken_by for one in error.value.taken] == [booking.id]
    lunch(session, *team[:2], **meeting)
    assert not free_at(session, team[0], time(9))
    assert free_at(session, team[2], time(9))


def test_a_stranger_enters_nothing_and_nobody_is_nobody(session: Session) -> None:
    officer, stranger = make.officer(session), make.officer(session)
    with pytest.raises(NotAllowed):
        lunch(session, officer, by=stranger)
    lead = accounts.staff_member(session, Role.TEAM_LEAD, team=officer.team)
    with pytest.raises(NotAllowed):
        lunch(session, officer, stranger, by=lead)
    with pytest.raises(InvalidInput, match="mindestens eine Person"):
        away.add_absences(
            session,
            officers=[],
            starts_at=NOW,
            ends_at=NOW + WEEK,
            reason=AbsenceReason.AWAY,
            by=lead,
            now=NOW,
        )


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"ends": time(12)}, "ends"),
        ({"ends": time(11)}, "ends"),
        ({"starts": time(12, 1)}, "starts"),
        ({"valid_until": MONDAY - WEEK}, "valid_until"),
        ({"valid_from": MONDAY - 9 * WEEK, "valid_until": MONDAY - WEEK}, "valid_until"),
        (
            {
                "rule": Rule(Every.MONTH, interval=12, month_days=(31,)),
                "valid_from": date(2027, 2, 1),
            },
            "valid_from",
        ),
        ({"rule": Rule(Every.DAY, interval=99)}, "rhythm"),
    ],
)
def test_what_makes_no_sense_is_refused(
    session: Session, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        lunch(session, make.officer(session), **fields)
    assert error.value.field == field


def test_an_absence_for_several_is_for_all_or_none(session: Session) -> None:
    first, second = make.officer(session), make.officer(session)
    lead = accounts.staff_member(session, Role.TEAM_LEAD, team=first.team)
    second.team = first.team
    make.booking(session, officer=second)
    span = {"starts_at": at_wall(MONDAY, time(8)), "ends_at": at_wall(MONDAY, time(12))}
    more = {"reason": AbsenceReason.TRAINING, "by": lead, "now": NOW}
    with pytest.raises(rules.Collides):
        away.add_absences(session, officers=[first, second], **span, **more)
    assert session.scalars(select(Absence)).all() == []
    away.add_absences(session, officers=[first], **span, **more)
    assert not free_at(session, first, time(9))


class TestIll:
    def test_today_is_closed_although_people_are_booked(self, session: Session) -> None:
        booking = make.booking(session)
        officer = booking.staff_member
        absence = away.fall_ill(session, officer=officer, by=officer, now=NOW)
        assert absence is not None
        assert (absence.starts_at, absence.reason) == (NOW, AbsenceReason.AWAY)
        assert absence.ends_at == at_wall(MONDAY + timedelta(days=1), time())
        with pytest.raises(Conflict):
            make.booking(session, officer=officer, slot=make.slot_at(officer, wall=time(12)))

    def test_a_second_tap_changes_nothing(self, session: Session) -> None:
        officer = make.officer(session)
        assert away.fall_ill(session, officer=officer, by=officer, now=NOW)
        later = NOW + timedelta(minutes=1)
        assert away.fall_ill(session, officer=officer, by=officer, now=later) is None

    def test_a_stranger_sends_nobody_home(self, session: Session) -> None:
        with pytest.raises(NotAllowed):
            away.fall_ill(session, officer=make.officer(session), by=make.officer(session), now=NOW)
