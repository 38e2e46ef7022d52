"""What the three kinds of letters are made of: plain values, dates already in German words.

Each kind has its own template in `templates/letters/`; a change of its words is a new version.
"""

from datetime import date
from typing import Any

from flask_babel import force_locale

from portal.appointments import whereabouts
from portal.appointments.models import Booking
from portal.calendars.forms import CHANNELS
from portal.calendars.models import AppointmentType, Channel
from portal.core.templating import day, moment
from portal.invitations import law
from portal.invitations.models import Purpose

INVITATION, INVITATION_VERSION = "invitation", 2
SUMMONS, SUMMONS_VERSION = "summons", 2
HEARING, HEARING_VERSION = "hearing", 2

INVITATION_PATH = "/termine/einladungen"
SUMMONS_PATH = "/termine/meldeaufforderungen"
HEARING_PATH = "/anhoerungen"


def paragraphs(text: str) -> list[str]:
    """Split what was typed into its paragraphs."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def invitation(
    *,
    type: AppointmentType,
    channel: Channel,
    about: str,
    answer_until: date,
    held: Booking,
    path: str,
) -> dict[str, Any]:
    """Return what a voluntary invitation says."""
    with force_locale("de"):
        return {
            "kind": type.name,
            "minutes": type.duration_minutes,
            "channel": str(CHANNELS[channel]),
            "about": paragraphs(about),
            "until": day(answer_until),
            "held": moment(held.starts_at),
            "officer": held.staff_member.name,
            "path": path,
        }


def summons(
    *,
    purpose: Purpose,
    about: str,
    booking: Booking,
    consequences: law.Consequences,
    is_first_talk: bool,
    path: str,
) -> dict[str, Any]:
    """Return what a summons says: purpose, place, time, consequences, ways out.

    Place, time and person are those of the calendar: what reminds of it later reads them there.
    """
    with force_locale("de"):
        return {
            "purpose": law.PURPOSES[purpose],
            "about": paragraphs(about),
            "place": whereabouts.lines_of(booking),
            "when": moment(booking.starts_at),
            "day": day(booking.starts_at),
            "minutes": booking.minutes,
            "officer": booking.staff_member.name,
            "consequences": list(consequences.sentences),
            "source": consequences.source,
            "is_first_talk": is_first_talk,
            "path": path,
        }


def hearing(
    *,
    planned: str,
    facts: str,
    basis: str,
    answer_until: date,
    is_personal: bool,
    path: str,
) -> dict[str, Any]:
    """Return what a hearing says: what is planned, by which facts and paragraph, until when."""
    with force_locale("de"):
        return {
            "planned": paragraphs(planned),
            "facts": paragraphs(facts),
            "basis": basis,
            "until": day(answer_until),
            "is_personal": is_personal,
            "path": path,
        }
