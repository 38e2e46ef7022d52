"""Reading Sofortanträge: who has number and code, whose account it is, which staff may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.accounts.models import Citizen, StaffMember
from portal.accounts.service.secrets import hash_of
from portal.casefiles import queries as casefiles
from portal.casefiles import receipt_codes, walls
from portal.casefiles.lodgements import Lodgement
from portal.casefiles.models import Case, CaseMember
from portal.core.errors import NotFound
from portal.inbox.models import ItemKind, WorkItem
from portal.instant import rules
from portal.instant.models import InstantApplication, InstantState
from portal.office.queries import Standing

OPEN = (InstantState.RECEIVED, InstantState.SEEN)
CANDIDATES = 10


def _applications() -> Select[InstantApplication]:
    return (
        select(InstantApplication)
        .join(InstantApplication.lodgement)
        .options(contains_eager(InstantApplication.lodgement))
    )


def by_key(session: Session, key: UUID) -> InstantApplication | None:
    """Return what a form has made already."""
    return session.scalar(select(InstantApplication).where(InstantApplication.key == key))


def by_id(session: Session, id: UUID) -> InstantApplication:
    """Return one whose applicant has been recognised already; raise `NotFound` for nothing."""
    found = session.get(InstantApplication, id)
    if found is None:
        raise NotFound
    return found


def to_tell_of(session: Session, id: UUID | None) -> InstantApplication | None:
    """Return one whose applicant still waits for words: nothing that was taken back or erased."""
    return session.scalar(
        _applications()
        .where(InstantApplication.id == id, InstantApplication.state != InstantState.WITHDRAWN)
        .options(joinedload(InstantApplication.case))
    )


def by_number_and_code(session: Session, *, number: str, code: str) -> InstantApplication | None:
    """Return the one that both belong to, as they were typed; nobody learns which was wrong."""
    digits, known = rules.read_number(number), receipt_codes.read(code)
    if digits is None or known is None:
        return None
    return session.scalar(
        _applications().where(Lodgement.number == digits, Lodgement.code_hash == hash_of(known))
    )


def of_citizen(session: Session, *, asker: Citizen) -> Sequence[InstantApplication]:
    """Return those that are bound to the account, the newest first."""
    return session.scalars(
        _applications()
        .where(Lodgement.citizen_id == asker.id)
        .order_by(Lodgement.at.desc(), Lodgement.id)
        .limit(20)
    ).all()


def to_change(session: Session, *, application: InstantApplication) -> InstantApplication:
    """Lock one and read it anew: of two who act at once, the second sees what the first did."""
    return session.scalars(
        _applications()
        .where(InstantApplication.id == application.id)
        .options(joinedload(InstantApplication.case))
        .with_for_update(of=[InstantApplication, Lodgement])
        .execution_options(populate_existing=True)
    ).one()


def number_is_taken(session: Session, number: str) -> bool:
    """Tell whether a number is in use."""
    return session.scalar(select(Lodgement.id).where(Lodgement.number == number)) is not None


# Staff


def _seen_by(standing: Standing) -> ColumnElement[bool]:
    """Return the condition that the asker may see it.

    One that lies in a file stands behind the wall of that file; one without a file is seen by
    whoever works on applications, for nobody is responsible yet and somebody may be in need.
    """
    in_a_file = walls.opens_case_of(standing, InstantApplication.case_id.expression)
    bound = Lodgement.citizen_id.expression
    free = and_(
        InstantApplication.case_id.is_(None),
        or_(bound.is_(None), ~walls.keeps_apart(standing, bound)),
    )
    return or_(free, in_a_file)


def for_staff(session: Session, id: UUID, *, asker: StaffMember) -> InstantApplication:
    """Return one that the asker may see, with its file; raise `NotFound` otherwise."""
    found = session.scalar(
        _applications()
        .where(InstantApplication.id == id, _seen_by(walls.standing_of(session, asker)))
        .options(joinedload(InstantApplication.case), joinedload(InstantApplication.document))
    )
    if found is None:
        raise NotFound
    return found


def list_for_staff(
    session: Session, *, asker: StaffMember, is_open: bool = True, offset: int = 0, limit: int = 50
) -> tuple[Sequence[InstantApplication], int]:
    """Return one page and how many: the open ones, the most urgent first, or those that are done.

    Two queries besides the one for whose work the asker does.
    """
    wanted = [
        _seen_by(walls.standing_of(session, asker)),
        InstantApplication.state.in_(OPEN) if is_open else InstantApplication.state.not_in(OPEN),
    ]
    found = _applications().where(*wanted)
    count = (
        session.scalar(
            select(func.count()).select_from(
                found.with_only_columns(InstantApplication.id).subquery()
            )
        )
        or 0
    )
    order = (
        (InstantApplication.urgency.desc(), Lodgement.at, Lodgement.id)
        if is_open
        else (InstantApplication.changed_at.desc(), InstantApplication.id)
    )
    page = found.order_by(*order).offset(offset).limit(limit)
    return session.scalars(page.options(joinedload(InstantApplication.case))).all(), count


@dataclass(frozen=True)
class Candidate:
    """A person of a file who may have written it, and what speaks for it."""

    case: Case
    citizen: Citizen
    same_birthday: bool


def candidates(
    session: Session, *, application: InstantApplication, asker: StaffMember, search: str = ""
) -> list[Candidate]:
    """Return people of files that the asker sees, those born that day first.

    Without `search` (words of a name, or a file reference), those who bear the name that was typed.
    """
    words = application.name.split()
    named = " ".join(words if len(words) < 3 else (words[0], words[-1]))
    cases, _ = casefiles.cases_for_staff(session, asker=asker, search=search or named, limit=200)
    wanted = {word.casefold() for word in named.split()}
    people = [
        Candidate(case, member.citizen, member.citizen.birth_date == application.birth_date)
        for case in cases
        for member in case.members
        if search or all(word in member.citizen.name.casefold() for word in wanted)
    ]
    people.sort(key=lambda one: not one.same_birthday)
    return people[:CANDIDATES]


def person_of_file(session: Session, id: UUID, *, asker: StaffMember) -> tuple[Case, Citizen]:
    """Return a person with the file, behind the wall; raise `NotFound` for anybody else."""
    member = session.scalar(select(CaseMember).where(CaseMember.citizen_id == id))
    if member is None:
        raise NotFound
    return casefiles.case_for_staff(session, member.case_id, asker=asker), member.citizen


def lane_of(
    session: Session, *, application: InstantApplication, even_finished: bool = False
) -> WorkItem | None:
    """Return the open item in the inbox, or the latest: who has it, and until when."""
    found = select(WorkItem).where(
        WorkItem.kind == ItemKind.INSTANT_APPLICATION, WorkItem.subject_id == application.id
    )
    if not even_finished:
        found = found.where(WorkItem.closed_at.is_(None))
    return session.scalar(
        found.options(joinedload(WorkItem.assignee))
        .order_by(WorkItem.opened_at.desc(), WorkItem.id)
        .limit(1)
    )


# The clock


def waiting_needlessly(session: Session, *, limit: int = 100) -> Sequence[InstantApplication]:
    """Return those that wait in the inbox to be decided although nothing of them stands."""
    ended = or_(Lodgement.ended_at.is_not(None), Lodgement.withdrawn_at.is_not(None))
    return session.scalars(
        _applications().where(ended, _waits()).order_by(Lodgement.at, Lodgement.id).limit(limit)
    ).all()


def forgotten(session: Session, *, limit: int = 100) -> Sequence[InstantApplication]:
    """Return those that were answered and stand, and that nobody sees in the inbox."""
    return session.scalars(
        _applications()
        .where(
            InstantApplication.state == InstantState.ANSWERED,
            Lodgement.ended_at.is_(None),
            Lodgement.withdrawn_at.is_(None),
            ~_waits(),
        )
        .options(joinedload(InstantApplication.case))
        .order_by(Lodgement.at, Lodgement.id)
        .limit(limit)
    ).all()


def _waits() -> ColumnElement[bool]:
    return exists().where(
        WorkItem.kind == ItemKind.INSTANT_UNDECIDED,
        WorkItem.subject_id == InstantApplication.id,
        WorkItem.closed_at.is_(None),
    )


def without_receipt_since(
    session: Session, *, before: datetime, limit: int = 100
) -> Sequence[UUID]:
    """Return those from before a moment whose receipt is still not written."""
    return session.scalars(
        select(InstantApplication.id)
        .join(InstantApplication.lodgement)
        .where(InstantApplication.receipt_file_id.is_(None), Lodgement.at < before)
        .order_by(Lodgement.at, Lodgement.id)
        .limit(limit)
    ).all()


def to_forget(
    session: Session, *, before: datetime, limit: int = 100
) -> Sequence[InstantApplication]:
    """Return those that are done since before a moment and never belonged to file or account."""
    return session.scalars(
        _applications()
        .where(
            or_(Lodgement.ended_at.is_not(None), Lodgement.withdrawn_at.is_not(None)),
            InstantApplication.state.not_in(OPEN),
            InstantApplication.case_id.is_(None),
            Lodgement.citizen_id.is_(None),
            InstantApplication.changed_at < before,
        )
        .order_by(InstantApplication.changed_at, InstantApplication.id)
        .limit(limit)
        .with_for_update(of=InstantApplication, skip_locked=True)
    ).all()
