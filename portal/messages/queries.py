"""Reading threads and text blocks: always ordered, filtered by who asks. Not yours is not found."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, false, func, literal, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, joinedload, lazyload, selectinload

from portal.accounts.models import Citizen, Person, StaffMember
from portal.calendars.models import Absence
from portal.casefiles import queries as casefiles
from portal.casefiles import walls
from portal.casefiles.models import Case, Document, DocumentKind, EvidenceRequest
from portal.core import clock
from portal.core.errors import NotFound
from portal.invitations.models import Invitation
from portal.messages import law, rules
from portal.messages.models import Entry, Side, TextBlock, Thread, Topic
from portal.office import queries as office
from portal.office.models import Substitution

PAGE = 25
COUNTED = 100
TO_SEND = 30
"""So many papers of the file are offered to go along with a message, the latest."""

_WORKING_HOURS = (time(8), time(16))
_BEFORE_WORK = timedelta(hours=8)
_BARE = (lazyload(StaffMember.team), lazyload(StaffMember.roles))
_OFFICERS = (
    joinedload(Case.benefit_officer).options(*_BARE),
    joinedload(Case.integration_officer).options(*_BARE),
    lazyload(Case.members),
    lazyload(Case.team),
)


class View(StrEnum):
    """Whose threads are listed; the value stands in the address."""

    MINE = "meine"
    ALL = "alle"


class Stand(StrEnum):
    """In which state they are; the value stands in the address."""

    WAITING = "wartet"
    OPEN = "offen"
    CLOSED = "abgeschlossen"
    ANY = "jeder"


@dataclass(frozen=True)
class Filters:
    """What a list of threads is narrowed to."""

    view: View = View.MINE
    stand: Stand = Stand.OPEN
    words: str = ""


@dataclass(frozen=True)
class Row:
    """One line of a list: a thread, how much of it the asker's side has not seen, and the rest."""

    thread: Thread
    unseen: int


@dataclass(frozen=True)
class Away:
    """That somebody is not in the office: until when, and who reads in the meantime."""

    officer: StaffMember
    until: date
    substitute: StaffMember | None


# Threads


def threads(session: Session, asker: Person) -> Select[Thread]:
    """Select the threads that the asker may read, the latest first.

    A thread is about one person, like a letter: who acts for them from within the same household
    reads none (`casefiles.queries.hidden_kinds`). Staff read those of the files open to them.
    """
    found = (
        select(Thread)
        .order_by(Thread.last_at.desc(), Thread.id)
        .options(
            joinedload(Thread.case).options(*_OFFICERS),
            joinedload(Thread.citizen),
            joinedload(Thread.officer).options(*_BARE),
        )
    )
    if isinstance(asker, StaffMember):
        standing = walls.standing_of(session, asker)
        return found.where(walls.opens_case_of(standing, Thread.case_id.expression))
    return found.where(_own(session, asker))


def _own(session: Session, asker: Citizen) -> ColumnElement[bool]:
    return Thread.citizen_id == asker.id if may_read(session, asker=asker) else false()


def may_read(session: Session, *, asker: Citizen) -> bool:
    """Tell whether the asker reads and writes in these threads: not from the same household."""
    return DocumentKind.LETTER not in casefiles.hidden_kinds(session, asker=asker)


def _unseen(side: Side) -> Any:
    """Count what the other side has written and this one has not seen."""
    return (
        select(func.count())
        .where(
            Entry.thread_id == Thread.id,
            Entry.side != side,
            Entry.seen_at.is_(None),
            Entry.kind.not_in(rules.FOR_OFFICE),
        )
        .correlate(Thread)
        .scalar_subquery()
    )


def threads_of(session: Session, *, asker: Citizen, page: int = 1) -> Sequence[Row]:
    """Return one page of the threads of a citizen and one more, which tells of a next page."""
    found = threads(session, asker).add_columns(_unseen(Side.CITIZEN))
    rows = session.execute(found.limit(PAGE + 1).offset((page - 1) * PAGE))
    return [Row(thread, unseen) for thread, unseen in rows]


