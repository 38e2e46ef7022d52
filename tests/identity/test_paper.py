"""The letter with the code as paper, written where only the office is served."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask import Flask, render_template
from pypdfium2 import PdfDocument

from portal.app import create_app
from portal.identity import paper
from tests.factories import identity

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
LETTER = SimpleNamespace(
    **identity.FILE,
    printed_at=NOW,
    printed_by_name="Lukas Neumann",
    expires_at=NOW + timedelta(days=30),
)


@pytest.fixture
def office_only(rolled_back_app: Flask) -> Flask:
    settings = rolled_back_app.config["SETTINGS"]
    return create_app(settings.model_copy(update={"interfaces": ("staff",)}))


def test_the_office_alone_writes_letter_and_message(office_only: Flask) -> None:
    with office_only.test_request_context():
        assert "identity.index" not in office_only.view_functions
        words = identity.words_of(paper.code_letter(LETTER, code="K7QP-3MXD"))
        assert "http://localhost/konto/identitaet" in words
        person = SimpleNamespace(name="Oksana Kovalenko")
        text = render_template("messages/identity_linked/body.txt", person=person)
        assert "http://localhost/konto/identitaet" in text
    assert "gilt einmal und bis Samstag, 26. Dezember 2026" in " ".join(words.split())


def test_the_code_is_read_off_the_paper_without_blanks(office_only: Flask) -> None:
    """Given letters that stand close together, when the code is copied, it is whole."""
    with office_only.test_request_context():
        words = identity.words_of(paper.code_letter(LETTER, code="4WVT-TVVC"))
    assert "4WVT-TVVC" in words


def test_a_long_name_and_address_stay_on_one_page(office_only: Flask) -> None:
    long = SimpleNamespace(**{**vars(LETTER), "recipient": "Maria " * 26, "street": "Allee " * 20})
    with office_only.test_request_context():
        document = PdfDocument(paper.code_letter(long, code="K7QP-3MXD"))
    assert len(document) == 1
    document.close()
