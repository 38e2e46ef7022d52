"""Each hand-in has a receipt: one, at once, listing what came; it is kept and cannot be changed."""

import io
import logging
from datetime import UTC, datetime

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from portal.accounts.models import Citizen, RepresentationKind
from portal.audit.models import Event
from portal.casefiles import jobs, receipts, service
from portal.casefiles.models import Channel, Document, DocumentKind, HandIn
from portal.core import clock
from portal.core import jobs as queue
from portal.core.errors import InvalidInput, NotFound
from portal.core.vault import service as vault
from tests.factories import accounts, applications, casefiles, papers
from tests.factories.representation import representation

NOW = datetime(2026, 11, 26, 20, 15, tzinfo=UTC)


@pytest.fixture
def owner(session: Session) -> Citizen:
    return accounts.citizen(session, first_name="Oksana", street="Lindenweg 4", city="Lindenau")


def hand_in(
    session: Session, owner: Citizen, *groups: list[bytes], now: datetime = NOW
) -> list[Document]:
    """Hand in one document for each group: a PDF alone, photos as the pages of one."""
    return service.hand_in(
        session,
        owner=owner,
        groups=[
            casefiles.sent(session, owner, *(_file(one, n) for n, one in enumerate(g, 1)), now=now)
            for g in groups
        ],
        kind=DocumentKind.PAYSLIPS,
        title="Lohn Oktober",
        request=None,
        now=now,
    )


def _file(content: bytes, number: int) -> FileStorage:
    if content.startswith(b"%PDF"):
        return casefiles.upload(content, f"brief-{number}.pdf", "application/pdf")
    return casefiles.upload(content, f"foto-{number}.jpg")


def the_hand_in(session: Session) -> HandIn:
    session.expire_all()
    return session.scalars(select(HandIn)).one()


def written(session: Session) -> bytes:
    """Let the worker write the receipt; return it."""
    found = the_hand_in(session)
    jobs.write_receipt(session, now=NOW, hand_in_id=str(found.id))
    assert found.receipt_file_id is not None
    return vault.read(session, found.receipt_file_id)


