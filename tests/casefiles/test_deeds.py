"""The trail of a case speaks German: every deed that is written to it has its words."""

import re
from pathlib import Path

from flask import Flask

import portal
from portal.casefiles import deeds

FEATURES = (
    "casefiles",
    "applications",
    "instant",
    "appointments",
    "consultations",
    "inbox",
    "casework",
)
NOT_OF_A_CASE = {
    "casefiles.access_asked_in_vain",
    "appointments.hours_added",
    "appointments.hours_removed",
    "appointments.absence_added",
    "appointments.absence_removed",
    "instant.forgotten",
}


def written_deeds() -> set[str]:
    """Find the deeds that stand as plain words in the source."""
    root = Path(portal.__file__).parent
    found: set[str] = set()
    for feature in FEATURES:
        for file in (root / feature).rglob("*.py"):
            found |= set(re.findall(r'deed="([a-z]+\.[a-z_]+)"', file.read_text("utf-8")))
    return found - NOT_OF_A_CASE


def test_every_deed_has_german_words() -> None:
    assert written_deeds() <= set(deeds.WORDS)


def test_the_pages_behind_deeds_exist(rolled_back_app: Flask) -> None:
    for endpoint in deeds.PAGES.values():
        assert endpoint in rolled_back_app.view_functions, endpoint
