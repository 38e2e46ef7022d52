"""Ready-made sentences of the officer to everybody who waits for a talk; the list is data."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.consultations import rules
from portal.consultations.models import Consultation, ConsultationState
from portal.consultations.queries import Room
from portal.consultations.waiting_models import WaitingNotice
from portal.core.errors import Conflict, InvalidInput

SENTENCES: Mapping[str, Any] = {
    "soon": _("Ich bin gleich für Sie da."),
    "late_5": _("Ich verspäte mich um 5 Minuten."),
    "late_10": _("Ich verspäte mich um 10 Minuten."),
    "late_20": _("Ich verspäte mich um 20 Minuten."),
    "interpreter": _("Wir warten noch auf die Person, die übersetzt."),
    "papers": _("Legen Sie schon Ihre Unterlagen bereit."),
    "devices": _("Bitte prüfen Sie noch einmal Kamera und Ton."),
    "phone": _("Ich rufe Sie gleich am Telefon an."),
}
"""Key → sentence. A key that was sent once stays here: rows name it."""


def say(session: Session, *, room: Room, key: str, by: StaffMember, now: datetime) -> None:
    """Show a sentence to everybody who waits for this talk; the latest one counts."""
    rules.check_takes_part(room.booking, by)
    if key not in SENTENCES:
        raise InvalidInput("Diesen Satz gibt es nicht.", field="key")
    if room.consultation is None or room.consultation.state == ConsultationState.ENDED:
        raise Conflict("Gerade wartet niemand auf dieses Gespräch.")
    session.add(WaitingNotice(consultation_id=room.consultation.id, key=key, at=now, by_id=by.id))


def last_of(session: Session, consultation: Consultation | None) -> WaitingNotice | None:
    """Return the sentence that was said last."""
    if consultation is None:
        return None
    return session.scalar(
        select(WaitingNotice)
        .where(WaitingNotice.consultation_id == consultation.id)
        .order_by(WaitingNotice.at.desc(), WaitingNotice.id)
        .limit(1)
    )


def words_of(notice: WaitingNotice | None) -> str:
    """Return the sentence in the language of this request; nothing for none."""
    return str(SENTENCES.get(notice.key, "")) if notice else ""
