"""Voluntary invitations, the invited's side: take the time that is held, choose another, say no.

Who books such a talk by another way has answered too: the page of all kinds, a call, the desk.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Right
from portal.appointments import heard, holding
from portal.appointments import service as appointments
from portal.appointments.heard import Heard, Speaker
from portal.appointments.models import Arranged, Booking
from portal.audit.models import SYSTEM
from portal.calendars.slots import Slot
from portal.core.errors import Conflict
from portal.invitations import inviting, queries, rules
from portal.invitations.models import Invitation, InvitationState
from portal.postbox import service as postbox

GONE = "Diese Zeit ist nicht mehr frei gehalten. Wählen Sie bitte eine andere."


def take_held(session: Session, *, invitation: Invitation, by: Speaker, now: datetime) -> Booking:
    """Book the time that is held; `invitation` is locked. A second click finds the first.

    Who says yes to somebody of the office has chosen as much as who taps.
    """
    if done := _done(session, invitation, now=now):
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
    if done := _done(session, invitation, now=now):
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


def notice_booking(session: Session, *, invitation: Invitation, now: datetime) -> Booking | None:
    """End an invitation whose person has booked by another way; `invitation` is locked.

    The time that was held is free again, and a letter that is not posted yet stays in the house.
    """
    booking = queries.booked_otherwise(session, invitation)
    if booking is None or invitation.state not in rules.OPEN:
        return None
    held = queries.held_for(session, invitation)
    _end_by(session, invitation, booking, now=now)
    if held is not None:
        holding.give_up(session, held=held, now=now)
    postbox.hold_back(session, letter=invitation.letter, by=SYSTEM, now=now)
    at = booking.starts_at.isoformat()
    inviting.record(
        session, "invitations.booked", invitation, SYSTEM, now, starts_at=at, otherwise=True
    )
    return booking


def _done(session: Session, invitation: Invitation, *, now: datetime) -> Booking | None:
    made = queries.booking_made(session, invitation.booking_id)
    return made or notice_booking(session, invitation=invitation, now=now)


def _booked(
    session: Session, invitation: Invitation, booking: Booking, *, by: Speaker, now: datetime
) -> None:
    _end_by(session, invitation, booking, now=now)
    at, said = booking.starts_at.isoformat(), heard.facts(by)
    inviting.record(session, "invitations.booked", invitation, by, now, starts_at=at, **said)


def _end_by(session: Session, invitation: Invitation, booking: Booking, *, now: datetime) -> None:
    invitation.held_booking_id = None
    invitation.booking_id = booking.id
    invitation.state, invitation.ended_at = InvitationState.BOOKED, now
    inviting.close_items(session, invitation=invitation, now=now)
    session.flush()  # the row lets go of the hold before the hold goes


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
