"""A day that is closed after people were booked on it."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.appointments import jobs, service
from portal.appointments.groups import jobs as group_jobs
from portal.appointments.groups import planning
from portal.cli import checks
from portal.inbox import jobs as inbox
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications.queries import latest_messages
from portal.office import workload
from portal.office.workload import Away
from tests.factories import accounts, groups
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

DAY = timedelta(days=1)


@pytest.fixture
def office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> "Office":
    return Office(app, monkeypatch)


class Office:
    """An office whose operator changes the setting of the closed days."""

    def __init__(self, app: Flask, patch: pytest.MonkeyPatch) -> None:
        self._app, self._patch = app, patch

    def closes(self, days: str) -> None:
        settings = self._app.config["SETTINGS"].model_copy(update={"closed_days": days})
        self._patch.setitem(self._app.config, "SETTINGS", settings)


def items(session: Session, kind: ItemKind = ItemKind.DAY_CLOSED) -> list[WorkItem]:
    found = select(WorkItem).where(WorkItem.kind == kind, WorkItem.closed_at.is_(None))
    return list(session.scalars(found))


OUTING = f"{MONDAY}=Betriebsausflug"


def test_its_talks_come_before_their_officers_once(session: Session, office: Office) -> None:
    booking = make.booking(session)
    make.booking(session, slot=make.slot_at(make.officer(session), MONDAY + DAY))
    jobs.find_those_on_closed_days(session, now=NOW)
    assert items(session) == []

    office.closes(OUTING)
    for minutes in (0, 15):
        jobs.find_those_on_closed_days(session, now=NOW + timedelta(minutes=minutes))
        session.flush()

    [item] = items(session)
    assert (item.subject_id, item.assignee_id) == (booking.id, booking.staff_member_id)
    assert (item.next_step, item.due_on) == ("Termin verschieben", MONDAY)
    assert "Am 16.11.2026 ist geschlossen (Betriebsausflug)" in item.reason


def test_who_is_away_does_not_keep_it(session: Session, office: Office) -> None:
    booking = make.booking(session)
    officer = booking.staff_member
    lead = accounts.staff_member(session, Role.TEAM_LEAD, team=officer.team)
    workload.note_away(session, [Away(officer.id, NOW - DAY, NOW + 20 * DAY)])
    office.closes(OUTING)
    jobs.find_those_on_closed_days(session, now=NOW)
    session.flush()
    inbox.escalate(session, now=NOW)
    [item] = items(session)
    assert item.assignee_id == lead.id


def test_moving_tells_the_citizen_and_settles_it(session: Session, office: Office) -> None:
    booking = make.booking(session)
    office.closes(OUTING)
    jobs.find_those_on_closed_days(session, now=NOW)
    service.move(
        session,
        booking=booking,
        slot=make.slot_at(booking.staff_member, MONDAY + 7 * DAY),
        by=booking.staff_member,
        now=NOW,
    )
    assert items(session) == []
    written = latest_messages(session, address=booking.citizen.email)
    assert "booking_moved" in [one.template for one in written]


def test_a_day_that_opens_again_settles_it(session: Session, office: Office) -> None:
    make.booking(session)
    for days, left in ((OUTING, 1), ("", 0)):
        office.closes(days)
        jobs.find_those_on_closed_days(session, now=NOW)
        session.flush()
        assert len(items(session)) == left


def test_an_event_comes_before_its_lead_until_it_is_cancelled(
    session: Session, office: Office
) -> None:
    event = groups.event(session)
    seat = groups.seat(session, event)
    office.closes(f"{event.day}=Betriebsausflug")
    jobs.find_those_on_closed_days(session, now=NOW)
    for _ in range(2):
        group_jobs.find_groups_on_closed_days(session, now=NOW)
        session.flush()
    [item] = items(session, ItemKind.GROUP_DAY_CLOSED)
    assert (item.subject_id, item.assignee_id) == (event.id, event.lead_id)
    assert items(session) == []  # the event moves, not the seat
    planning.cancel(session, event=event, by=event.lead, now=NOW)
    assert items(session, ItemKind.GROUP_DAY_CLOSED) == []
    written = latest_messages(session, address=seat.citizen.email)
    assert "group_cancelled" in [one.template for one in written]


def test_the_operator_who_closes_a_day_is_told_by_the_doctor(
    session: Session, app: Flask, office: Office, quiet_monday: time_machine.Traveller
) -> None:
    make.booking(session)
    check = checks.CHECKS["Schließtage"]
    assert "kein Termin liegt darauf" in check(app.config["SETTINGS"])
    office.closes(OUTING)
    with pytest.raises(checks.Failed, match=r"Termine gebucht: 1 \(16\.11\.2026\)"):
        check(app.config["SETTINGS"])
