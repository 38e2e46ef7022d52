"""Who reads a note and changes it, who asks and answers a question, what comes next. No I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from flask_babel import gettext

from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember, Team
from portal.casefiles.models import Case, EvidenceRequest, RequestState
from portal.casefiles.walls import Ground
from portal.casework.models import CaseNote, ExpertQuestion, NoteScope, QuestionState
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.core.templating import day as in_words
from portal.inbox.models import ItemKind, WorkItem

USUAL_DAYS = 7
LONGEST_DAYS = 90
REMIND_BEFORE = timedelta(days=1)

MAY_NOT_ASK = frozenset({Ground.QUESTION, Ground.BREAK_GLASS, Ground.INVITED})
"""Grounds that let somebody in for one purpose: whoever was let in lets nobody else in."""

# Notes


def teams_of(case: Case) -> frozenset[UUID]:
    """Return the teams that work on a case: its own, and those of its two officers."""
    officers = [one for one in (case.benefit_officer, case.integration_officer) if one]
    return frozenset({case.team_id, *(one.team_id for one in officers)})


def can_read(note: CaseNote, by: StaffMember, *, teams: Iterable[UUID]) -> bool:
    """Tell whether `by` reads a note: the own ones, and those of the teams of the case.

    `teams` are the teams that work on the case (`teams_of`). Whoever is let in for something else,
    by an appointment or a question, does not read what they wrote to each other.
    """
    if note.author_id == by.id:
        return True
    return note.scope is NoteScope.TEAM and by.team_id in {note.team_id, *teams}


def can_change(note: CaseNote, by: StaffMember) -> bool:
    """Tell whether `by` may write a note anew: who wrote it."""
    return note.author_id == by.id


def check_can_change(note: CaseNote, by: StaffMember) -> None:
    """Raise unless `by` has written the note."""
    if not can_change(note, by):
        raise Conflict(
            gettext("Nur %(name)s kann diese Notiz ändern.", name=note.author_name)
            + " "
            + gettext("Schreiben Sie eine eigene Notiz dazu.")
        )


def check_version(note: CaseNote, version: int) -> None:
    """Raise `Conflict` when the words have changed since they were read."""
    if note.version != version:
        raise Conflict(
            gettext("Die Notiz hat sich inzwischen geändert. Lesen Sie sie noch einmal.")
        )


# Questions


@dataclass(frozen=True)
class Whom:
    """Who is asked: a department, or one colleague of it."""

    team: Team
    member: StaffMember | None = None


def check_can_ask(ground: Ground) -> None:
    """Raise when the asker sees the file only because somebody has let them in for something."""
    if ground in MAY_NOT_ASK:
        raise Conflict(
            gettext(
                "Sie sehen diese Akte nur für einen Zweck. Wer für die Akte zuständig ist, kann"
                " andere fragen."
            )
        )


def check_due(due_on: date, *, today: date) -> None:
    """Raise unless the last day is today or within three months."""
    if due_on < today:
        raise InvalidInput(gettext("Dieser Tag ist schon vorbei."), field="due_on")
    if due_on > today + timedelta(days=LONGEST_DAYS):
        raise InvalidInput(gettext("Höchstens %(days)d Tage.", days=LONGEST_DAYS), field="due_on")


def check_can_be_asked(member: StaffMember, *, by: StaffMember, is_closed: bool) -> None:
    """Raise unless a colleague may read files and no conflict of interest keeps them away."""
    if member.id == by.id:
        raise InvalidInput(gettext("Sich selbst können Sie nicht fragen."), field="whom")
    works = accounts.can(member, Right.READ_FILES) and accounts.can(member, Right.USE_INBOX)
    if is_closed or not works:
        raise InvalidInput(
            gettext(
                "%(name)s kann an dieser Akte nicht mitarbeiten. Fragen Sie jemand anderen.",
                name=member.name,
            ),
            field="whom",
        )


def check_is_open(question: ExpertQuestion) -> None:
    """Raise `Conflict` for a question that has an end."""
    if question.state is QuestionState.ANSWERED:
        raise Conflict(gettext("Diese Frage ist schon beantwortet."))
    if question.state is QuestionState.REVOKED:
        raise Conflict(gettext("Diese Frage ist zurückgenommen."))


def is_asker(question: ExpertQuestion, by: StaffMember) -> bool:
    """Tell whether `by` looks after a question: who asked, or who leads that team."""
    leads = accounts.can(by, Right.SEE_TEAM) and question.asked_by.team_id == by.team_id
    return question.asked_by_id == by.id or leads


def check_is_asker(question: ExpertQuestion, by: StaffMember) -> None:
    """Raise `NotFound` unless `by` looks after the question."""
    if not is_asker(question, by):
        raise NotFound


def can_answer(question: ExpertQuestion, by: StaffMember, *, lies_with_me: bool) -> bool:
    """Tell whether `by` may answer: the question is open, lies with them, and is not their own."""
    is_open = question.state is QuestionState.OPEN
    return is_open and lies_with_me and question.asked_by_id != by.id


def check_can_answer(question: ExpertQuestion, by: StaffMember, *, lies_with_me: bool) -> None:
    """Raise unless `by` may answer the question now."""
    check_is_open(question)
    if not can_answer(question, by, lies_with_me=lies_with_me):
        raise Conflict(gettext("Diese Frage liegt bei jemand anderem."))


def unread(question: ExpertQuestion) -> bool:
    """Tell whether a question has an answer that the asker has not read."""
    return question.answered_at is not None and question.read_at is None


# The page of a case


class Side(StrEnum):
    """The two halves of the work on a case."""

    BENEFIT = "benefit"
    INTEGRATION = "integration"


OF_INTEGRATION = frozenset(
    {
        ItemKind.OUTCOME_MISSING,
        ItemKind.APPOINTMENT_CANCELLED,
        ItemKind.CALLBACK_WANTED,
        ItemKind.INTERPRETER_WANTED,
        ItemKind.OFFICER_GONE,
        ItemKind.DAY_CLOSED,
        ItemKind.INVITATION,
        ItemKind.SUMMONS,
        ItemKind.ABSENCE_REASON,
        ItemKind.OUTCOME_DOUBTED,
        ItemKind.GROUP_OUTCOMES,
        ItemKind.NOTE_REMARK,
        ItemKind.CONTACT_DUE,
        ItemKind.GUEST_UNREACHED,
    }
)
"""Items about talks, which are integration's unless they lie with the benefit officer."""