def words_of(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        return " ".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


# One hand-in, one receipt


def test_one_hand_in_lists_all_its_documents(session: Session, owner: Citizen) -> None:
    photos = [papers.picture(width=400), papers.picture(width=500)]
    documents = hand_in(session, owner, [papers.pdf(3)], photos)

    session.flush()
    found = the_hand_in(session)
    assert [document.hand_in_id for document in documents] == [found.id, found.id]
    assert (found.owner_id, found.at, found.channel) == (owner.id, NOW, Channel.PORTAL)
    assert found.by_name == owner.name
    assert [listed["pages"] for listed in found.manifest["documents"]] == [3, 2]
    assert [listed["sha256"] for listed in found.manifest["documents"]] == [
        document.sha256 for document in documents
    ]
    assert len(found.manifest["documents"][1]["originals"]) == 2
    assert receipts.pages_in(found) == 5


def test_the_hash_of_the_list_can_be_computed_again(session: Session, owner: Citizen) -> None:
    hand_in(session, owner, [papers.pdf()])
    found = the_hand_in(session)  # read back from the database
    assert receipts.digest(found.manifest) == found.manifest_sha256
    changed = found.manifest | {"at": "2026-11-25T20:15:00+00:00"}
    assert receipts.digest(changed) != found.manifest_sha256


def test_a_double_click_gets_the_first_receipt(session: Session, owner: Citizen) -> None:
    first = hand_in(session, owner, [papers.picture()])
    second = hand_in(session, owner, [papers.picture()])
    assert session.scalar(select(func.count()).select_from(HandIn)) == 1
    assert receipts.latest_of(first) == receipts.latest_of(second) == the_hand_in(session).id


def test_what_is_new_beside_a_double_gets_its_own_receipt(session: Session, owner: Citizen) -> None:
    (old,) = hand_in(session, owner, [papers.picture()])
    later = NOW.replace(minute=17)
    both = hand_in(session, owner, [papers.picture()], [papers.pdf(2)], now=later)
    assert both[0] is old
    newest = session.get_one(HandIn, receipts.latest_of(both))
    assert newest.at == later
    assert [listed["id"] for listed in newest.manifest["documents"]] == [str(both[1].id)]


def test_what_is_refused_has_no_receipt(session: Session, owner: Citizen) -> None:
    with pytest.raises(InvalidInput):
        hand_in(session, owner, [papers.picture()], [b""])
    assert session.scalar(select(func.count()).select_from(HandIn)) == 0


def test_the_trail_keeps_the_hashes(session: Session, owner: Citizen) -> None:
    hand_in(session, owner, [papers.picture()])
    written(session)
    found = the_hand_in(session)
    facts = {
        event.deed: event.facts
        for event in session.scalars(select(Event).where(Event.subject_id == str(found.id)))
    }
    assert facts["casefiles.handed_in"]["manifest_sha256"] == found.manifest_sha256
    assert facts["casefiles.receipt_written"]["receipt_sha256"] == found.receipt_sha256
    assert "Lohn" not in str(facts), "no content in the trail"


def test_it_names_who_handed_it_in_for_somebody(session: Session, owner: Citizen) -> None:
    helper = accounts.citizen(session, first_name="Maria", last_name="Beispiel")
    owner.act_through(representation(session, principal=owner, representative=helper))
    hand_in(session, owner, [papers.picture()])
    assert the_hand_in(session).by_name == "Maria Beispiel"
    assert "Maria Beispiel" in words_of(written(session))


def test_a_paper_of_an_application_has_a_receipt_of_its_own(
    session: Session, owner: Citizen
) -> None:
    draft = applications.draft(session, owner, applications.NOTHING_CHANGED)
    applications.attach(session, draft, owner, "bank_statements")
    assert the_hand_in(session).channel is Channel.APPLICATION


# The paper


def test_the_receipt_is_tagged_and_says_everything(
    session: Session, owner: Citizen, caplog: pytest.LogCaptureFixture
) -> None:
    documents = hand_in(
        session, owner, [papers.pdf(3)], [papers.picture(), papers.picture(width=500)]
    )
    hashes = [one.sha256 for document in documents for one in document.originals]
    with caplog.at_level(logging.WARNING, logger="weasyprint"):
        content = written(session)
    found = the_hand_in(session)
    read = "".join(words_of(content).split())
    for expected in (
        found.code,
        found.manifest_sha256,
        found.manifest["file_reference"],
        owner.name,
        "Lindenweg 4",
        "Donnerstag, 26. November 2026, 21:15 Uhr",
        "2 Dokumente",
        "5 Seiten",
        "Lohn Oktober",
        "brief-1.pdf",
        "http://localhost/quittung",
        "Über das Portal",
        *hashes,
    ):
        assert "".join(expected.split()) in read, expected
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "de"
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == f"Quittung {found.code}"
        figures = list(_figures(pdf.Root.StructTreeRoot))
    assert ["QR-Code" in str(figure.Alt) for figure in figures] == [True]
    assert not [one for one in caplog.records if one.name.startswith("weasyprint")]


def _figures(node: object) -> object:
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from _figures(one)
    elif isinstance(node, pikepdf.Dictionary):
        if node.get("/S") == "/Figure":
            yield node
        if node.get("/Type") != "/MCR" and "/K" in node:
            yield from _figures(node.K)


def test_the_qr_code_leads_to_the_page_that_checks_it(session: Session, owner: Citizen) -> None:
    hand_in(session, owner, [papers.picture()])
    document = pypdfium2.PdfDocument(written(session))
    try:
        picture = document[0].render(scale=3).to_pil()
    finally:
        document.close()
    (mark,) = zxingcpp.read_barcodes(picture)
    assert mark.text == f"http://localhost/quittung?code={the_hand_in(session).code}"


def test_a_receipt_is_written_once(session: Session, owner: Citizen) -> None:
    hand_in(session, owner, [papers.picture()])
    first = written(session)
    sha256 = the_hand_in(session).receipt_sha256
    assert written(session) == first
    assert the_hand_in(session).receipt_sha256 == sha256


def test_a_receipt_goes_before_the_preparation_of_its_documents(
    session: Session, owner: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    for name in ("casefiles.prepare", "casefiles.write_receipt"):
        monkeypatch.setattr(
            queue.REGISTERED[name], "function", lambda *_, n=name, **__: order.append(n)
        )
    hand_in(session, owner, [papers.picture()], [papers.pdf()])
    queue.run_due(session, clock.now())
    assert order == ["casefiles.write_receipt", "casefiles.prepare", "casefiles.prepare"]


def test_a_forgotten_receipt_is_written_later(
    session: Session, owner: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(session, owner, [papers.picture()])
    queued: list[str] = []
    monkeypatch.setattr(
        type(jobs.write_receipt), "enqueue", lambda *_, hand_in_id: queued.append(hand_in_id)
    )
    jobs.write_forgotten_receipts(session, now=NOW.replace(minute=20))
    assert queued == []
    jobs.write_forgotten_receipts(session, now=NOW.replace(minute=50))
    assert queued == [str(the_hand_in(session).id)]


def test_hostile_words_stay_words(session: Session, owner: Citizen) -> None:
    hostile = '<img src="file:///etc/passwd"><script>x</script> {{ 7*7 }} \u202e'
    casefiles.document(session, owner=owner, title=hostile, prepared=False, now=NOW)
    read = words_of(written(session)).replace("\r\n", "")
    assert "<script>" in read
    assert "root:" not in read


def test_it_stays_as_it_was_when_a_title_is_put_right(session: Session, owner: Citizen) -> None:
    (document,) = hand_in(session, owner, [papers.picture()])
    document.title, document.kind = "Mietvertrag", DocumentKind.RENTAL_CONTRACT
    session.flush()
    assert "Lohn Oktober" in words_of(written(session))
    found = the_hand_in(session)
    assert receipts.digest(found.manifest) == found.manifest_sha256


# Who may know of it


def test_somebody_else_finds_no_receipt(session: Session, owner: Citizen) -> None:
    hand_in(session, owner, [papers.picture()])
    other = accounts.citizen(session)
    with pytest.raises(NotFound):
        receipts.hand_in_for(session, the_hand_in(session).id, other)
    assert receipts.hand_ins_of(session, asker=other) == ([], 0)


@pytest.mark.parametrize("put_right", ["neither", "to a secret one", "to another one"])
def test_a_partner_finds_no_receipt_that_lists_a_hidden_paper(
    session: Session, owner: Citizen, put_right: str
) -> None:
    """Whether the kind was hidden when the receipt was written or became so later."""
    open_kind, secret = DocumentKind.PAYSLIPS, DocumentKind.SICK_NOTE
    first = open_kind if put_right == "to a secret one" else secret
    document = casefiles.document(session, owner=owner, kind=first, prepared=False)
    if put_right != "neither":
        document.kind = secret if first is open_kind else open_kind
    plain = casefiles.document(
        session, owner=owner, kind=open_kind, prepared=False, title="Lohn", file=casefiles.upload()
    )
    partner = accounts.citizen(session)
    kind = RepresentationKind.HOUSEHOLD_MEMBER
    owner.act_through(representation(session, principal=owner, representative=partner, kind=kind))
    with pytest.raises(NotFound):
        receipts.hand_in_for(session, document.hand_in_id, owner)
    assert receipts.hand_in_of(session, document=document, asker=owner) is None
    found, count = receipts.hand_ins_of(session, asker=owner)
    assert ([one.id for one in found], count) == ([plain.hand_in_id], 1)
