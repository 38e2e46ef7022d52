"""The verbs of who checks papers: say what a paper is, accept it, take that back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.audit import service as audit
from portal.casefiles import queries, rules, service, words
from portal.casefiles.models import Document, DocumentKind, DocumentState, RequestState
from portal.casefiles.suggesting import Suggestion
from portal.core.errors import InvalidInput
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind


@dataclass(frozen=True)
class Details:
    """What a paper is, whom it concerns and for which months (first days), and its title."""

    kind: DocumentKind
    person_id: UUID
    title: str
    months: tuple[date, date] | None = None

    @classmethod
    def suggested(cls, suggestion: Suggestion) -> "Details":
        """Take a suggestion as it is."""
        return cls(
            kind=suggestion.kind.value,
            person_id=suggestion.person.value,
            title=suggestion.title.value,
            months=suggestion.months.value if suggestion.months else None,
        )


def describe(
    session: Session, *, document: Document, details: Details, by: StaffMember, now: datetime
) -> None:
    """Write down what a paper is; the trail says what has changed, but not the words of a title."""
    rules.check_who_decides(by)
    people = {member.citizen_id for member in document.case.members}
    if details.person_id not in people | {document.owner_id}:
        raise InvalidInput(gettext("Wählen Sie eine Person dieser Akte."), field="person")
    before = _described(document)
    document.kind = details.kind
    document.title = details.title[: service.TITLE_LENGTH]
    document.about_id = None if details.person_id == document.owner_id else details.person_id
    document.months_from, document.months_until = details.months or (None, None)
    changed = {name: value for name, value in _described(document).items() if value != before[name]}
    if changed:
        words.index_anew(session, document=document)
        renamed = changed.pop("title", None) is not None
        audit.record(
            session,
            deed="casefiles.document_described",
            subject=("document", document.id),
            by=by,
            now=now,
            case_id=document.case_id,
            renamed=renamed,
            **changed,
        )


def _described(document: Document) -> dict[str, Any]:
    return {
        "kind": document.kind.value,
        "title": document.title,
        "about": document.about_id,
        "months_from": document.months_from,
        "months_until": document.months_until,
    }


def accept(
    session: Session, *, document: Document, details: Details, by: StaffMember, now: datetime
) -> None:
    """Accept a paper as what the details say it is."""
    rules.check_can_accept(document, by)
    describe(session, document=document, details=details, by=by, now=now)
    service.accept(session, document=document, by=by, now=now)


def accept_all(
    session: Session,
    *,
    documents: Sequence[Document],
    suggestions: Mapping[UUID, Suggestion],
    by: StaffMember,
    now: datetime,
) -> None:
    """Accept papers with what is suggested for each; all carry `now`, so that one undo finds them.

    Papers are taken in one order: two who do this at once never wait for each other in a circle.
    """
    for document in sorted(documents, key=lambda one: (one.case_id, one.id)):
        details = Details.suggested(suggestions[document.id])
        accept(session, document=document, details=details, by=by, now=now)


def take_back(session: Session, *, document: Document, by: StaffMember, now: datetime) -> None:
    """Take back that a paper was accepted: it waits again, and so does what it answered."""
    rules.check_can_take_back(document, by, now=now)
    document.state = DocumentState.IN_REVIEW
    document.decided_at = document.decided_by_id = None
    for request in queries.requests_answered_by(session, document=document):
        if RequestState.ANSWERED in rules.REQUEST_TRANSITIONS[request.state]:
            request.state = RequestState.ANSWERED
            request.closed_at = None
    audit.record(
        session,
        deed="casefiles.acceptance_taken_back",
        subject=("document", document.id),
        by=by,
        now=now,
        case_id=document.case_id,
    )
    put_before_office(
        session,
        document=document,
        reason=gettext("%(name)s hat die Annahme zurückgenommen.", name=by.name),
        now=now,
    )


def settle(session: Session, *, document: Document, now: datetime) -> None:
    """Settle what an accepted paper answers, with what others answered that are the same as it."""
    for request in queries.requests_answered_by(session, document=document):
        if RequestState.SETTLED in rules.REQUEST_TRANSITIONS[request.state]:
            request.state = RequestState.SETTLED
            request.closed_at = now


def put_before_office(session: Session, *, document: Document, reason: str, now: datetime) -> None:
    """Open a work item for a paper that has to be checked (again); case and owner are loaded."""
    inbox.open_item(
        session,
        kind=ItemKind.DOCUMENT,
        subject_id=document.id,
        case_id=document.case_id,
        title=document.title,
        person=document.owner.name,
        reason=reason,
        next_step="Dokument prüfen",
        team_id=document.case.team_id,
        assignee_id=document.case.benefit_officer_id,
        urgency=1 if document.request_id else 0,
        urgency_reason="Das Jobcenter hat darauf gewartet." if document.request_id else None,
        now=now,
    )


def close_items(session: Session, *, document: Document, by: StaffMember, now: datetime) -> None:
    """Take the work items on a paper away."""
    for kind in (ItemKind.DOCUMENT, ItemKind.CORRECTION):
        inbox.close_items(session, kind=kind, subject_id=document.id, by=by, now=now)
