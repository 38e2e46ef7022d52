"""What happens to a document behind the scenes: scanned, prepared, read; poisoned, remade."""

import io
import json
from datetime import timedelta
from typing import Any

import pikepdf
import pytest
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.casefiles import (
    jobs,
    preparation,
    recognition,
    rules,
    service,
    worker_queries,
)
from portal.casefiles.models import Document, DocumentKind, DocumentState, Page, Verdict
from portal.core import tallies
from portal.core.errors import Conflict
from portal.core.jobs import Lane, run_due
from portal.core.vault import service as vault
from portal.core.vault.models import StoredFile
from portal.papers import sandbox
from portal.papers.limits import PREPARATION_TRIES
from tests.casefiles.pipeline import (
    NOW,
    Scanner,
    dies,
    handed_in,
    item_of,
    photo_with,
    queue,
)
from tests.factories import accounts, casefiles, papers

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


# Poison


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
    assert rules.can_open(document, session.get_one(Citizen, document.owner_id))
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
