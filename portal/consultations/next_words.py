"""The next talk as the note of this one says it: what, when, how and where, with whom.

The note is sealed: it says what was agreed when the talk ended. What becomes of the appointment
later stands at the appointment.
"""

from dataclasses import dataclass

from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.appointments import whereabouts
from portal.appointments.models import Booking
from portal.calendars.forms import CHANNELS
from portal.calendars.models import Channel
from portal.consultations.models import Consultation
from portal.core.templating import day, moment
from portal.invitations import queries as invitations
from portal.invitations.models import Invitation


@dataclass(frozen=True)
class NextWords:
    """One sentence on what comes next, and its facts as pairs of term and value."""

    sentence: str
    facts: list[tuple[str, str]]


def of(session: Session, consultation: Consultation) -> NextWords | None:
    """Return what was arranged for after a talk, or nothing; needs it loaded."""
    booked, invited = consultation.next_booking, consultation.next_invitation
    if booked is not None:
        return NextWords(
            gettext("Wir haben zusammen den nächsten Termin ausgemacht."),
            _booked(booked, consultation.booking.citizen),
        )
    if invited is not None:
        return _invited(session, invited, consultation.booking.citizen)
    return None


def _booked(booking: Booking, citizen: Citizen) -> list[tuple[str, str]]:
    return [
        (gettext("Wann"), moment(booking.starts_at)),
        (gettext("Gespräch"), booking.called(get_locale().language)),
        (gettext("Wie"), str(CHANNELS[booking.channel])),
        (gettext("Wo"), _where(booking, citizen)),
        (gettext("Mit"), booking.staff_member.name),
    ]


def _invited(session: Session, invited: Invitation, citizen: Citizen) -> NextWords:
    held = invitations.held_for(session, invited)
    until = day(invited.answer_until)
    facts = [
        (gettext("Gespräch"), invited.type.called(get_locale().language)),
        (gettext("Wie"), str(CHANNELS[invited.channel])),
    ]
    if held is not None:
        facts = _booked(held, citizen)
        facts[0] = (gettext("Diese Zeit halten wir frei"), moment(held.starts_at))
    return NextWords(
        gettext(
            "Wir haben Sie zu einem weiteren Gespräch eingeladen. Es ist freiwillig. Sie können "
            "bis %(day)s antworten.",
            day=until,
        ),
        facts,
    )


def _where(booking: Booking, citizen: Citizen) -> str:
    place = whereabouts.of(booking)
    if place is not None:
        return ", ".join(dict.fromkeys((place.name, place.line)))
    if booking.channel == Channel.PHONE:
        if citizen.phone:
            return str(gettext("Wir rufen an: %(phone)s", phone=citizen.phone))
        return str(gettext("Wir rufen an. Die Telefonnummer fehlt noch im Konto."))
    if booking.channel == Channel.VIDEO:
        return str(gettext("Im Portal"))
    if citizen.street and citizen.city:
        return f"{citizen.street}, {citizen.city}"
    return str(gettext("Der Ort wird noch abgesprochen."))