def side_of(item: WorkItem, case: Case) -> Side:
    """Return on which side an item stands: of whom it lies with, else by what it is about."""
    if item.assignee_id is not None:
        if item.assignee_id == case.integration_officer_id:
            return Side.INTEGRATION
        if item.assignee_id == case.benefit_officer_id:
            return Side.BENEFIT
    return Side.INTEGRATION if item.kind in OF_INTEGRATION else Side.BENEFIT


class StepKind(StrEnum):
    """What the one next step of a case is."""

    ITEM = "item"
    REQUEST = "request"
    AWARD = "award"
    CONTACT = "contact"


@dataclass(frozen=True)
class NextStep:
    """The one thing to do next, why, and until when."""

    kind: StepKind
    title: str
    why: str
    due_on: date | None = None
    item: WorkItem | None = None
    request: EvidenceRequest | None = None


AWARD_ENDS_SOON = timedelta(days=60)


def step_of(item: WorkItem) -> NextStep:
    """Return the step that an item asks for."""
    why = " ".join(part for part in (item.reason, item.urgency_reason) if part)
    title = f"{item.title}: {item.next_step}"
    return NextStep(StepKind.ITEM, title, why, item.due_on, item=item)


def next_step(
    items: Sequence[WorkItem],
    *,
    asker: StaffMember,
    requests: Sequence[EvidenceRequest],
    case: Case,
    due: date | None,
    today: date,
) -> NextStep | None:
    """Return the one next step: what is open, else what is late, ends, or is due; else nothing.

    `items` are the open ones in the order of work, the asker's own come before those of others;
    `due` is the day of the next contact.
    """
    if items:
        return step_of(next((one for one in items if one.assignee_id == asker.id), items[0]))
    late = [
        one
        for one in requests
        if one.state is RequestState.OPEN and one.due_on is not None and one.due_on < today
    ]
    if late:
        first = min(late, key=lambda one: (one.due_on or date.max, one.asked_at))
        title = gettext("Nachfragen: %(title)s", title=first.title)
        why = gettext("Die Frist ist vorbei, es kam keine Antwort.")
        return NextStep(StepKind.REQUEST, title, why, first.due_on, request=first)
    if case.award_until and today <= case.award_until <= today + AWARD_ENDS_SOON:
        why = gettext("Die Bewilligung endet am %(day)s.", day=in_words(case.award_until))
        title = gettext("Weiterbewilligung ansprechen")
        return NextStep(StepKind.AWARD, title, why, case.award_until)
    if due is not None and due <= today:
        title, why = gettext("Zu einem Gespräch einladen"), gettext("Ein Kontakt ist fällig.")
        return NextStep(StepKind.CONTACT, title, why, due)
    return None


CHILD_UNTIL = 15
"""Who is younger cannot claim for themselves (§ 7 (1) no. 1 SGB II)."""


def age(born: date | None, *, today: date) -> int | None:
    """Return the age in full years; somebody born on 29 February ages on 1 March."""
    if born is None:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