def threads_for_staff(
    session: Session, *, asker: StaffMember, filters: Filters, page: int = 1
) -> Sequence[Row]:
    """Return one page of threads and one more: first what waits, by the day it is due."""
    found = (
        threads(session, asker)
        .join(Case, Case.id == Thread.case_id)
        .join(Citizen, Citizen.id == Thread.citizen_id)
        .where(*_matching(session, asker, filters))
        .order_by(None)
        .order_by(Thread.answer_by.asc().nulls_last(), Thread.last_at.desc(), Thread.id)
        .add_columns(_unseen(Side.OFFICE))
    )
    rows = session.execute(found.limit(PAGE + 1).offset((page - 1) * PAGE))
    return [Row(thread, unseen) for thread, unseen in rows]


def threads_of_case(
    session: Session, *, case: Case, asker: StaffMember, page: int = 1
) -> Sequence[Row]:
    """Return one page of the threads of a case and one more, the latest first."""
    found = threads(session, asker).where(Thread.case_id == case.id)
    rows = session.execute(
        found.add_columns(_unseen(Side.OFFICE)).limit(PAGE + 1).offset((page - 1) * PAGE)
    )
    return [Row(thread, unseen) for thread, unseen in rows]


def _matching(session: Session, asker: StaffMember, filters: Filters) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if filters.view == View.MINE:
        today = clock.local_date(clock.now())
        whose = {asker.id, *office.standing_of(session, asker, day=today).absent_ids}
        asked.append(_answers().in_(whose))
    asked += {
        Stand.WAITING: [Thread.waiting_since.is_not(None)],
        Stand.OPEN: [Thread.closed_at.is_(None)],
        Stand.CLOSED: [Thread.closed_at.is_not(None)],
        Stand.ANY: [],
    }[filters.stand]
    asked.extend(
        or_(
            Thread.subject.icontains(word, autoescape=True),
            Citizen.first_name.icontains(word, autoescape=True),
            Citizen.last_name.icontains(word, autoescape=True),
        )
        for word in filters.words.split()[:5]
    )
    return asked


def _answers() -> ColumnElement[Any]:
    """Return who answers a thread, as `rules.officer_of` says it, but for those who have left."""
    benefit, integration = Case.benefit_officer_id, Case.integration_officer_id
    by_topic = case(
        (Thread.topic == Topic.WORK, func.coalesce(integration, benefit)),
        else_=func.coalesce(benefit, integration),
    )
    return func.coalesce(Thread.officer_id, by_topic)


def thread_for(session: Session, id: UUID, *, asker: Person, lock: bool = False) -> Thread:
    """Return a thread that the asker may read, locked for a deed; else raise `NotFound`."""
    if lock:
        session.execute(select(Thread.id).where(Thread.id == id).with_for_update())
    wanted = threads(session, asker).where(Thread.id == id)
    found = session.scalar(wanted.execution_options(populate_existing=lock))
    if found is None:
        raise NotFound
    return found


def thread_with_key(session: Session, key: UUID, *, asker: Person) -> Thread | None:
    """Return the thread in which the page with this key has written already, if it has."""
    return session.scalar(
        threads(session, asker)
        .join(Entry, Entry.thread_id == Thread.id)
        .where(Entry.sent_key == key)
    )


def entries_of(session: Session, *, thread: Thread, asker: Person) -> Sequence[Entry]:
    """Return what the asker may read of a thread, the oldest first, with what it links to."""
    found = (
        select(Entry)
        .where(Entry.thread_id == thread.id)
        .order_by(Entry.position)
        .options(
            joinedload(Entry.request),
            joinedload(Entry.invitation).options(
                lazyload(Invitation.case), lazyload(Invitation.type)
            ),
            selectinload(Entry.papers),
        )
    )
    if isinstance(asker, Citizen):
        found = found.where(Entry.kind.not_in(rules.FOR_OFFICE))
    return session.scalars(found).unique().all()


