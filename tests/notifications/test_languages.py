"""A message is written in the language of its reader, dates and direction of writing included."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask
from flask_babel import force_locale, get_babel
from sqlalchemy.orm import Session

from portal.accounts.models import RepresentationKind
from portal.accounts.service import letters as account_letters
from portal.core import i18n
from portal.notifications import service
from portal.notifications.models import Message
from portal.representation import letters
from tests.factories import accounts, representation

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
ARABIC = {
    "Ein Termin ist für Sie frei geworden": "موعد متاح لك",
    "Guten Tag %(name)s,": "مرحبا %(name)s،",
}


@pytest.fixture
def arabic(app: Flask, tmp_path: Path) -> Iterator[None]:
    """Give the portal a catalogue in Arabic with two texts."""
    catalogue = Catalog(locale="ar")
    for german, words in ARABIC.items():
        catalogue.add(german, words)
    folder = tmp_path / "ar" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    babel = get_babel()
    babel.translation_directories.append(str(tmp_path))
    babel.instance.domain_instance.cache.clear()
    yield
    babel.translation_directories.remove(str(tmp_path))
    babel.instance.domain_instance.cache.clear()


def offered(session: Session, language: str) -> Message:
    offer = SimpleNamespace(id="1", starts_at=datetime(2026, 12, 24, 9, tzinfo=UTC), expires_at=NOW)
    sent = service.send(
        session,
        template="slot_offered",
        address="oksana@example.org",
        recipient_id=None,
        now=NOW,
        context={"offer": offer, "citizen": SimpleNamespace(name="Oksana Kovalenko")},
        language=language,
    )
    assert sent is not None
    return sent


def test_english_is_english_with_its_dates(session: Session) -> None:
    sent = offered(session, "en")
    assert sent.language == "en"
    assert "Thursday, 24 December 2026, 10:00" in sent.text
    assert 'lang="en" dir="ltr"' in sent.html
    assert "Guten Tag" not in sent.text
    assert "Uhr" not in sent.text


@pytest.mark.parametrize("language", ["ar", "ru", "tlh", "../../en", ""])
def test_a_language_without_a_catalogue_is_written_in_german_as_a_whole(
    session: Session, language: str
) -> None:
    sent = offered(session, language)
    assert sent.language == "de"
    assert "Donnerstag, 24. Dezember 2026, 10:00 Uhr" in sent.text
    assert 'lang="de" dir="ltr"' in sent.html


def test_a_text_that_is_missing_appears_in_german(session: Session, arabic: None) -> None:
    """Given a catalogue with two texts, the rest is German; the page runs from right to left."""
    sent = offered(session, "ar")
    assert sent.subject == ARABIC["Ein Termin ist für Sie frei geworden"]
    assert "Nehmen oder nicht nehmen" in sent.text
    assert "ديسمبر" in sent.text  # December
    assert 'lang="ar" dir="rtl"' in sent.html


def test_the_language_of_the_writer_does_not_matter(app: Flask, session: Session) -> None:
    """An officer who reads English writes to somebody who reads German."""
    with force_locale("en"):
        assert offered(session, "de").subject == "Ein Termin ist für Sie frei geworden"
        person = accounts.citizen(session)
        account_letters.send(session, person, "key_added", now=NOW, what="x")


def test_each_reader_has_the_own_language(session: Session) -> None:
    """A guardian reads English, the person German: each gets what they read."""
    person = accounts.citizen(session, language="de")
    guardian = accounts.citizen(session, language="en")
    representation.representation(
        session,
        kind=RepresentationKind.GUARDIAN,
        principal=person,
        representative=guardian,
        now=NOW,
    )
    first, second = letters.send(
        session,
        citizen=person,
        template="letter_waiting",
        now=NOW,
        context={"name": person.name, "path": "/postfach"},
    )
    assert (first.language, second.language) == ("de", "en")
    assert first.subject != second.subject


def test_every_language_of_the_portal_is_written(session: Session) -> None:
    for language in i18n.LANGUAGES:
        assert i18n.written_in(language) == language


def test_no_style_of_a_mail_knows_left_or_right(session: Session) -> None:
    style = re.findall(r"<style>(.*?)</style>", offered(session, "de").html, re.DOTALL)[0]
    assert not re.search(r"\b(margin|padding|border)-(left|right)\b", style)
