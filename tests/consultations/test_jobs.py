"""The note as PDF in the file, the outcome at its time, commands to media."""

import http.server
import io
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID, uuid4

import pikepdf
import pypdfium2
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import BookingOfficer, BookingState
from portal.calendars.models import TalkRole
from portal.casefiles import queries as casefiles
from portal.casefiles.models import DocumentKind, DocumentState
from portal.consultations import jobs, media_commands, participants, roles, service
from portal.consultations.attendance import MediaEvent, record
from portal.consultations.guest_models import GuestRole
from portal.consultations.models import Consultation, Doer
from portal.consultations.note_words import NoteWords, Step
from portal.core import clock
from portal.core.config import Settings
from portal.core.vault import service as vault
from portal.media.tickets import SIGNATURE_HEADER, verify_event
from portal.notifications.models import Message
from tests.client import PortalClient
from tests.factories import consultations as factory

ROOM = UUID(int=1)
KEYS = ("a-key-of-the-tests-long-enough-for-all",)


def joined(talk: Consultation, participant: str, at: object) -> MediaEvent:
    return MediaEvent.read(
        {
            "id": str(uuid4()),
            "type": "joined",
            "room": str(talk.id),
            "participant": participant,
            "at": str(at),
        }
    )


def test_the_note_lies_in_the_file_as_tagged_pdf(session: Session) -> None:
    booking = factory.booking(session, starts_in=timedelta(minutes=-20))
    talk = factory.running(session, booking)
    for participant in (f"citizen:{booking.citizen_id}", f"staff:{booking.staff_member_id}"):
        record(session, event=joined(talk, participant, clock.now() - timedelta(minutes=3)))
    service.end(
        session,
        booking=booking,
        words=NoteWords(
            agenda="Miete",
            note="Über die neue Miete gesprochen.\nDie Nachzahlung kommt im Dezember.",
            steps=[Step(Doer.CITIZEN, "Mietvertrag schicken.", date(2026, 12, 4))],
        ),
        by=booking.staff_member,
        now=clock.now(),
    )
    session.flush()

    jobs.file_note(session, now=clock.now(), consultation_id=str(talk.id))
    jobs.file_note(session, now=clock.now(), consultation_id=str(talk.id))
    session.flush()

    (filed,) = casefiles.documents_of(session, asker=booking.citizen)
    document = casefiles.document_for(session, filed.id, booking.citizen)
    assert document.id == talk.note_document_id
    assert (document.kind, document.state) == (
        DocumentKind.CONSULTATION_NOTE,
        DocumentState.ACCEPTED,
    )
    with pikepdf.open(io.BytesIO(vault.read(session, document.originals[0].file_id))) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.StructTreeRoot is not None
        assert str(pdf.Root.Lang) == "de"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as metadata:
            assert metadata["dc:title"].startswith("Gesprächsnotiz vom")
            assert metadata["pdfuaid:part"] == "1"
    message = session.scalars(select(Message)).one()
    assert message.subject == "Im Portal liegt etwas Neues für Sie"
    assert "Miete" not in message.text + message.html


def test_the_note_says_who_took_part_in_which_role(session: Session, client: PortalClient) -> None:
    booking = factory.booking(session, starts_in=timedelta(minutes=-20))
    second = factory.officer(session, first_name="Ole", last_name="Petersen")
    session.add(
        BookingOfficer(
            booking_id=booking.id,
            staff_member_id=second.id,
            position=1,
            role=TalkRole.CASE_MANAGEMENT,
        )
    )
    interpreter, _ = factory.guest(
        session, booking, role=GuestRole.INTERPRETER, called="Samira Aziz"
    )
    talk = factory.running(session, booking)
    people = (booking.staff_member, booking.citizen, interpreter, second)
    for number, person in enumerate(people):
        came = clock.now() - timedelta(minutes=9 - number)
        record(session, event=joined(talk, roles.participant_of(person), came))
    service.end(
        session,
        booking=booking,
        words=NoteWords(note="Über die Miete gesprochen."),
        by=booking.staff_member,
        now=clock.now(),
    )
    session.flush()

    wanted = [
        (booking.staff_member.name, "Fachkraft, leitet das Gespräch"),
        (booking.citizen.name, "Bürgerin oder Bürger"),
        ("Samira Aziz", "Dolmetscherin oder Dolmetscher"),
        ("Ole Petersen", "Fallmanagement"),
    ]
    assert [(one.name, one.role) for one in participants.of(session, booking, talk)] == wanted
    jobs.file_note(session, now=clock.now(), consultation_id=str(talk.id))
    session.flush()
    document = casefiles.document_for(session, talk.note_document_id, booking.citizen)
    pages = pypdfium2.PdfDocument(vault.read(session, document.originals[0].file_id))
    in_pdf = " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pages)
    client.sign_in(booking.citizen)
    theirs = client.get(f"/beratung/{booking.id}").text
    client.sign_in(booking.staff_member)
    ours = client.get(f"/amt/beratung/{booking.id}").text
    for name, role in wanted:
        assert f"{name} {role}" in in_pdf
        for page in (theirs, ours):
            row = page[page.index(f'<td data-label="Name">{name}</td>') :]
            assert f'<td data-label="als">{role}</td>' in row[:200]


def test_before_the_end_there_is_no_note(session: Session) -> None:
    booking = factory.booking(session)
    talk = factory.running(session, booking)

    jobs.file_note(session, now=clock.now(), consultation_id=str(talk.id))

    assert talk.note_document_id is None


def test_the_outcome_is_recorded_at_the_time_of_the_appointment(session: Session) -> None:
    booking = factory.booking(session, starts_in=timedelta(minutes=10))
    talk = factory.ended(session, booking)
    session.flush()

    for _ in range(2):
        jobs.record_held(session, now=booking.starts_at, consultation_id=str(talk.id))

    assert booking.state == BookingState.CAME


class Recorder(http.server.BaseHTTPRequestHandler):
    """A media process that only listens."""

    seen: list[tuple[str, bytes, str]] = []
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, body, self.headers[SIGNATURE_HEADER]))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def media() -> Iterator[Settings]:
    Recorder.seen, Recorder.status = [], 200
    with http.server.HTTPServer(("127.0.0.1", 0), Recorder) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Settings(
            ticket_keys=KEYS, media_internal_url=f"http://127.0.0.1:{server.server_port}"
        )
        server.shutdown()
        thread.join()


def test_commands_are_signed(media: Settings) -> None:
    room = uuid4()

    media_commands.close_room(media, room=room)
    media_commands.show_out(media, room=room, participant="citizen:1", admitted=1.5)

    (closing, _, _), (showing_out, body, _) = Recorder.seen
    assert closing == f"/medien/intern/raeume/{room}/schliessen"
    assert showing_out == f"/medien/intern/raeume/{room}/entfernen"
    assert body == b'{"participant": "citizen:1", "admitted": 1.5}'
    for _, body, signature in Recorder.seen:
        verify_event(body, signature, keys=KEYS)


def test_a_silent_media_process_makes_the_job_try_again(media: Settings) -> None:
    Recorder.status = 503
    with pytest.raises(media_commands.MediaUnreachable):
        media_commands.close_room(media, room=ROOM)
    gone = Settings(ticket_keys=KEYS, media_internal_url="http://127.0.0.1:9")
    with pytest.raises(media_commands.MediaUnreachable):
        media_commands.close_room(gone, room=ROOM)
