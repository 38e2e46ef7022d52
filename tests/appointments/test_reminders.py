"""Reminders: at the times somebody wishes, never at night, each once, and only of what holds."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.message_wishes import Lead, MessageWish, Route
from portal.accounts.models import Citizen
from portal.appointments import jobs, queries, reminders, service, summoning
from portal.appointments.models import Booking, BookingState
from portal.appointments.reminder_models import BookingReminder
from portal.appointments.reminders import due_at, due_leads
from portal.calendars.slots import at_wall
from portal.core import clock
from portal.core.db import db
from portal.notifications import jobs as deliveries
from portal.notifications.models import Message, MessageState
from tests.factories import accounts, casefiles
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

LONG_BEFORE = NOW - timedelta(days=20)
WEDNESDAY = MONDAY + timedelta(days=2)


def wall(day: date, hour: int, minute: int = 0) -> datetime:
    return at_wall(day, time(hour, minute))


def sent_to(session: Session, citizen: Citizen) -> list[Message]:
    return list(
        session.scalars(
            select(Message)
            .where(Message.template == "booking_reminder", Message.recipient_id == citizen.id)
            .order_by(Message.created_at, Message.id)
        )
    )


def run(session: Session, first: datetime, last: datetime, *, minutes: int = 30) -> list[datetime]:
    """Let the clock run; return the moments at which something was sent."""
    moments = []
    while first <= last:
        before = session.scalar(select(func.count()).select_from(Message)) or 0
        jobs.remind(session, now=first)
        session.flush()
        if (session.scalar(select(func.count()).select_from(Message)) or 0) > before:
            moments.append(first)
        first += timedelta(minutes=minutes)
    return moments


def wishes(session: Session, citizen: Citizen, *leads: Lead, route: Route = Route.MAIL) -> None:
    session.add(MessageWish(citizen_id=citizen.id, route=route, leads=list(leads), changed_at=NOW))
    session.flush()


class TestWhen:
    @pytest.mark.parametrize(
        ("hour", "minute", "lead", "expected"),
        [
            (10, 0, Lead.TWO_DAYS, (-2, 10, 0)),
            (10, 0, Lead.WEEK, (-7, 10, 0)),
            (10, 0, Lead.DAY, (-1, 10, 0)),
            (10, 30, Lead.TWO_HOURS, (0, 8, 30)),
            (10, 0, Lead.TWO_HOURS, (0, 8, 0)),
            (9, 30, Lead.TWO_HOURS, (0, 8, 0)),  # 7:30 waits until 8
            (9, 0, Lead.TWO_HOURS, (0, 8, 0)),
            (8, 59, Lead.TWO_HOURS, (-1, 19, 0)),  # 8 would be too late
            (8, 0, Lead.TWO_HOURS, (-1, 19, 0)),
            (7, 30, Lead.DAY, (-1, 8, 0)),
            (20, 30, Lead.DAY, (0, 8, 0)),  # 20:30 the day before is night
            (21, 30, Lead.TWO_HOURS, (0, 19, 30)),
        ],
    )
    def test_by_day_and_the_evening_before(
        self, hour: int, minute: int, lead: Lead, expected: tuple[int, int, int]
    ) -> None:
        days, at, past = expected
        due = due_at(wall(WEDNESDAY, hour, minute), lead)
        assert due == wall(WEDNESDAY + timedelta(days=days), at, past)

    @pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 3, 28)])
    @pytest.mark.parametrize("lead", Lead)
    @pytest.mark.parametrize("after", [0, 1, 2, 7])
    def test_nights_of_the_clock_change(self, day: date, lead: Lead, after: int) -> None:
        """Every reminder around both nights falls between 8 and 20 on the clock, and before."""
        for quarter in range(96):
            moment = datetime.combine(day + timedelta(days=after), time(), UTC)
            starts_at = moment + timedelta(minutes=15 * quarter)
            due = due_at(starts_at, lead)
            assert time(8) <= clock.local(due).time() < time(20)
            assert timedelta(0) < starts_at - due < timedelta(days=8)

    def test_days_keep_the_hour_over_the_clock_change(self) -> None:
        assert due_at(wall(date(2026, 10, 26), 10), Lead.TWO_DAYS) == wall(date(2026, 10, 24), 10)

    def test_short_notice_means_none(self) -> None:
        start = wall(WEDNESDAY, 10)
        found = due_leads(
            start,
            Lead,
            agreed_at=start - timedelta(hours=5),
            done=(),
            now=start - timedelta(hours=1),
        )
        assert found == [Lead.TWO_HOURS]

    def test_the_nearest_comes_first_and_none_after_the_start(self) -> None:
        start = wall(WEDNESDAY, 10)
        given = {"agreed_at": LONG_BEFORE, "done": ()}
        late = due_leads(start, Lead, now=start - timedelta(minutes=1), **given)
        assert late == [Lead.TWO_HOURS, Lead.DAY, Lead.TWO_DAYS, Lead.WEEK]
        assert due_leads(start, Lead, now=start, **given) == []


def test_who_has_said_nothing_is_reminded_twice(session: Session) -> None:
    booking = make.booking(session, now=LONG_BEFORE)
    start = booking.starts_at
    moments = run(session, start - timedelta(days=8), start + timedelta(hours=1))
    assert moments == [due_at(start, Lead.TWO_DAYS), due_at(start, Lead.TWO_HOURS)]
    assert [message.recipient_id for message in sent_to(session, booking.citizen)] == [
        booking.citizen_id
    ] * 2


@pytest.mark.parametrize(
    "leads", [(), (Lead.WEEK,), (Lead.DAY, Lead.TWO_HOURS), tuple(Lead)], ids=len
)
def test_the_wish_is_kept(session: Session, leads: tuple[Lead, ...]) -> None:
    booking = make.booking(session, now=LONG_BEFORE)
    wishes(session, booking.citizen, *leads)
    start = booking.starts_at
    moments = run(session, start - timedelta(days=8), start + timedelta(hours=1))
    assert moments == sorted(due_at(start, lead) for lead in leads)


def test_after_an_outage_one_goes_out_and_the_older_are_overtaken(session: Session) -> None:
    booking = make.booking(session, now=LONG_BEFORE)
    wishes(session, booking.citizen, *Lead)
    start = booking.starts_at
    assert len(run(session, start - timedelta(hours=1), start)) == 1
    rows = session.scalars(select(BookingReminder).order_by(BookingReminder.lead)).all()
    assert {row.lead: row.is_sent for row in rows} == {
        Lead.WEEK: False,
        Lead.TWO_DAYS: False,
        Lead.DAY: False,
        Lead.TWO_HOURS: True,
    }


def test_nothing_goes_out_at_night(session: Session) -> None:
    booking = make.booking(session, now=LONG_BEFORE)
    night = booking.starts_at - timedelta(days=1)
    for hour in (20, 22, 0, 3, 7):
        at = datetime.combine(clock.local_date(night), time(hour), clock.BERLIN)
        jobs.remind(session, now=at)
    assert sent_to(session, booking.citizen) == []


def test_by_both_ways_where_somebody_wants_it(session: Session) -> None:
    citizen = accounts.citizen(session, mobile="+4915112345678")
    booking = make.booking(session, citizen=citizen, now=LONG_BEFORE)
    wishes(session, citizen, Lead.TWO_HOURS, route=Route.BOTH)
    run(session, booking.starts_at - timedelta(hours=2), booking.starts_at)
    mail, sms = sorted(sent_to(session, citizen), key=lambda message: message.is_sms)
    assert (mail.address, sms.address) == (citizen.email, citizen.mobile)
    assert sms.text.endswith(f"/beratung/{booking.id}/eintreten")
    assert sms.attachments == []
    assert mail.keeps_quiet
    assert sms.keeps_quiet
    assert mail.expires_at == booking.starts_at


def test_none_for_what_is_cancelled_and_a_new_one_for_what_is_moved(session: Session) -> None:
    officer = make.officer(session)
    booking = make.booking(session, officer=officer, now=LONG_BEFORE)
    old = booking.starts_at
    run(session, old - timedelta(days=3), old - timedelta(hours=3))
    slot = make.slot_at(officer, WEDNESDAY)
    service.move(
        session, booking=booking, slot=slot, by=booking.citizen, now=old - timedelta(hours=2.5)
    )
    new = booking.starts_at
    moments = run(session, old - timedelta(hours=2), new)
    assert moments == [due_at(new, Lead.TWO_DAYS), due_at(new, Lead.TWO_HOURS)]
    assert len(sent_to(session, booking.citizen)) == 3

    other = make.booking(session, officer=officer, slot=make.slot_at(officer, WEDNESDAY, time(12)),
                         now=LONG_BEFORE)  # fmt: skip
    service.cancel(session, booking=other, by=other.citizen, now=LONG_BEFORE)
    run(session, other.starts_at - timedelta(days=3), other.starts_at)
    assert sent_to(session, other.citizen) == []


def test_one_that_still_waits_is_kept_back_when_the_time_changes(session: Session) -> None:
    """The gateway is away; meanwhile the appointment is cancelled: nobody is sent to it."""
    booking = make.booking(session, now=LONG_BEFORE)
    at = due_at(booking.starts_at, Lead.TWO_HOURS)
    jobs.remind(session, now=at)
    [message] = sent_to(session, booking.citizen)
    service.cancel(session, booking=booking, by=booking.staff_member, now=at)
    session.refresh(message)
    assert message.state is MessageState.WITHDRAWN
    deliveries.deliver(session, now=at, message_id=str(message.id))
    assert message.state is MessageState.WITHDRAWN


def test_one_of_two_workers_reminds(committed_app: Flask) -> None:
    """Two find the same; the key of the table lets one of them write."""
    with committed_app.test_request_context(base_url="http://localhost"):
        booking = make.booking(db.session, now=LONG_BEFORE)
        db.session.commit()
        id, at = booking.id, due_at(booking.starts_at, Lead.TWO_HOURS)
        first, second = db.sessionmaker(), db.sessionmaker()
        with first, second:
            assert len(reminders.find_due(first, now=at)) == 1
            assert len(reminders.find_due(second, now=at)) == 1
            assert reminders.send_due(first, now=at) == 1
            assert reminders.send_due(second, now=at) == 0  # the row is locked
            second.rollback()
            first.commit()
            assert reminders.send_due(second, now=at) == 0
            late = second.scalars(
                select(Booking).where(Booking.id == id).options(*queries.PEOPLE)
            ).one()
            assert not reminders.remind(second, booking=late, lead=Lead.TWO_HOURS, now=at)
            second.commit()
        written = select(Message.id).where(Message.template == "booking_reminder")
        assert len(db.session.scalars(written).all()) == 1


def test_one_that_cannot_be_written_holds_up_nobody(
    session: Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = make.booking(session, now=LONG_BEFORE), make.booking(session, now=LONG_BEFORE)
    real = reminders.steps.tell_citizen

    def fails(one: Session, booking: Booking, *rest: object, **more: object) -> None:
        if booking.id == bad.id:
            raise RuntimeError("a template is broken")
        real(one, booking, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(reminders.steps, "tell_citizen", fails)
    at = due_at(bad.starts_at, Lead.TWO_HOURS)
    jobs.remind(session, now=at)
    assert len(sent_to(session, good.citizen)) == 1
    assert str(bad.id) in caplog.text
    monkeypatch.setattr(reminders.steps, "tell_citizen", real)
    jobs.remind(session, now=at + timedelta(minutes=5))
    assert len(sent_to(session, bad.citizen)) == 1


def summoned(session: Session) -> Booking:
    officer = make.officer(session)
    citizen = accounts.citizen(session)
    case = casefiles.case(session, citizen, now=LONG_BEFORE)
    return summoning.take(
        session,
        case=case,
        citizen=citizen,
        type=make.kind(session, "jobcenter"),
        slot=make.slot_at(officer, WEDNESDAY),
        by=officer,
        now=LONG_BEFORE,
    )


def test_a_summons_is_neither_moved_nor_cancelled_by_its_reminder(session: Session) -> None:
    booking = summoned(session)
    jobs.remind(session, now=due_at(booking.starts_at, Lead.TWO_DAYS))
    [message] = sent_to(session, booking.citizen)
    for text in (message.text, message.html):
        assert "verschieben" not in text
        assert "absagen" not in text
        assert "Brief" in text
        assert "den Grund" in text
        for word in ("Meldeaufforderung", "Rechtsfolge", "Minderung", "Sanktion"):
            assert word not in text


def test_what_cannot_be_changed_online_any_more_names_the_telephone(session: Session) -> None:
    booking = make.booking(session, now=LONG_BEFORE)
    booking.type.move_limit_hours = booking.type.cancel_limit_hours = 24
    start = booking.starts_at
    run(session, start - timedelta(days=3), start)
    early, late = sent_to(session, booking.citizen)
    assert "verschieben oder absagen" in early.text
    assert "verschieben" not in late.text
    assert "Rufen Sie uns bitte an" in late.text


def test_a_past_or_settled_booking_gets_none(session: Session) -> None:
    booking = make.booking(session, now=LONG_BEFORE)
    run(session, booking.starts_at, booking.starts_at + timedelta(hours=3))
    assert sent_to(session, booking.citizen) == []
    booking.state, booking.recorded_at, booking.recorded_by = BookingState.CAME, NOW, "x"
    session.flush()
    run(session, booking.starts_at - timedelta(hours=2), booking.starts_at)
    assert sent_to(session, booking.citizen) == []
