"""Anyone can check a receipt: one flipped bit is found, nobody learns whose and what it is."""

import io
import os
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session
from werkzeug import formparser
from werkzeug.test import TestResponse

from portal.accounts.limits import LIMITS, Limit
from portal.accounts.models import Citizen
from portal.audit.models import SYSTEM
from portal.casefiles import jobs, receipt_codes, service
from portal.casefiles.models import DocumentKind, HandIn
from portal.core import hashed
from portal.core.vault import service as vault
from tests.client import PortalClient
from tests.factories import accounts, casefiles, papers

NOW = datetime(2026, 11, 26, 20, 15, tzinfo=UTC)
GENUINE = "Diese Quittung ist echt."
NOT_OURS = "Diese Datei ist nicht die, die wir ausgestellt haben."
NO_SUCH_CODE = "Diesen Code gibt es nicht."

LETTER = papers.pdf(3)
PHOTOS = [papers.picture(width=400), papers.picture(width=500)]


@pytest.fixture
def owner(session: Session) -> Citizen:
    return accounts.citizen(session, first_name="Oksana", last_name="Zitronenzeisig")


@pytest.fixture
def receipt(session: Session, owner: Citizen) -> HandIn:
    """Hand in three documents and have their receipt written."""
    photos = [casefiles.upload(photo, f"{n}.jpg") for n, photo in enumerate(PHOTOS)]
    documents = service.hand_in(
        session,
        owner=owner,
        groups=[
            casefiles.sent(session, owner, *files, now=NOW)
            for files in (
                [casefiles.upload(LETTER, "attest.pdf", "application/pdf")],
                photos,
                [casefiles.upload(papers.picture("PNG"), "bild.png", "image/png")],
            )
        ],
        kind=DocumentKind.MEDICAL_CERTIFICATE,
        title="Attest Frauenklinik",
        request=None,
        now=NOW,
    )
    found = session.get_one(HandIn, documents[0].hand_in_id)
    jobs.write_receipt(session, now=NOW, hand_in_id=str(found.id))
    session.flush()
    return found


@pytest.fixture
def paper(session: Session, receipt: HandIn) -> bytes:
    assert receipt.receipt_file_id
    return vault.read(session, receipt.receipt_file_id)


def send(client: PortalClient, code: str = "", file: bytes | None = None) -> TestResponse:
    """Ask about a code, a file or both."""
    form: dict[str, object] = {"code": code}
    if file is not None:
        form["file"] = (io.BytesIO(file), "quittung.pdf", "application/pdf")
    return client.post_form("/quittung", form, content_type="multipart/form-data")


def flipped(content: bytes, bit: int) -> bytes:
    """Return the bytes with one bit the other way round."""
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


# What it says


def test_the_code_alone_is_answered_from_the_address_and_from_the_form(
    client: PortalClient, receipt: HandIn
) -> None:
    for page in (
        client.get(f"/quittung?code={receipt.code}").text,
        send(client, receipt.code).text,
        send(client, receipt.code.lower().replace("-", " ")).text,
    ):
        text = " ".join(page.split())
        assert GENUINE in text
        assert (
            "Am Donnerstag, 26. November 2026, 21:15 Uhr sind 3 Dokumente mit zusammen 6 Seiten "
            "eingegangen." in text
        )
        for listed in receipt.manifest["documents"]:
            for original in listed["originals"]:
                assert original["sha256"] in page


def test_it_shows_no_name_no_title_and_no_file(
    client: PortalClient, receipt: HandIn, paper: bytes
) -> None:
    for page in (
        client.get(f"/quittung?code={receipt.code}").text,
        send(client, "", paper).text,
        send(client, receipt.code, LETTER).text,
        send(client, receipt.code, b"another").text,
    ):
        for secret in ("Oksana", "Zitronenzeisig", "Attest", "attest.pdf", "Ärztliche", "JC-0"):
            assert secret not in page, secret
        assert str(receipt.case_id) not in page
        assert str(receipt.id) not in page


def test_the_paper_alone_is_enough(client: PortalClient, receipt: HandIn, paper: bytes) -> None:
    page = send(client, "", paper).text
    assert GENUINE in page
    assert "Zeichen für Zeichen so, wie wir sie ausgestellt haben" in page


def test_code_and_paper_together(client: PortalClient, receipt: HandIn, paper: bytes) -> None:
    page = send(client, receipt.code, paper).text
    assert GENUINE in page
    assert "Zeichen für Zeichen" in page


@pytest.mark.parametrize(("file", "number"), [(LETTER, 1), (PHOTOS[0], 2), (PHOTOS[1], 2)])
def test_code_and_document_say_which_it_is(
    client: PortalClient, receipt: HandIn, file: bytes, number: int
) -> None:
    page = send(client, receipt.code, file).text
    assert GENUINE in page
    assert f"unverändert Dokument {number} dieser Abgabe" in page


