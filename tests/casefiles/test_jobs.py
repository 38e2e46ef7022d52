"""What the worker makes of what came in: upright, without place, without anything that acts."""

import io
from datetime import timedelta
from uuid import UUID

import pikepdf
import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from portal.casefiles import jobs, preparation, service
from portal.casefiles.models import Document, DocumentKind, DocumentState
from portal.core import clock
from portal.core.storage import store
from portal.core.vault import service as vault
from portal.inbox.models import WorkItem
from portal.papers import limits, sandbox
from tests.factories import accounts, casefiles, papers

NOW = clock.now()


def contents(document: Document, file_id: UUID) -> bytes:
    session = object_session(document)
    assert session is not None
    return vault.read(session, file_id)


def served(document: Document) -> bytes:
    assert document.served_file_id is not None
    return contents(document, document.served_file_id)


def page_image(document: Document, number: int = 1) -> Image.Image:
    return Image.open(io.BytesIO(contents(document, document.pages[number - 1].image_file_id)))


def prepared(session: Session, content: bytes, name: str, content_type: str) -> Document:
    return casefiles.document(session, file=casefiles.upload(content, name, content_type))


def test_check_35_a_phone_photo_is_shown_upright_and_without_place(session: Session) -> None:
    photo = papers.phone_photo()
    with Image.open(io.BytesIO(photo)) as taken:
        assert taken.size == (4032, 3024)
        assert taken.getexif().get_ifd(0x8825), "the photo must carry a place"

    document = prepared(session, photo, "IMG_2041.jpg", "image/jpeg")

    assert document.state == DocumentState.IN_REVIEW
    assert document.page_count == 1
    copy = Image.open(io.BytesIO(served(document)))
    assert copy.width < copy.height, "upright"
    assert copy.width / copy.height == pytest.approx(210 / 297, abs=0.01), "the sheet was cut out"
    assert not copy.getexif()
    for word in (b"Exif", b"Kamerawerk", b"Telefon 8", b"2026:11:20"):
        assert word not in served(document)
        assert word not in vault.read(session, document.pages[0].image_file_id)

    page = page_image(document)
    assert page.size == (document.pages[0].width, document.pages[0].height)
    assert page.width <= limits.PAGE_WIDTH
    top = page.getpixel((page.width // 2, int(page.height * 0.008)))
    bottom = page.getpixel((page.width // 2, int(page.height * 0.90)))
    assert top[2] - top[0] > 60, "the blue head of the letter is still there, at the top"
    assert min(bottom) > 150, "the white paper is at the bottom"
    assert contents(document, document.originals[0].file_id) == photo, (
        "the original stays untouched"
    )


def test_thumbnails_are_small(session: Session) -> None:
    document = prepared(session, papers.phone_photo(), "foto.jpg", "image/jpeg")
    small = vault.read(session, document.pages[0].thumbnail_file_id)
    assert Image.open(io.BytesIO(small)).width <= limits.THUMBNAIL_WIDTH
    assert len(small) < 40_000


def test_check_34_nothing_acts_in_the_served_pdf(session: Session) -> None:
    content = papers.pdf_that_acts()
    for mark in (b"/JavaScript", b"/Launch", b"/EmbeddedFiles", b"/XFA", b"Kamerawerk"):
        assert mark in unpacked(content), mark

    document = prepared(session, content, "rechnung.pdf", "application/pdf")

    copy = unpacked(served(document))
    for mark in (
        b"/JavaScript", b"/JS", b"app.alert", b"/Launch", b"calc.exe", b"/SubmitForm",
        b"198.51.100.7", b"/EmbeddedFile", b"/FileAttachment", b"ENCLOSED-CANARY", b"/XFA",
        b"XFA-CANARY", b"/OpenAction", b"/AA", b"Kamerawerk", b"Telefon 8", b"/Author", b"Oksana",
    ):  # fmt: skip
        assert mark not in copy, mark
    assert document.page_count == 1
    assert page_image(document).width > 400


def unpacked(content: bytes) -> bytes:
    """Return a PDF with nothing compressed, so that words in it can be looked for."""
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as paper:
        paper.save(
            written,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    return written.getvalue()


def test_a_pdf_has_a_picture_of_each_page(session: Session) -> None:
    document = prepared(session, papers.pdf(3), "vertrag.pdf", "application/pdf")
    assert [page.number for page in document.pages] == [1, 2, 3]
    assert page_image(document, 3).format == "JPEG"
    assert document.served_content_type == "application/pdf"


def test_a_pdf_protected_against_changes_is_served_open(session: Session) -> None:
    document = prepared(
        session, papers.encrypted_pdf(owner_only=True), "lohn.pdf", "application/pdf"
    )
    with pikepdf.open(io.BytesIO(served(document))) as copy:
        assert not copy.is_encrypted


def test_photos_together_become_the_pages_of_one_pdf(session: Session) -> None:
    owner = accounts.citizen(session)
    group = casefiles.sent(
        session,
        owner,
        casefiles.upload(papers.phone_photo(width=800, height=600), "1.jpg"),
        casefiles.upload(papers.picture("PNG"), "2.png", "image/png"),
        now=NOW,
    )
    (document,) = service.hand_in(
        session,
        owner=owner,
        groups=[group],
        kind=DocumentKind.RENTAL_CONTRACT,
        title=None,
        request=None,
        now=NOW,
    )
    jobs.prepare(session, now=NOW, document_id=str(document.id))
    assert document.served_content_type == "application/pdf"
    assert [page.number for page in document.pages] == [1, 2]
    assert document.pages[0].width < document.pages[0].height, "the first was turned upright"
    with pikepdf.open(io.BytesIO(served(document))) as copy:
        assert len(copy.pages) == 2
    assert b"Kamerawerk" not in served(document)


def test_a_scan_of_several_pages_becomes_a_pdf(session: Session) -> None:
    pages = [papers.sheet(width=300, height=400) for _ in range(2)]
    scan = papers.picture("TIFF", save_all=True, append_images=pages)
    document = prepared(session, scan, "scan.tif", "image/tiff")
    assert (document.page_count, document.served_content_type) == (3, "application/pdf")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_pictures_in_every_colour_come_out_as_plain_pictures(session: Session, mode: str) -> None:
    written = io.BytesIO()
    Image.new(mode, (60, 40)).save(written, "TIFF")
    document = prepared(session, written.getvalue(), "scan.tif", "image/tiff")
    assert Image.open(io.BytesIO(served(document))).mode == "RGB"


def test_the_office_s_own_paper_stays_as_it_is(session: Session) -> None:
    content = papers.pdf(2)
    citizen = accounts.citizen(session)
    document = service.file_pdf(
        session,
        case=casefiles.case(session, citizen),
        owner=citizen,
        kind=DocumentKind.CONSULTATION_NOTE,
        title="Vermerk",
        filename="vermerk.pdf",
        content=content,
        by=citizen,
        now=NOW,
    )
    jobs.prepare(session, now=NOW, document_id=str(document.id))
    assert document.page_count == 2
    assert served(document) == content
    assert document.state == DocumentState.ACCEPTED


def test_preparing_twice_changes_nothing(session: Session) -> None:
    document = casefiles.document(session)
    key, files = document.served_file_id, set(store().entries())
    jobs.prepare(session, now=NOW, document_id=str(document.id))
    assert document.served_file_id == key
    assert set(store().entries()) == files


def test_a_poisoned_document_is_set_aside_and_the_queue_moves_on(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = casefiles.document(session, prepared=False)

    def die(*_: object) -> dict[str, object]:
        raise sandbox.Died("ended with -11")

    with monkeypatch.context() as patched:
        patched.setattr(preparation.sandbox, "run", die)
        for attempt in range(limits.PREPARATION_TRIES):
            assert poisoned.state == DocumentState.RECEIVED, f"blocked before try {attempt + 1}"
            jobs.prepare(session, now=NOW, document_id=str(poisoned.id))

    assert poisoned.state == DocumentState.BLOCKED
    assert poisoned.reason
    (item,) = session.scalars(select(WorkItem).where(WorkItem.subject_id == poisoned.id)).all()
    assert item.closed_at is None
    assert item.reason.startswith("Gesperrt")
    assert item.next_step == "Noch einmal anfordern"
    jobs.prepare(session, now=NOW, document_id=str(poisoned.id))
    assert poisoned.preparation_tries == limits.PREPARATION_TRIES
    assert casefiles.document(session).state == DocumentState.IN_REVIEW, "the next one works"


def test_a_blocked_document_can_be_asked_for_again(session: Session) -> None:
    document = casefiles.document(session, prepared=False)
    document.state, document.reason = DocumentState.BLOCKED, "Die Datei ist nicht sicher."
    by = casefiles.officer(session)
    service.reject(session, document=document, reason="Neu bitte.", due_on=None, by=by, now=NOW)
    assert document.state == DocumentState.REJECTED


def test_a_forgotten_document_is_queued_again(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = casefiles.document(session, prepared=False, now=NOW - timedelta(hours=1))
    casefiles.document(session, prepared=False, now=NOW)
    queued: list[str] = []
    monkeypatch.setattr(
        type(jobs.prepare), "enqueue", lambda *_, document_id: queued.append(document_id)
    )
    jobs.prepare_forgotten(session, now=NOW)
    assert queued == [str(old.id)]
