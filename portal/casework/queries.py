"""Reading notes and questions: each names its asker. Not yours is not found."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.accounts.models import Right, StaffMember, Team
from portal.accounts.queries import carries
from portal.casefiles import walls
from portal.casefiles.models import Case
from portal.casework import rules
from portal.casework.models import CaseNote, ExpertQuestion, NoteScope
from portal.core.errors import NotFound
from portal.inbox.models import ItemKind, WorkItem

# Notes


def notes_of(
    session: Session,
    *,
    case: Case,
    asker: StaffMember,
    limit: int = 100,
) -> Sequence[CaseNote]:
    """Return the notes that the asker reads, what is pinned first, then the newest.

    `case` was read through the wall (`casefiles.queries.case_for_staff`).
    """
    found = select(CaseNote).where(CaseNote.case_id == case.id, readable_notes(case, asker))
    return session.scalars(
        found.options(selectinload(CaseNote.earlier))
        .order_by(CaseNote.pinned_at.is_(None), CaseNote.written_at.desc(), CaseNote.id)
        .limit(limit)
    ).all()


def note_for(
    session: Session, id: UUID, *, case: Case, asker: StaffMember, lock: bool = False
) -> CaseNote:
    """Return one note of a case that the asker reads, locked for a deed."""
    wanted = (
        select(CaseNote)
        .where(CaseNote.id == id, CaseNote.case_id == case.id, readable_notes(case, asker))
        .options(selectinload(CaseNote.earlier))
    )
    found = session.scalar(wanted.with_for_update(of=CaseNote) if lock else wanted)
    if found is None:
        raise NotFound
    return found


def readable_notes(case: Case, asker: StaffMember) -> ColumnElement[bool]:
    """Return `rules.can_read` as a condition."""
    own = CaseNote.author_id == asker.id
    if asker.team_id in rules.teams_of(case):
        return or_(own, CaseNote.scope == NoteScope.TEAM)
    of_team = and_(CaseNote.scope == NoteScope.TEAM, CaseNote.team_id == asker.team_id)
    return or_(own, of_team)


def notes_to_disclose(session: Session, *, case_id: UUID) -> Sequence[CaseNote]:
    """Return every note with every wording, private ones too: for Art. 15 GDPR, no page."""
    return session.scalars(
        select(CaseNote)
        .where(CaseNote.case_id == case_id)
        .options(selectinload(CaseNote.earlier))
        .order_by(CaseNote.written_at, CaseNote.id)
    ).all()


# Questions


def _questions() -> Select[ExpertQuestion]:
    return select(ExpertQuestion).options(
        joinedload(ExpertQuestion.case).lazyload(Case.members),
        joinedload(ExpertQuestion.asked_by),
        joinedload(ExpertQuestion.member),
        joinedload(ExpertQuestion.answered_by),
    )


def questions_of(session: Session, *, case: Case, limit: int = 100) -> Sequence[ExpertQuestion]:
    """Return the questions about a case, the newest first; the case was read through the wall."""
    return session.scalars(
        _questions()
        .where(ExpertQuestion.case_id == case.id)
        .order_by(ExpertQuestion.asked_at.desc(), ExpertQuestion.id)
        .limit(limit)
    ).all()


def question_for(
    session: Session, id: UUID, *, asker: StaffMember, lock: bool = False
) -> ExpertQuestion:
    """Return one question about a file that the asker sees, locked for a deed."""
    opens = walls.opens_case_of(
        walls.standing_of(session, asker), ExpertQuestion.case_id.expression
    )
    wanted = _questions().where(ExpertQuestion.id == id, opens)
    found = session.scalar(wanted.with_for_update(of=ExpertQuestion) if lock else wanted)
    if found is None:
        raise NotFound
    return found


def question_of_mine(session: Session, id: UUID, *, asker: StaffMember) -> ExpertQuestion:
    """Return a question that the asker has answered: the answer stays theirs to read.

    The file has closed again when the question was answered; the page shows the two texts alone.
    """
    found = session.scalar(
        _questions().where(ExpertQuestion.id == id, ExpertQuestion.answered_by_id == asker.id)
    )
    if found is None:
        raise NotFound
    return found


def lies_with(session: Session, question: ExpertQuestion, asker: StaffMember) -> bool:
    """Tell whether a question lies with the asker, or with whom they stand in for today.

    The item of the inbox says it, so that whoever it was handed to may answer.
    """
    standing = walls.standing_of(session, asker)
    mine = [asker.id, *standing.absent_ids]
    teams = [asker.team_id, *(one.team_id for one in standing.absent)]
    found = session.scalar(
        select(WorkItem.id)
        .where(
            WorkItem.kind == ItemKind.EXPERT_QUESTION,
            WorkItem.subject_id == question.id,
            WorkItem.closed_at.is_(None),
            or_(
                WorkItem.assignee_id.in_(mine),
                and_(WorkItem.assignee_id.is_(None), WorkItem.team_id.in_(teams)),
            ),
        )
        .order_by(WorkItem.id)
        .limit(1)
    )
    return found is not None


def whom_to_ask(session: Session, *, asker: StaffMember) -> Sequence[StaffMember]:
    """Return everybody of the house who reads files and has an inbox, by team and name."""
    return session.scalars(
        select(StaffMember)
        .join(StaffMember.team)
        .where(
            StaffMember.is_active,
            StaffMember.id != asker.id,
            carries(Right.READ_FILES),
            carries(Right.USE_INBOX),
        )
        .order_by(Team.name, StaffMember.last_name, StaffMember.first_name, StaffMember.id)
    ).all()


def questions_to_remind(session: Session, *, until: date) -> Sequence[ExpertQuestion]:
    """Lock and return open questions due until a day that nobody was reminded of."""
    return session.scalars(
        _open()
        .where(ExpertQuestion.due_on <= until, ExpertQuestion.reminded_at.is_(None))
        .order_by(ExpertQuestion.due_on, ExpertQuestion.id)
    ).all()


def questions_overdue(session: Session, *, today: date) -> Sequence[ExpertQuestion]:
    """Lock and return open questions past their day of which the asker was not told."""
    return session.scalars(
        _open()
        .where(ExpertQuestion.due_on < today, ExpertQuestion.overdue_told_at.is_(None))
        .order_by(ExpertQuestion.due_on, ExpertQuestion.id)
    ).all()


def _open() -> Select[ExpertQuestion]:
    return (
        _questions()
        .where(ExpertQuestion.answered_at.is_(None), ExpertQuestion.revoked_at.is_(None))
        .with_for_update(of=ExpertQuestion, skip_locked=True)
    )


def questions_to_disclose(session: Session, *, case_id: UUID) -> Sequence[ExpertQuestion]:
    """Return every question and answer about a case: for Art. 15 GDPR, no page."""
    return session.scalars(
        _questions()
        .where(ExpertQuestion.case_id == case_id)
        .order_by(ExpertQuestion.asked_at, ExpertQuestion.id)
    ).all()
