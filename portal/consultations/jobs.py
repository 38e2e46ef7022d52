"""What the queue does around a talk: the note as PDF into the file, and commands to media."""

from datetime import datetime
from uuid import UUID

from flask import current_app, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.appointments import service as appointments
from portal.appointments.models import BookingState
from portal.audit import service as audit
from portal.casefiles import service as casefiles
from portal.casefiles.models import DocumentKind
from portal.consultations import media_commands, next_words, nodes, participants, queries
from portal.consultations.models import NoteRemark
from portal.core import clock, pdf
from portal.core.jobs import job
from portal.core.templating import short_day
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.representation import letters


@job("consultations.close_room", tries=3)
def close_room(session: Session, *, now: datetime, consultation_id: str) -> None:
    """Close the room in the media process; the pages notice the end by themselves as well."""
    room = UUID(consultation_id)
    node = nodes.where(session, consultation_id=room)
    media_commands.close_room(current_app.config["SETTINGS"], room=room, address=node.internal_url)


@job("consultations.show_out", tries=3)
def show_out(
    session: Session,
    *,
    now: datetime,
    consultation_id: str,
    participant: str,
    admitted: float = 0.0,
) -> None:
    """Show somebody out of the room in the media process, unless they were let in again already."""
    room = UUID(consultation_id)
    if queries.is_admitted(session, consultation_id=room, participant=participant):
        return
    media_commands.show_out(
        current_app.config["SETTINGS"],
        room=room,
        participant=participant,
        admitted=admitted,
        address=nodes.where(session, consultation_id=room).internal_url,
    )


@job("consultations.record_held")
def record_held(session: Session, *, now: datetime, consultation_id: str) -> None:
    """Write down at the appointment that the citizen came, unless somebody has said so already."""
    consultation = queries.consultation_with_people(session, UUID(consultation_id))
    if consultation is None or consultation.booking.state != BookingState.BOOKED:
        return
    appointments.record_outcome(
        session,
        booking=consultation.booking,
        outcome=BookingState.CAME,
        reason=None,
        by=session.get_one(StaffMember, consultation.ended_by_id),
        now=now,
    )


@job("consultations.file_note")
def file_note(session: Session, *, now: datetime, consultation_id: str) -> None:
    """Put the note into the digital file as tagged PDF and tell the citizen; once."""
    consultation = queries.consultation_with_people(session, UUID(consultation_id))
    if consultation is None or consultation.ended_at is None or consultation.note_document_id:
        return
    booking = consultation.booking
    officer = session.get_one(StaffMember, consultation.ended_by_id)
    ended_at = consultation.ended_at
    case = casefiles.case_for(session, citizen=booking.citizen, now=now)
    content = pdf.render(
        "consultation_note",
        file_reference=case.file_reference,
        arrived_at=queries.arrival_of(session, consultation=consultation),
        consultation=consultation,
        booking=booking,
        attendance=participants.of(session, booking, consultation),
        remarks=queries.remarks_of(session, consultation=consultation),
        papers=queries.papers_of(session, consultation=consultation),
        next_talk=next_words.of(session, consultation),
    )
    document = casefiles.file_pdf(
        session,
        case=case,
        owner=booking.citizen,
        kind=DocumentKind.CONSULTATION_NOTE,
        title=gettext("Gesprächsnotiz vom %(day)s", day=short_day(ended_at)),
        filename=f"gespraechsnotiz-{clock.local_date(ended_at)}.pdf",
        content=content,
        by=officer,
        now=now,
    )
    consultation.note_document_id = document.id
    audit.record(
        session,
        deed="consultation.note_filed",
        subject=("booking", booking.id),
        by=officer,
        now=now,
        case_id=booking.case_id,
        document=str(document.id),
    )
    letters.send(
        session,
        citizen=booking.citizen,
        template="consultation_note_ready",
        now=now,
        context={
            "name": booking.citizen.name,
            "url": url_for("consultations.room", id=booking.id, _external=True),
        },
    )


@job("consultations.file_remark")
def file_remark(session: Session, *, now: datetime, remark_id: str) -> None:
    """File what the citizen said after the end as a page of its own, and put it before the officer.

    The note itself is sealed: what was said about it later stands beside it.
    """
    remark = session.get_one(NoteRemark, UUID(remark_id))
    consultation = queries.consultation_with_people(session, remark.consultation_id)
    if consultation is None or consultation.ended_at is None:
        return
    booking = consultation.booking
    case = casefiles.case_for(session, citizen=booking.citizen, now=now)
    document = casefiles.file_pdf(
        session,
        case=case,
        owner=booking.citizen,
        kind=DocumentKind.CONSULTATION_NOTE,
        title=gettext(
            "Anmerkung zur Gesprächsnotiz vom %(day)s", day=short_day(consultation.ended_at)
        ),
        filename=f"anmerkung-{clock.local_date(remark.at)}.pdf",
        content=pdf.render(
            "note_remark",
            file_reference=case.file_reference,
            consultation=consultation,
            booking=booking,
            remark=remark,
        ),
        by=booking.citizen,
        now=now,
    )
    inbox.open_item(
        session,
        kind=ItemKind.NOTE_REMARK,
        subject_id=document.id,
        case_id=booking.case_id,
        title=document.title,
        person=booking.citizen.name,
        reason=gettext("Die Person hat nach dem Gespräch etwas zur Notiz gesagt."),
        next_step=gettext("Lesen und antworten"),
        team_id=booking.staff_member.team_id,
        assignee_id=booking.staff_member_id,
        now=now,
    )
