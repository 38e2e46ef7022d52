"""Going away from the waiting room and being called by short message when it is one's turn."""

from datetime import datetime

from flask import current_app
from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.models import Booking
from portal.audit import service as audit
from portal.consultations import rules
from portal.consultations.models import WaitingState, WaitingTicket
from portal.core.errors import Conflict, InvalidInput
from portal.notifications import service as notifications


def can_ask(citizen: Citizen, ticket: WaitingTicket | None) -> bool:
    """Tell whether a number was confirmed to which the call can go, and somebody waits."""
    return bool(citizen.mobile) and ticket is not None and _waits(ticket)


def ask(ticket: WaitingTicket, *, by: Citizen) -> None:
    """Note that the citizen goes away and wants to be called."""
    if not by.mobile:
        raise InvalidInput(gettext("Bestätigen Sie dafür zuerst eine Handynummer im Konto."))
    if not _waits(ticket):
        raise Conflict(gettext("Sie warten gerade nicht."))
    ticket.wants_call, ticket.called_at = True, None


def call_in(
    session: Session, *, ticket: WaitingTicket, booking: Booking, by: StaffMember, now: datetime
) -> bool:
    """Send the short message to a citizen who went away; return whether one was sent.

    Once per wish: two taps of the officer are one message.
    """
    rules.check_takes_part(booking, by)
    citizen = booking.citizen
    if ticket.person_id != citizen.id or not ticket.wants_call or ticket.called_at is not None:
        return False
    if not citizen.mobile:
        return False
    ticket.called_at = now
    notifications.send(
        session,
        template="your_turn",
        address=citizen.mobile,
        recipient_id=citizen.id,
        now=now,
        context={"url": f"{current_app.config['BASE_URL']}/beratung/{booking.id}"},
        language=citizen.language,
    )
    audit.record(
        session,
        deed="consultation.called_in",
        subject=("booking", booking.id),
        by=by,
        now=now,
        case_id=booking.case_id,
    )
    return True


def _waits(ticket: WaitingTicket) -> bool:
    return ticket.state in {WaitingState.WAITING, WaitingState.SENT_BACK}
