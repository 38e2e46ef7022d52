"""Voluntary invitations, the invited's side: take the time that is held, choose another, say no."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.appointments import holding
from portal.appointments import service as appointments
from portal.appointments.models import Booking
from portal.calendars.slots import Slot
from portal.core.errors import Conflict
from portal.invitations import inviting, queries, rules
from portal.invitations.models import Invitation, InvitationState

GONE = "Diese Zeit ist nicht mehr frei gehalten. Wählen Sie bitte eine andere."


def take_held(session: Session, *, invitation: Invitation, by: Citizen, now: datetime) -> Booking:
    """Book the time that is held; `invitation` is locked. A second click finds the first."""
    if done := queries.booking_made(session, invitation.booking_id):
        return done
    rules.check_open(invitation, now=now)
    held = queries.held_for(session, invitation)
    if held is None:
        raise Conflict(GONE, field="slot")
    booking = holding.confirm(session, held=held, note=None, by=by, now=now)
    _booked(session, invitation, booking, by=by, now=now)
    return booking


def choose(
    session: Session, *, invitation: Invitation, slot: Slot, by: Citizen, now: datetime
) -> Booking:
    """Book another free time; only then the held one is let go. `invitation` is locked."""
    if done := queries.booking_made(session, invitation.booking_id):
        return done
    rules.check_open(invitation, now=now)
    held = queries.held_for(session, invitation)
    if held and (held.starts_at, held.staff_member_id) == (slot.starts_at, slot.officer):
        return take_held(session, invitation=invitation, by=by, now=now)
    booking = appointments.book(
        session,
        citizen=invitation.citizen,
        type=invitation.type,
        channel=invitation.channel,
        slot=slot,
        note=None,
        by=by,
        now=now,
    )
    _booked(session, invitation, booking, by=by, now=now)
    if held is not None:
        holding.release(session, held=held)
    return booking


def _booked(
    session: Session, invitation: Invitation, booking: Booking, *, by: Citizen, now: datetime
) -> None:
    invitation.held_booking_id = None
    invitation.booking_id = booking.id
    invitation.state, invitation.ended_at = InvitationState.BOOKED, now
    session.flush()  # the row lets go of the hold before the hold goes
    inviting.record(
        session, "invitations.booked", invitation, by, now, starts_at=booking.starts_at.isoformat()
    )


def decline(session: Session, *, invitation: Invitation, by: Citizen, now: datetime) -> None:
    """Say no, without a reason and without a consequence; `invitation` is locked."""
    if invitation.state == InvitationState.DECLINED:
        return
    rules.check_open(invitation, now=now)
    inviting.end(session, invitation, InvitationState.DECLINED, now=now)
    inviting.record(session, "invitations.declined", invitation, by, now)
