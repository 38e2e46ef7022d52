"""Papers that follow from the answers: hand one in, name one that is there, say why it is not.

Nothing here holds an application up. What is said of a paper goes to the office with it.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.applications import queries, rules
from portal.applications.models import Application, Attachment, PaperAnswer
from portal.applications.queries import Filled
from portal.applications.sheet import Need
from portal.audit import service as audit
from portal.casefiles.models import Document, EvidenceAnswer
from portal.core import working_days
from portal.core.db import new_id

SOON = tuple(timedelta(days=count) for count in (3, 7, 14, 28))


def days_to_name(today: date, *, land: str) -> list[date]:
    """Return the working days that somebody can name with “later”, the nearest first."""
    return sorted({working_days.on_or_after(today + span, land=land) for span in SOON})


def name_known(
    session: Session, *, filled: Filled, need: Need, document: Document, by: Citizen, now: datetime
) -> None:
    """Use a paper that lies in the file already."""
    application = queries.to_change(session, application=filled.application)
    rules.check_can_attach(application)
    attach(session, application=application, need=need, documents=[document], now=now)
    _record(session, application, need, EvidenceAnswer.ALREADY_SENT, by=by, now=now)


def attach(
    session: Session,
    *,
    application: Application,
    need: Need,
    documents: Sequence[Document],
    now: datetime,
) -> None:
    """Note that documents of the file answer a need; what was said of it before is settled."""
    places = [
        {
            "id": new_id(),
            "application_id": application.id,
            "document_id": document.id,
            "requirement": need.key,
            "attached_at": now,
        }
        for document in documents
    ]
    session.execute(
        insert(Attachment)
        .values(places)
        .on_conflict_do_nothing(constraint="uq_application_attachments_once")
    )
    session.execute(
        delete(PaperAnswer).where(
            PaperAnswer.application_id == application.id, PaperAnswer.need == need.key
        )
    )
    application.changed_at = now


def say(
    session: Session,
    *,
    filled: Filled,
    need: Need,
    answer: EvidenceAnswer,
    words: str | None,
    day: date | None,
    by: Citizen,
    now: datetime,
) -> None:
    """Say why a paper is not there; the latest word counts."""
    application = queries.to_change(session, application=filled.application)
    rules.check_can_attach(application)
    through = by.represented_by
    saying = insert(PaperAnswer).values(
        application_id=application.id,
        need=need.key,
        answer=answer,
        words=words,
        answer_on=day,
        by_name=through.representative.name if through else by.name,
        answered_at=now,
    )
    session.execute(
        saying.on_conflict_do_update(
            index_elements=["application_id", "need"],
            set_={
                name: saying.excluded[name]
                for name in ("answer", "words", "answer_on", "by_name", "answered_at")
            },
        )
    )
    application.changed_at = now
    _record(session, application, need, answer, by=by, now=now)


def _record(
    session: Session,
    application: Application,
    need: Need,
    answer: EvidenceAnswer,
    *,
    by: Citizen,
    now: datetime,
) -> None:
    audit.record(
        session,
        deed="applications.paper_answered",
        subject=("application", application.id),
        by=by,
        now=now,
        case_id=application.case_id,
        need=need.requirement.key,
        answer=answer.value,
    )


def said_of(session: Session, *, application: Application) -> dict[str, PaperAnswer]:
    """Return what was said of papers that are not there, by their key."""
    return {one.need: one for one in queries.paper_answers(session, application=application)}
