"""What stands beside a draft: who reads along, what is proposed, and how a proposal reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.applications import merging, proposing, reading_queries, reading_rules
from portal.applications.places import Place
from portal.applications.queries import Filled
from portal.applications.reading_along import DraftReading, Proposal
from portal.applications.sheet import Part, Sheet, Step
from portal.applications.wording import NOTHING, Wording
from portal.audit.models import Event
from portal.core.templating import moment


class Standing(StrEnum):
    """Where a proposal stands that is not decided."""

    OPEN = "open"
    SAME = "same"
    ASIDE = "aside"


@dataclass(frozen=True)
class Proposed:
    """One proposal as it reads; `mark` is that of the answer beside which it is shown."""

    id: UUID
    place: Place
    title: str
    before: str
    value: str
    by: str
    by_id: UUID
    mark: str
    standing: Standing


@dataclass(frozen=True)
class Beside:
    """Who reads a draft along now, and what is proposed in it, for who fills it in."""

    reading: DraftReading | None = None
    proposals: tuple[Proposed, ...] = ()

    @property
    def open(self) -> list[Proposed]:
        """Return what waits for a decision."""
        return [one for one in self.proposals if one.standing is Standing.OPEN]

    @property
    def aside(self) -> list[Proposed]:
        """Return what was proposed for questions that are not asked any more."""
        return [one for one in self.proposals if one.standing is Standing.ASIDE]

    def at(self, place: Place) -> Proposed | None:
        """Return what waits for a decision at one question."""
        return next((one for one in self.open if one.place == place), None)

    def within(self, sheet: Sheet, part: Part) -> "Beside":
        """Return what of it belongs to one part of the form."""
        places = {place for step in part.steps for place in _fields(sheet, step)}
        return Beside(self.reading, tuple(one for one in self.open if one.place in places))


def beside(session: Session, say: Wording, filled: Filled, *, now: datetime) -> Beside:
    """Gather it for a draft: two queries, however much there is."""
    reading = reading_queries.not_ended(session, application=filled.application)
    is_running = reading is not None and reading_rules.is_running(reading, now=now)
    return Beside(reading if is_running else None, proposals(session, say, filled))


def proposals(session: Session, say: Wording, filled: Filled) -> tuple[Proposed, ...]:
    """Return what is proposed, as far as it is for the eyes of who looks at the sheet."""
    found = reading_queries.proposals_in(session, application=filled.application)
    places = ((one, proposing.place_of(one)) for one in found)
    shown = [pair for pair in places if not filled.sheet.hides_place(pair[1])]
    return tuple(_proposed(say, filled.sheet, one, place) for one, place in shown)


def _proposed(say: Wording, sheet: Sheet, proposal: Proposal, place: Place) -> Proposed:
    question, kept = sheet.form.find(place.question), sheet.kept.get(place)
    if question is None:
        raise KeyError(place.question)  # `hides_place` has said that it is there
    answer = sheet.answer(*place)
    before = NOTHING if answer is None else say.value(sheet, question, answer)
    if sheet.is_later(*place):
        before = str(gettext("Reiche ich nach"))
    mark = merging.mark(kept.value if kept else None)
    standing = Standing.OPEN
    if not reading_rules.is_asked(sheet, place):
        standing = Standing.ASIDE
    elif mark == merging.mark(proposal.value):
        standing = Standing.SAME
    return Proposed(
        id=proposal.id,
        place=place,
        title=say.place(sheet, place),
        before=before,
        value=say.value(sheet, question, proposal.value),
        by=proposal.by_name,
        by_id=proposal.by_id,
        mark=mark,
        standing=standing,
    )


TONES = {Standing.OPEN: "info", Standing.SAME: "success", Standing.ASIDE: "neutral"}


def standing_words(standing: Standing) -> str:
    """Return where a proposal stands, for who made it."""
    match standing:
        case Standing.OPEN:
            return str(gettext("Noch nicht entschieden"))
        case Standing.SAME:
            return str(gettext("Steht jetzt so im Entwurf"))
        case _:
            return str(gettext("Wird nicht mehr gefragt"))


def ways_to_propose(reading: DraftReading, sheet: Sheet) -> dict[Place, str]:
    """Return for each question of a draft where an answer to it is proposed."""
    found = {}
    for step in sheet.steps:
        for place in _fields(sheet, step):
            if reading_rules.may_be_proposed(sheet.form.find(place.question)):
                found[place] = url_for(
                    "staff_readings.ask",
                    id=reading.id,
                    question_id=place.question,
                    zeile=place.row,
                    fuer=place.owner,
                )
    return found


def _fields(sheet: Sheet, step: Step) -> list[Place]:
    group = step.page.group
    if group is None:
        return [Place(one.id, None, step.owner) for one in sheet.asked_on(step)]
    return [
        Place(column.id, row, step.owner)
        for row in sheet.rows(group, step.owner)
        for column in sheet.asked_in(group, row, step.owner)
    ]


def notes(proposed: Sequence[Proposed]) -> dict[Place, str]:
    """Return what stands beside an answer for who reads along: what is proposed there."""
    return {
        one.place: gettext("Vorschlag von %(name)s: %(value)s", name=one.by, value=one.value)
        for one in proposed
        if one.standing is Standing.OPEN
    }


def openings(events: Sequence[Event]) -> list[Mapping[str, Any]]:
    """Return who of the office has opened the draft and when, for `data_table`."""
    return [{"at": moment(event.at), "who": event.actor_name} for event in events]
