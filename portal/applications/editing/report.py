"""What speaks against publishing an edition, and what makes it hard to read. Pure.

`faults` block; `long_sentences` and `lopsided` are hints. That nobody reads a sentence of more than
20 words at once is the rule of thumb of plain German (DIN SPEC 33429, DIN 8581-1: at most 15 words
for Leichte and about 20 for Einfache Sprache).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portal.applications import editions, lint
from portal.applications.definitions import Form
from portal.applications.editions import Difference, Slot
from portal.applications.questions import LANGUAGES
from portal.applications.sheet import PLACEHOLDER

WORDS_OF_A_SENTENCE = 20
_END = re.compile(r"(?<=[.!?:])\s+|\n+")


@dataclass(frozen=True)
class Report:
    """Everything that was found in an edition."""

    faults: Sequence[str]
    unfilled: Sequence[tuple[Slot, str, str]]
    """Placeholders that nothing fills in, or that a language lacks: place, language, name."""
    long_sentences: Sequence[tuple[Slot, str]]
    lopsided: Sequence[Slot]

    @property
    def blocks(self) -> bool:
        """Tell whether this must not be published."""
        return bool(self.faults or self.unfilled)


def report(shipped: Form, edited: Form) -> Report:
    """Look at an edition of a shipped form; hints are about what the office has changed."""
    different = editions.differences(shipped, edited)
    changed = {one.place.at for one in different}
    before = {one.at: one for one in editions.slots(shipped)}
    places = [one for one in editions.slots(edited) if _is_new(one, changed)]
    return Report(
        lint.faults(edited),
        tuple(found for one in places for found in _unfilled(one, before.get(one.at), edited)),
        tuple(found for one in places for found in _long(one)),
        tuple(_lopsided(different)),
    )


def _is_new(place: Slot, changed: set[str]) -> bool:
    return place.at in changed or (place.question or "").startswith(editions.OWN)


def allowed_placeholders(place: Slot, before: Slot | None, edited: Form) -> frozenset[str]:
    """Return what may stand in braces in a text: what stood there, the benefit, the person.

    `before` is the same place as shipped, if there is one.
    """
    known = set(PLACEHOLDER.findall(before.words.get("de", ""))) if before else set()
    section = next((one for one in edited.sections if one.id == place.section), None)
    person = {"person"} if section is not None and section.per is not None else set()
    return frozenset(known | lint.GLOBAL_PLACEHOLDERS | person)


def _unfilled(place: Slot, before: Slot | None, edited: Form) -> Iterator[tuple[Slot, str, str]]:
    allowed = allowed_placeholders(place, before, edited)
    needed = set(PLACEHOLDER.findall(place.words.get("de", "")))
    for language, words in place.words.items():
        names = set(PLACEHOLDER.findall(words))
        for name in sorted((names - allowed) | (needed - names)):
            yield place, language, name


def long_sentences(words: str) -> list[str]:
    """Return the sentences that have more than 20 words."""
    found = (sentence.strip() for sentence in _END.split(words))
    return [one for one in found if len(one.split()) > WORDS_OF_A_SENTENCE]


def _long(place: Slot) -> Iterator[tuple[Slot, str]]:
    for sentence in long_sentences(place.words.get("de", "")):
        yield place, sentence


def _lopsided(different: Sequence[Difference]) -> Iterator[Slot]:
    """Name the texts whose German is new while another language still says what it said before."""
    for one in different:
        if one.kind is not editions.Kind.WORDS or not one.before.get("de"):
            continue
        stale = [
            language
            for language in LANGUAGES
            if one.place.words.get(language) and language not in one.after
        ]
        if "de" in one.after and stale:
            yield one.place


def missing(form: Form) -> dict[str, int]:
    """Count the texts that each further language lacks."""
    found = dict.fromkeys(LANGUAGES[2:], 0)
    for place in editions.slots(form):
        for language in found:
            found[language] += bool(place.words) and language not in place.words
    return found
