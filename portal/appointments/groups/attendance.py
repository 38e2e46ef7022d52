"""Who came: the outcomes of all seats at once, each as careful as that of a single appointment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.appointments import queries as appointments
from portal.appointments import service
from portal.appointments.group_models import EventState, GroupEvent
from portal.appointments.groups import rules, seating
from portal.appointments.models import BookingState
from portal.audit import service as audit
from portal.core.errors import PortalError
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind


@dataclass(frozen=True)
class Said:
    """What somebody of the office says about one seat."""

    outcome: BookingState
    reason: str | None = None


def record(
    session: Session,
    *,
    event: GroupEvent,
    said: Mapping[UUID, Said],
    by: StaffMember,
    now: datetime,
) -> dict[UUID, PortalError]:
    """Write down how it ended for each of these bookings; return what was refused, by booking.

    What is possible is written even when another line is refused. Bookings that are not of this
    event, or not shown to `by`, are passed over.
    """
    seating.lock_event(session, event)
    rules.check_can_record(event, by=by, now=now)
    refused: dict[UUID, PortalError] = {}
    seats = appointments.seats_of(session, event=event, asker=by)
    for booking in seats:
        word = said.get(booking.id)
        if word is None or word.outcome == booking.state:
            continue
        try:
            with session.begin_nested():
                service.record_outcome(
                    session,
                    booking=booking,
                    outcome=word.outcome,
                    reason=word.reason,
                    by=by,
                    now=now,
                )
        except PortalError as error:
            refused[booking.id] = error
    if event.state == EventState.PLANNED:
        event.state = EventState.TOOK_PLACE
        audit.record(
            session,
            deed="appointments.group_took_place",
            subject=("group_event", event.id),
            by=by,
            now=now,
        )
    if all(booking.state != BookingState.BOOKED for booking in seats):
        inbox.close_items(
            session, kind=ItemKind.GROUP_OUTCOMES, subject_id=event.id, by=by, now=now
        )
    return refused
