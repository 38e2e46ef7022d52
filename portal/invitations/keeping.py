"""The time held for the invited stays a real one, also when its officer has left or is away.

A colleague takes it at the same time, as the letter says. Is nobody free then, the next time is
held and the invited are told. Is there none, the lead of the team is: nobody is invited without
capacity and nobody knows.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.appointments import covering, holding
from portal.appointments.models import Booking
from portal.audit.models import SYSTEM
from portal.core.errors import PortalError
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.invitations import capacity, inviting, letters, queries, rules
from portal.invitations.capacity import Guest, NoCapacity
from portal.invitations.models import Invitation
from portal.representation import letters as mails

TIME_CHANGED = "invitation_time_changed"


def keep(session: Session, *, invitation: Invitation, now: datetime) -> None:
    """Hold a time anew for an invitation that has none any more; `invitation` is locked."""
    id, before = invitation.id, queries.held_for(session, invitation)
    starts_at = before.starts_at if before else None
    try:
        with session.begin_nested():  # without another time the old hold stays what it is
            held = _hold_anew(session, invitation, before, now=now)
    except PortalError:
        _tell_lead(session, queries.read_again(session, id), now=now)
        return
    at, officer = held.starts_at.isoformat(), str(held.staff_member_id)
    inviting.record(
        session, "invitations.held_anew", invitation, SYSTEM, now, starts_at=at, officer=officer
    )
    inviting.close_items(session, invitation=invitation, now=now)
    if held.starts_at != starts_at:
        _tell_invited(session, invitation, now=now)


def _hold_anew(
    session: Session, invitation: Invitation, before: Booking | None, *, now: datetime
) -> Booking:
    by = _acting(session, invitation)
    same = before.starts_at if before else None
    capacity.wait_for_others(session, [invitation.citizen])
    if before is not None:
        invitation.held_booking_id = None
        session.flush()  # the row lets go of the hold before the hold goes
        holding.release(session, held=before)
        session.flush()  # its room must be free before it is taken again
    held = capacity.hold_again(
        session,
        guest=Guest(invitation.case, invitation.citizen),
        type=invitation.type,
        channel=invitation.channel,
        until=rules.ends_at(invitation.answer_until),
        same=same,
        by=by,
        now=now,
    )
    if held is None:
        raise NoCapacity(missing=1, wanted=1)
    invitation.held_booking_id = held.id
    session.flush()  # the constraint answers now
    return held


def _acting(session: Session, invitation: Invitation) -> StaffMember:
    """Return who holds the time: who has invited, or who leads the team if they have left."""
    if invitation.invited_by.is_active:
        return invitation.invited_by
    lead = covering.lead_of(session, invitation.invited_by.team_id)
    found = session.get(StaffMember, lead) if lead else None
    if found is None:
        raise NoCapacity(missing=1, wanted=1)
    return found


def _tell_lead(session: Session, invitation: Invitation, *, now: datetime) -> None:
    """Put an invitation without capacity before the lead, once while it is so."""
    if queries.has_open_item(session, invitation):
        return
    team_id = invitation.invited_by.team_id
    inbox.open_item(
        session,
        kind=ItemKind.INVITATION,
        subject_id=invitation.id,
        case_id=invitation.case_id,
        title=invitation.type.name,
        person=invitation.citizen.name,
        reason="Für diese Einladung ist keine Zeit mehr frei gehalten: Die zuständige Person ist"
        " dann nicht da, und sonst ist niemand frei.",
        next_step="Mehr Sprechzeiten öffnen oder anrufen",
        team_id=team_id,
        assignee_id=covering.lead_of(session, team_id),
        due_on=invitation.answer_until,
        urgency=1,
        urgency_reason="Eingeladen, und keine Zeit ist sicher.",
        now=now,
    )


def _tell_invited(session: Session, invitation: Invitation, *, now: datetime) -> None:
    """Tell that another time is held than the letter says; who has no address is called."""
    path = f"{letters.INVITATION_PATH}/{invitation.id}"
    sent = mails.send(
        session,
        citizen=invitation.citizen,
        template=TIME_CHANGED,
        now=now,
        context={"name": invitation.citizen.name, "path": path},
    )
    if not sent:
        inviting.ask_to_call(
            session,
            invitation=invitation,
            reason="Die frei gehaltene Zeit ist eine andere als im Brief. Es gibt keine"
            " E-Mail-Adresse und kein Handy.",
            now=now,
        )
