"""Reading invitations, summonses and hearings: always ordered, filtered by the person who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Select,
    and_,
    cast,
    false,
    func,
    literal,
    null,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.accounts.models import Citizen, Person, StaffMember
from portal.appointments.models import Booking, BookingState
from portal.appointments.rules import HELD_OUTCOMES
from portal.calendars.models import AppointmentType
from portal.casefiles import queries as casefiles
from portal.casefiles import walls
from portal.casefiles.models import Case, Document
from portal.core import clock
from portal.core.errors import NotFound
from portal.inbox.models import ItemKind, WorkItem
from portal.invitations import rules
from portal.invitations.models import (
    Hearing,
    HearingState,
    Invitation,
    InvitationState,
    Summons,
    SummonsState,
)

_CASE = {one: joinedload(one.case).lazyload(Case.members) for one in (Invitation, Summons, Hearing)}
PEOPLE = {
    Invitation: (
        _CASE[Invitation],
        joinedload(Invitation.citizen),
        joinedload(Invitation.invited_by),
        joinedload(Invitation.letter),
        joinedload(Invitation.booking).joinedload(Booking.staff_member),
        joinedload(Invitation.held_booking).joinedload(Booking.staff_member),
    ),
    Summons: (
        _CASE[Summons],
        joinedload(Summons.citizen),
        joinedload(Summons.issued_by),
        joinedload(Summons.letter),
        joinedload(Summons.booking).options(
            joinedload(Booking.staff_member), joinedload(Booking.citizen)
        ),
    ),
    Hearing: (
        _CASE[Hearing],
        joinedload(Hearing.citizen),
        joinedload(Hearing.asked_by),
        joinedload(Hearing.letter),
        joinedload(Hearing.booking).joinedload(Booking.staff_member),
    ),
}


def _seen_by(session: Session, table: Any, asker: Person) -> ColumnElement[bool]:
    """Return the condition that the asker may know of a row: one's own, or of an open file.

    Who acts for somebody of the own household does not see what the office asks of them.
    """
    if isinstance(asker, StaffMember):
        return walls.opens_case_of(walls.standing_of(session, asker), table.case_id.expression)
    if not casefiles.sees_letters(session, asker=asker):
        return false()
    own: ColumnElement[bool] = table.citizen_id == asker.id
    return own


def _one(session: Session, table: Any, id: UUID, asker: Person, *, lock: bool) -> Any:
    wanted = (
        select(table)
        .where(table.id == id, _seen_by(session, table, asker))
        .options(*PEOPLE[table])
        .execution_options(populate_existing=lock)
    )
    found = session.scalar(wanted.with_for_update(of=table) if lock else wanted)
    if found is None:
        raise NotFound
    return found


def invitation_for(session: Session, id: UUID, *, asker: Person, lock: bool = False) -> Invitation:
    """Return one invitation, locked for a deed."""
    found: Invitation = _one(session, Invitation, id, asker, lock=lock)
    return found


def read_again(session: Session, id: UUID) -> Invitation:
    """Return an invitation with its people after something was undone, which lets go of them."""
    return session.scalars(
        select(Invitation)
        .where(Invitation.id == id)
        .options(*PEOPLE[Invitation])
        .execution_options(populate_existing=True)
    ).one()


def summons_for(session: Session, id: UUID, *, asker: Person, lock: bool = False) -> Summons:
    """Return one summons, locked for a deed."""
    found: Summons = _one(session, Summons, id, asker, lock=lock)
    return found


def summons_of(session: Session, booking_id: UUID, *, asker: Person, lock: bool = False) -> Summons:
    """Return the summons whose appointment this is, locked for a deed."""
    id = session.scalar(select(Summons.id).where(Summons.booking_id == booking_id))
    if id is None:
        raise NotFound
    return summons_for(session, id, asker=asker, lock=lock)


def hearing_for(session: Session, id: UUID, *, asker: Person, lock: bool = False) -> Hearing:
    """Return one hearing, locked for a deed."""
    found: Hearing = _one(session, Hearing, id, asker, lock=lock)
    return found


def held_for(session: Session, invitation: Invitation) -> Booking | None:
    """Return the time that is held for an invitation, with its people."""
    if invitation.held_booking_id is None:
        return None
    return session.scalar(
        select(Booking)
        .where(Booking.id == invitation.held_booking_id)
        .options(
            joinedload(Booking.citizen),
            joinedload(Booking.staff_member),
            selectinload(Booking.others),
        )
    )


def booking_made(session: Session, id: UUID | None) -> Booking | None:
    """Return what an answer has become, read anew.

    A row that was waited for is fresh after the lock, what was joined to it is as old as the
    statement (PostgreSQL, READ COMMITTED): a second click would not find what the first has made.
    """
    return session.get(Booking, id) if id else None


def is_booked_otherwise() -> ColumnElement[bool]:
    """Return the condition that a booking does what its person was invited to.

    By whatever way and with whomever, as through the invitation itself; a summons is no answer.
    """
    return and_(
        Booking.citizen_id == Invitation.citizen_id,
        Booking.type_id == Invitation.type_id,
        Booking.booked_at >= Invitation.invited_at,
        Booking.state.not_in((BookingState.HELD, BookingState.CANCELLED)),
        Booking.is_summons.is_(False),
    )


def booked_otherwise(session: Session, invitation: Invitation) -> Booking | None:
    """Return what the invited has booked since of the same kind, the first."""
    return session.scalar(
        select(Booking)
        .join(Invitation, is_booked_otherwise())
        .where(Invitation.id == invitation.id)
        .order_by(Booking.booked_at, Booking.id)
        .limit(1)
    )


def last_talk_of(session: Session, *, citizen: Citizen) -> Booking | None:
    """Return the last talk to which this person came."""
    return session.scalars(
        select(Booking)
        .where(Booking.citizen_id == citizen.id, Booking.state.in_(HELD_OUTCOMES))
        .order_by(Booking.starts_at.desc(), Booking.id)
        .limit(1)
    ).first()


def openly_invited(
    session: Session, *, type: AppointmentType, citizen_ids: Sequence[UUID]
) -> frozenset[UUID]:
    """Return who of these people has an open invitation to this kind."""
    return frozenset(
        session.scalars(
            select(Invitation.citizen_id)
            .where(
                Invitation.type_id == type.id,
                Invitation.citizen_id.in_(citizen_ids),
                Invitation.state.in_(rules.OPEN),
            )
            .order_by(Invitation.citizen_id)
        )
    )


def papers_among(session: Session, ids: Sequence[str], *, asker: StaffMember) -> Sequence[Document]:
    """Return the documents with these ids that the asker may read."""
    found = [UUID(id) for id in ids]
    return casefiles.documents_among(session, found, asker=asker) if found else []


# Lists of the office


_WRITTEN: dict[Any, Any] = {
    Invitation: Invitation.invited_at,
    Summons: Summons.issued_at,
    Hearing: Hearing.asked_at,
}


def _page(
    session: Session, table: Any, state: Any, *, asker: StaffMember, offset: int, limit: int
) -> tuple[Sequence[Any], int]:
    where = [_seen_by(session, table, asker)]
    if state is not None:
        where.append(table.state == state)
    count = session.scalar(select(func.count()).select_from(table).where(*where)) or 0
    rows = session.scalars(
        select(table)
        .where(*where)
        .order_by(_WRITTEN[table].desc(), table.id)
        .options(*PEOPLE[table])
        .offset(offset)
        .limit(limit)
    ).all()
    return rows, count


def invitations_for_staff(
    session: Session,
    *,
    asker: StaffMember,
    state: InvitationState | None,
    offset: int = 0,
    limit: int = 50,
) -> tuple[Sequence[Invitation], int]:
    """Return one page of invitations, the newest first, and how many there are."""
    return _page(session, Invitation, state, asker=asker, offset=offset, limit=limit)


def summonses_for_staff(
    session: Session,
    *,
    asker: StaffMember,
    state: SummonsState | None,
    offset: int = 0,
    limit: int = 50,
) -> tuple[Sequence[Summons], int]:
    """Return one page of summonses, the newest first, and how many there are."""
    return _page(session, Summons, state, asker=asker, offset=offset, limit=limit)


def hearings_for_staff(
    session: Session,
    *,
    asker: StaffMember,
    state: HearingState | None,
    offset: int = 0,
    limit: int = 50,
) -> tuple[Sequence[Hearing], int]:
    """Return one page of hearings, the newest first, and how many there are."""
    return _page(session, Hearing, state, asker=asker, offset=offset, limit=limit)


def cases_among(session: Session, numbers: Sequence[int], *, asker: StaffMember) -> Sequence[Case]:
    """Return those of the numbered files that the asker may open, in the order of the numbers."""
    return session.scalars(
        select(Case)
        .where(Case.number.in_(numbers), walls.opens(walls.standing_of(session, asker)))
        .order_by(Case.number)
    ).all()


# What a citizen has to answer


@dataclass(frozen=True)
class Call:
    """Something that a citizen is asked to do by a day: `kind` is invitation, summons, hearing."""

    kind: str
    id: UUID
    due_on: date
    at: datetime | None = None


def calls_of(session: Session, *, asker: Citizen, now: datetime) -> list[Call]:
    """Return what a citizen is asked to answer or to attend, the nearest first: one query."""
    if not casefiles.sees_letters(session, asker=asker):
        return []
    never = cast(null(), Date), cast(null(), DateTime(timezone=True))
    invited = select(literal("invitation"), Invitation.id, Invitation.answer_until, never[1]).where(
        Invitation.citizen_id == asker.id,
        Invitation.state.in_(rules.OPEN),
        Invitation.answer_until >= clock.local_date(now),
    )
    summoned = (
        select(literal("summons"), Summons.id, never[0], Booking.starts_at)
        .join(Summons.booking)
        .where(
            Summons.citizen_id == asker.id,
            Summons.state == SummonsState.ISSUED,
            Booking.ends_at > now,
        )
    )
    heard = select(literal("hearing"), Hearing.id, Hearing.answer_until, never[1]).where(
        Hearing.citizen_id == asker.id, Hearing.state == HearingState.OPEN
    )
    rows = session.execute(union_all(invited, summoned, heard).order_by(text("1, 2"))).all()
    found = [Call(kind, id, due_on or clock.local_date(at), at) for kind, id, due_on, at in rows]
    return sorted(found, key=lambda call: (call.due_on, call.kind, str(call.id)))


def has_open_item(session: Session, invitation: Invitation) -> bool:
    """Tell whether an invitation is before the office now."""
    return bool(session.scalar(_items_on(invitation).where(WorkItem.closed_at.is_(None))))


def was_put_before_office(session: Session, invitation: Invitation) -> bool:
    """Tell whether an invitation is or was before the office."""
    return bool(session.scalar(_items_on(invitation)))


def _items_on(invitation: Invitation) -> Select[UUID]:
    return (
        select(WorkItem.id)
        .where(WorkItem.kind == ItemKind.INVITATION, WorkItem.subject_id == invitation.id)
        .order_by(WorkItem.id)
        .limit(1)
    )


def check_invited_to(session: Session, *, type_id: UUID, asker: StaffMember) -> None:
    """Raise `NotFound` unless somebody whom the asker may know of was invited to this kind."""
    found = session.scalar(
        select(Invitation.id)
        .where(Invitation.type_id == type_id, _seen_by(session, Invitation, asker))
        .order_by(Invitation.id)
        .limit(1)
    )
    if found is None:
        raise NotFound


@dataclass(frozen=True)
class Demand:
    """How many open invitations there are to a kind by a channel, and one of them as a sample."""

    sample: Invitation
    open: int


def demands(session: Session) -> list[Demand]:
    """Return the open invitations by kind and channel, each with its oldest."""
    counts = session.execute(
        select(Invitation.type_id, Invitation.channel, func.count())
        .where(Invitation.state.in_(rules.OPEN))
        .group_by(Invitation.type_id, Invitation.channel)
        .order_by(Invitation.type_id, Invitation.channel)
    ).all()
    found = []
    for type_id, channel, count in counts:
        sample = session.scalar(
            select(Invitation)
            .where(
                Invitation.type_id == type_id,
                Invitation.channel == channel,
                Invitation.state.in_(rules.OPEN),
            )
            .order_by(Invitation.invited_at, Invitation.id)
            .options(*PEOPLE[Invitation])
            .limit(1)
        )
        if sample is not None:
            found.append(Demand(sample, count))
    return found
