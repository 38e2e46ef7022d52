"""Reading supplements and rounds of questions; who may see them follows from the application."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload, undefer_group

from portal.accounts.models import Citizen, StaffMember
from portal.applications import queries
from portal.applications.models import (
    Application,
    ApplicationState,
    Attachment,
    CorrectionMark,
    CorrectionRound,
    ProcessingTime,
    Supplement,
)
from portal.applications.places import Place
from portal.casefiles import queries as casefiles
from portal.casefiles.models import DocumentKind, EvidenceRequest, RequestState
from portal.core.errors import NotFound

Asker = Citizen | StaffMember


def place_of(mark: CorrectionMark) -> Place | None:
    """Return the place of a marked answer, None for a paper."""
    return Place(mark.question_id, mark.row_id, mark.owner_id) if mark.question_id else None


def marks_of(round: CorrectionRound) -> frozenset[Place]:
    """Return the marked places of a round."""
    return frozenset(place for mark in round.marks if (place := place_of(mark)) is not None)


def _rounds() -> Select[CorrectionRound]:
    return (
        select(CorrectionRound)
        .options(selectinload(CorrectionRound.marks).joinedload(CorrectionMark.request))
        .order_by(CorrectionRound.number)
    )


def rounds_of(session: Session, *, application: Application) -> Sequence[CorrectionRound]:
    """Return every round of an application with its marks, in their order."""
    return session.scalars(_rounds().where(CorrectionRound.application_id == application.id)).all()


def round_of(session: Session, *, application: Application, number: int) -> CorrectionRound:
    """Return one round of an application that the asker has already been given, or `NotFound`."""
    found = session.scalar(
        _rounds().where(
            CorrectionRound.application_id == application.id, CorrectionRound.number == number
        )
    )
    if found is None:
        raise NotFound
    return found


def round_for(session: Session, id: UUID, *, asker: Asker) -> CorrectionRound:
    """Return one round with its marks, or raise `NotFound`."""
    found = session.scalar(_rounds().where(CorrectionRound.id == id))
    if found is None:
        raise NotFound
    queries.application_for(session, found.application_id, asker=asker)
    return found


def round_to_change(session: Session, *, round: CorrectionRound) -> CorrectionRound:
    """Return the round as it is now, locked until this transaction ends."""
    return session.scalars(
        _rounds()
        .where(CorrectionRound.id == round.id)
        .with_for_update(of=CorrectionRound)
        .execution_options(populate_existing=True)
    ).one()


def next_round(session: Session, *, application: Application) -> int:
    """Return the number of the next round; the application is locked."""
    last = session.scalar(
        select(func.max(CorrectionRound.number)).where(
            CorrectionRound.application_id == application.id
        )
    )
    return (last or 0) + 1


def next_supplement(session: Session, *, application: Application) -> int:
    """Return the number of the next supplement; the application is locked."""
    last = session.scalar(
        select(func.max(Supplement.number)).where(Supplement.application_id == application.id)
    )
    return (last or 0) + 1


def to_answer(session: Session, *, asker: Citizen) -> Sequence[tuple[CorrectionRound, Application]]:
    """Return the rounds in which answers of the citizen wait, the nearest day first."""
    has_answers = exists().where(
        CorrectionMark.round_id == CorrectionRound.id, CorrectionMark.question_id.is_not(None)
    )
    last_day = func.coalesce(CorrectionRound.extended_to, CorrectionRound.due_on)
    found = session.execute(
        select(CorrectionRound, Application)
        .join(CorrectionRound.application)
        .where(
            Application.citizen_id == asker.id,
            Application.state.in_((ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW)),
            CorrectionRound.closed_at.is_(None),
            CorrectionRound.answered_at.is_(None),
            has_answers,
        )
        .order_by(last_day, CorrectionRound.opened_at, CorrectionRound.id)
    )
    return [(round, application) for round, application in found]


def to_remind(session: Session, *, first: date, last: date) -> Sequence[CorrectionRound]:
    """Return the rounds whose answers wait and whose last day lies between these, locked."""
    has_answers = exists().where(
        CorrectionMark.round_id == CorrectionRound.id, CorrectionMark.question_id.is_not(None)
    )
    last_day = func.coalesce(CorrectionRound.extended_to, CorrectionRound.due_on)
    return session.scalars(
        select(CorrectionRound)
        .join(CorrectionRound.application)
        .where(
            Application.state.in_((ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW)),
            CorrectionRound.closed_at.is_(None),
            CorrectionRound.answered_at.is_(None),
            last_day.between(first, last),
            has_answers,
        )
        .options(joinedload(CorrectionRound.application).joinedload(Application.citizen))
        .order_by(last_day, CorrectionRound.id)
        .with_for_update(of=CorrectionRound, skip_locked=True)
    ).all()


def draft_of(
    session: Session, *, application: Application, round: CorrectionRound | None
) -> Supplement | None:
    """Return the supplement that is being written: in answer to a round, or a free one."""
    return session.scalar(
        select(Supplement)
        .where(
            Supplement.application_id == application.id,
            Supplement.round_id.is_not_distinct_from(round.id if round else None),
            Supplement.sent_at.is_(None),
        )
        .order_by(Supplement.id)
        .execution_options(populate_existing=True)
    )


def drafts_of(session: Session, *, application: Application) -> dict[UUID | None, Supplement]:
    """Return what is being written to an application, by the round that it answers."""
    found = session.scalars(
        select(Supplement)
        .where(Supplement.application_id == application.id, Supplement.sent_at.is_(None))
        .order_by(Supplement.id)
    )
    return {one.round_id: one for one in found}


def sent_with(session: Session, *, key: UUID, application: Application) -> Supplement | None:
    """Return the supplement that was sent with this key: a second click finds it."""
    return session.scalar(
        select(Supplement)
        .where(Supplement.submit_key == key, Supplement.application_id == application.id)
        .order_by(Supplement.id)
    )


def answer_to(session: Session, *, round: CorrectionRound) -> Supplement | None:
    """Return the supplement that answered a round, if one did."""
    return session.scalar(
        select(Supplement)
        .where(Supplement.round_id == round.id, Supplement.sent_at.is_not(None))
        .order_by(Supplement.number.desc())
        .limit(1)
    )


def supplement_for(session: Session, id: UUID, *, asker: Asker) -> Supplement:
    """Return one sent supplement, or raise `NotFound`."""
    found = session.scalar(
        select(Supplement).where(Supplement.id == id, Supplement.sent_at.is_not(None))
    )
    if found is None:
        raise NotFound
    queries.application_for(session, found.application_id, asker=asker)
    return found


def supplement_to_confirm(session: Session, id: UUID) -> Supplement | None:
    """Return a sent supplement whose receipt is still to be written, locked: for the house."""
    return session.scalar(
        select(Supplement)
        .where(
            Supplement.id == id,
            Supplement.sent_at.is_not(None),
            Supplement.receipt_document_id.is_(None),
        )
        .options(
            joinedload(Supplement.application).options(
                joinedload(Application.citizen),
                joinedload(Application.case),
                undefer_group("sent"),
            )
        )
        .with_for_update(of=Supplement)
    )


def open_requests(
    session: Session, *, application: Application, asker: Asker | None = None
) -> Sequence[EvidenceRequest]:
    """Return the open requests for papers of an application, the nearest day first.

    They belong to a round, or ask again for a paper that was handed in with the application.
    """
    hidden = casefiles.hidden_kinds(session, asker=asker) if asker else frozenset[DocumentKind]()
    found = (
        select(EvidenceRequest)
        .where(
            EvidenceRequest.state == RequestState.OPEN,
            EvidenceRequest.kind.not_in(hidden),
            _belongs_to(application),
        )
        .options(joinedload(EvidenceRequest.about))
        .order_by(EvidenceRequest.due_on.nulls_last(), EvidenceRequest.id)
    )
    if isinstance(asker, Citizen):  # what another of the household is asked for is theirs
        found = found.where(EvidenceRequest.owner_id == asker.id)
    return session.scalars(found).all()


def _belongs_to(application: Application) -> ColumnElement[bool]:
    marked = (
        select(CorrectionMark.request_id)
        .join(CorrectionRound, CorrectionRound.id == CorrectionMark.round_id)
        .where(
            CorrectionRound.application_id == application.id,
            CorrectionMark.request_id.is_not(None),
        )
    )
    attached = select(Attachment.document_id).where(Attachment.application_id == application.id)
    return or_(EvidenceRequest.id.in_(marked), EvidenceRequest.rejected_document_id.in_(attached))


def processing_times(session: Session) -> Sequence[ProcessingTime]:
    """Return how long decisions took lately, for every form and for all together."""
    return session.scalars(select(ProcessingTime).order_by(ProcessingTime.form)).all()
