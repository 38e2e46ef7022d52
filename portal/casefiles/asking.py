"""Asking for evidence and answering: each deed leaves its audit line, its item and its message."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.casefiles import deadlines, evidence, kinds, law, mails, pausing, rules
from portal.casefiles.deadlines import Reminder
from portal.casefiles.models import (
    Case,
    Document,
    DocumentKind,
    EvidenceAnswer,
    EvidenceRequest,
    RequestState,
)
from portal.casefiles.wishes import Wish
from portal.core import clock
from portal.core.db import new_id
from portal.core.errors import InvalidInput
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind

TASKS = f"{mails.PAPERS}/aufgaben"
A_WEEKEND_LONGER = timedelta(days=7)


def ask(
    session: Session,
    *,
    case: Case,
    owner: Citizen,
    kind: DocumentKind,
    why: str,
    due_on: date | None,
    by: StaffMember,
    now: datetime,
    title: str | None = None,
    legal_basis: str | None = law.DUTY,
) -> EvidenceRequest:
    """Ask a person of the case for one document; it becomes a task, and a mail says so."""
    wish = Wish(kind, why, title or "", legal_basis)
    return ask_all(session, case=case, owner=owner, wishes=[wish], due_on=due_on, by=by, now=now)[0]


def ask_all(
    session: Session,
    *,
    case: Case,
    owner: Citizen,
    wishes: Sequence[Wish],
    due_on: date | None,
    by: StaffMember,
    now: datetime,
    about: Citizen | None = None,
    tell: bool = True,
) -> list[EvidenceRequest]:
    """Ask a person of the case for papers: a task for each, and one mail for all of them.

    `about` is the person of the household whom the papers concern, when it is not the owner.
    Without `tell` somebody else writes the mail.
    """
    rules.check_who_decides(by)
    requests = [
        EvidenceRequest(
            id=new_id(),
            case_id=case.id,
            owner_id=owner.id,
            about_id=about.id if about and about.id != owner.id else None,
            kind=wish.kind,
            title=wish.title.strip() or kinds.german_name(wish.kind),
            why=wish.why,
            legal_basis=wish.legal_basis,
            months_from=wish.months_from,
            months_until=wish.months_until or wish.months_from,
            due_on=due_on,
            state=RequestState.OPEN,
            asked_at=now,
            asked_by_name=by.name,
        )
        for wish in wishes
    ]
    session.add_all(requests)
    for request in requests:
        _record(
            session,
            request,
            deed="casefiles.evidence_requested",
            by=by,
            now=now,
            kind=request.kind.value,
            due_on=due_on,
        )
    pausing.rest(session, case_id=case.id, until=due_on, by=by, now=now)
    if tell:
        _tell(session, template="document_requested", owner=owner, requests=requests, now=now)
    return requests


def withdraw(session: Session, *, request: EvidenceRequest, by: StaffMember, now: datetime) -> None:
    """Take a request back; the task disappears."""
    rules.check_can_close(request, by)
    _close(session, request=request, to=RequestState.WITHDRAWN, by=by, now=now)
    _record(session, request, deed="casefiles.evidence_withdrawn", by=by, now=now)


def settle(session: Session, *, request: EvidenceRequest, by: StaffMember, now: datetime) -> None:
    """Settle a request without a decision on a document: the answer is enough."""
    rules.check_can_close(request, by)
    _close(session, request=request, to=RequestState.SETTLED, by=by, now=now)
    _record(session, request, deed="casefiles.evidence_settled", by=by, now=now)
    _tell_of_change(session, request=request, now=now)


def settle_by_paper(
    session: Session, *, request: EvidenceRequest, by: StaffMember, now: datetime
) -> None:
    """Settle a request because a paper that answers it was decided on."""
    if RequestState.SETTLED in rules.REQUEST_TRANSITIONS[request.state]:
        _close(session, request=request, to=RequestState.SETTLED, by=by, now=now)


def ask_again(
    session: Session,
    *,
    request: EvidenceRequest,
    why: str,
    due_on: date,
    by: StaffMember,
    now: datetime,
    tell: bool = True,
) -> None:
    """Ask once more, with other words or another day; what was answered is done with.

    Without `tell` somebody else writes the mail.
    """
    rules.check_can_close(request, by)
    request.why, request.due_on = why, due_on
    request.state = RequestState.OPEN
    _forget_answer(request)
    _close_item(session, request=request, by=by, now=now)
    _record(session, request, deed="casefiles.evidence_asked_again", by=by, now=now, due_on=due_on)
    pausing.rest(session, case_id=request.case_id, until=due_on, by=by, now=now)
    if tell:
        _tell_of_change(session, request=request, now=now)


def extend(session: Session, *, request: EvidenceRequest, by: StaffMember, now: datetime) -> None:
    """Give the time that the citizen has asked for."""
    rules.check_can_give_time(request, by)
    request.due_on = request.answer_on
    pausing.rest(session, case_id=request.case_id, until=request.due_on, by=by, now=now)
    _close_item(session, request=request, by=by, now=now)
    _record(
        session, request, deed="casefiles.deadline_extended", by=by, now=now, due_on=request.due_on
    )
    _tell_of_change(session, request=request, now=now)


def keep_deadline(
    session: Session, *, request: EvidenceRequest, by: StaffMember, now: datetime
) -> None:
    """Give no more time: the day stays, and the citizen is told."""
    rules.check_can_give_time(request, by)
    _forget_answer(request)
    _close_item(session, request=request, by=by, now=now)
    _record(session, request, deed="casefiles.deadline_kept", by=by, now=now, due_on=request.due_on)
    _tell_of_change(session, request=request, now=now)


# Answering


def answer(
    session: Session,
    *,
    request: EvidenceRequest,
    answer: EvidenceAnswer,
    by: Citizen,
    now: datetime,
    words: str | None = None,
    day: date | None = None,
    document: Document | None = None,
) -> None:
    """Say what is about a request when no paper comes now; it can be changed until it is settled.

    "Later" leaves the task open. A day beyond the period asks the office for more time, as often as
    one likes until the office has said something to it. A document is one's own that is here.
    """
    rules.check_can_say(request, by)
    if answer is EvidenceAnswer.LATER:
        _check_day(session, request=request, day=day, now=now)
    evidence.unlink_named(session, request=request)
    if document is not None and document.request_id is None:
        document.request_id = request.id
    request.answer, request.answered_at = answer, now
    request.answer_words = words or (document.title if document else None)
    request.answer_on = day if answer is EvidenceAnswer.LATER else None
    later = answer is EvidenceAnswer.LATER
    request.state = RequestState.OPEN if later else RequestState.ANSWERED
    _record(
        session,
        request,
        deed="casefiles.evidence_answered",
        by=by,
        now=now,
        answer=answer.value,
        day=request.answer_on,
        document=document.id if document else None,
    )
    if not later:
        pausing.go_on(session, case_id=request.case_id, besides=request.id, by=by, now=now)
    if later and not deadlines.wants_more_time(request):
        _close_item(session, request=request, by=by, now=now)
    else:
        _put_before_the_office(session, request=request, by=by, now=now)


def _check_day(
    session: Session, *, request: EvidenceRequest, day: date | None, now: datetime
) -> None:
    today = clock.local_date(now)
    due = request.due_on or today
    latest = max(due, today)
    if request.due_on is None or evidence.may_ask_for_more_time(session, request=request):
        latest += deadlines.MORE_TIME[-1] + A_WEEKEND_LONGER
    if day is None or not today < day <= latest:
        raise InvalidInput(gettext("Wählen Sie einen der Tage aus."), field="day")


def answer_with(
    session: Session,
    *,
    request: EvidenceRequest,
    document: Document,
    by: Acting,
    now: datetime,
) -> None:
    """Let a paper that comes in answer a request; what was said before is done with.

    The paper is about whom and what the request was about, unless it says so itself.
    """
    document.request_id = request.id
    document.about_id = document.about_id or request.about_id
    if document.months_from is None:
        document.months_from, document.months_until = request.months_from, request.months_until
    _forget_answer(request)
    request.answer, request.answered_at = EvidenceAnswer.NOW, now
    request.state = RequestState.ANSWERED
    pausing.go_on(session, case_id=request.case_id, besides=request.id, by=by, now=now)
    _close_item(session, request=request, by=by, now=now)


def _put_before_the_office(
    session: Session, *, request: EvidenceRequest, by: Citizen, now: datetime
) -> None:
    case = session.get_one(Case, request.case_id)
    said = request.answer or EvidenceAnswer.LATER
    inbox.open_item(
        session,
        kind=ItemKind.EVIDENCE_ANSWER,
        subject_id=request.id,
        case_id=case.id,
        title=request.title,
        person=by.name,
        reason=gettext("Antwort: %(answer)s.", answer=kinds.ANSWERS[said]),
        next_step=str(kinds.ANSWER_STEPS[said]),
        team_id=case.team_id,
        assignee_id=case.benefit_officer_id,
        due_on=request.due_on if deadlines.wants_more_time(request) else None,
        now=now,
    )


# Reminding


def remind(
    session: Session,
    *,
    owner: Citizen,
    reminders: Sequence[tuple[EvidenceRequest, Reminder, date]],
    now: datetime,
) -> None:
    """Remind one person of open requests: one mail, and a line in the trail for each request."""
    for request, why, day in reminders:
        _record(
            session,
            request,
            deed="casefiles.evidence_reminded",
            by=SYSTEM,
            now=now,
            why=why,
            day=day,
        )
    is_late = any(why is Reminder.AFTER for _, why, _ in reminders)
    template = "task_overdue" if is_late else "task_reminder"
    requests = [request for request, _, _ in reminders]
    _tell(session, template=template, owner=owner, requests=requests, now=now)


# What every deed leaves behind


def _record(
    session: Session,
    request: EvidenceRequest,
    *,
    deed: str,
    by: Acting,
    now: datetime,
    **facts: Any,
) -> None:
    audit.record(
        session,
        deed=deed,
        subject=("evidence_request", request.id),
        by=by,
        now=now,
        case_id=request.case_id,
        **facts,
    )


def _close(
    session: Session, *, request: EvidenceRequest, to: RequestState, by: StaffMember, now: datetime
) -> None:
    request.state = to
    request.closed_at = now
    pausing.go_on(session, case_id=request.case_id, besides=request.id, by=by, now=now)
    _close_item(session, request=request, by=by, now=now)


def _forget_answer(request: EvidenceRequest) -> None:
    request.answer = request.answer_words = request.answer_on = request.answered_at = None


def _close_item(session: Session, *, request: EvidenceRequest, by: Acting, now: datetime) -> None:
    inbox.close_items(session, kind=ItemKind.EVIDENCE_ANSWER, subject_id=request.id, by=by, now=now)


def _tell_of_change(session: Session, *, request: EvidenceRequest, now: datetime) -> None:
    owner = session.get_one(Citizen, request.owner_id)
    _tell(session, template="task_changed", owner=owner, requests=[request], now=now)


def _tell(
    session: Session,
    *,
    template: str,
    owner: Citizen,
    requests: Sequence[EvidenceRequest],
    now: datetime,
) -> None:
    path = f"{TASKS}/{requests[0].id}" if len(requests) == 1 else mails.PAPERS
    mails.write(session, template=template, owner=owner, path=path, now=now)
