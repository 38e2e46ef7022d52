"""A file that the officer picks now: first into the digital file, scanned, then shown to all."""

from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.casefiles import queries as casefiles
from portal.casefiles import service as casefiles_service
from portal.casefiles.models import Channel, Document
from portal.consultations import rules, table
from portal.consultations.queries import Room
from portal.consultations.steps import locked
from portal.core.errors import Conflict
from portal.uploads.taking import FormFile


def take_in(
    session: Session, *, room: Room, file: FormFile, by: StaffMember, now: datetime
) -> Document:
    """Put a file of the officer into the citizen's file, as any paper that came on this day.

    It is scanned and made safe like all others; until then nobody sees it, and what is found to be
    dangerous is never shown. The citizen is told that a paper has come into the file.
    """
    booking, consultation = room.booking, locked(session, room.booking)
    rules.check_can_pick(booking, consultation, by=by)
    case = casefiles.case_of(session, asker=booking.citizen)
    if case is None:
        raise Conflict(
            gettext("Zu dieser Person gibt es noch keine Akte. Teilen Sie Ihren Bildschirm."),
            field="files",
        )
    document = casefiles_service.receive_from_office(
        session,
        case=case,
        owner=booking.citizen,
        file=file,
        by=by,
        now=now,
        channel=Channel.CALL,
    )
    session.flush()  # the row below names the document
    table.note_paper(
        session,
        "consultation.paper_picked",
        consultation=consultation,
        booking=booking,
        document=document,
        by=by,
        now=now,
    )
    return document
