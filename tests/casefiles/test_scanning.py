"""Nobody opens what has no verdict; malware is sealed; who must know is told."""

import io
import logging
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pikepdf
import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.audit import queries as audit_queries
from portal.casefiles import (
    jobs,
    kinds,
    worker_queries,
)
from portal.casefiles.models import Document, DocumentState, Verdict
from portal.core import clock, malware
from portal.core.jobs import run_due
from portal.core.malware import EICAR, BrokenOff, Clamd, Finding, NoVerdict, TooMuch
from portal.core.vault import service as vault
from portal.papers.limits import PREPARATION_TRIES
from tests.casefiles.pipeline import (
    NOW,
    Scanner,
    handed_in,
    item_of,
    pdf_enclosing,
    people,
    photo_with,
    queue,
    refuses_everything,
)
from tests.clamd import STREAM_BYTES, RunningClamd
from tests.client import PortalClient
from tests.factories import casefiles, papers

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
    waited = (clock.now() - NOW + timedelta(hours=3)).total_seconds()
    assert abs(figure("portal_documents_held_oldest_seconds") - waited) < 100
    assert figure("portal_documents_unprepared") == 1
    assert figure('portal_scan_verdicts_total{kind="held"}') == 1
    assert figure('portal_jobs_due{queue="portal_slow"}') == 1
    assert figure("portal_jobs_failed") == 0


def test_the_demo_scanner_finds_the_test_sign(app: Flask, session: Session) -> None:
    assert isinstance(app.extensions["virus_scanner"], malware.DemoScanner)
    document = handed_in(session, photo_with(EICAR))
    run_due(session, NOW)
    assert document.verdict is Verdict.INFECTED
