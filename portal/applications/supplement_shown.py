"""Supplements and rounds as they read: each change before and after, for pages and receipts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import gettext

from portal.applications import amending, correction_queries, supplement_ways
from portal.applications.amending import Amendment, Change
from portal.applications.models import CorrectionMark, CorrectionRound, Supplement
from portal.applications.places import LATER, Place, Value
from portal.applications.queries import Filled
from portal.applications.questions import GroupQuestion
from portal.applications.sheet import Sheet, Step
from portal.applications.wording import MARK_WORDS, NOTHING, Wording
from portal.core.templating import short_day

Task = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One change as it reads; nothing before or after is a dash."""

    place: Place
    title: str
    before: str
    after: str
    is_confirmed: bool


@dataclass(frozen=True)
class Told:
    """One sent supplement with its changes as they read."""

    supplement: Supplement
    rows: tuple[Row, ...]


def rows(say: Wording, base: Sheet, sheet: Sheet, changes: Iterable[Change]) -> tuple[Row, ...]:
    """Return the changes as they read, without those that are not for these eyes."""
    return tuple(_row(say, base, sheet, one) for one in changes if not base.hides_place(one.place))


def _row(say: Wording, base: Sheet, sheet: Sheet, change: Change) -> Row:
    knows = base if change.after is None else sheet
    before = value(say, base, change.place, change.before)
    after = value(say, sheet, change.place, change.after)
    return Row(change.place, say.place(knows, change.place), before, after, change.is_confirmed)


def value(say: Wording, sheet: Sheet, place: Place, kept: Value | None) -> str:
    """Return an answer as it reads; a list as the titles of its rows."""
    question = sheet.form.find(place.question)
    if isinstance(question, GroupQuestion):
        rows = sheet.rows(question, place.owner)
        titles = [say.row_title(sheet, question, row, place.owner) for row in rows]
        return "; ".join(titles) or NOTHING
    if kept is None or question is None:
        return NOTHING
    if kept == LATER:
        return str(gettext("Reiche ich nach"))
    return say.value(sheet, question, kept)


def history(say: Wording, sent: Sheet, supplements: Sequence[Supplement]) -> list[Told]:
    """Return every sent supplement with what it changed, each on top of those before it."""
    found, base = [], sent
    for one in supplements:
        changes = amending.read(one.changes)
        sheet = amending.applied(base, changes)
        found.append(Told(one, rows(say, base, sheet, changes)))
        base = sheet
    return found


def notes(told: Iterable[Told]) -> dict[Place, str]:
    """Return what stands beside an answer that a supplement changed: when, by which, from what."""
    found: dict[Place, str] = {}
    for one in told:
        for row in one.rows:
            if not row.is_confirmed and one.supplement.sent_at is not None:
                found[row.place] = gettext(
                    "geändert am %(day)s durch Nachtrag %(number)s, vorher: %(before)s",
                    day=short_day(one.supplement.sent_at),
                    number=one.supplement.number,
                    before=row.before,
                )
    return found


def why(mark: CorrectionMark) -> str:
    """Return why something is asked about, with what was written to it."""
    words = str(MARK_WORDS[mark.reason])
    return f"{words}: {mark.note}" if mark.note else words


def mark_tasks(
    say: Wording, filled: Filled, round: CorrectionRound, written: Amendment
) -> list[Task]:
    """Return the marked answers of a round as tasks; each leads to exactly that question."""
    waiting = set(written.unanswered)
    found = []
    for mark in round.marks:
        place = correction_queries.place_of(mark)
        if place is None or written.base.hides_place(place):
            continue
        address = supplement_ways.to_place(filled, written.sheet, place, rueckfrage=round.number)
        found.append(
            {
                "title": say.place(filled.sheet, place),
                "href": address,
                "hint": why(mark),
                "status": gettext("Offen") if place in waiting else gettext("Angesehen"),
                "tone": "warning" if place in waiting else "success",
            }
        )
    return found


def reasons_at(round: CorrectionRound, step: Step, row: UUID | None) -> list[str]:
    """Return why the marked questions of one page or row are asked about, each reason once."""
    here = {question.id for question in step.page.questions}
    group = step.page.group
    columns = {column.id for column in group.questions} if group else set()
    found = [
        why(mark)
        for mark in round.marks
        if mark.owner_id == step.owner
        and (mark.question_id in here or (mark.question_id in columns and mark.row_id == row))
    ]
    return list(dict.fromkeys(found))
