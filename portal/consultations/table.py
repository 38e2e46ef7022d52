"""The table of a talk: a paper that all may see, and papers that are handed over it.

What is shown is one page of one document of the person whose talk it is; nothing else of the file
comes with it. Every showing is written into the trail of the case.
"""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.models import Booking
from portal.audit import service as audit
from portal.casefiles import queries as casefiles
from portal.casefiles import service as casefiles_service
from portal.casefiles.models import Document, DocumentKind, Page
from portal.consultations import holds, roles, rules
from portal.consultations.models import Consultation, TalkPaper
from portal.consultations.queries import Room
from portal.consultations.roles import Person
from portal.consultations.steps import locked, record
from portal.core.errors import InvalidInput, NotFound
from portal.core.templating import short_day
from portal.uploads.models import Upload


def show_page(
    session: Session,
    *,
    booking: Booking,
    document: Document,
    number: int,
    by: StaffMember,
    now: datetime,
) -> None:
    """Put one page of the citizen's own document on the table; it takes the place of another."""
    consultation = locked(session, booking)
    rules.check_can_show(booking, consultation, document, by=by)
    page = casefiles.page_for(session, document.id, number, by)
    before = consultation.shown_document_id
    consultation.shown_document_id, consultation.shown_page = document.id, page.number
    if before != document.id:
        _record_paper(session, "consultation.paper_shown", booking, document, by=by, now=now)


def put_away(session: Session, *, booking: Booking, by: StaffMember, now: datetime) -> None:
    """Take the page off the table; an empty table stays empty."""
    consultation = locked(session, booking)
    rules.check_can_put_away(booking, by=by)
    if consultation.shown_document_id is None:
        return
    consultation.shown_document_id = consultation.shown_page = None
    record(session, "consultation.paper_put_away", booking, by=by, now=now)


def take_in(
    session: Session,
    *,
    room: Room,
    groups: Sequence[Sequence[Upload]],
    by: Citizen,
    now: datetime,
) -> list[Document]:
    """Take in what the citizen hands over during the talk, as any hand-in, and note where."""
    booking, consultation = room.booking, locked(session, room.booking)
    rules.check_can_hand_over(booking, consultation, room.ticket, by=by)
    if not groups:
        raise InvalidInput(
            gettext("Wählen Sie eine Datei oder machen Sie ein Foto."), field="files"
        )
    taken = casefiles_service.hand_in(
        session,
        owner=booking.citizen,
        groups=groups,
        kind=DocumentKind.OTHER,
        title=gettext("Aus dem Gespräch am %(day)s", day=short_day(now)),
        request=None,
        now=now,
    )
    session.flush()  # the rows below name the documents
    for document in taken:
        note_paper(
            session,
            "consultation.paper_handed_in",
            consultation=consultation,
            booking=booking,
            document=document,
            by=by,
            now=now,
        )
    return taken


def note_paper(
    session: Session,
    deed: str,
    *,
    consultation: Consultation,
    booking: Booking,
    document: Document,
    by: Citizen | StaffMember,
    now: datetime,
) -> None:
    """Note that a paper came into the file in this talk; the same file twice is one paper."""
    if session.get(TalkPaper, document.id) is None:
        session.add(TalkPaper(document_id=document.id, consultation_id=consultation.id, at=now))
    _record_paper(session, deed, booking, document, by=by, now=now)


def page_on(session: Session, *, consultation: Consultation | None, viewer: Person) -> Page | None:
    """Return the page that lies on the table; who is on hold sees nothing of it."""
    if consultation is None or consultation.shown_document_id is None:
        return None
    if holds.is_held(session, consultation, roles.participant_of(viewer)):
        return None
    return session.scalar(
        select(Page).where(
            Page.document_id == consultation.shown_document_id,
            Page.number == consultation.shown_page,
        )
    )


def page_of(
    session: Session, *, consultation: Consultation | None, number: int, viewer: Person
) -> Page:
    """Return the page on the table if it is this one; any other page does not exist here."""
    page = page_on(session, consultation=consultation, viewer=viewer)
    if page is None or page.number != number:
        raise NotFound
    return page


def _record_paper(
    session: Session,
    deed: str,
    booking: Booking,
    document: Document,
    *,
    by: Citizen | StaffMember,
    now: datetime,
) -> None:
    audit.record(
        session,
        deed=deed,
        subject=("booking", booking.id),
        by=by,
        now=now,
        case_id=booking.case_id,
        document=str(document.id),
    )
