"""Moving a draft to a newer version of its form: every answer that still fits stays where it is.

An answer whose question is gone, or that the question no longer offers, is not thrown away: it is
listed in words, and the citizen reads the list before it is put aside. Nothing is moved that was
sent: that reads for ever as it was.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.applications import answering, proposing, queries, versions, wording
from portal.applications.definitions import Form
from portal.applications.models import Application, Source
from portal.applications.places import Kept, Place, Value
from portal.applications.questions import ChoiceQuestion, ChoicesQuestion, Question, TableQuestion
from portal.applications.rules import can_edit
from portal.applications.sheet import Sheet
from portal.audit import service as audit
from portal.audit.models import SYSTEM
from portal.core import clock
from portal.core.errors import NotFound


class Fate(StrEnum):
    """What became of an answer, a question or a proposal."""

    GONE = "gone"
    REFUSED = "refused"
    NEW = "new"
    PROPOSAL = "proposal"


@dataclass(frozen=True)
class Move:
    """A draft on a newer version: its answers, what did not come along, what is asked anew."""

    sheet: Sheet
    left_behind: Mapping[Place, Fate]
    new_gaps: tuple[Place, ...]


def move(earlier: Sheet, form: Form) -> Move:
    """Carry the answers of a sheet over to another version of the form. Pure."""
    renamed = _renamed(form)
    kept: dict[Place, Kept] = {}
    left: dict[Place, Fate] = {}
    for place, answer in earlier.kept.items():
        target = place._replace(question=renamed.get(place.question, place.question))
        fate = _fate(earlier.form, form, place, target, answer)
        if fate is None:
            kept[target] = answer
        else:
            left[place] = fate
    sheet = Sheet(form, kept, day=earlier.day)
    known = {Place(gap.question.id, gap.row, gap.step.owner) for gap in earlier.gaps}
    gaps = (Place(gap.question.id, gap.row, gap.step.owner) for gap in sheet.gaps)
    return Move(sheet, left, tuple(place for place in gaps if place not in known))


def _fate(old: Form, new: Form, place: Place, target: Place, kept: Kept) -> Fate | None:
    """Return why an answer cannot come along, None if it can."""
    before, after = old.find(place.question), new.find(target.question)
    if before is None:
        return None if after is None else _unfit(after, kept.value)
    if after is None or old.owners[before.id] != new.owners[after.id]:
        return Fate.GONE
    if before.type != after.type:
        return Fate.REFUSED
    return _unfit(after, kept.value)


def _unfit(question: Question, value: Value) -> Fate | None:
    match question:
        case ChoiceQuestion() | ChoicesQuestion():
            offered = {option.id for option in question.options}
            chosen = value if isinstance(value, list) else [value]
            return None if set(map(str, chosen)) <= offered else Fate.REFUSED
        case TableQuestion() if isinstance(value, dict):
            lines = {line.id for line in question.lines}
            used = {line for own in value.values() if isinstance(own, dict) for line in own}
            return None if used <= lines else Fate.REFUSED
        case _:
            return None


def move_draft(
    session: Session, *, application: Application, form: Form, now: datetime
) -> Application:
    """Move a draft to another version of its form and keep the list of what changed for it.

    What an earlier move has left behind comes back if the version takes it again.
    """
    application = queries.to_change(session, application=application)
    before = queries.sheet_of(session, application=application)
    told = application.moved or []
    earlier = Sheet(before.form, _back(told, form) | dict(before.kept), day=before.day)
    moved = move(earlier, form)
    versions.keep(session, form, now=now)
    back = {tuple(_place(one)) for one in told if "raw" in one and _place(one) in moved.sheet.kept}
    still = [one for one in told if "raw" in one and tuple(_place(one)) not in back]
    application.moved = [*still, *_told(earlier, moved)] or None
    application.version, application.edition = form.version, form.edition
    application.changed_at = now
    application.revision += 1
    gone = [place for place in before.kept if place not in moved.sheet.kept]
    added = {p: kept for p, kept in moved.sheet.kept.items() if p not in before.kept}
    answering.forget(session, application=application, places=gone)
    answering.keep(session, application=application, answers=added, now=now)
    _move_proposals(session, application=application, earlier=earlier, moved=moved)
    audit.record(
        session,
        deed="applications.draft_moved",
        subject=("application", application.id),
        by=SYSTEM,
        now=now,
        version=f"{form.version}.{form.edition}",
        left_behind=len(moved.left_behind),
        new_questions=len(moved.new_gaps),
    )
    return application


def _move_proposals(
    session: Session, *, application: Application, earlier: Sheet, moved: Move
) -> None:
    """Take what is proposed along; what the version does not ask any more is told and gone."""
    old, new = earlier.form, moved.sheet.form
    renamed = _renamed(new)

    def target(place: Place, value: Value) -> Place | None:
        aim = place._replace(question=renamed.get(place.question, place.question))
        return aim if _fate(old, new, place, aim, Kept(value)) is None else None

    gone = proposing.carry_over(session, application=application, target=target)
    told = [_told_proposal(earlier, place, value) for place, value in gone]
    application.moved = [*(application.moved or []), *told] or None


def _told_proposal(earlier: Sheet, place: Place, value: Value) -> dict[str, Any]:
    say, question = wording.german(), earlier.form.find(place.question)
    return {
        "fate": Fate.PROPOSAL.value,
        "title": say.place(earlier, place) if question is not None else place.question,
        "value": ""
        if question is None or question.private
        else say.value(earlier, question, value),
    }


def _renamed(form: Form) -> dict[str, str]:
    return {question.was: question.id for question in form.every_question if question.was}


def _place(told: Mapping[str, Any]) -> Place:
    question, row, owner = told["place"]
    return Place(question, UUID(row) if row else None, UUID(owner) if owner else None)


def _back(told: Iterable[Mapping[str, Any]], form: Form) -> dict[Place, Kept]:
    """Return what was left behind before and whose question the form asks (again)."""
    found = {}
    for one in told:
        question = form.find(one["place"][0]) if "raw" in one else None
        if question is not None and question.type == one["type"]:
            found[_place(one)] = Kept(one["raw"], Source(one["source"]), one["by"])
    return found


def _told(earlier: Sheet, moved: Move) -> Iterator[dict[str, Any]]:
    """Say in German what became of answers, so that it can be read without the old version."""
    say = wording.german()
    for place, fate in moved.left_behind.items():
        kept, question = earlier.kept[place], earlier.form.find(place.question)
        if question is None:
            continue  # left behind by an earlier move; it is on the list already
        # What somebody else has said in confidence is not told to who applies.
        by_other = kept.by is not None and kept.source is not Source.PROPOSED
        is_unsaid = kept.is_later or (question.private is not None and by_other)
        yield {
            "fate": fate.value,
            "title": say.place(earlier, place),
            "value": "" if is_unsaid else say.value(earlier, question, kept.value),
            "place": [str(part) if part else None for part in place],
            "type": question.type,
            "raw": kept.value,
            "source": kept.source.value,
            "by": kept.by,
        }
    for place in moved.new_gaps:
        yield {"fate": Fate.NEW.value, "title": say.place(moved.sheet, place)}


def acknowledge(session: Session, *, application: Application, by: Citizen, now: datetime) -> None:
    """Put the list of what changed aside, once the citizen has read it; the trail keeps it."""
    application = queries.to_change(session, application=application)
    if application.moved:
        audit.record(
            session,
            deed="applications.move_read",
            subject=("application", application.id),
            by=by,
            now=now,
            left_behind=sum("raw" in one for one in application.moved),
        )
    application.moved = None


# Before publishing

READ_AT_ONCE = 200
"""How many drafts a dry run reads in one query."""


@dataclass(frozen=True)
class DryRun:
    """What a new version would do to the drafts that are open now."""

    drafts: int
    lose_an_answer: int
    get_new_questions: int
    lost: Counter[str]
    asked: Counter[str]


def dry_run(session: Session, *, form: Form, day: date) -> DryRun:
    """Move every open draft of a form to a new version in thought; change nothing."""
    return weigh_up(_sheets(session, form.form, day), form)


def weigh_up(sheets: Iterable[Sheet], form: Form) -> DryRun:
    """Count what a new version takes from drafts and asks of them. Pure."""
    drafts = losing = asking = 0
    lost: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for sheet in sheets:
        moved = move(sheet, form)
        drafts += 1
        losing += bool(moved.left_behind)
        asking += bool(moved.new_gaps)
        lost.update({place.question for place in moved.left_behind})
        asked.update({place.question for place in moved.new_gaps})
    return DryRun(drafts, losing, asking, lost, asked)


def _sheets(session: Session, form: str, day: date) -> Iterator[Sheet]:
    drafts = queries.open_drafts(session, form=form)
    for at in range(0, len(drafts), READ_AT_ONCE):
        some = drafts[at : at + READ_AT_ONCE]
        answers = queries.answers_of_many(session, applications=[one.id for one in some])
        for application in some:
            try:
                known = versions.form_of(session, application=application)
            except NotFound:
                continue  # a draft of a form that nobody has kept: it is counted by `outdated`
            yield Sheet(known, answers[application.id], day=day)


def outdated(session: Session, *, application: Application, now: datetime) -> Form | None:
    """Return the version that a draft should go on with, if it is on an older one."""
    return _newer(application, versions.current(session, application.form, clock.local_date(now)))


def _newer(application: Application, current: Form | None) -> Form | None:
    here = (application.version, application.edition)
    if current is None or here == (current.version, current.edition):
        return None
    return current


def move_on(session: Session, *, application: Application, now: datetime) -> bool:
    """Move a draft on an older version to the current one; tell whether that was needed.

    What is sent is sent on the version of the day, so whoever sends reads first what is new.
    """
    form = outdated(session, application=application, now=now) if can_edit(application) else None
    if form is not None:
        move_draft(session, application=application, form=form, now=now)
    return form is not None


def move_all(session: Session, *, now: datetime, limit: int = 200) -> list[UUID]:
    """Move open drafts that are on an older version; return which."""
    moved: list[UUID] = []
    offered = {form.form: form for form in versions.offered(session, clock.local_date(now))}
    for application in queries.open_drafts(session):
        form = _newer(application, offered.get(application.form))
        if form is not None:
            move_draft(session, application=application, form=form, now=now)
            moved.append(application.id)
        if len(moved) == limit:
            break
    return moved
