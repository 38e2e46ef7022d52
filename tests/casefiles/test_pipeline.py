"""What happens to a document behind the scenes: scanned, prepared, read; held, blocked, remade."""

import contextlib
import io
import json
import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pikepdf
import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.audit import queries as audit_queries
from portal.casefiles import (
    jobs,
    kinds,
    preparation,
    recognition,
    rules,
    service,
    worker_queries,
)
from portal.casefiles.models import Case, Document, DocumentKind, DocumentState, Page, Verdict
from portal.core import clock, malware, tallies
from portal.core.errors import Conflict
from portal.core.jobs import Lane, run_due
from portal.core.malware import EICAR, BrokenOff, Clamd, Finding, NoVerdict, TooMuch
from portal.core.vault import service as vault
from portal.core.vault.models import StoredFile
from portal.inbox.models import WorkItem
from portal.papers import sandbox
from portal.papers.limits import PREPARATION_TRIES
from tests.clamd import STREAM_BYTES, RunningClamd
from tests.client import PortalClient
from tests.factories import accounts, casefiles, papers

NOW = clock.now()
RECEIVED = DocumentState.RECEIVED


class Scanner:
    """A scanner that says what it is told to; it reads the whole file first."""

    def __init__(self) -> None:
        self.is_there = True
        self.answer: Finding | None = None
        self.fault: Callable[[bytes], NoVerdict | None] = lambda content: None
        self.scans = 0

    def scan(self, chunks: Iterable[bytes]) -> Finding | None:
        self.ping()
        self.scans += 1
        if fault := self.fault(b"".join(chunks)):
            raise fault
        return self.answer

    def ping(self) -> None:
        if not self.is_there:
            raise NoVerdict("it is switched off")


@pytest.fixture
def scanner(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Scanner:
    made = Scanner()
    monkeypatch.setitem(app.extensions, "virus_scanner", made)
    return made


@pytest.fixture
def real_scanner(app: Flask, monkeypatch: pytest.MonkeyPatch, clamd: RunningClamd) -> RunningClamd:
    monkeypatch.setitem(app.extensions, "virus_scanner", Clamd(clamd.url))
    return clamd


def handed_in(session: Session, content: bytes | None = None, **more: Any) -> Document:
    file = {} if content is None else {"file": casefiles.upload(content)}
    return casefiles.document(session, prepared=False, **file, **more)


def pdf_enclosing(content: bytes) -> bytes:
    """Put a file into a PDF, packed, as a mail program or malware does."""
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(papers.pdf())) as paper:
        paper.attachments["rechnung.txt"] = content
        paper.save(written)
    assert content not in written.getvalue()
    return written.getvalue()


def photo_with(content: bytes) -> bytes:
    """Hide bytes in a photo, where a JPEG has room for comments."""
    photo = papers.picture()
    comment = b"\xff\xfe" + (len(content) + 2).to_bytes(2, "big") + content
    return photo[:2] + comment + photo[2:]


def queue(session: Session) -> list[str]:
    found = session.execute(text("SELECT task_name FROM procrastinate_jobs ORDER BY id"))
    return list(found.scalars())


def people(session: Session, document: Document) -> tuple[Citizen, StaffMember]:
    """Return the owner of a document and an officer of the case."""
    owner = session.get_one(Citizen, document.owner_id)
    officer = casefiles.officer(session, session.get_one(Case, document.case_id))
    session.flush()
    return owner, officer


def refuses_everything(client: PortalClient, session: Session, document: Document) -> None:
    """Ask on every path for something of the document, as its owner and as staff."""
    owner, officer = people(session, document)
    id = document.id
    client.sign_in(owner)
    for path in ("seite/1", "seite/1/klein", "datei"):
        assert client.get(f"/unterlagen/{id}/{path}").status_code == 404, path
    assert f"/unterlagen/{id}/seite" not in client.get(f"/unterlagen/{id}").text
    assert f"/unterlagen/{id}/seite" not in client.get("/unterlagen").text
    client.sign_in(officer)
    for path in ("seite/1", "datei"):
        assert client.get(f"/amt/akten/dokument/{id}/{path}").status_code == 404, path
    assert "/seite/" not in client.get(f"/amt/akten/dokument/{id}").text


# The way of a clean document


