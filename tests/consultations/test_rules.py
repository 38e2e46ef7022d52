"""The law of the talk, without a database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.models import Booking, BookingState
from portal.calendars.models import Channel
from portal.consultations import rules
from portal.consultations.models import (
    Consultation,
    ConsultationState,
    WaitingState,
    WaitingTicket,
)
from portal.consultations.rules import Stage
from portal.core.errors import Conflict, Expired, InvalidInput, NotFound

STARTS = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
CITIZEN = Citizen(id=uuid4())
OFFICER = StaffMember(id=uuid4())
BEFORE, OPEN, LATE = (
    STARTS - timedelta(minutes=16),
    STARTS - timedelta(minutes=15),
    STARTS + timedelta(minutes=91),
)


def booking(state: BookingState = BookingState.BOOKED) -> Booking:
    return Booking(
        id=uuid4(),
        citizen_id=CITIZEN.id,
        staff_member_id=OFFICER.id,
        channel=Channel.VIDEO,
        starts_at=STARTS,
        ends_at=STARTS + timedelta(minutes=30),
        state=state,
    )


def talk(state: ConsultationState, **fields: object) -> Consultation:
    return Consultation(id=uuid4(), state=state, **fields)


def ticket(state: WaitingState, arrived_at: datetime = OPEN) -> WaitingTicket:
    return WaitingTicket(state=state, arrived_at=arrived_at, last_seen_at=arrived_at)


RUNNING, ENDED = talk(ConsultationState.RUNNING), talk(ConsultationState.ENDED)


@pytest.mark.parametrize(
    ("now", "consultation", "place", "stage"),
    [
        (BEFORE, None, None, Stage.EARLY),
        (OPEN, None, None, Stage.OPEN),
        (OPEN, talk(ConsultationState.OPEN), ticket(WaitingState.WAITING), Stage.WAITING),
        (OPEN, talk(ConsultationState.OPEN), ticket(WaitingState.LEFT), Stage.OPEN),
        (STARTS, RUNNING, ticket(WaitingState.ADMITTED), Stage.ADMITTED),
        (STARTS, RUNNING, ticket(WaitingState.SENT_BACK), Stage.WAITING),
        (LATE, RUNNING, ticket(WaitingState.ADMITTED), Stage.ADMITTED),
        (LATE, talk(ConsultationState.OPEN), ticket(WaitingState.WAITING), Stage.CLOSED),
        (LATE, None, None, Stage.CLOSED),
        (LATE, ENDED, ticket(WaitingState.ADMITTED), Stage.ENDED),
    ],
)
def test_where_somebody_stands(
    now: datetime, consultation: Consultation | None, place: WaitingTicket | None, stage: Stage
) -> None:
    assert rules.stage(booking(), consultation, place, now=now) == stage


def test_a_cancelled_booking_has_no_talk() -> None:
    assert rules.stage(booking(BookingState.CANCELLED), None, None, now=STARTS) == Stage.CANCELLED


def test_only_the_two_of_the_booking_take_part() -> None:
    stranger, colleague = Citizen(id=uuid4()), StaffMember(id=uuid4())
    for person in (stranger, colleague):
        with pytest.raises(NotFound):
            rules.check_can_enter(booking(), RUNNING, None, by=person, now=STARTS)


@pytest.mark.parametrize("place", [None, *map(ticket, set(WaitingState) - {WaitingState.ADMITTED})])
def test_the_citizen_enters_only_when_admitted(place: WaitingTicket | None) -> None:
    with pytest.raises(Conflict):
        rules.check_can_enter(booking(), RUNNING, place, by=CITIZEN, now=STARTS)
    admitted = ticket(WaitingState.ADMITTED)
    rules.check_can_enter(booking(), RUNNING, admitted, by=CITIZEN, now=STARTS)


def test_the_officer_enters_from_the_opening_on() -> None:
    rules.check_can_enter(booking(), None, None, by=OFFICER, now=OPEN)
    with pytest.raises(Conflict, match="10:15"):
        rules.check_can_enter(booking(), None, None, by=OFFICER, now=BEFORE)
    with pytest.raises(Expired):
        rules.check_can_enter(booking(), None, None, by=OFFICER, now=LATE)
    with pytest.raises(Expired):
        rules.check_can_enter(booking(), ENDED, None, by=OFFICER, now=STARTS)


def test_waiting_and_sent_back_can_be_admitted_once() -> None:
    for state in (WaitingState.WAITING, WaitingState.SENT_BACK):
        rules.check_can_admit(booking(), RUNNING, ticket(state), by=OFFICER, now=STARTS)
    for state in (WaitingState.ADMITTED, WaitingState.LEFT):
        with pytest.raises(Conflict):
            rules.check_can_admit(booking(), RUNNING, ticket(state), by=OFFICER, now=STARTS)


@pytest.mark.parametrize(
    ("consultation", "outcome"),
    [
        (None, Conflict),
        (talk(ConsultationState.OPEN), Conflict),
        (ENDED, Expired),
        (RUNNING, None),
        (talk(ConsultationState.OPEN, callback_at=STARTS, callback_phone="1"), None),
    ],
)
def test_a_talk_that_was_held_can_be_ended(
    consultation: Consultation | None, outcome: type[Exception] | None
) -> None:
    ask: Callable[[], None] = lambda: rules.check_can_end(  # noqa: E731
        booking(), consultation, by=OFFICER
    )
    assert rules.can_end(booking(), consultation, by=OFFICER) is (outcome is None)
    if outcome is None:
        ask()
    else:
        with pytest.raises(outcome):
            ask()


def test_the_note_needs_a_sentence() -> None:
    rules.check_note_is_written("Über die Miete gesprochen.")
    with pytest.raises(InvalidInput) as caught:
        rules.check_note_is_written(" \n")
    assert caught.value.field == "note"


def test_being_on_time_and_being_there() -> None:
    assert rules.was_on_time(booking(), ticket(WaitingState.WAITING, STARTS))
    late = STARTS + timedelta(seconds=1)
    assert not rules.was_on_time(booking(), ticket(WaitingState.WAITING, late))
    assert rules.is_still_there(ticket(WaitingState.WAITING), now=OPEN + timedelta(seconds=40))
    assert not rules.is_still_there(ticket(WaitingState.WAITING), now=OPEN + timedelta(seconds=41))


def test_every_state_has_its_transitions() -> None:
    assert set(rules.TRANSITIONS) == set(ConsultationState)
    assert set(rules.WAITING_TRANSITIONS) == set(WaitingState)
