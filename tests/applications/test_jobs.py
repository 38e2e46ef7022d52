"""The receipt: written once, tagged, with every answer and every paper."""

import io
import logging
from datetime import timedelta

import pikepdf
import pypdfium2
import pytest
from sqlalchemy import func, select, text

from portal.applications import jobs, queries
from portal.casefiles.models import Document, DocumentKind, DocumentState
from portal.core import clock
from portal.core.vault import service as vault
from tests.factories import applications as make
from tests.factories import casefiles
from tests.factories.accounts import citizen


def write(session, sent, **more):
    jobs.write_receipt(session, now=clock.now(), application_id=str(sent.id), **more)


def receipts(session):
    return session.scalars(select(Document).where(Document.kind == DocumentKind.RECEIPT)).all()


def words_of(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        return " ".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


@pytest.fixture
def me(session):
    return citizen(session, first_name="Oksana", street="Lindenweg 4", city="Lindenau")


def test_the_receipt_is_tagged_and_lists_everything(session, me, caplog):
    draft = make.draft(session, me, make.NOTHING_CHANGED)
    make.attach(session, draft, me, "bank_statements")
    sent = make.sent(session, me)
    [attachment] = queries.attachments_of(session, application=sent)
    casefiles.prepare(session, attachment.document_id)
    with caplog.at_level(logging.WARNING, logger="weasyprint"):
        write(session, sent)
    [receipt] = receipts(session)
    assert sent.receipt_document_id == receipt.id
    assert receipt.from_office
    assert receipt.state is DocumentState.ACCEPTED
    content = vault.read(session, receipt.served_file_id)
    read = "".join(words_of(content).split())
    for expected in (
        sent.number,
        sent.content_sha256,
        attachment.document.sha256,
        "320,50",
        "Lindenweg4",
        "KontoauszügederletztendreiMonate",
        "Wirktab".lower(),
    ):
        assert expected in read or expected in read.lower(), expected
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "de"
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
        figures = list(_figures(pdf.Root.StructTreeRoot))
    assert len(figures) == 1
    assert "QR-Code" in str(figures[0].Alt)
    assert not [one for one in caplog.records if one.name.startswith("weasyprint")]


def _figures(node):
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from _figures(one)
    elif isinstance(node, pikepdf.Dictionary):
        if node.get("/S") == "/Figure":
            yield node
        if node.get("/Type") != "/MCR" and "/K" in node:
            yield from _figures(node.K)


def test_a_receipt_is_written_once(session, me):
    sent = make.sent(session, me)
    write(session, sent)
    write(session, sent)
    assert len(receipts(session)) == 1


def test_a_draft_gets_no_receipt(session, me):
    draft = make.draft(session, me)
    write(session, draft)
    assert receipts(session) == []


def test_it_waits_a_little_for_pages_to_be_counted_and_then_no_longer(session, me):
    draft = make.draft(session, me, make.NOTHING_CHANGED)
    make.attach(session, draft, me, "bank_statements")
    sent = make.sent(session, me)
    waiting = text(
        "SELECT count(*) FROM procrastinate_jobs"
        " WHERE task_name = 'applications.write_receipt' AND scheduled_at > :now"
    )
    write(session, sent)
    assert receipts(session) == []
    assert session.scalar(waiting, {"now": clock.now() - timedelta(seconds=1)}) == 1
    write(session, sent, waited=jobs.WAITS)
    assert len(receipts(session)) == 1


def test_hostile_words_stay_words(session, me):
    hostile = '<img src="file:///etc/passwd"><script>x</script> {{ 7*7 }} \u202e'
    sent = make.sent(session, me, {"street": hostile})
    write(session, sent)
    read = words_of(vault.read(session, receipts(session)[0].served_file_id))
    assert "<script>" in read.replace("\r\n", "")
    assert "root:" not in read
    assert session.scalar(select(func.count()).select_from(Document)) == 1