def test_each_step_is_a_job_of_its_own(session: Session, scanner: Scanner) -> None:
    document = handed_in(session)
    assert "casefiles.prepare" not in queue(session)

    run_due(session, NOW)

    assert document.verdict is Verdict.CLEAN
    assert document.state is DocumentState.IN_REVIEW
    assert scanner.scans == 1
    assert queue(session) == ["casefiles.read"], "reading waits for the worker"
    assert document.text_file_id is None


def test_reading_keeps_text_and_archive_copy_under_the_key_of_the_case(session: Session) -> None:
    document = casefiles.document(
        session, file=casefiles.upload(papers.pdf(2), "lohn.pdf", "application/pdf")
    )
    assert run_due(session, NOW, lanes=[Lane.SLOW]) == 1

    assert document.text_file_id
    assert document.archive_file_id
    texts = json.loads(vault.read(session, document.text_file_id))
    assert len(texts) == 2
    assert "Musterbau" in texts[0]
    with pikepdf.open(io.BytesIO(vault.read(session, document.archive_file_id))) as archive:
        assert len(archive.pages) == 2
        with archive.open_metadata() as metadata:
            assert metadata["pdfaid:part"] in {"2", "3"}
    for id in (document.text_file_id, document.archive_file_id):
        file = session.get_one(StoredFile, id)
        assert file.holder_id == document.case_id
        assert file.wrapped_key
    assert run_due(session, NOW, lanes=[Lane.SLOW]) == 0


def test_what_the_office_has_made_is_not_scanned(session: Session, scanner: Scanner) -> None:
    scanner.is_there = False
    citizen = accounts.citizen(session)
    document = service.file_pdf(
        session,
        case=casefiles.case(session, citizen),
        owner=citizen,
        kind=DocumentKind.CONSULTATION_NOTE,
        title="Vermerk",
        filename="vermerk.pdf",
        content=papers.pdf(),
        by=citizen,
        now=NOW,
    )
    run_due(session, NOW)
    assert document.page_count == 1
    assert rules.can_open(document, citizen)
    assert worker_queries.held(session) is None


def test_a_job_from_before_scanning_is_sent_to_the_scanner(
    session: Session, scanner: Scanner
) -> None:
    document = handed_in(session)
    session.execute(text("DELETE FROM procrastinate_jobs"))
    jobs.prepare(session, now=NOW, document_id=str(document.id))
    assert document.page_count is None
    run_due(session, NOW)
    assert scanner.scans == 1
    assert document.page_count == 1


# Check 31: nothing before the verdict


@pytest.mark.parametrize("verdict", [Verdict.WAITING, Verdict.HELD])
def test_check_31_nobody_opens_what_has_no_verdict(
    client: PortalClient, session: Session, scanner: Scanner, verdict: Verdict
) -> None:
    document = handed_in(session)
    if verdict is Verdict.HELD:
        scanner.is_there = False
        run_due(session, NOW)
    assert document.verdict is verdict
    refuses_everything(client, session, document)
    client.sign_in(people(session, document)[0])
    page = client.get(f"/unterlagen/{document.id}").text
    assert str(kinds.VERDICT_MEANINGS[verdict]) in page


def test_check_31_the_database_keeps_no_copy_without_a_verdict(session: Session) -> None:
    document = casefiles.document(session)
    for verdict in (Verdict.WAITING, Verdict.HELD, Verdict.INFECTED):
        scanned_at = NOW if verdict is Verdict.INFECTED else None
        changed = update(Document).values(verdict=verdict, scanned_at=scanned_at)
        with pytest.raises(IntegrityError, match="shown_is_clean"), session.begin_nested():
            session.execute(changed.where(Document.id == document.id))


def test_check_31_pages_that_are_there_are_closed_without_a_verdict(
    client: PortalClient, session: Session
) -> None:
    document = casefiles.document(session)
    document.state, document.verdict, document.scanned_at = (
        DocumentState.RECEIVED,
        Verdict.HELD,
        None,
    )
    document.served_file_id = document.served_content_type = None
    session.flush()
    owner, officer = people(session, document)
    client.sign_in(owner)
    assert client.get(f"/unterlagen/{document.id}/seite/1").status_code == 404
    assert client.get(f"/unterlagen/{document.id}/seite/1/klein").status_code == 404
    client.sign_in(officer)
    assert client.get(f"/amt/akten/dokument/{document.id}/seite/1").status_code == 404


