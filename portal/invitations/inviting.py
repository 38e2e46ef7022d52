"""Voluntary invitations, the office's side: invite one or many, take back, remind, let run out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.appointments import holding
from portal.appointments.models import Booking
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.calendars.models import AppointmentType, Channel
from portal.core.db import lost_race, new_id
from portal.core.errors import Conflict
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.invitations import capacity, letters, queries, rules
from portal.invitations.capacity import Guest
from portal.invitations.models import Invitation, InvitationState
from portal.postbox import service as postbox
from portal.postbox.models import LetterKind
from portal.representation import letters as mails

SUBJECT = "Einladung zu einem Gespräch"
INVITED, REMINDER = "invited", "invitation_reminder"
NEXT_STEP = "Anrufen oder neu einladen"


@dataclass(frozen=True)
class Round:
    """What came of one deed of inviting: the invitations, and who had an open one already."""

    invitations: Sequence[Invitation]
    already: Sequence[Guest]


def invite(
    session: Session,
    *,
    guests: Sequence[Guest],
    type: AppointmentType,
    channel: Channel,
    answer_until: date,
    about: str,
    by: StaffMember,
    now: datetime,
) -> Round:
    """Invite people to choose a time until a day; a time is held for each, or nobody is invited.

    Whoever has an open invitation to the same kind is left out. Raise `capacity.NoCapacity` when
    there are fewer free times than people.
    """
    rules.check_can_invite(type, channel, answer_until, about, by=by, now=now)
    people = {guest.citizen.id: guest for guest in guests}
    open_ones = queries.openly_invited(session, type=type, citizen_ids=list(people))
    already = [guest for id, guest in people.items() if id in open_ones]
    wanted = [guest for id, guest in people.items() if id not in open_ones]
    if not wanted:
        raise Conflict("Alle sind dazu schon eingeladen und haben noch Zeit zu antworten.")
    round_id = new_id()
    with session.begin_nested():  # all are invited, or nobody is and nothing stays held
        held = capacity.reserve(
            session,
            guests=wanted,
            type=type,
            channel=channel,
            until=rules.ends_at(answer_until),
            by=by,
            now=now,
        )
        made = [
            _invite(
                session,
                guest,
                held[guest.citizen.id],
                round_id=round_id,
                answer_until=answer_until,
                about=about,
                by=by,
                now=now,
            )
            for guest in wanted
        ]
    return Round(made, already)


def _invite(
    session: Session,
    guest: Guest,
    held: Booking,
    *,
    round_id: UUID,
    answer_until: date,
    about: str,
    by: StaffMember,
    now: datetime,
) -> Invitation:
    id = new_id()
    path = f"{letters.INVITATION_PATH}/{id}"
    letter = postbox.write(
        session,
        case=guest.case,
        citizen=guest.citizen,
        kind=LetterKind.INVITATION,
        subject=SUBJECT,
        template=letters.INVITATION,
        version=letters.INVITATION_VERSION,
        content=letters.invitation(
            type=held.type,
            channel=held.channel,
            about=about,
            answer_until=answer_until,
            held=held,
            path=path,
        ),
        by=by,
        now=now,
        notice=INVITED,
        notice_path=path,
    )
    invitation = Invitation(
        id=id,
        round_id=round_id,
        case_id=guest.case.id,
        citizen=guest.citizen,
        type=held.type,
        channel=held.channel,
        answer_until=answer_until,
        about=about,
        state=InvitationState.INVITED,
        held_booking_id=held.id,
        letter_id=letter.id,
        invited_at=now,
        invited_by_id=by.id,
    )
    with lost_race(session, "uq_invitations_open", "Diese Person ist dazu schon eingeladen."):
        session.add(invitation)
        session.flush()  # the constraint answers now
    record(session, "invitations.invited", invitation, by, now, kind=held.type.key, round=round_id)
    return invitation


def withdraw(session: Session, *, invitation: Invitation, by: StaffMember, now: datetime) -> None:
    """Take an open invitation back; `invitation` is locked."""
    rules.check_open(invitation, now=now)
    end(session, invitation, InvitationState.WITHDRAWN, now=now)
    postbox.hold_back(session, letter=invitation.letter, by=by, now=now)
    record(session, "invitations.withdrawn", invitation, by, now)


def remind(session: Session, *, invitation: Invitation, now: datetime) -> None:
    """Remind once; `invitation` is locked. Who has no address is called by who has invited."""
    sent = mails.send(
        session,
        citizen=invitation.citizen,
        template=REMINDER,
        now=now,
        context={
            "name": invitation.citizen.name,
            "path": f"{letters.INVITATION_PATH}/{invitation.id}",
        },
    )
    if sent:
        _reminded(session, invitation, by=SYSTEM, now=now)
    elif not queries.was_put_before_office(session, invitation):
        ask_to_call(
            session,
            invitation=invitation,
            reason="Noch keine Antwort. Eine Erinnerung geht nicht hinaus: Es gibt keine"
            " E-Mail-Adresse und kein Handy.",
            now=now,
        )


def _reminded(session: Session, invitation: Invitation, *, by: Acting, now: datetime) -> None:
    invitation.state = InvitationState.REMINDED
    invitation.reminded_at = now
    record(session, "invitations.reminded", invitation, by, now)


def expire(session: Session, *, invitation: Invitation, now: datetime) -> None:
    """Let an invitation run out without an answer, and say to the office what comes next."""
    end(session, invitation, InvitationState.EXPIRED, now=now)
    record(session, "invitations.expired", invitation, SYSTEM, now)
    inbox.open_item(
        session,
        kind=ItemKind.INVITATION,
        subject_id=invitation.id,
        case_id=invitation.case_id,
        title=invitation.type.name,
        person=invitation.citizen.name,
        reason="Auf die Einladung kam keine Antwort.",
        next_step=NEXT_STEP,
        team_id=invitation.invited_by.team_id,
        assignee_id=invitation.invited_by_id,
        now=now,
    )


def close_item(session: Session, *, invitation: Invitation, by: StaffMember, now: datetime) -> None:
    """Say that the office has done the next step: called in time, or after it ran out."""
    inbox.close_items(session, kind=ItemKind.INVITATION, subject_id=invitation.id, by=by, now=now)
    if invitation.state == InvitationState.INVITED:
        _reminded(session, invitation, by=by, now=now)
        return
    record(session, "invitations.followed_up", invitation, by, now)


def close_items(session: Session, *, invitation: Invitation, now: datetime) -> None:
    """Take an invitation off the list of the office: what was asked for is no more."""
    inbox.close_items(
        session, kind=ItemKind.INVITATION, subject_id=invitation.id, by=SYSTEM, now=now
    )


def ask_to_call(session: Session, *, invitation: Invitation, reason: str, now: datetime) -> None:
    """Put somebody who reads no mail before who has invited: they are called or written to."""
    inbox.open_item(
        session,
        kind=ItemKind.INVITATION,
        subject_id=invitation.id,
        case_id=invitation.case_id,
        title=invitation.type.name,
        person=invitation.citizen.name,
        reason=reason,
        next_step="Anrufen oder schreiben, dann „Antwort aufschreiben“ oder „Erinnert“",
        team_id=invitation.invited_by.team_id,
        assignee_id=invitation.invited_by_id,
        due_on=invitation.answer_until,
        now=now,
    )


def end(session: Session, invitation: Invitation, state: InvitationState, *, now: datetime) -> None:
    """Bring an invitation to its end and let go of the time that is still held for it."""
    if state not in rules.TRANSITIONS[invitation.state]:
        raise Conflict(rules.ENDED)
    held = queries.held_for(session, invitation)
    invitation.held_booking_id = None
    invitation.state, invitation.ended_at = state, now
    close_items(session, invitation=invitation, now=now)
    session.flush()  # the row lets go of the hold before the hold goes
    if held is not None:
        holding.give_up(session, held=held, now=now)


def record(
    session: Session, deed: str, invitation: Invitation, by: Acting, now: datetime, **facts: Any
) -> None:
    """Write one deed on an invitation into the trail of its case."""
    audit.record(
        session,
        deed=deed,
        subject=("invitation", invitation.id),
        by=by,
        now=now,
        case_id=invitation.case_id,
        **facts,
    )