def papers_of(session: Session, *, entries: Sequence[Entry], asker: Person) -> dict[UUID, Document]:
    """Return the documents that came with entries and that the asker may read, by id."""
    ids = [paper.document_id for entry in entries for paper in entry.papers]
    if not ids:
        return {}
    found = session.scalars(casefiles.documents(session, asker).where(Document.id.in_(ids)))
    return {one.id: one for one in found}


def papers_to_send(
    session: Session, *, people: Collection[UUID], asker: StaffMember
) -> Sequence[Document]:
    """Return the latest papers of these people that the asker reads and that they open themselves.

    Letters have their own door, the postbox. What was not found safe yet is sent by nobody.
    """
    return session.scalars(
        casefiles.documents(session, asker)
        .where(
            Document.owner_id.in_(people),
            Document.kind != DocumentKind.LETTER,
            Document.served_file_id.is_not(None),
            Document.merged_into_id.is_(None),
        )
        .options(joinedload(Document.owner))
        .limit(TO_SEND)
    ).all()


def next_position(session: Session, *, thread: Thread) -> int:
    """Return the place of the next entry; the thread is locked or new."""
    last = session.scalar(select(func.max(Entry.position)).where(Entry.thread_id == thread.id))
    return 0 if last is None else last + 1


def unseen_entries(
    session: Session, *, thread: Thread, by: Side, up_to: UUID | None = None
) -> Sequence[Entry]:
    """Lock and return what one side has not seen of the other, at most up to the entry named."""
    wanted = select(Entry).where(
        Entry.thread_id == thread.id,
        Entry.side != by,
        Entry.seen_at.is_(None),
        Entry.kind.not_in(rules.FOR_OFFICE),
    )
    if up_to is not None:
        last = select(Entry.position).where(Entry.thread_id == thread.id, Entry.id == up_to)
        wanted = wanted.where(Entry.position <= last.scalar_subquery())
    return session.scalars(wanted.order_by(Entry.position).with_for_update()).all()


def unopened_since(session: Session, *, thread: Thread) -> datetime | None:
    """Return when the oldest thing was written that the citizen has not seen of the office."""
    return session.scalar(
        select(func.min(Entry.at)).where(
            Entry.thread_id == thread.id,
            Entry.side == Side.OFFICE,
            Entry.seen_at.is_(None),
            Entry.kind.not_in(rules.FOR_OFFICE),
        )
    )


def stamp(session: Session, *, thread: Thread, asker: Person, today: date) -> str:
    """Return a mark that changes with all that an open page of the thread shows: one query.

    Entries are never taken back, so their number tells of new ones; of what the asker's side wrote
    the number seen counts, and of what was asked for, how it stands. `today` makes things late.
    """
    mine = Side.OFFICE if isinstance(asker, StaffMember) else Side.CITIZEN
    stands = func.concat(EvidenceRequest.state, Invitation.state)
    wanted = (
        select(
            func.count(),
            func.count(Entry.seen_at).filter(Entry.side == mine),
            func.string_agg(stands, aggregate_order_by(literal(","), Entry.position)),
        )
        .select_from(Entry)
        .outerjoin(EvidenceRequest, EvidenceRequest.id == Entry.request_id)
        .outerjoin(Invitation, Invitation.id == Entry.invitation_id)
        .where(Entry.thread_id == thread.id)
    )
    if isinstance(asker, Citizen):
        wanted = wanted.where(Entry.kind.not_in(rules.FOR_OFFICE))
    officer = rules.officer_of(thread)
    shown = (
        *session.execute(wanted).one(),
        thread.answer_by,
        thread.reply_by,
        thread.closed_at,
        officer and officer.id,
        today,
    )
    return hashlib.sha256(",".join(map(str, shown)).encode()).hexdigest()[:20]


