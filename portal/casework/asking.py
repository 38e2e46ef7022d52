"""The deeds of expert questions: ask, remind, answer, read, revoke.

Who is asked finds an item in the inbox and may open the file while the question is open; with the
answer or the revocation the item ends, and the file closes with it. The trail and the items never
carry the words of question and answer.
"""

from datetime import date, datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.casefiles import walls
from portal.casefiles.models import Case
from portal.casework import queries, rules
from portal.casework.models import ExpertQuestion
from portal.casework.rules import Whom
from portal.core import clock
from portal.core.db import new_id
from portal.core.templating import day
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind

REMINDED, OVERDUE = 2, 3
"""How urgent an item is: after a reminder, and past its day."""


def ask(
    session: Session,
    *,
    case: Case,
    whom: Whom,
    question: str,
    due_on: date,
    by: StaffMember,
    now: datetime,
) -> ExpertQuestion:
    """Ask a department or a colleague about a case until a day."""
    rules.check_can_ask(walls.why(session, case_id=case.id, asker=by).ground)
    rules.check_due(due_on, today=clock.local_date(now))
    if whom.member is not None:
        closed = walls.has_conflict(session, whom.member, case_id=case.id)
        rules.check_can_be_asked(whom.member, by=by, is_closed=closed)
    asked = ExpertQuestion(
        id=new_id(),
        case=case,
        asked_by=by,
        team=whom.team,
        member=whom.member,
        question=question,
        due_on=due_on,
        asked_at=now,
    )
    session.add(asked)
    session.flush()  # the trail and the item come after the row
    _record(session, asked, by, now, deed="casework.question_asked", to=asked.asked_whom)
    _put_before(session, asked, case=case, now=now)
    return asked


def _put_before(
    session: Session,
    asked: ExpertQuestion,
    *,
    case: Case,
    now: datetime,
    urgency: int = 0,
    why_urgent: str | None = None,
) -> None:
    """Open or renew the item of who is asked; a file number stands there, no name of a citizen."""
    inbox.open_item(
        session,
        kind=ItemKind.EXPERT_QUESTION,
        subject_id=asked.id,
        case_id=asked.case_id,
        title=gettext("Fachfrage"),
        person=case.file_reference,
        reason=gettext("%(name)s bittet um Ihren Rat.", name=asked.asked_by.name),
        next_step=gettext("Antworten"),
        team_id=asked.team_id,
        assignee_id=asked.member_id,
        now=now,
        due_on=asked.due_on,
        urgency=urgency,
        urgency_reason=why_urgent,
    )


def remind(session: Session, *, asked: ExpertQuestion, by: StaffMember, now: datetime) -> None:
    """Remind who is asked, by hand."""
    rules.check_is_asker(asked, by)
    rules.check_is_open(asked)
    _remind(session, asked, by=by, now=now)


def remind_in_time(session: Session, *, asked: ExpertQuestion, now: datetime) -> None:
    """Remind who is asked, the day before the last one."""
    _remind(session, asked, by=SYSTEM, now=now)


def _remind(session: Session, asked: ExpertQuestion, *, by: Acting, now: datetime) -> None:
    asked.reminded_at = now
    why = gettext("Erinnerung: Antwort bis %(day)s.", day=day(asked.due_on))
    _put_before(session, asked, case=asked.case, now=now, urgency=REMINDED, why_urgent=str(why))
    _record(session, asked, by, now, deed="casework.question_reminded")


def tell_overdue(session: Session, *, asked: ExpertQuestion, now: datetime) -> None:
    """Tell the asker, and again who is asked, that the last day is over without an answer."""
    asked.overdue_told_at = now
    why = gettext("Die Frist ist seit %(day)s vorbei.", day=day(asked.due_on))
    _put_before(session, asked, case=asked.case, now=now, urgency=OVERDUE, why_urgent=str(why))
    _tell_asker(
        session,
        asked,
        reason=gettext("%(whom)s hat bis zur Frist nicht geantwortet.", whom=asked.asked_whom),
        next_step=gettext("Erinnern oder zurücknehmen"),
        now=now,
    )
    _record(session, asked, SYSTEM, now, deed="casework.question_overdue")


def answer(
    session: Session, *, asked: ExpertQuestion, text: str, by: StaffMember, now: datetime
) -> None:
    """Answer a question that lies with `by`; the asker gets an item."""
    lies_with_me = queries.lies_with(session, asked, by)
    rules.check_can_answer(asked, by, lies_with_me=lies_with_me)
    asked.answer, asked.answered_at, asked.answered_by = text, now, by
    inbox.close_items(session, kind=ItemKind.EXPERT_QUESTION, subject_id=asked.id, by=by, now=now)
    _tell_asker(
        session,
        asked,
        reason=gettext("%(name)s hat geantwortet.", name=by.name),
        next_step=gettext("Antwort lesen"),
        now=now,
    )
    _record(session, asked, by, now, deed="casework.question_answered")


def _tell_asker(
    session: Session, asked: ExpertQuestion, *, reason: str, next_step: str, now: datetime
) -> None:
    inbox.open_item(
        session,
        kind=ItemKind.EXPERT_ANSWER,
        subject_id=asked.id,
        case_id=asked.case_id,
        title=gettext("Antwort auf eine Fachfrage"),
        person=asked.case.file_reference,
        reason=reason,
        next_step=next_step,
        team_id=asked.asked_by.team_id,
        assignee_id=asked.asked_by_id,
        now=now,
    )


def mark_read(session: Session, *, asked: ExpertQuestion, by: StaffMember, now: datetime) -> None:
    """Say that the answer was read; the item ends."""
    rules.check_is_asker(asked, by)
    if asked.answered_at is None or asked.read_at is not None:
        return
    asked.read_at = now
    inbox.close_items(session, kind=ItemKind.EXPERT_ANSWER, subject_id=asked.id, by=by, now=now)
    _record(session, asked, by, now, deed="casework.answer_read")


def revoke(session: Session, *, asked: ExpertQuestion, by: StaffMember, now: datetime) -> None:
    """Take a question back; the file closes to whom it had opened."""
    rules.check_is_asker(asked, by)
    rules.check_is_open(asked)
    asked.revoked_at, asked.revoked_by_name = now, by.name
    for kind in (ItemKind.EXPERT_QUESTION, ItemKind.EXPERT_ANSWER):
        inbox.close_items(session, kind=kind, subject_id=asked.id, by=by, now=now)
    _record(session, asked, by, now, deed="casework.question_revoked")


def _record(
    session: Session, asked: ExpertQuestion, by: Acting, now: datetime, *, deed: str, **facts: Any
) -> None:
    audit.record(
        session,
        deed=deed,
        subject=("expert_question", asked.id),
        by=by,
        now=now,
        case_id=asked.case_id,
        **facts,
    )
