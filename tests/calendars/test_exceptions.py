"""Single days that differ from the rule of hours."""

from datetime import time, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.calendars import service, truth
from portal.calendars.models import Availability, Channel
from portal.core.errors import InvalidInput, NotAllowed
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

DAY = timedelta(days=1)
TUESDAY = MONDAY + DAY


@pytest.fixture
def officer(session: Session) -> StaffMember:
    return make.officer(session, opens=False)


@pytest.fixture
def hours(session: Session, officer: StaffMember) -> Availability:
    made = make.hours(session, officer)
    session.refresh(made, ["staff_member"])
    return made


def differ(session: Session, hours: Availability, day: object, *, out: bool) -> None:
    by = hours.staff_member
    service.make_exception(session, hours=hours, day=day, out=out, by=by, now=NOW)  # type: ignore[arg-type]
    session.flush()


def is_open(session: Session, officer: StaffMember, day: object) -> bool:
    slot = make.slot_at(officer, day, time(9))  # type: ignore[arg-type]
    return truth.is_free(session, slot, type=make.kind(session), channel=Channel.VIDEO, now=NOW)


def test_a_day_out_and_an_extra_day(
    session: Session, officer: StaffMember, hours: Availability
) -> None:
    assert is_open(session, officer, MONDAY)
    differ(session, hours, MONDAY, out=True)
    differ(session, hours, TUESDAY, out=False)
    assert not is_open(session, officer, MONDAY)
    assert is_open(session, officer, TUESDAY)
    for day in (MONDAY, TUESDAY):
        service.undo_exception(session, hours=hours, day=day, by=officer, now=NOW)
    session.flush()
    assert (hours.days_out, hours.days_extra) == ([], [])
    assert is_open(session, officer, MONDAY)


def test_the_opposite_takes_an_exception_back(session: Session, hours: Availability) -> None:
    differ(session, hours, MONDAY, out=True)
    differ(session, hours, MONDAY, out=False)
    assert (hours.days_out, hours.days_extra) == ([], [])


@pytest.mark.parametrize(
    ("day", "out", "message"),
    [
        (TUESDAY, True, "ohnehin nicht"),
        (MONDAY, False, "gilt die Sprechzeit schon"),
        (MONDAY - 7 * DAY, True, "schon vorbei"),
    ],
)
def test_what_changes_nothing_is_refused(
    session: Session, hours: Availability, day: object, out: bool, message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        differ(session, hours, day, out=out)


def test_an_extra_day_must_not_meet_other_hours(
    session: Session, officer: StaffMember, hours: Availability
) -> None:
    make.hours(session, officer, weekday=2, starts=time(15))
    with pytest.raises(InvalidInput, match="schon eine andere"):
        differ(session, hours, TUESDAY, out=False)


def test_a_day_does_not_come_back_over_new_hours(
    session: Session, officer: StaffMember, hours: Availability
) -> None:
    differ(session, hours, MONDAY, out=True)
    make.hours(session, officer, valid_from=MONDAY, valid_until=MONDAY)
    with pytest.raises(InvalidInput, match="schon eine andere"):
        service.undo_exception(session, hours=hours, day=MONDAY, by=officer, now=NOW)


def test_a_stranger_changes_nothing(session: Session, hours: Availability) -> None:
    with pytest.raises(NotAllowed):
        service.make_exception(
            session, hours=hours, day=MONDAY, out=True, by=make.officer(session), now=NOW
        )
