"""Inviting with one tap: what is proposed without asking, and the deed itself.

The kind and the way are those of the last talk that took place, else the first that citizens may
choose. All of it can be taken back or said differently on the page of the invitation.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.calendars import queries as calendars
from portal.calendars.models import AppointmentType, Channel, Format
from portal.calendars.rules import needs_video_reason
from portal.casefiles.models import Case
from portal.core import clock
from portal.core.errors import Conflict
from portal.invitations import inviting, law, queries
from portal.invitations.capacity import Guest
from portal.invitations.models import Invitation

ABOUT = "Wir möchten hören, wie es Ihnen geht und was Sie gerade brauchen."


def usual(
    session: Session, *, citizen: Citizen, by: StaffMember
) -> tuple[AppointmentType, Channel]:
    """Return kind and way that suit this person as far as is known."""
    kinds = [
        one
        for one in calendars.types_for(session, asker=by)
        if one.invited_can_choose and one.format == Format.SINGLE
    ]
    if not kinds:
        raise Conflict("Es gibt keinen Termin, den Eingeladene selbst wählen können.")
    last = queries.last_talk_of(session, citizen=citizen)
    if (
        last is not None
        and last.type in kinds
        and last.channel in last.type.channels
        and not needs_video_reason(last.type, last.channel)
    ):
        return last.type, last.channel
    return kinds[0], kinds[0].channels[0]


def invite(
    session: Session, *, case: Case, citizen: Citizen, by: StaffMember, now: datetime
) -> Invitation:
    """Invite one person to the usual talk, with the usual days to answer, or raise."""
    type, channel = usual(session, citizen=citizen, by=by)
    done = inviting.invite(
        session,
        guests=[Guest(case, citizen)],
        type=type,
        channel=channel,
        answer_until=clock.local_date(now) + law.USUAL_ANSWER,
        about=ABOUT,
        by=by,
        now=now,
    )
    [made] = done.invitations
    return made
