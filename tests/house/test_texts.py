"""Every text that code and templates show has its translation, with the same places to fill."""

import re

import pytest

from portal.dev import texts

PLACE = re.compile(r"%\([a-z_]+\)[sd]")


@pytest.mark.parametrize("language", list(texts.languages()))
def test_every_text_is_translated(language: str) -> None:
    catalogue = texts.read(language)
    missing = [
        message.id
        for message in texts.in_source()
        if message.id and not _is_whole(catalogue.get(message.id, message.context))
    ]
    assert missing == [], f"run `make texts` and translate {len(missing)} texts"


def _is_whole(message: object) -> bool:
    words = getattr(message, "string", None)
    return all(words) if isinstance(words, tuple) else bool(words)


@pytest.mark.parametrize("language", list(texts.languages()))
def test_translations_fill_the_same_places(language: str) -> None:
    for message in texts.read(language):
        originals = message.id if isinstance(message.id, tuple) else (message.id,)
        allowed = {place for one in originals for place in PLACE.findall(one)}
        for words in message.string if isinstance(message.string, tuple) else (message.string,):
            assert set(PLACE.findall(words)) <= allowed, message.id
