"""The words by which people compare whether a call is sealed: as many in every language."""

import re

import pytest
from flask import Flask
from flask_babel import force_locale, gettext

from portal.core import paths
from portal.core.i18n import LANGUAGES

WORDS = 64
_LISTS = re.compile(r'"sealing_words": _\("([^"]+)"\),\s+"sealing_words_german": "([^"]+)"')
_NO_PART_OF_A_WORD = re.compile(r"[^\w\s-]")


def lists() -> tuple[str, str]:
    found = _LISTS.search((paths.TEMPLATES / "layouts" / "call.html").read_text("utf-8"))
    assert found is not None
    return found[1], found[2]


def test_every_page_shows_the_german_words_too() -> None:
    """Given pages in two languages, people can still read the same four words to each other."""
    translated, german = lists()
    assert translated == german


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_sixty_four_different_words(app: Flask, language: str) -> None:
    with app.test_request_context(), force_locale(language):
        words = gettext(lists()[0]).split(", ")

    assert len(words) == WORDS
    assert len({word.casefold() for word in words}) == WORDS
    for word in words:
        assert word.strip() == word
        assert 2 <= len(word) <= 12
        assert not _NO_PART_OF_A_WORD.search(word)


def test_the_pages_count_on_as_many_words() -> None:
    script = paths.STATIC / "js" / "consultation" / "sealing" / "words.js"
    assert f"WORDS = {WORDS};" in script.read_text("utf-8")