def test_check_31_a_scanner_that_is_down_holds_and_sounds_the_alarm(
    session: Session, scanner: Scanner, caplog: pytest.LogCaptureFixture
) -> None:
    scanner.is_there = False
    documents = [handed_in(session) for _ in range(3)]
    with caplog.at_level(logging.ERROR):
        run_due(session, NOW)
    assert {document.verdict for document in documents} == {Verdict.HELD}
    assert {document.state for document in documents} == {DocumentState.RECEIVED}
    assert len(caplog.records) == 3, "each document says once that it is held"

    caplog.clear()
    with caplog.at_level(logging.ERROR):
        for minutes in range(2, 200, 2):
            later = NOW + timedelta(minutes=minutes)
            jobs.scan_held(session, now=later)
            assert "casefiles.scan" not in queue(session), "the scanner is left in peace"
    assert "3 documents wait" in caplog.text
    assert {document.preparation_tries for document in documents} == {0}, "an outage costs nothing"

    scanner.is_there = True
    later = later.replace(minute=0)
    for _ in range(2):
        jobs.scan_held(session, now=later)
    assert queue(session).count("casefiles.scan") == 3, "each waits once in the queue"
    run_due(session, later)
    assert {document.state for document in documents} == {DocumentState.IN_REVIEW}
    assert worker_queries.held(session) is None


def test_what_waits_for_long_is_asked_for_less_often(session: Session, scanner: Scanner) -> None:
    scanner.is_there = False
    half_past = NOW.replace(minute=34)
    old = handed_in(session, now=half_past - timedelta(hours=2))
    new = handed_in(session, now=half_past - timedelta(minutes=5))
    run_due(session, half_past)
    scanner.is_there = True
    jobs.scan_held(session, now=half_past)
    run_due(session, half_past)
    assert (old.verdict, new.verdict) == (Verdict.HELD, Verdict.CLEAN)
    jobs.scan_held(session, now=half_past.replace(minute=40))
    run_due(session, half_past)
    assert old.verdict is Verdict.CLEAN


def test_check_31_the_trail_says_that_a_document_was_held(
    session: Session, scanner: Scanner
) -> None:
    scanner.is_there = False
    document = handed_in(session)
    for _ in range(3):
        jobs.scan(session, now=NOW, document_id=str(document.id))
    events = audit_queries.events_about(session, kind="document", id=document.id)
    assert [event.deed for event in events].count("casefiles.document_held") == 1


