"""Names of files on the way in and on the way out."""

import pytest

from portal.papers import filenames
from portal.papers.limits import JPEG, PDF

NAMES = {
    "Mietvertrag.pdf": "Mietvertrag.pdf",
    "Müller Größe.pdf": "Müller Größe.pdf",
    "Mu\u0308ller.pdf": "Müller.pdf",
    "../../etc/passwd.pdf": "passwd.pdf",
    "C:\\Users\\Jana\\lohn.pdf": "lohn.pdf",
    'a"b\r\nSet-Cookie: x.pdf': 'a"bSet-Cookie: x.pdf',
    "lohn\u202efdp.exe.pdf": "lohnfdp.exe.pdf",
    "zwei   Leer\u00a0zeichen.pdf": "zwei Leer zeichen.pdf",
    "image": "image.pdf",
    "": "Dokument.pdf",
    ".pdf": "pdf.pdf",
    "...": "Dokument.pdf",
    "Brief.PDF": "Brief.PDF",
    "x" * 300 + ".pdf": "x" * 116 + ".pdf",
}


@pytest.mark.parametrize(("given", "kept"), NAMES.items())
def test_a_name_is_kept_without_what_harms(given: str, kept: str) -> None:
    assert filenames.clean(given, PDF) == kept


def test_no_name_gets_one() -> None:
    assert filenames.clean(None, JPEG) == "Dokument.jpg"


def test_umlauts_go_out_as_rfc_6266_says() -> None:
    assert filenames.disposition("Müller Größe.pdf") == (
        'attachment; filename="Muller Groe.pdf"; '
        "filename*=UTF-8''M%C3%BCller%20Gr%C3%B6%C3%9Fe.pdf"
    )


@pytest.mark.parametrize("name", ['a"b.pdf', "a\r\nb: c.pdf", "a;b\\c.pdf", "договір.pdf"])
def test_no_name_breaks_out_of_the_header(name: str) -> None:
    value = filenames.disposition(name)
    assert value.isascii()
    assert value.isprintable()
    assert value.count('"') == 2
