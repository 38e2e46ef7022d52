"""Voluntary invitations, the invited's side: take the time that is held, choose another, say no."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Right
from portal.appointments import heard, holding
from portal.appointments import service as appointments
from portal.appointments.heard import Heard, Speaker
from portal.appointments.models import Arranged, Booking
from portal.calendars.slots import Slot
from portal.core.errors import Conflict
from portal.invitations import inviting, queries, rules
from portal.invitations.models import Invitation, InvitationState

GONE = "Diese Zeit ist nicht mehr frei gehalten. Wählen Sie bitte eine andere."


def take_held(session: Session, *, invitation: Invitation, by: Speaker, now: datetime) -> Booking:
    """Book the time that is held; `invitation` is locked. A second click finds the first.

    Who says yes to somebody of the office has chosen as much as who taps.
    """
    if done := queries.booking_made(session, invitation.booking_id):
        return done
    rules.check_open(invitation, now=now)
    _check_heard(invitation, by, now=now)
    held = queries.held_for(session, invitation)
    if held is None:
        raise Conflict(GONE, field="slot")
    booking = holding.confirm(
        session,
        held=held,
        note=None,
        by=heard.person(by),
        arranged=Arranged(by.way.value) if isinstance(by, Heard) else None,
        now=now,
    )
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
        is_invited=True,
    )
    _booked(session, invitation, booking, by=by, now=now)
    if held is not None:
        holding.give_up(session, held=held, now=now)
    return booking


def _booked(
    session: Session, invitation: Invitation, booking: Booking, *, by: Speaker, now: datetime
) -> None:
    invitation.held_booking_id = None
    invitation.booking_id = booking.id
    invitation.state, invitation.ended_at = InvitationState.BOOKED, now
    session.flush()  # the row lets go of the hold before the hold goes
    at, said = booking.starts_at.isoformat(), heard.facts(by)
    inviting.record(session, "invitations.booked", invitation, by, now, starts_at=at, **said)


def decline(session: Session, *, invitation: Invitation, by: Speaker, now: datetime) -> None:
    """Say no, without a reason and without a consequence; `invitation` is locked."""
    if invitation.state == InvitationState.DECLINED:
        return
    rules.check_open(invitation, now=now)
    _check_heard(invitation, by, now=now)
    inviting.end(session, invitation, InvitationState.DECLINED, now=now)
    inviting.record(session, "invitations.declined", invitation, by, now, **heard.facts(by))


def _check_heard(invitation: Invitation, by: Speaker, *, now: datetime) -> None:
    heard.check(
        by,
        right=Right.MANAGE_APPOINTMENTS,
        citizen=invitation.citizen,
        since=invitation.invited_at,
        now=now,
    )
