"""The main application: every field of the paper, and what follows for ten households."""

import re
from collections import Counter

from portal.applications import lint, shelf
from portal.applications.places import APPLICANT
from portal.applications.questions import GroupQuestion
from tests.applications.household_answers import Filled

HA = shelf.shipped()["ha", 1]


def numbers(written: str) -> list[int]:
    """Read “9–10” or “76, 78” as the numbers that it stands for."""
    found: list[int] = []
    for piece in written.split(", "):
        first, _, last = piece.partition("–")
        found += range(int(first), int(last or first) + 1)
    return found


def test_nothing_in_the_main_application_contradicts_itself():
    assert lint.faults(HA) == []


def test_every_field_of_the_paper_form_is_asked_exactly_once():
    """An annex is a paper of its own: what stands there (EKS has letters) is not counted."""
    annexes = {annex.id for annex in HA.annexes}
    own = [section for section in HA.sections if section.part not in annexes]
    questions = [q for section in own for page in section.pages for q in page.questions]
    columns = [c for q in questions if isinstance(q, GroupQuestion) for c in q.questions]
    written = [q.field_number for q in (*questions, *columns) if q.field_number]

    counted = Counter(number for one in written for number in numbers(one))

    assert sorted(counted) == list(range(1, 86))
    assert {number for number, count in counted.items() if count > 1} == set()


def test_everything_is_asked_in_german_and_english():
    assert lint.untranslated(HA, "de") == lint.untranslated(HA, "en") == []


def test_nothing_but_own_facts_is_asked_of_somebody_who_lives_alone():
    filled = Filled()
    filled.applies("Ada", "1990-05-01", lives_alone=True, housing_costs=False)

    sheet = filled.complete()

    assert {annex.code: owners for annex, owners in sheet.annexes} == {
        "EK": (APPLICANT,),
        "VM": (APPLICANT, None),
    }
    assert sheet.notices == ()
    assert sheet.urgency == (0, ())


def test_who_is_german_too_is_not_asked_about_a_residence_title():
    german = Filled()
    german.applies("Ada", "1990-05-01", lives_alone=True, nationalities=["DE", "TR"])
    pole = Filled()
    pole.applies("Ada", "1990-05-01", lives_alone=True, nationalities=["PL"])
    ukrainian = Filled()
    ukrainian.applies("Ada", "1990-05-01", lives_alone=True, nationalities=["UA"])

    pages = [{s.page.id for s in one.complete().steps} for one in (german, pole, ukrainian)]

    assert ["auslaenderregister" in one for one in pages] == [False, True, True]
    assert ["aufenthaltstitel" in one for one in pages] == [False, False, True]


def test_page_addresses_are_german_words():
    assert all(re.fullmatch(r"[a-z0-9-]+", page.id) for page in HA.pages)
