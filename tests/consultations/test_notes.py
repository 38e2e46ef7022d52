"""The note of a talk: topics and steps, read along, answered by the citizen, sealed."""

from datetime import date, timedelta
from uuid import UUID

import pypdfium2
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.audit import queries as audit
from portal.casefiles import queries as casefiles
from portal.consultations import jobs, notes, queries, service
from portal.consultations.models import REMARKS_MAX, Doer
from portal.consultations.note_words import NoteWords, Step
from portal.core import clock
from portal.core.errors import Conflict, NotFound
from portal.core.vault import service as vault
from portal.inbox.models import ItemKind, WorkItem
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import consultations as factory

WORDS = NoteWords(
    agenda="Miete\nKurs",
    note="Über die Miete gesprochen.",
    steps=[
        Step(Doer.CITIZEN, "Mietvertrag schicken.", date(2026, 12, 4)),
        Step(Doer.OFFICE, "Den Kurs anmelden."),
    ],
)


def test_steps_keep_their_order_when_they_change_places(session: Session) -> None:
    booking = factory.booking(session)
    factory.running(session, booking)
    keep = {"booking": booking, "by": booking.staff_member, "now": clock.now()}
    notes.save(session, words=WORDS, **keep)
    session.flush()

    notes.save(session, words=NoteWords(steps=[WORDS.steps[1], WORDS.steps[0]]), **keep)
    session.flush()
    session.expire_all()

    steps = factory.consultation(session, booking).steps
    assert [(step.who, step.until) for step in steps] == [
        (Doer.OFFICE, None),
        (Doer.CITIZEN, date(2026, 12, 4)),
    ]


def test_a_draft_is_read_by_the_citizen_only_while_it_is_shown(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    factory.running(session, booking)
    by, now = booking.staff_member, clock.now()
    notes.save(session, booking=booking, words=WORDS, by=by, now=now)
    client.sign_in(booking.citizen)
    table = f"/beratung/{booking.id}/tisch"

    assert "Mietvertrag" not in client.get(table).json["words"]
    notes.show(session, booking=booking, shown=True, by=by, now=now)
    seen = client.get(table).json["words"]
    assert "Mietvertrag schicken." in seen
    assert "4. Dezember 2026" in seen
    notes.show(session, booking=booking, shown=False, by=by, now=now)
    assert "Mietvertrag" not in client.get(table).json["words"]


def test_nobody_answers_a_note_that_they_cannot_read(session: Session) -> None:
    booking = factory.booking(session)
    factory.running(session, booking)

    with pytest.raises(Conflict):
        notes.remark(session, booking=booking, text="Nein.", by=booking.citizen, now=clock.now())
    with pytest.raises(NotFound):
        notes.remark(
            session, booking=booking, text="Ja.", by=accounts.citizen(session), now=clock.now()
        )


def test_a_remark_before_the_end_is_part_of_the_sealed_note(session: Session) -> None:
    booking = factory.booking(session, starts_in=timedelta(minutes=-20))
    factory.running(session, booking)
    notes.show(session, booking=booking, shown=True, by=booking.staff_member, now=clock.now())
    notes.remark(
        session,
        booking=booking,
        text="Die Miete steigt erst im Mai.",
        by=booking.citizen,
        now=clock.now(),
    )
    talk = factory.consultation(session, booking)

    notes_end(session, booking)
    session.flush()
    jobs.file_note(session, now=clock.now(), consultation_id=str(talk.id))

    (filed,) = casefiles.documents_of(session, asker=booking.citizen)
    document = casefiles.document_for(session, filed.id, booking.citizen)
    words = words_of(vault.read(session, document.originals[0].file_id))
    assert "erst im Mai" in words
    assert "Mietvertrag schicken." in words
    assert "04.12.2026" in words


def test_a_later_remark_is_filed_beside_the_note_and_seen(session: Session) -> None:
    booking = factory.booking(session, starts_in=timedelta(minutes=-20))
    talk = factory.ended(session, booking)
    jobs.file_note(session, now=clock.now(), consultation_id=str(talk.id))
    sealed = talk.note_document_id
    say = {"booking": booking, "by": booking.citizen, "now": clock.now()}

    notes.remark(session, text="Ich habe das anders verstanden.", **say)
    notes.remark(session, text="Ich habe das anders verstanden.", **say)
    (remark,) = queries.remarks_of(session, consultation=talk)
    jobs.file_remark(session, now=clock.now(), remark_id=str(remark.id))

    assert talk.note_document_id == sealed
    titles = [document.title for document in casefiles.documents_of(session, asker=booking.citizen)]
    assert any(title.startswith("Anmerkung zur Gesprächsnotiz") for title in titles)
    item = session.scalars(select(WorkItem).where(WorkItem.kind == ItemKind.NOTE_REMARK)).one()
    assert item.assignee_id == booking.staff_member_id
    assert deeds(session, booking.id).count("consultation.remarked") == 1
    queued = session.scalars(text("SELECT task_name FROM procrastinate_jobs")).all()
    assert list(queued).count("consultations.file_remark") == 1


def test_remarks_are_bounded(session: Session) -> None:
    booking = factory.booking(session, starts_in=timedelta(minutes=-20))
    factory.ended(session, booking)
    say = {"booking": booking, "by": booking.citizen}
    for number in range(REMARKS_MAX):
        at = clock.now() + timedelta(seconds=number)
        notes.remark(session, text=f"Anmerkung {number}", now=at, **say)

    with pytest.raises(Conflict):
        notes.remark(session, text="Noch eine", now=clock.now(), **say)


def test_the_ended_page_shows_the_note_and_takes_a_remark(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session, starts_in=timedelta(minutes=-20))
    factory.ended(session, booking)
    client.sign_in(booking.citizen)

    page = client.get(f"/beratung/{booking.id}").text
    assert "Den Mietvertrag schicken." in page
    empty = client.post_form(f"/beratung/{booking.id}/anmerkung", {"text": "  "})
    assert empty.status_code == 422
    answer = client.post_form(f"/beratung/{booking.id}/anmerkung", {"text": "Das stimmt nicht."})

    assert answer.status_code == 302
    assert "Das stimmt nicht." in client.get(f"/beratung/{booking.id}").text


def test_a_half_typed_day_keeps_the_draft_and_stops_the_end(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session, starts_in=timedelta(minutes=-20))
    factory.running(session, booking)
    client.sign_in(booking.staff_member)
    typed = {"note": "Gesprochen.", "steps-0-what": "Schicken.", "steps-0-until": "4.13.2026"}

    saved = client.post_form(f"/amt/beratung/{booking.id}/notiz", typed)
    ended = client.post_form(f"/amt/beratung/{booking.id}/abschliessen", typed)

    assert saved.json["saved"]
    assert ended.status_code == 422
    assert "4.13.2026" in ended.text
    assert "Dieses Datum gibt es nicht" in ended.text
    (step,) = factory.consultation(session, booking).steps
    assert (step.what, step.until) == ("Schicken.", None)


def notes_end(session: Session, booking: Booking) -> None:
    service.end(session, booking=booking, words=WORDS, by=booking.staff_member, now=clock.now())


def deeds(session: Session, id: UUID) -> list[str]:
    return [event.deed for event in audit.events_about(session, kind="booking", id=id)]


def words_of(pdf: bytes) -> str:
    """Return the text that a reader of the file hears."""
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(page.get_textpage().get_text_range() for page in document)
