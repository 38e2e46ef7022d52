"""The next talk, arranged when one ends: a time chosen together, or a voluntary invitation."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Right, StaffMember
from portal.appointments import service as appointments
from portal.appointments.models import Arranged, Booking
from portal.calendars import queries as calendars
from portal.calendars.models import Format
from portal.calendars.rules import needs_video_reason
from portal.casefiles import queries as casefiles
from portal.consultations.models import Consultation
from portal.consultations.next_ways import Wanted, Way
from portal.core import clock
from portal.core.errors import Conflict, PortalError
from portal.invitations import at_once, inviting, law
from portal.invitations.capacity import Guest
from portal.invitations.models import Invitation

SLOT, KIND = "next_slot", "next_kind"
"""The fields of the form that a refusal belongs to."""


def ways(session: Session, *, by: StaffMember) -> Sequence[Way]:
    """Return what `by` can arrange next, the kinds in their order; nothing without the right."""
    if not accounts_rules.can(by, Right.MANAGE_APPOINTMENTS):
        return []
    return [
        Way(type, channel)
        for type in calendars.types_for(session, asker=by)
        if type.format == Format.SINGLE
        for channel in type.channels
        if not needs_video_reason(type, channel)
    ]


def usual(session: Session, *, citizen: Citizen, offered: Sequence[Way], by: StaffMember) -> Way:
    """Return what suits this person as far as is known; `offered` is not empty."""
    try:
        known = Way(*at_once.usual(session, citizen=citizen, by=by))
    except Conflict:
        return offered[0]
    return known if known in offered else offered[0]


def arrange(
    session: Session,
    *,
    booking: Booking,
    consultation: Consultation,
    wanted: Wanted,
    by: StaffMember,
    now: datetime,
) -> None:
    """Book the time that both chose, or invite; a refusal names the field of the form."""
    way, slot = wanted.way, wanted.slot
    try:
        if slot is not None:
            made = appointments.book(
                session,
                citizen=booking.citizen,
                type=way.type,
                channel=way.channel,
                slot=slot,
                note=None,
                arranged=Arranged.TALK,
                by=by,
                now=now,
            )
            consultation.next_booking_id = made.id
        else:
            invitation = _invite(session, booking.citizen, way, by=by, now=now)
            consultation.next_invitation_id = invitation.id
    except PortalError as error:
        field = SLOT if slot is not None and error.field == "slot" else KIND
        raise Conflict(error.message, field=field) from error


def _invite(
    session: Session, citizen: Citizen, way: Way, *, by: StaffMember, now: datetime
) -> Invitation:
    case = casefiles.case_of(session, asker=citizen)
    if case is None:
        raise Conflict(gettext("Zu dieser Person gibt es noch keine Akte. Vergeben Sie eine Zeit."))
    done = inviting.invite(
        session,
        guests=[Guest(case, citizen)],
        type=way.type,
        channel=way.channel,
        answer_until=clock.local_date(now) + law.USUAL_ANSWER,
        about=at_once.ABOUT,
        by=by,
        now=now,
    )
    [made] = done.invitations
    return made


def of_ended(session: Session, consultation: Consultation) -> Consultation:
    """Return the talk with what was arranged for afterwards, for the pages that say it."""
    return session.scalars(
        select(Consultation)
        .where(Consultation.id == consultation.id)
        .options(
            joinedload(Consultation.next_booking).joinedload(Booking.staff_member),
            joinedload(Consultation.next_invitation),
        )
        .execution_options(populate_existing=True)
    ).one()