def test_one_flipped_bit_of_the_receipt_is_found(
    client: PortalClient, receipt: HandIn, paper: bytes
) -> None:
    last = len(paper) * 8 - 1
    for bit in (0, 8 * 1000, last // 2, last):
        for code in ("", receipt.code):
            page = send(client, code, flipped(paper, bit)).text
            assert NOT_OURS in page, bit
            assert GENUINE not in page, bit


def test_one_flipped_bit_of_a_document_is_found(client: PortalClient, receipt: HandIn) -> None:
    last = len(LETTER) * 8 - 1
    for bit in (0, last // 3, last):
        page = send(client, receipt.code, flipped(LETTER, bit)).text
        assert NOT_OURS in page, bit
        assert GENUINE not in page, bit


def test_one_byte_less_or_more_is_found(
    client: PortalClient, receipt: HandIn, paper: bytes
) -> None:
    for changed in (paper[:-1], paper + b"\n", b""):
        assert NOT_OURS in send(client, receipt.code, changed).text


def test_a_document_alone_is_not_confirmed(client: PortalClient, receipt: HandIn) -> None:
    """Who has a copy of somebody's paper must not learn whether it was handed in here."""
    known, unknown = send(client, "", LETTER), send(client, "", papers.pdf(2))
    assert NOT_OURS in known.text
    assert _without_token(known.text) == _without_token(unknown.text)
    assert known.status_code == unknown.status_code == 200


def test_the_confirmation_of_an_application_is_known_by_its_file(
    client: PortalClient, session: Session, owner: Citizen
) -> None:
    confirmation = papers.pdf(2)
    service.file_pdf(
        session,
        case=casefiles.case(session, owner),
        owner=owner,
        kind=DocumentKind.RECEIPT,
        title="Eingangsbestätigung WBA-1",
        filename="x.pdf",
        content=confirmation,
        by=SYSTEM,
        now=NOW,
    )
    page = send(client, "", confirmation).text
    assert "Diese Eingangsbestätigung ist echt." in page
    assert "Donnerstag, 26. November 2026, 21:15 Uhr" in page
    assert "WBA-1" not in page
    assert NOT_OURS in send(client, "", flipped(confirmation, 4000)).text


def test_a_document_of_another_receipt_does_not_fit(
    client: PortalClient, session: Session, receipt: HandIn
) -> None:
    other = casefiles.document(session, prepared=False)
    code = session.get_one(HandIn, other.hand_in_id).code
    assert NOT_OURS in send(client, code, LETTER).text


def test_unknown_codes_get_one_answer(client: PortalClient, receipt: HandIn, paper: bytes) -> None:
    """Well formed or not, with a genuine paper or without: who guesses learns nothing."""
    pages = set()
    for code in (receipt_codes.draw(), "ABCD", receipt.code[:-1]):
        for file in (None, paper, LETTER):
            page = send(client, code, file)
            assert page.status_code == 200
            assert NO_SUCH_CODE in page.text
            assert "SHA-256" not in page.text
            pages.add(_without_token(page.text).replace(code, ""))
    assert len(pages) == 1


def _without_token(page: str) -> str:
    lines = page.splitlines()
    return "\n".join(one for one in lines if "csrf_token" not in one and "nonce" not in one)


def test_nothing_is_asked_for_both(client: PortalClient) -> None:
    answer = send(client)
    assert answer.status_code == 422
    assert "Geben Sie den Code ein oder wählen Sie eine Datei aus." in answer.text


def test_the_receipt_counts_before_its_paper_is_written(
    client: PortalClient, session: Session
) -> None:
    document = casefiles.document(session, prepared=False)
    found = session.get_one(HandIn, document.hand_in_id)
    assert found.receipt_sha256 is None
    assert GENUINE in client.get(f"/quittung?code={found.code}").text
    assert NOT_OURS in send(client, "", b"").text, "no hash is not the hash of nothing"


# What it keeps and how often


def test_check_42_it_is_limited(
    client: PortalClient, receipt: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = Limit(2, 2, LIMITS["verification"].within, LIMITS["verification"].hint)
    monkeypatch.setitem(LIMITS, "verification", few)
    assert client.get(f"/quittung?code={receipt.code}").status_code == 200
    assert send(client, receipt.code).status_code == 200
    refused = send(client, receipt.code)
    assert refused.status_code == 429
    assert "Die Quittung bleibt gültig." in refused.text
    assert client.get(f"/quittung?code={receipt.code}").status_code == 429
    assert client.get("/quittung").status_code == 200, "the page itself is free"


def test_what_is_sent_is_never_kept(client: PortalClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is far too large to stay in memory touches no disk, not for a moment."""
    opened: list[str] = []
    monkeypatch.setattr(formparser, "SpooledTemporaryFile", lambda **_: opened.append("a file"))
    writes: list[int] = []
    write = hashed.Digest.write

    def remember(self: hashed.Digest, chunk: bytes) -> int:
        writes.append(len(chunk))
        return write(self, chunk)

    monkeypatch.setattr(hashed.Digest, "write", remember)
    token, large = client.csrf_token(), os.urandom(20_000_000)
    part = "--x\r\nContent-Disposition: form-data; name="
    head = f'{part}"csrf_token"\r\n\r\n{token}\r\n{part}"file"; filename="x.pdf"\r\n\r\n'
    answer = client.post(
        "/quittung",
        data=head.encode() + large + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    )
    assert NOT_OURS in answer.text
    assert opened == []
    assert sum(writes) == len(large)
    assert max(writes) < 2_000_000, "in pieces"


def test_a_digest_gives_nothing_back() -> None:
    place = hashed.stream(10, "application/pdf", "x.pdf")
    place.write(b"secret")
    place.seek(0)
    with pytest.raises(NotImplementedError):
        place.read()
    assert place.size == 6
