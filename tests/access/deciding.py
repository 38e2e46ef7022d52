"""Oksana's decision and her objection to it, for the table of who may open what."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.applications import queries
from tests.access.things import CANARY, World
from tests.factories import applications
from tests.factories import decisions as make


def decisions_of(
    session: Session, world: World, *, oksana: Citizen, officer: StaffMember, now: datetime
) -> None:
    """Decide on an application of hers, let her object, begin the answer."""
    sent = applications.sent(session, oksana, now=now)
    found = queries.application_for(session, sent.id, asker=officer)
    decided = make.issued(
        session, found, officer, now=now, typed=make.REJECTED, reasons=f"Wegen {CANARY}."
    )
    assert decided.letter is not None
    objection = make.objection(session, decided.letter, oksana, now=now)
    waiting = applications.sent(session, oksana, now=now)
    open_one = make.draft(
        session, queries.application_for(session, waiting.id, asker=officer), officer, now=now
    )
    about = {"case_id": decided.case_id, "application_id": waiting.id}
    world.things |= {
        "decisions": {"id": decided.id},
        "objections": {"id": decided.letter_id},
        "objections.show_objection": {"id": objection.application_id},
        "objections.sign": {"id": objection.application_id},
        "staff_decisions": {"id": open_one.id, **about},
        "staff_objections": {"id": objection.application_id},
        "staff_blocks": {"key": "vollstaendig"},
    }
    world.bodies |= {
        "staff_decisions.save": {"revision": "1", "ruling": "rejected"},
        "staff_decisions.send_back": {"why": "Bitte ändern"},
        "staff_objections.note_form": {"form": "signed", "met_on": f"{now:%d.%m.%Y}"},
        "staff_objections.reinstate": {"wiedereinsetzung-answer": "ja"},
        "staff_blocks.save": {"title": "Neu", "text": "Neu", "rulings": "granted"},
    }
