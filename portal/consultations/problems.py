"""What went wrong with the technology of a talk, said by who was there.

It becomes a fact of the appointment (`appointments.fairness`): nobody whose connection failed can
be said to have stayed away.
"""

from datetime import datetime
from enum import StrEnum

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import evidence
from portal.appointments.models import Booking, FactKind
from portal.consultations import rules
from portal.consultations.models import Consultation
from portal.consultations.steps import record

TEXT_LIMIT = 500


class Problem(StrEnum):
    """What did not work."""

    NO_WAY_IN = "no_way_in"
    NO_SOUND = "no_sound"
    NO_PICTURE = "no_picture"
    BROKE_OFF = "broke_off"
    OTHER = "other"


NAMES = {
    Problem.NO_WAY_IN: _l("Ich kam nicht in das Gespräch"),
    Problem.NO_SOUND: _l("Der Ton ging nicht"),
    Problem.NO_PICTURE: _l("Das Bild ging nicht"),
    Problem.BROKE_OFF: _l("Die Verbindung ist abgebrochen"),
    Problem.OTHER: _l("Etwas anderes"),
}


def report(
    session: Session,
    *,
    booking: Booking,
    consultation: Consultation | None,
    problem: Problem,
    text: str,
    by: Citizen | StaffMember,
    now: datetime,
) -> None:
    """Keep what did not work; it counts for the citizen, whoever says it."""
    rules.check_can_report_problem(booking, consultation, by=by, now=now)
    evidence.note_fact(
        session,
        booking=booking,
        kind=FactKind.CONNECTION_FAILED,
        text=gettext(
            "Gemeldet: %(problem)s. %(text)s", problem=str(NAMES[problem]), text=text
        ).strip(),
        at=now,
        said_by=by.name,
    )
    record(session, "consultation.problem_reported", booking, by=by, now=now)
