"""Oksana's decision and her objection to it, for the table of who may open what."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.applications import queries
from portal.core import clock
from portal.office.models import ReleaseDeputy
from tests.access.things import CANARY, World
from tests.factories import applications, postbox
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
    postbox.posted(session, decided.letter, officer, now=now)
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
        "arrivals": {"id": decided.letter_id},
        "staff_postbox.note_arrival": {"id": decided.letter_id},
        "staff_releasing": {"id": _named(session, officer, now=now).id},
        "staff_blocks": {"key": "vollstaendig"},
    }
    world.bodies |= {
        "staff_decisions.save": {"revision": "1", "ruling": "rejected"},
        "staff_decisions.send_back": {"why": "Bitte ändern"},
        "staff_objections.note_form": {"form": "signed", "met_on": f"{now:%d.%m.%Y}"},
        "staff_objections.reinstate": {"wiedereinsetzung-answer": "ja"},
        "arrivals.tell": {"arrived_on": f"{now:%d.%m.%Y}"},
        "staff_postbox.note_arrival": {
            "ankunft-arrived_on": f"{now:%d.%m.%Y}",
            "ankunft-why": "Anruf",
        },
        "staff_blocks.save": {"title": "Neu", "text": "Neu", "rulings": "granted"},
    }


def _named(session: Session, officer: StaffMember, *, now: datetime) -> ReleaseDeputy:
    """Name somebody who releases what the leads of her team may not."""
    made = ReleaseDeputy(
        team_id=officer.team_id,
        deputy=officer,
        first_day=clock.local_date(now),
        named_at=now,
        named_by_name="Petra Lindner",
    )
    session.add(made)
    session.flush()
    return made
