"""Showing somebody out of a running talk, so that they stay outside until they are let in again.

What is right differs by role:

- The citizen and each guest, a colleague with an account too, go back to the waiting room. They
  keep their place and read there that they are asked for patience; any officer of the talk lets
  them in again. Who shall not come back at all loses the invitation (`guests.end`).
- An officer who joins the talk of another has no place in the waiting room. They are put on hold:
  they may open the call again, but hear and see nobody until an officer inside lets them in.
- Who leads the talk is outside until they open it again themselves. Nobody keeps them out of it
  for longer: the citizen would sit in a talk that no one can hold.

The page is as quick as the report of media. So media itself remembers whom it showed out when, and
whose ticket stems from the admission that ended waits in its lobby (`tickets.Ticket.admitted`). The
report then moves the place in the database, and whoever slipped in meanwhile is shown out again.
Which admission is meant decides, on both sides, so that their clocks may differ
(`tickets.ShownOut`).
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.appointments.models import Booking
from portal.consultations import holds, jobs, roles
from portal.consultations.models import (
    Consultation,
    ConsultationState,
    WaitingState,
    WaitingTicket,
)
from portal.consultations.roles import Person
from portal.consultations.steps import record
from portal.media.tickets import ShownOut

ASKS_TO_BE_LET_IN = 0.0
"""The admission of an officer who joins: after being shown out, none of theirs is new enough."""


def to_waiting_room(
    session: Session, *, ticket: WaitingTicket, booking: Booking, by: StaffMember, now: datetime
) -> None:
    """Give somebody inside their place in the waiting room again; media shows them out.

    The row of the talk is locked, and the state was checked.
    """
    order(session, ticket)
    ticket.state = WaitingState.SENT_BACK
    ticket.admitted_at = ticket.admitted_by_id = None
    record(session, "consultation.sent_back", booking, by=by, now=now)


def order(session: Session, ticket: WaitingTicket) -> None:
    """Let media show somebody out whose admission ends with this transaction."""
    admitted_at = ticket.admitted_at
    jobs.show_out.enqueue(
        session,
        consultation_id=str(ticket.consultation_id),
        participant=ticket.participant,
        admitted=admitted_at.timestamp() if admitted_at else ASKS_TO_BE_LET_IN,
    )


def keep(
    session: Session,
    consultation: Consultation,
    *,
    person: Person,
    by: StaffMember,
    at: datetime,
    admitted: float,
) -> None:
    """Keep that media showed somebody out for an officer, who was in with this admission; a later
    one of the portal stays. The row of the talk is locked.
    """
    booking = consultation.booking
    if consultation.state == ConsultationState.ENDED:
        return
    if isinstance(person, StaffMember):
        if person.id != booking.staff_member_id:
            who = roles.participant_of(person)
            holds.keep(session, consultation, participant=who, is_held=True, at=at)
        return
    ticket = session.scalar(
        select(WaitingTicket).where(
            WaitingTicket.consultation_id == consultation.id,
            WaitingTicket.person_kind == person.actor.kind,
            WaitingTicket.person_id == person.id,
        )
    )
    if ticket is None or ticket.admitted_at is None:
        return
    if ShownOut(admitted, at.timestamp()).ends(ticket.admitted_at.timestamp()):
        to_waiting_room(session, ticket=ticket, booking=booking, by=by, now=at)


def admission_of(
    booking: Booking, ticket: WaitingTicket | None, *, by: Person, now: datetime
) -> float:
    """Return when somebody was let in, in seconds since 1970, for the ticket of media."""
    if not isinstance(by, StaffMember):
        admitted_at = ticket.admitted_at if ticket else None
        return admitted_at.timestamp() if admitted_at else ASKS_TO_BE_LET_IN
    return now.timestamp() if by.id == booking.staff_member_id else ASKS_TO_BE_LET_IN
