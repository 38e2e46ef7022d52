"""What may be handed in: one table for the hint, the check and this test."""

import pytest
from flask import Flask

from portal.core.errors import CutOff, InvalidInput, TooLarge
from portal.papers import limits
from portal.papers.limits import ALLOWED, Fault, Flaw
from portal.uploads import taking
from tests.factories import papers
from tests.factories.casefiles import upload


@pytest.fixture(autouse=True)
def request_context(app: Flask) -> object:
    with app.test_request_context():
        yield


PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"

# Each file is made when its test runs.
GOOD = {
    "PDF": (papers.pdf, "brief.pdf", PDF),
    "PDF in capitals": (papers.pdf, "BRIEF.PDF", PDF),
    "JPEG": (papers.picture, "foto.jpg", JPEG),
    "JPEG from Android": (papers.picture, "foto.jpeg", "image/jpg"),
    "JPEG without a name": (papers.picture, "image", JPEG),
    "PNG": (lambda: papers.picture("PNG"), "schirm.png", PNG),
    "TIFF": (lambda: papers.picture("TIFF"), "scan.tif", "image/tiff"),
    "nothing declared": (papers.pdf, "brief.pdf", "application/octet-stream"),
    "protected against changes only": (
        lambda: papers.encrypted_pdf(owner_only=True), "lohn.pdf", PDF,
    ),
}  # fmt: skip

BAD = {
    "nothing in it": (lambda: b"", "leer.pdf", PDF, "leer"),
    "cut-off JPEG": (lambda: half(papers.picture()), "foto.jpg", JPEG, "unvollständig"),
    "cut-off PNG": (lambda: papers.picture("PNG")[:-2000], "a.png", PNG, "unvollständig"),
    "cut-off PDF": (lambda: half(papers.pdf()), "brief.pdf", PDF, "unvollständig"),
    "HTML as PDF": (lambda: b"<!doctype html><p>Hallo", "a.pdf", PDF, "nicht annehmen"),
    "HTML after a PDF head": (
        lambda: b"%PDF-1.7\n<html><script>1</script></html>\n%%EOF", "a.pdf", PDF,
        "mehr als ein Dokument",
    ),
    "PDF and zip in one": (
        lambda: papers.pdf() + papers.zipped(), "a.pdf", PDF, "mehr als ein Dokument",
    ),
    "photo and zip in one": (
        lambda: papers.picture() + papers.zipped(), "a.jpg", JPEG, "mehr als ein Dokument",
    ),
    "SVG": (
        lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "image/svg+xml", "annehmen",
    ),
    "GIF": (lambda: papers.picture("GIF"), "a.gif", "image/gif", "Erlaubt sind PDF"),
    "GIF named JPEG": (lambda: papers.picture("GIF"), "a.jpg", JPEG, "Erlaubt sind PDF"),
    "garbage": (papers.garbage, "a.pdf", PDF, "nicht annehmen"),
    "PDF that is none": (
        lambda: b"%PDF-1.7\n" + papers.garbage() + b"\n%%EOF", "a.pdf", PDF,
        "lässt sich nicht öffnen",
    ),
    "PNG named JPEG": (lambda: papers.picture("PNG"), "a.jpg", JPEG, "in Wirklichkeit eine PNG"),
    "declared as something else": (
        papers.picture, "a.jpg", "text/html", "in Wirklichkeit eine JPEG",
    ),
    "with a password": (papers.encrypted_pdf, "a.pdf", PDF, "ohne Passwort"),
    "pixel bomb": (papers.pixel_bomb, "a.png", PNG, "60 Millionen Bildpunkte"),
    "too many pages": (
        lambda: papers.pdf_of_empty_pages(limits.MAX_PAGES + 1), "a.pdf", PDF, "200",
    ),
    "word processor": (papers.docx, "a.docx", "application/msword", "als PDF"),
    "text": (lambda: b"Hallo", "a.txt", "text/plain", "als PDF"),
    "archive": (papers.zipped, "a.zip", "application/zip", "nicht annehmen"),
}  # fmt: skip


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize("case", GOOD)
def test_what_people_have_is_taken(case: str) -> None:
    make, name, content_type = GOOD[case]
    content = make()
    with taking.looked_at([upload(content, name, content_type)]) as taken:
        assert b"".join(taken[0].chunks()) == content
        assert taken[0].filename.lower().endswith(taken[0].kind.extensions)


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_taken_is_refused_with_one_sentence_that_helps(case: str) -> None:
    make, name, content_type, words = BAD[case]
    with (
        pytest.raises(InvalidInput) as refused,
        taking.looked_at([upload(make(), name, content_type)]),
    ):
        pass
    assert words in refused.value.message
    assert refused.value.message.endswith(".")
    assert "%(" not in refused.value.message


