"""The note of a talk: written while it runs, shown while it is written, answered by the citizen.

It says in plain words what was spoken about and who does what until when. The officer writes it;
the citizen reads it during the talk as soon as the officer shows it, and may add a remark, before
the end or weeks later. What was sealed into the file is never changed: a later remark is filed
beside it.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.models import Booking
from portal.consultations import jobs, queries, rules
from portal.consultations.models import (
    AgreedStep,
    Consultation,
    NoteRemark,
)
from portal.consultations.note_words import NoteWords
from portal.consultations.steps import locked, record


def save(
    session: Session, *, booking: Booking, words: NoteWords, by: StaffMember, now: datetime
) -> None:
    """Keep the draft of the note; drafts are no deed and leave no audit line."""
    consultation = locked(session, booking)
    rules.check_can_write_note(booking, consultation, by=by)
    put(consultation, words, now=now)


def put(consultation: Consultation, words: NoteWords, *, now: datetime) -> None:
    """Write the words of a note onto its talk; who may do it was asked."""
    consultation.agenda, consultation.note = words.agenda.strip(), words.note.strip()
    consultation.steps = [
        AgreedStep(position=position, who=step.who, what=step.what, until=step.until)
        for position, step in enumerate(words.steps)
    ]
    consultation.note_saved_at = now


def show(
    session: Session, *, booking: Booking, shown: bool, by: StaffMember, now: datetime
) -> None:
    """Let the citizen read along while the note is written, or no longer."""
    consultation = locked(session, booking)
    rules.check_can_write_note(booking, consultation, by=by)
    if shown == (consultation.note_shown_at is not None):
        return
    consultation.note_shown_at = now if shown else None
    deed = "consultation.note_shown" if shown else "consultation.note_hidden"
    record(session, deed, booking, by=by, now=now)


def remark(session: Session, *, booking: Booking, text: str, by: Citizen, now: datetime) -> None:
    """Keep what the citizen says about the note; the same words twice are one remark.

    Before the end it becomes part of the sealed note. Afterwards it is filed as a page of its own
    and put before the officer.
    """
    consultation = locked(session, booking)
    before = queries.remarks_of(session, consultation=consultation)
    rules.check_can_remark(booking, consultation, count=len(before), by=by)
    if before and before[-1].text == text:
        return
    made = NoteRemark(consultation_id=consultation.id, name=by.name, text=text, at=now)
    session.add(made)
    session.flush()  # the job names it
    record(session, "consultation.remarked", booking, by=by, now=now)
    if consultation.ended_at is not None:
        jobs.file_remark.enqueue(session, remark_id=str(made.id))
