"""Who took part in a talk, in which role, from when to when: the table of the note."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.appointments import seating
from portal.appointments.models import Booking
from portal.consultations import guest_queries, queries
from portal.consultations.guest_forms import NAMES
from portal.consultations.models import Consultation
from portal.consultations.roles import participant_of


@dataclass(frozen=True)
class TookPart:
    """From when to when somebody was in the talk, breaks included."""

    name: str
    role: str
    came_at: datetime
    left_at: datetime


def of(session: Session, booking: Booking, consultation: Consultation | None) -> list[TookPart]:
    """Return who was in an ended talk, in the order of coming."""
    if consultation is None or consultation.ended_at is None:
        return []
    ended_at = consultation.ended_at
    stays = [
        stay
        for stay in queries.presences_of(session, consultation=consultation)
        if stay.joined_at <= ended_at
    ]
    roles = _roles(session, booking) if stays else {}
    people = dict.fromkeys(stay.participant for stay in stays)
    return [
        TookPart(
            name=own[0].name,
            # An officer who joined then and was replaced later.
            role=roles.get(person) or gettext("Fachkraft"),
            came_at=own[0].joined_at,
            left_at=min(own[-1].left_at or ended_at, ended_at),
        )
        for person in people
        if (own := [stay for stay in stays if stay.participant == person])
    ]


def _roles(session: Session, booking: Booking) -> Mapping[str, str]:
    """Return the words for the role of each who could take part, by their name in media."""
    sittings = seating.sittings(booking, queries.joining_officers(session, booking))
    office = {participant_of(one.officer): one.function or gettext("Fachkraft") for one in sittings}
    leader = participant_of(booking.staff_member)
    return {
        **office,
        leader: gettext("%(role)s, leitet das Gespräch", role=office[leader]),
        participant_of(booking.citizen): gettext("Bürgerin oder Bürger"),
        **{
            participant_of(guest): str(NAMES[guest.role])
            for guest in guest_queries.guests_of(session, booking)
        },
    }