# Counts for the start pages: one query each


def unread_of(session: Session, *, asker: Citizen) -> int:
    """Count the threads in which the office has written something new to the citizen."""
    unread = select(Thread.id).where(_own(session, asker), _unseen(Side.CITIZEN) > 0)
    return session.scalar(select(func.count()).select_from(unread.limit(COUNTED).subquery())) or 0


def waiting_for(session: Session, *, asker: StaffMember) -> int:
    """Count the threads of the asker that wait for an answer, up to `COUNTED`."""
    waiting = (
        select(Thread.id)
        .join(Case, Case.id == Thread.case_id)
        .where(Thread.waiting_since.is_not(None), _answers() == asker.id)
    )
    return session.scalar(select(func.count()).select_from(waiting.limit(COUNTED).subquery())) or 0


# How long it takes, and who is away


def usual_days(session: Session, *, now: datetime) -> int | None:
    """Return in how many working days most were answered of late; None while nobody knows.

    "Most" are three of four, so that who reads it is rarely disappointed.
    """
    found = session.execute(
        select(
            func.count(),
            func.percentile_disc(0.75).within_group(Entry.waited_days),
        ).where(Entry.waited_days.is_not(None), Entry.at > now - law.COUNTED)
    ).one()
    count, days = found
    return int(days) if count >= law.ENOUGH_ANSWERS else None


def away(session: Session, officer: StaffMember, *, today: date) -> Away | None:
    """Return until when somebody is not in the office; a reason is nobody's business.

    A substitution says who reads; of absences those count that cover the hours of a day of work.
    """
    entered = session.scalar(
        select(Substitution)
        .where(
            Substitution.absent_id == officer.id,
            Substitution.ended_at.is_(None),
            Substitution.first_day <= today,
            Substitution.last_day >= today,
        )
        .options(joinedload(Substitution.substitute).options(*_BARE))
        .order_by(Substitution.last_day.desc(), Substitution.id)
        .limit(1)
    )
    if entered is not None:
        return Away(officer, entered.last_day, entered.substitute)
    starts, ends = (datetime.combine(today, hour, clock.BERLIN) for hour in _WORKING_HOURS)
    until = session.scalar(
        select(func.max(Absence.ends_at)).where(
            Absence.staff_member_id == officer.id,
            Absence.starts_at <= starts,
            Absence.ends_at >= ends,
        )
    )
    if until is None:
        return None
    return Away(officer, clock.local_date(until - _BEFORE_WORK), None)


# Text blocks


def blocks_of(session: Session, *, asker: StaffMember) -> Sequence[TextBlock]:
    """Return the blocks that the asker can use: the own first, then the team's, by name."""
    return session.scalars(
        select(TextBlock)
        .where(or_(TextBlock.owner_id == asker.id, TextBlock.team_id == asker.team_id))
        .order_by(TextBlock.owner_id.is_(None), TextBlock.name, TextBlock.id)
    ).all()


def block_for(session: Session, id: UUID, *, asker: StaffMember, lock: bool = False) -> TextBlock:
    """Return a block that the asker can use, or raise `NotFound`."""
    wanted = select(TextBlock).where(
        TextBlock.id == id,
        or_(TextBlock.owner_id == asker.id, TextBlock.team_id == asker.team_id),
    )
    found = session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise NotFound
    return found


def colleagues_for(
    session: Session, *, thread: Thread, team: Collection[StaffMember]
) -> Sequence[StaffMember]:
    """Return whom a thread can be given to: who writes in the team, and the case's two officers."""
    here = rules.officer_of(thread)
    offered = {
        one.id: one
        for one in (*team, thread.case.benefit_officer, thread.case.integration_officer)
        if one is not None and rules.may_be_given(one) and one.id != (here.id if here else None)
    }
    return sorted(offered.values(), key=lambda one: (one.last_name, one.first_name, str(one.id)))