def test_a_heic_photo_is_recognised_by_its_first_bytes() -> None:
    """No library here writes HEIC, so this asks only that a broken one is refused as unreadable."""
    broken = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + papers.garbage(400)
    with (
        pytest.raises(InvalidInput, match=r"nicht öffnen|unvollständig"),
        taking.looked_at([upload(broken, "IMG_1.HEIC", "image/heic")]),
    ):
        pass


def test_a_scan_of_several_pages_counts_them() -> None:
    pages = [papers.sheet(width=300, height=400) for _ in range(3)]
    scan = papers.picture("TIFF", save_all=True, append_images=pages)
    with taking.looked_at([upload(scan, "scan.tiff", "image/tiff")]) as taken:
        assert taken[0].pages == 4


def test_one_byte_over_the_limit_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "MAX_FILE_BYTES", len(papers.picture()) - 1)
    with pytest.raises(TooLarge, match="zu groß"), taking.looked_at([upload(papers.picture())]):
        pass
    monkeypatch.setattr(taking, "MAX_FILE_BYTES", len(papers.picture()))
    with taking.looked_at([upload(papers.picture())]):
        pass


def test_all_files_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "MAX_TOGETHER_BYTES", 2 * len(papers.picture()) - 1)
    with pytest.raises(TooLarge, match="zusammen"), taking.looked_at([upload(), upload()]):
        pass


def test_no_file_and_too_many_files() -> None:
    with pytest.raises(InvalidInput, match="mindestens eine Datei"), taking.looked_at([]):
        pass
    too_many = [upload() for _ in range(limits.MAX_FILES + 1)]
    with pytest.raises(InvalidInput, match="zu viele Dateien"), taking.looked_at(too_many):
        pass


def test_fewer_bytes_than_declared_are_cut_off() -> None:
    short = upload(papers.picture())
    short.headers["Content-Length"] = str(len(papers.picture()) + 1)
    with pytest.raises(CutOff, match="unvollständig"), taking.looked_at([short]):
        pass


def test_the_hint_names_the_limits_of_the_table() -> None:
    hint = str(taking.HINT)
    for kind in ALLOWED:
        assert kind.word in hint
    for limit in (limits.MAX_FILES, limits.MAX_FILE_BYTES // 10**6, limits.MAX_PAGES):
        assert str(limit) in hint
    assert str(limits.MAX_TOGETHER_BYTES // 10**6) in hint


def test_every_fault_has_a_sentence() -> None:
    assert set(taking.SENTENCES) == set(Fault)


def test_every_flaw_of_a_photo_has_a_sentence_that_says_what_to_do() -> None:
    assert set(taking.FLAWS) == set(Flaw)
    assert all("Bitte fotografieren Sie" in str(sentence) for sentence in taking.FLAWS.values())


def test_photos_join_and_papers_stay_alone() -> None:
    first, paper, second = (
        upload(papers.picture(), "1.jpg"),
        upload(papers.pdf(), "a.pdf", PDF),
        upload(papers.picture(), "2.jpg"),
    )
    picked = [first, paper, second]
    assert taking.grouped(picked, together=True) == [[first, second], [paper]]
    assert taking.grouped(picked, together=False) == [[first], [paper], [second]]
