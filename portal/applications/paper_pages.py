"""What the pages of papers share, for who applies and for who fills in a part: ways and forms."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import current_app, url_for

from portal.applications import papers, queries
from portal.applications.queries import Filled
from portal.applications.sheet import Need
from portal.casefiles import asked, asking_forms
from portal.casefiles.models import Document, EvidenceAnswer
from portal.core import clock
from portal.core.db import db
from portal.core.errors import NotFound

_ANSWERS = {slug: answer for answer, slug in asked.SLUGS.items()}


@dataclass(frozen=True)
class PapersAt:
    """Where the papers stand: in an application, or in the part of one person."""

    room: str
    id: UUID

    def all(self) -> str:
        """Return the address of the list of papers."""
        return url_for(f"{self.room}.documents", id=self.id)

    def need(self, key: str) -> str:
        """Return the address of one paper."""
        return url_for(f"{self.room}.need", id=self.id, key=key)

    def ways_to_say(self, need: Need) -> list[dict[str, Any]]:
        """Return the six answers without a paper, each with its address."""
        return asked.ways_to_say(
            need.requirement.kind,
            lambda slug: url_for(f"{self.room}.ask", id=self.id, key=need.key, slug=slug),
        )


def of_others(filled: Filled) -> frozenset[str]:
    """Return for which papers another person has handed something in; who is alone asks nobody."""
    if not filled.sheet.eyes.closed:
        return frozenset()
    return queries.keys_of_others(db.session, application=filled.application)


def answer_of(slug: str) -> EvidenceAnswer:
    """Return the answer that an address names; raise `NotFound` for another word."""
    if slug not in _ANSWERS:
        raise NotFound
    return _ANSWERS[slug]


def say_form(slug: str, *, offer: Callable[[], Sequence[Document]]) -> Any:
    """Return the form of one answer; `offer` finds the papers that are there already."""
    form = asking_forms.SAYING[answer_of(slug)]()
    if isinstance(form, asking_forms.LaterForm):
        today = clock.local_date(clock.now())
        land = current_app.config["SETTINGS"].land
        form.offer(papers.days_to_name(today, land=land), due_on=None)
    if isinstance(form, asking_forms.AlreadySentForm):
        form.offer(offer())
    return form
