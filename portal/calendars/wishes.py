"""What somebody looks for: which kind, when, with whom, and who could sit on which seat."""

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    Uuid,
    all_,
    and_,
    any_,
    bindparam,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Person, StaffMember
from portal.calendars import resources, rules
from portal.calendars.lanes import Times
from portal.calendars.models import (
    AppointmentType,
    Channel,
    Occupancy,
    StaffSkills,
    TalkRole,
)
from portal.calendars.slots import Pattern
from portal.calendars.talk_roles import by_account
from portal.casefiles import queries as casefiles
from portal.casefiles.models import Case
from portal.office import queries as office

GERMAN = "de"


class DayTime(StrEnum):
    """A part of the day, by the clock of the office."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


HOURS_OF = {DayTime.MORNING: (0, 12 * 60), DayTime.AFTERNOON: (12 * 60, 24 * 60)}
"""From which minute of the day until which a talk begins."""


@dataclass(frozen=True)
class Seat:
    """One person of the office in the talk: a certain one, or anybody for a role and language."""

    task: TalkRole | None = None
    person: UUID | None = None
    language: str | None = None


@dataclass(frozen=True)
class Filter:
    """What of the free times suits, and whose do not; what is empty suits all."""

    day_time: DayTime | None = None
    weekdays: frozenset[int] = frozenset()
    without: frozenset[UUID] = frozenset()


ANY_TIME = Filter()
ANYBODY = (Seat(),)


def seats_of(type: AppointmentType) -> Sequence[Seat]:
    """Return who of the office has to be there for a kind: its roles, else anybody."""
    return [Seat(task=role) for role in type.roles] or ANYBODY


def seats_for(type: AppointmentType, language: str | None) -> Sequence[Seat]:
    """Return the same, with somebody in the lead who speaks this language."""
    lead, *others = seats_of(type)
    return [replace(lead, language=language), *others]


def seats_in_room(type: AppointmentType, officers: int) -> int:
    """Return how many seats a room must have for a talk; a talk of two fits into every room."""
    return type.seats + officers if type.needs_room or officers > 1 else 0


class Candidate(NamedTuple):
    """Somebody who could sit on a seat; the smaller the rank, the earlier asked."""

    id: UUID
    resource: int
    rank: tuple[bool, bool]
    turn: int


@dataclass(frozen=True)
class Wish:
    """What is looked for, within which time, and what is known about the citizen."""

    type: AppointmentType
    channel: Channel
    earliest: datetime
    latest: datetime
    citizen: Citizen
    case: Case | None
    own_time: Times
    kept_apart: frozenset[UUID]
    instead_of: UUID | None
    now: datetime
    seats: Sequence[Seat] = ANYBODY
    filter: Filter = field(default=ANY_TIME)


def pattern_of(type: AppointmentType) -> Pattern:
    """Return what a kind asks of a day."""
    return Pattern(
        type.duration_minutes,
        type.buffer_minutes,
        type.start_every_minutes,
        type.buffer_before_minutes,
    )


def wish(
    session: Session,
    *,
    type: AppointmentType,
    channel: Channel,
    citizen: Citizen,
    asker: Person,
    now: datetime,
    instead_of: UUID | None = None,
    seats: Sequence[Seat] = ANYBODY,
    filter: Filter = ANY_TIME,
) -> Wish:
    """Put together what is looked for and what is known about the citizen."""
    case = casefiles.case_of(session, asker=citizen)
    return Wish(
        type=type,
        channel=channel,
        earliest=rules.earliest_start(type, by=asker, now=now),
        latest=rules.latest_start(type, now=now),
        citizen=citizen,
        case=case,
        own_time=_times_of(session, citizen, now, instead_of),
        kept_apart=kept_from_case(session, citizen, case),
        instead_of=instead_of,
        now=now,
        seats=seats,
        filter=filter,
    )


def kept_from(session: Session, citizen: Citizen) -> frozenset[UUID]:
    """Return the officers whom a conflict of interest keeps from this citizen or their case."""
    return kept_from_case(session, citizen, casefiles.case_of(session, asker=citizen))


def kept_from_case(session: Session, citizen: Citizen, case: Case | None) -> frozenset[UUID]:
    """Return the same when the case is known already."""
    people = [member.citizen_id for member in case.members] if case else [citizen.id]
    return office.kept_from(session, citizen_ids=people)


def candidates(
    session: Session,
    wish: Wish,
    seat: Seat,
    *,
    among: Collection[int] | None = None,
    limit: int | None = None,
) -> list[Candidate]:
    """Return who could sit on a seat: of these resources, at most so many.

    The own officer comes first, then the own team, then the others; each citizen begins at another
    place in the row, so that nobody is always asked first.
    """
    own, team = own_officer(wish.case, seat), wish.case.team_id if wish.case else None
    anybody, is_certain = replace(seat, person=None), seat.person is not None
    found = session.execute(
        _who_could_sit(anybody, is_certain=is_certain, of_some=among is not None),
        {
            "own": own,
            "team": team,
            "begins": wish.citizen.number,
            "shut_out": [*(wish.kept_apart | wish.filter.without)],
            "person": seat.person,
            "among": None if among is None else [*resources.staff_among(among)],
            "limit": limit,
        },
    )
    return [
        Candidate(
            id,
            resources.staff_number(number),
            (id != own, team is None or team_id != team),
            place,
        )
        for id, number, team_id, place in found
    ]


@functools.lru_cache(maxsize=256)
def _who_could_sit(seat: Seat, *, is_certain: bool, of_some: bool) -> Select[UUID, int, UUID, int]:
    """Ask who could sit on a seat; written once, for putting a question together has a price."""
    turn = (StaffMember.number + bindparam("begins", type_=BigInteger)) % 997
    shut_out = bindparam("shut_out", type_=ARRAY(Uuid))
    conditions = [can_sit(seat), StaffMember.id != all_(shut_out)]
    if is_certain:
        conditions.append(StaffMember.id == bindparam("person"))
    if of_some:
        numbers = bindparam("among", type_=ARRAY(BigInteger))
        conditions.append(StaffMember.number == any_(numbers))
    return (
        select(StaffMember.id, StaffMember.number, StaffMember.team_id, turn)
        .where(*conditions)
        .order_by(
            StaffMember.id.is_distinct_from(bindparam("own", type_=Uuid)),
            StaffMember.team_id.is_distinct_from(bindparam("team", type_=Uuid)),
            turn,
            StaffMember.number,
        )
        .limit(bindparam("limit", type_=BigInteger))
    )


def own_officer(case: Case | None, seat: Seat) -> UUID | None:
    """Return who of the own officers would sit here; for money it is another than for work."""
    if case is None:
        return None
    benefit = seat.task == TalkRole.BENEFIT
    return case.benefit_officer_id if benefit else case.integration_officer_id


def can_sit(seat: Seat) -> ColumnElement[bool]:
    """Return the condition that a staff member can sit on this seat."""
    conditions: list[ColumnElement[bool]] = [StaffMember.is_active.is_(True)]
    if seat.person is not None:
        conditions.append(StaffMember.id == seat.person)
    if seat.task is not None:
        by_skill = _skilled(StaffSkills.roles.contains([seat.task]))
        conditions.append(or_(by_skill, by_account(seat.task)))
    if seat.language not in {None, GERMAN}:
        conditions.append(_skilled(StaffSkills.languages.contains([seat.language])))
    return and_(*conditions)


def are_seated(session: Session, officers: Sequence[UUID], seats: Sequence[Seat]) -> bool:
    """Tell whether these officers are as many as the seats and can sit on them, in this order."""
    if len(officers) != len(seats) or len(set(officers)) != len(officers):
        return False
    asked = [(id, seat) for id, seat in zip(officers, seats, strict=True) if seat != Seat()]
    return all(
        session.scalar(select(StaffMember.id).where(StaffMember.id == id, can_sit(seat)))
        is not None
        for id, seat in asked
    )


def _skilled(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return StaffMember.id.in_(select(StaffSkills.staff_member_id).where(condition))


def _times_of(session: Session, citizen: Citizen, now: datetime, instead_of: UUID | None) -> Times:
    known = {"resource": resources.of_citizen(citizen), "now": now, "instead_of": instead_of}
    found = session.execute(_times(moves=instead_of is not None), known)
    return [(starts_at, ends_at) for starts_at, ends_at in found]


@functools.cache
def _times(*, moves: bool) -> Select[datetime, datetime]:
    """Ask when a resource is taken from now on; written once, too."""
    now: BindParameter[datetime] = bindparam("now", type_=Occupancy.ends_at.type)
    moved: BindParameter[UUID] | None = bindparam("instead_of", type_=Uuid) if moves else None
    return (
        select(Occupancy.starts_at, Occupancy.ends_at)
        .where(
            Occupancy.resource == bindparam("resource"),
            Occupancy.ends_at > now,
            alive(moved, now),
        )
        .order_by(Occupancy.starts_at)
    )


def alive(
    instead_of: UUID | BindParameter[UUID] | None, now: datetime | BindParameter[datetime]
) -> ColumnElement[bool]:
    """Leave out holds that have run out, and what is to be moved."""
    lives = or_(Occupancy.held_until.is_(None), Occupancy.held_until > now)
    return lives if instead_of is None else lives & (Occupancy.taken_by != instead_of)
