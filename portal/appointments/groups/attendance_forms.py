"""The attendance of an event as a form: two fields for each seat, all on one page."""

from collections.abc import Mapping, Sequence
from typing import Any, Self
from uuid import UUID

from flask import request
from flask_wtf import FlaskForm

from portal.appointments.groups.attendance import Said
from portal.appointments.groups.forms import ATTENDANCE
from portal.appointments.models import Booking, BookingState
from portal.core.errors import PortalError

OUTCOME, REASON, REST = "outcome", "reason", "rest"
LONGEST_REASON = 300


class Line:
    """What is typed about one seat, and what was wrong with it."""

    def __init__(self, booking: Booking, typed: Mapping[str, str] | None) -> None:
        self.id = booking.id
        self.name = booking.citizen.name
        self.seat = booking.seat
        self.state = booking.state
        given = typed or {}
        was = "" if booking.state == BookingState.BOOKED else booking.state.value
        self.outcome = given.get(f"{OUTCOME}-{booking.id}", was)
        self.reason = given.get(f"{REASON}-{booking.id}", booking.outcome_reason or "")[
            :LONGEST_REASON
        ]
        self.error: str | None = None


class AttendanceForm(FlaskForm):
    """One line for each seat; `lines` are what the page shows."""

    lines: Sequence[Line] = ()

    @classmethod
    def for_seats(cls, seats: Sequence[Booking], *, filled_in: bool = False) -> Self:
        """Make the form of these seats, empty or as it was sent."""
        form = cls() if filled_in else cls(formdata=None)
        typed = request.form if filled_in else None
        form.lines = [Line(one, typed) for one in seats]
        return form

    def said(self, seats: Sequence[Booking]) -> dict[UUID, Said]:
        """Return what was said; with the button for the rest, who has no word yet was there."""
        open_ids = {one.id for one in seats if one.state == BookingState.BOOKED}
        found = {}
        for line in self.lines:
            outcome = line.outcome
            if not outcome and REST in request.form and line.id in open_ids:
                outcome = line.outcome = BookingState.CAME.value
            if outcome in {one.value for one in ATTENDANCE}:
                found[line.id] = Said(BookingState(outcome), line.reason.strip() or None)
        return found

    def blame_lines(self, refused: Mapping[UUID, PortalError]) -> None:
        """Write what was refused at its line and above the form."""
        for line in self.lines:
            if line.id in refused:
                line.error = refused[line.id].message
        self.form_errors.extend(f"{line.name}: {line.error}" for line in self.lines if line.error)

    @property
    def choices(self) -> list[tuple[str, Any]]:
        """Return what can be said of one seat."""
        return [(one.value, word) for one, word in ATTENDANCE.items()]
