"""A time that a citizen chose never becomes a summons: every verb, every line, every statement."""

import ast
from collections.abc import Callable
from datetime import time, timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.appointments import cards, covering, holding, service
from portal.appointments import summoning as calendar
from portal.appointments.models import Booking, BookingState
from portal.core import paths
from portal.core.errors import Conflict
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

Deed = Callable[[Session, Booking, StaffMember], object]
LATER = NOW + timedelta(days=1)


def _moved_by_the_office(session: Session, booking: Booking, by: StaffMember) -> None:
    slot = make.slot_at(by, MONDAY, time(12))
    service.move(session, booking=booking, slot=slot, by=by, now=NOW)


def _moved_by_the_citizen(session: Session, booking: Booking, by: StaffMember) -> None:
    slot = make.slot_at(by, MONDAY, time(12))
    service.move(session, booking=booking, slot=slot, by=booking.citizen, now=NOW)


def _moved_by_a_hold(session: Session, booking: Booking, by: StaffMember) -> None:
    held = holding.hold(
        session,
        citizen=booking.citizen,
        type=booking.type,
        channel=booking.channel,
        slot=make.slot_at(by, MONDAY, time(12)),
        by=booking.citizen,
        now=NOW,
        instead_of=booking,
    )
    holding.confirm_move(session, booking=booking, held=held, by=booking.citizen, now=NOW)


def _cancelled(session: Session, booking: Booking, by: StaffMember) -> None:
    service.cancel(session, booking=booking, by=by, now=NOW)


def _needs_said(session: Session, booking: Booking, by: StaffMember) -> None:
    needs = cards.Needs(calm=True, interpreter_language="Arabisch")
    cards.write(session, booking=booking, needs=needs, by=by, now=NOW)


def _called_missed(session: Session, booking: Booking, by: StaffMember) -> None:
    service.record_outcome(
        session, booking=booking, outcome=BookingState.MISSED, reason="kam nicht", by=by, now=LATER
    )


def _handed_over(session: Session, booking: Booking, by: StaffMember) -> None:
    covering.hand_over(session, booking=booking, colleague=make.officer(session), by=by, now=NOW)


DEEDS: tuple[Deed, ...] = (
    _moved_by_the_office,
    _moved_by_the_citizen,
    _moved_by_a_hold,
    _cancelled,
    _needs_said,
    _called_missed,
    _handed_over,
)


@pytest.fixture
def officer(session: Session) -> StaffMember:
    return make.officer(session)


@pytest.fixture
def chosen(session: Session, officer: StaffMember) -> Booking:
    return make.booking(session, officer=officer, citizen=accounts.citizen(session))


@pytest.mark.parametrize("deed", DEEDS)
def test_no_verb_makes_a_summons_of_it(
    session: Session, chosen: Booking, officer: StaffMember, deed: Deed
) -> None:
    deed(session, chosen, officer)
    session.flush()
    session.refresh(chosen, ["chosen_by_citizen", "is_summons"])
    assert chosen.chosen_by_citizen
    assert not chosen.is_summons


def test_the_verb_of_summonses_refuses_it(
    session: Session, chosen: Booking, officer: StaffMember
) -> None:
    with pytest.raises(Conflict, match="keine Meldeaufforderung"):
        calendar.call_off(session, booking=chosen, by=officer, now=NOW)


@pytest.mark.parametrize(
    "values",
    [
        {"is_summons": True},
        {"is_summons": True, "chosen_by_citizen": False},
        {"is_summons": True, "chosen_by_citizen": False, "channel": "office"},
        {"is_summons": True, "chosen_by_citizen": False, "channel": "office", "state": "booked"},
    ],
)
def test_no_statement_makes_a_summons_of_it(
    session: Session, chosen: Booking, values: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError, match=r"never becomes a summons|chosen_is_no_summons"):
        session.execute(update(Booking).where(Booking.id == chosen.id).values(**values))


def test_not_in_two_steps_either(session: Session, chosen: Booking) -> None:
    session.execute(text("UPDATE bookings SET chosen_by_citizen = false, channel = 'office'"))
    with pytest.raises(IntegrityError, match="never becomes a summons"):
        session.execute(text("UPDATE bookings SET is_summons = true"))


def test_no_line_of_the_portal_sets_it_on_a_booking_that_is_there() -> None:
    found = [
        f"{path.name}:{node.lineno}"
        for path in sorted((paths.ROOT / "portal").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and node.attr == "is_summons"
    ]
    assert found == []
