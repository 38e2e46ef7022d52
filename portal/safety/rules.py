"""Who may call for help, who answers, who reads what happened. Pure questions, no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext

from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember
from portal.appointments.models import Booking, BookingState
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.safety.models import IncidentKind, SafetyAlert, SafetyIncident

AROUND = timedelta(hours=2)
WIDENS_AFTER = timedelta(minutes=1)
"""How long a call waits for the own lead before the leads of all teams see it."""


@dataclass(frozen=True)
class Told:
    """What somebody tells about an incident."""

    happened_at: datetime
    kinds: Sequence[IncidentKind]
    what: str
    witnesses: str = ""
    done: str = ""
    wants_talk: bool = False
    police: bool = False


def check_can_raise(booking: Booking, *, now: datetime) -> None:
    """Ask whether it is the time of this appointment, or around it; who sits in it was asked."""
    if booking.state == BookingState.CANCELLED:
        raise Conflict(gettext("Dieser Termin ist abgesagt. Rufen Sie bei Gefahr 110."))
    if not booking.starts_at - AROUND <= now <= booking.ends_at + AROUND:
        raise Conflict(
            gettext("Der Hilferuf gehört zu einem laufenden Termin. Rufen Sie bei Gefahr 110.")
        )


def leads(member: StaffMember) -> bool:
    """Tell whether somebody answers calls for help."""
    return accounts.can(member, Right.SEE_TEAM)


def check_can_answer(alert: SafetyAlert, *, by: StaffMember) -> None:
    """Ask whether somebody may say that they have seen a call, or end it."""
    if not leads(by) or alert.raised_by_id == by.id:
        raise NotFound
    if alert.ended_at is not None:
        raise Conflict(gettext("Dieser Hilferuf ist schon beendet."))


def may_read(incident: SafetyIncident, *, by: StaffMember) -> bool:
    """Tell whether somebody may read an incident: who told it, and who leads their team."""
    own = incident.reported_by_id == by.id
    return own or (incident.team_id == by.team_id and leads(by))


def check_incident(happened_at: datetime, *, now: datetime) -> None:
    """Ask whether something can have happened then."""
    if happened_at > now:
        raise InvalidInput(gettext("Dieser Zeitpunkt liegt in der Zukunft."), field="day")


def check_can_reply(incident: SafetyIncident, *, by: StaffMember) -> None:
    """Ask whether the lead may write down what was done; nobody answers their own report."""
    if not may_read(incident, by=by) or incident.reported_by_id == by.id:
        raise NotFound
    if incident.answered_at is not None:
        raise Conflict(gettext("Dazu steht schon eine Antwort."))