def test_fault_15_the_scanner_dies_in_the_middle_and_comes_back(
    session: Session, real_scanner: RunningClamd, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = handed_in(session), handed_in(session)
    streams = iter([dying(real_scanner)])
    usual = vault.stream

    def stream(session: Session, file_id: UUID) -> Iterator[bytes]:
        yield from next(streams, ())
        yield from usual(session, file_id)

    with monkeypatch.context() as patched:
        patched.setattr(vault, "stream", stream)
        run_due(session, NOW)
    assert (first.verdict, second.verdict) == (Verdict.HELD, Verdict.HELD)
    assert first.preparation_tries == 0

    jobs.scan_held(session, now=NOW)
    assert "casefiles.scan" not in queue(session)
    real_scanner.start()
    jobs.scan_held(session, now=NOW)
    run_due(session, NOW)
    assert {first.state, second.state} == {DocumentState.IN_REVIEW}
    assert {first.verdict, second.verdict} == {Verdict.CLEAN}


def dying(clamd: RunningClamd) -> Iterator[bytes]:
    yield b"the first bytes of a file"
    clamd.kill()


@pytest.mark.parametrize(
    "fault",
    [TooMuch("INSTREAM size limit exceeded. ERROR"), BrokenOff("it hung up")],
    ids=["limit", "crash"],
)
def test_check_31_what_a_living_scanner_never_gets_through_is_set_aside(
    session: Session, scanner: Scanner, fault: NoVerdict
) -> None:
    poisoned = handed_in(session, photo_with(b"poison"))
    behind = [handed_in(session) for _ in range(2)]
    scanner.fault = lambda content: fault if b"poison" in content else None
    for number in range(PREPARATION_TRIES + 1):
        run_due(session, NOW)
        jobs.scan_held(session, now=NOW.replace(minute=0) + timedelta(minutes=2 * number))
        behind.append(handed_in(session))
    assert poisoned.state is DocumentState.BLOCKED
    assert poisoned.verdict is Verdict.HELD, "not clean, and nobody says that it is malware"
    assert {document.state for document in behind[:-1]} == {DocumentState.IN_REVIEW}
    assert item_of(session, poisoned).next_step == "Noch einmal anfordern"
    scans = scanner.scans
    jobs.scan_held(session, now=NOW)
    run_due(session, NOW)
    assert scanner.scans == scans + 1, "only the last one that came in"


def test_a_scanner_that_breaks_off_over_everything_costs_no_document(
    session: Session, scanner: Scanner
) -> None:
    scanner.fault = lambda content: BrokenOff("out of memory")
    documents = [handed_in(session) for _ in range(2)]
    for _ in range(3 * PREPARATION_TRIES):
        for document in documents:
            jobs.scan(session, now=NOW, document_id=str(document.id))
    assert {document.state for document in documents} == {DocumentState.RECEIVED}
    scanner.fault = lambda content: None
    jobs.scan_held(session, now=NOW.replace(minute=0))
    run_due(session, NOW)
    assert {document.state for document in documents} == {DocumentState.IN_REVIEW}


def test_check_31_over_the_limits_of_a_real_scanner(
    session: Session, real_scanner: RunningClamd
) -> None:
    large = papers.picture() + bytes(STREAM_BYTES)
    document = casefiles.document(session, prepared=False)
    vault_file = vault.keep(session, holder=document.case_id, chunks=[large], now=NOW)
    document.originals[0].file_id = vault_file.id
    session.flush()
    run_due(session, NOW)
    assert document.verdict is Verdict.HELD
    assert document.preparation_tries == 1


# Check 32: malware


@pytest.fixture
def infected(session: Session, real_scanner: RunningClamd) -> Document:
    request = casefiles.evidence_request(session)
    owner = session.get_one(Citizen, request.owner_id)
    document = handed_in(session, photo_with(EICAR), owner=owner, request=request)
    run_due(session, NOW)
    return document


def test_check_32_malware_is_sealed(
    client: PortalClient, session: Session, infected: Document
) -> None:
    assert infected.verdict is Verdict.INFECTED
    assert infected.state is DocumentState.BLOCKED
    assert infected.finding is not None
    assert "Eicar" in infected.finding
    assert infected.page_count is None
    refuses_everything(client, session, infected)


def test_check_32_the_citizen_gets_plain_words_and_a_way_on(
    client: PortalClient, session: Session, infected: Document
) -> None:
    client.sign_in(people(session, infected)[0])
    page = client.get(f"/unterlagen/{infected.id}").text
    assert "In der Datei steckt ein Schadprogramm. Niemand kann sie öffnen." in page
    assert f"/unterlagen/neu?request={infected.request_id}" in page
    assert client.get(f"/unterlagen/neu?request={infected.request_id}").status_code == 200


def test_check_32_staff_get_a_flag(
    client: PortalClient, session: Session, infected: Document
) -> None:
    item = item_of(session, infected)
    assert item.reason == "Gesperrt: In der Datei steckt ein Schadprogramm."
    assert item.urgency == 1
    assert item.next_step == "Noch einmal anfordern"
    client.sign_in(people(session, infected)[1])
    page = client.get(f"/amt/akten/dokument/{infected.id}").text
    assert "Schadprogramm gefunden" in page
    assert infected.finding is not None
    assert infected.finding in page
    assert 'value="infected"' in page
    events = audit_queries.events_about(session, kind="document", id=infected.id)
    [blocked] = [event for event in events if event.deed == "casefiles.document_blocked"]
    assert blocked.facts["finding"] == infected.finding


def test_check_32_malware_enclosed_in_a_pdf_is_found(
    session: Session, real_scanner: RunningClamd
) -> None:
    content = pdf_enclosing(EICAR)
    assert Clamd(real_scanner.url).scan([content]) is None, "the scanner alone does not see it"
    document = casefiles.document(
        session, prepared=False, file=casefiles.upload(content, "post.pdf", "application/pdf")
    )
    run_due(session, NOW)
    assert document.verdict is Verdict.INFECTED
    harmless = casefiles.document(
        session,
        prepared=False,
        file=casefiles.upload(pdf_enclosing(b"<invoice/>"), "post.pdf", "application/pdf"),
    )
    run_due(session, NOW)
    assert harmless.state is DocumentState.IN_REVIEW


def test_check_32_a_note_on_a_page_encloses_too(session: Session, scanner: Scanner) -> None:
    seen: list[bytes] = []

    def remember(content: bytes) -> None:
        seen.append(content)

    scanner.fault = remember
    content = papers.pdf_that_acts()
    file = casefiles.upload(content, "post.pdf", "application/pdf")
    casefiles.document(session, prepared=False, file=file)
    run_due(session, NOW)
    assert seen[0] == content
    assert any(b"ENCLOSED-CANARY" in one for one in seen[1:])


def test_check_31_what_encloses_too_much_is_not_clean(
    session: Session, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(papers.pdf())) as paper:
        for number in range(60):
            paper.attachments[f"{number}.txt"] = str(number).encode()
        paper.save(written)
    file = casefiles.upload(written.getvalue(), "post.pdf", "application/pdf")
    document = casefiles.document(session, prepared=False, file=file)
    run_due(session, NOW)
    assert document.verdict is Verdict.HELD
    assert document.preparation_tries == 1


def test_check_31_a_file_that_the_scanner_cannot_look_into_is_blocked_without_blame(
    client: PortalClient, session: Session, scanner: Scanner
) -> None:
    scanner.answer = Finding("Heuristics.Encrypted.PDF")
    document = handed_in(session)
    run_due(session, NOW)
    assert (document.state, document.verdict) == (DocumentState.BLOCKED, Verdict.HELD)
    refuses_everything(client, session, document)
    client.sign_in(people(session, document)[0])
    assert "Schadprogramm" not in client.get(f"/unterlagen/{document.id}").text
    assert "nicht auf Schadprogramme prüfen" in item_of(session, document).reason


def item_of(session: Session, document: Document) -> WorkItem:
    return session.scalars(
        select(WorkItem).where(WorkItem.subject_id == document.id, WorkItem.closed_at.is_(None))
    ).one()


# Poison


@contextlib.contextmanager
def dies(
    monkeypatch: pytest.MonkeyPatch, deed: str, *, of: Callable[[bytes], bool]
) -> Iterator[None]:
    """Let the process of one deed crash over some files."""
    usual = sandbox.run

    def run(asked: str, folder: Any, *rest: Any, **more: Any) -> dict[str, Any]:
        if asked == deed and of((folder / "in-1").read_bytes()):
            raise sandbox.Died("ended with -11")
        return usual(asked, folder, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(sandbox, "run", run)
        yield


def test_fault_08_poison_is_set_aside_and_what_stands_behind_it_goes_on(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = handed_in(session, photo_with(b"poison"))
    behind = [handed_in(session) for _ in range(3)]
    with dies(monkeypatch, "make", of=lambda content: b"poison" in content):
        run_due(session, NOW)
        assert poisoned.state is DocumentState.RECEIVED
        assert {document.state for document in behind} == {DocumentState.IN_REVIEW}
        for minutes in range(1, 5):
            run_due(session, NOW + timedelta(minutes=minutes))
    assert poisoned.state is DocumentState.BLOCKED
    assert poisoned.preparation_tries == PREPARATION_TRIES
    assert item_of(session, poisoned).reason.startswith("Gesperrt")
    assert not [name for name in queue(session) if name != "casefiles.read"]


def test_fault_08_a_pdf_whose_enclosures_kill_the_process_is_set_aside(
    session: Session, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = casefiles.upload(papers.pdf(), "post.pdf", "application/pdf")
    poisoned = casefiles.document(session, prepared=False, file=file)
    with dies(monkeypatch, "enclosed", of=lambda content: True):
        for _ in range(PREPARATION_TRIES):
            run_due(session, NOW)
            jobs.scan_held(session, now=NOW.replace(minute=0))
        run_due(session, NOW)
    assert poisoned.state is DocumentState.BLOCKED
    assert poisoned.verdict is Verdict.HELD


def test_fault_08_a_document_that_cannot_be_read_by_machine_stays_usable(
    session: Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    document = casefiles.document(session)
    with dies(monkeypatch, "read", of=lambda content: True):
        for minutes in range(0, 20, 2):
            run_due(session, NOW + timedelta(minutes=minutes), lanes=[Lane.SLOW])
    assert document.state is DocumentState.IN_REVIEW
    assert rules.can_open(document, document.owner)
    assert document.archive_file_id is None
    assert document.text_file_id is not None
    assert json.loads(vault.read(session, document.text_file_id)) == []
    failed = [
        tally.number
        for tally in session.scalars(select(tallies.Tally).order_by(tallies.Tally.kind))
        if (tally.name, tally.kind) == ("readings_failed", "text")
    ]
    assert failed == [PREPARATION_TRIES]
    assert "could not be read" in caplog.text
    jobs.prepare_forgotten(session, now=NOW + timedelta(days=1))
    assert queue(session).count("casefiles.read") == 0


def test_what_nobody_has_read_is_read_some_day(session: Session) -> None:
    casefiles.document(session, now=NOW - timedelta(hours=1))
    session.execute(text("DELETE FROM procrastinate_jobs"))
    for _ in range(2):
        jobs.prepare_forgotten(session, now=NOW)
    assert queue(session) == ["casefiles.read"]


# Made anew


@pytest.fixture
def three_pages(session: Session) -> Document:
    document = casefiles.document(
        session, file=casefiles.upload(papers.pdf(3), "vertrag.pdf", "application/pdf")
    )
    for name in ("archive", "text"):
        file = vault.keep(session, holder=document.case_id, chunks=[b"made"], now=NOW)
        setattr(document, f"{name}_file_id", file.id)
    session.execute(text("DELETE FROM procrastinate_jobs"))
    session.flush()
    return document


def turned_and_shortened(session: Session, document: Document) -> None:
    """Take the first page out, put the last one first and turn it, as staff do."""
    first, second, third = document.pages
    document.pages.remove(first)
    third.number, third.rotation, second.number = 1, 90, 2
    session.flush()
    session.refresh(document, ["pages"])


def test_a_document_is_made_anew_from_its_pages(session: Session, three_pages: Document) -> None:
    upright = (three_pages.pages[2].width, three_pages.pages[2].height)
    turned_and_shortened(session, three_pages)
    pages = session.scalars(select(Page).where(Page.document_id == three_pages.id)).all()
    old = {id for page in pages for id in (page.image_file_id, page.thumbnail_file_id)}
    old |= {three_pages.served_file_id, three_pages.archive_file_id, three_pages.text_file_id}

    jobs.remake(session, now=NOW, document_id=str(three_pages.id))

    pages = session.scalars(
        select(Page).where(Page.document_id == three_pages.id).order_by(Page.number)
    ).all()
    assert [(page.original_page, page.rotation) for page in pages] == [(3, 90), (2, 0)]
    assert pages[0].width / pages[0].height == pytest.approx(upright[1] / upright[0], rel=0.02)
    picture = Image.open(io.BytesIO(vault.read(session, pages[0].image_file_id)))
    assert picture.size == (pages[0].width, pages[0].height)
    assert three_pages.page_count == 2
    assert three_pages.served_file_id is not None
    with pikepdf.open(io.BytesIO(vault.read(session, three_pages.served_file_id))) as copy:
        assert len(copy.pages) == 2
    assert (three_pages.archive_file_id, three_pages.text_file_id) == (None, None)
    left = session.scalars(select(StoredFile.id).where(StoredFile.id.in_(old))).all()
    assert left == []
    assert "casefiles.read" in queue(session)
    assert three_pages.state is DocumentState.IN_REVIEW


def test_a_file_that_another_document_still_shows_is_not_forgotten(
    session: Session, three_pages: Document
) -> None:
    page = three_pages.pages[0]
    twin = casefiles.document(session, owner=three_pages.owner, title="Auszug")
    shared = page.image_file_id
    twin.pages[0].image_file_id = shared
    session.flush()
    jobs.remake(session, now=NOW, document_id=str(three_pages.id))
    assert page.image_file_id != shared
    assert session.get(StoredFile, shared) is not None


def test_a_part_split_off_is_prepared_from_its_pages(
    session: Session, three_pages: Document
) -> None:
    part = Document(
        case_id=three_pages.case_id,
        owner_id=three_pages.owner_id,
        kind=three_pages.kind,
        title="Anlage",
        filename=three_pages.filename,
        content_type=three_pages.content_type,
        size=three_pages.size,
        sha256=three_pages.sha256,
        verdict=three_pages.verdict,
        scanned_at=three_pages.scanned_at,
        derived_from_id=three_pages.id,
        received_at=NOW,
    )
    session.add(part)
    session.flush()
    page = three_pages.pages[2]
    page.document_id, page.number = part.id, 1
    session.flush()
    session.expire_all()
    jobs.scan(session, now=NOW, document_id=str(part.id))
    run_due(session, NOW)
    assert part.state is DocumentState.IN_REVIEW
    assert part.page_count == 1
    assert part.served_file_id is not None


def test_what_cannot_be_made_anew_stays_as_it_was(
    session: Session, three_pages: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = three_pages.served_file_id
    pictures = [page.image_file_id for page in three_pages.pages]
    with dies(monkeypatch, "make", of=lambda content: True):
        jobs.remake(session, now=NOW, document_id=str(three_pages.id))
        for minutes in range(10):
            run_due(session, NOW + timedelta(minutes=minutes))
    assert three_pages.served_file_id == served
    assert [page.image_file_id for page in three_pages.pages] == pictures
    assert three_pages.state is DocumentState.IN_REVIEW
    assert queue(session) == []


def test_what_is_not_clean_is_not_made_anew(session: Session, scanner: Scanner) -> None:
    scanner.is_there = False
    document = handed_in(session)
    run_due(session, NOW)
    with pytest.raises(Conflict):
        preparation.remake(session, document=document, now=NOW)


def test_what_was_read_of_older_pages_is_thrown_away(
    session: Session, three_pages: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_pages.text_file_id = three_pages.archive_file_id = None
    session.flush()

    def read(*_: object, **__: object) -> dict[str, Any]:
        turned_and_shortened(session, three_pages)
        preparation.remake(session, document=three_pages, now=NOW)
        return {"texts": ["of", "older", "pages"], "archive": False}

    usual = sandbox.run
    monkeypatch.setattr(
        sandbox, "run", lambda deed, *a, **m: read() if deed == "read" else usual(deed, *a, **m)
    )
    assert recognition.read(session, document=three_pages, is_last_try=False, now=NOW)
    assert three_pages.text_file_id is None


# Who is told


def test_staff_see_that_the_scanner_does_not_answer(
    client: PortalClient, session: Session, scanner: Scanner
) -> None:
    scanner.is_there = False
    documents = [handed_in(session, now=NOW - timedelta(hours=hours)) for hours in (5, 2)]
    run_due(session, NOW)
    client.sign_in(people(session, documents[1])[1])
    start = client.get("/amt").text
    assert "Virenprüfung nicht erreichbar: 2 Dokumente warten" in start
    page = client.get(f"/amt/akten/dokument/{documents[1].id}").text
    assert "Virenprüfung nicht erreichbar" in page
    assert "2 Dokumente warten, das älteste seit" in page
    assert "Virenprüfung steht aus" in page

    scanner.is_there = True
    jobs.scan_held(session, now=NOW.replace(minute=0))
    run_due(session, NOW)
    assert "Virenprüfung" not in client.get("/amt").text


def test_the_figures_tell_of_what_is_held(
    client: PortalClient, session: Session, scanner: Scanner
) -> None:
    def figure(name: str) -> float:
        lines = client.get("/metrics").text.splitlines()
        [line] = [line for line in lines if line.startswith(f"{name} ")]
        return float(line.rpartition(" ")[2])

    handed_in(session)
    run_due(session, NOW)
    assert figure("portal_documents_held") == 0
    assert figure('portal_scan_verdicts_total{kind="clean"}') == 1

    scanner.is_there = False
    handed_in(session, now=NOW - timedelta(hours=3))
    assert figure('portal_jobs_due{queue="portal"}') >= 1
    run_due(session, NOW)
    assert figure("portal_documents_held") == 1
    assert 10_700 < figure("portal_documents_held_oldest_seconds") < 12_000
    assert figure("portal_documents_unprepared") == 1
    assert figure('portal_scan_verdicts_total{kind="held"}') == 1
    assert figure('portal_jobs_due{queue="portal_slow"}') == 1
    assert figure("portal_jobs_failed") == 0


def test_the_demo_scanner_finds_the_test_sign(app: Flask, session: Session) -> None:
    assert isinstance(app.extensions["virus_scanner"], malware.DemoScanner)
    document = handed_in(session, photo_with(EICAR))
    run_due(session, NOW)
    assert document.verdict is Verdict.INFECTED
