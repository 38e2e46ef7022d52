"""What the officer's page shows of the table of a talk."""

from typing import Any

from portal.accounts.models import StaffMember
from portal.casefiles import queries as casefiles
from portal.consultations import queries, roles, table
from portal.consultations.models import WaitingState
from portal.consultations.queries import Room
from portal.core.db import db


def lies_on(found: Room, *, asker: StaffMember) -> dict[str, Any]:
    """Return what can be shown, what is shown, what was handed over and remarked."""
    talk = found.consultation
    return {
        "documents": casefiles.documents_of_person(
            db.session, owner=found.booking.citizen, asker=asker
        ),
        "page": table.page_on(db.session, consultation=talk, viewer=asker),
        "onlookers": _onlookers(found),
        "handed_in": queries.papers_of(db.session, consultation=talk),
        "remarks": queries.remarks_of(db.session, consultation=talk),
    }


def _onlookers(found: Room) -> list[str]:
    """Name the guests who are inside and see what is shown, in the order of coming."""
    return [
        ticket.name
        for ticket in found.tickets
        if ticket.person_id != found.booking.citizen_id
        and ticket.state == WaitingState.ADMITTED
        and roles.is_at_table(ticket.role)
    ]
