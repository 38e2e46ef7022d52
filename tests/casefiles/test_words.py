"""Words of documents: hashed under a key, found by stem, by beginning and by number."""

import json
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.casefiles import file_jobs, words
from portal.casefiles.keeping import DocumentWords
from portal.casefiles.models import Document, DocumentKind
from portal.core import clock
from portal.core.vault import service as vault
from tests.factories import accounts, casefiles


@pytest.fixture
def paper(session: Session) -> Document:
    oksana = accounts.citizen(session, first_name="Oksana", last_name="Kovalenko")
    made = casefiles.document(session, owner=oksana, title="Lohnabrechnung Oktober")
    made.months_from = made.months_until = date(2026, 10, 1)
    return made


def kept(session: Session, document: Document) -> set[int]:
    session.expire_all()
    return set(session.scalars(
        select(DocumentWords.words).where(DocumentWords.document_id == document.id)
    ).one())  # fmt: skip


def finds(session: Session, document: Document, query: str) -> bool:
    asked = words.hashes(session, query)
    return bool(asked) and set(asked) <= kept(session, document)


def test_a_text_is_found_by_the_stems_of_its_words_and_by_its_numbers(
    session: Session, paper: Document
) -> None:
    words.index(
        session,
        document=paper,
        texts=["Der Arbeitgeber zahlte Überstunden.", "Betrag 1.845,30 EUR, Nr. 4711"],
    )
    for query in ("Arbeitgebers", "ÜBERSTUNDE", "4711", "1.845,30", "arbeitgeber 4711"):
        assert finds(session, paper, query), query
    for query in ("Vermieter", "Arbeitgeber Vermieter", "47", "!?", ""):
        assert not finds(session, paper, query), query


def test_a_document_is_found_by_what_the_office_calls_it(session: Session, paper: Document) -> None:
    words.index_anew(session, document=paper)
    for query in ("Lohn", "lohnabrechnungen", "Kovalenko", "koval", "Oktober 2026", "lohn.jpg"):
        assert finds(session, paper, query), query
    assert not finds(session, paper, "September")


def test_a_name_that_is_a_stop_word_is_found(session: Session) -> None:
    will = casefiles.document(session, owner=accounts.citizen(session, last_name="Will"))
    assert finds(session, will, "Will")


def test_words_of_the_text_have_no_beginnings(session: Session, paper: Document) -> None:
    words.index(session, document=paper, texts=["Betriebskostenabrechnung"])
    assert finds(session, paper, "Betriebskostenabrechnung")
    assert not finds(session, paper, "Betrieb")


def test_what_comes_in_is_found_at_once_by_its_title(session: Session) -> None:
    made = casefiles.document(session, kind=DocumentKind.RENTAL_CONTRACT, prepared=False)
    assert finds(session, made, "Miete") or finds(session, made, "Mietvertrag")


def test_no_word_can_be_read_in_the_database_and_another_key_gives_other_numbers(
    session: Session, paper: Document, app: Flask
) -> None:
    before = kept(session, paper)
    assert all(0 <= number < 2**63 for number in before)
    settings = app.config["SETTINGS"]
    asked = words.hashes(session, "Lohnabrechnung")
    app.config["SETTINGS"] = settings.model_copy(update={"secret_key": "another key " * 4})
    try:
        assert set(words.hashes(session, "Lohnabrechnung")).isdisjoint(asked)
    finally:
        app.config["SETTINGS"] = settings


def test_after_a_new_key_both_are_asked_until_the_job_has_hashed_all_anew(
    session: Session, paper: Document, app: Flask
) -> None:
    settings = app.config["SETTINGS"]
    ring = f"{'a fresh key ' * 4},{settings.secret_key}"
    app.config["SETTINGS"] = settings.model_copy(update={"secret_key": ring})
    try:
        fresh, old = words.variants(session, "Lohnabrechnung")
        assert set(old) <= kept(session, paper)
        assert [one.id for one in words.unindexed(session, limit=9)] == [paper.id]
        file_jobs.index_words(session, now=clock.now())
        assert set(fresh) <= kept(session, paper)
        assert not words.unindexed(session, limit=9)
    finally:
        app.config["SETTINGS"] = settings


@pytest.mark.parametrize("write", [json.dumps, "\f".join])
def test_the_kept_text_is_indexed_again_with_new_metadata(
    session: Session, paper: Document, write: object
) -> None:
    text = write(["Erste Seite", "Überweisung"])  # type: ignore[operator]
    file = vault.keep(session, holder=paper.case_id, chunks=[text.encode()], now=clock.now())
    paper.text_file_id, paper.title = file.id, "Kontoblatt"
    words.index_anew(session, document=paper)
    assert finds(session, paper, "Überweisungen Kontoblatt")


def test_a_huge_text_and_strange_signs_do_no_harm(session: Session, paper: Document) -> None:
    words.index(session, document=paper, texts=["a\0b " + "x" * 3000, "wort " * 100_000])
    assert finds(session, paper, "wort")
