"""Who releases a decision of a team: its leads, who stands in for them, whom the team has named.

Somebody who had a hand in the decision is never among them. The last to be asked are the leads of
the house whom nobody has named: a decision waits for a person, never for nobody.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts import queries as accounts_queries
from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember
from portal.audit import service as audit
from portal.core import clock
from portal.core.errors import InvalidInput, NotFound
from portal.office import rules
from portal.office.models import ReleaseDeputy, Substitution


class Place(StrEnum):
    """Why somebody is asked to release, the nearest first."""

    LEAD = "lead"
    SUBSTITUTE = "substitute"
    NAMED = "named"
    HOUSE = "house"


@dataclass(frozen=True)
class Releaser:
    """Somebody who may release, and why it is them."""

    member: StaffMember
    place: Place


def releasers(
    session: Session, *, team_id: UUID, besides: Collection[UUID], day: date
) -> Sequence[Releaser]:
    """Return who may release a decision of a team on a day, in the order to ask; `besides` never.

    A lead who is away comes after who stands in, and after the named.
    """
    found: dict[UUID, Releaser] = {}
    for one in _in_order(session, team_id, day):
        able = accounts.can(one.member, Right.RELEASE_DECISIONS)
        if able and one.member.id not in besides:
            found.setdefault(one.member.id, one)
    return list(found.values())


def _in_order(session: Session, team_id: UUID, day: date) -> Iterator[Releaser]:
    everybody = accounts_queries.staff_with_right(session, Right.RELEASE_DECISIONS)
    leads = [one for one in everybody if one.team_id == team_id]
    away = _substitutes(session, [one.id for one in leads], day)
    for one in leads:
        if one.id not in {absent for absent, _ in away}:
            yield Releaser(one, Place.LEAD)
    for _, substitute in away:
        yield Releaser(substitute, Place.SUBSTITUTE)
    for named in named_for(session, team_id=team_id, day=day):
        yield Releaser(named.deputy, Place.NAMED)
    for one in leads:
        yield Releaser(one, Place.LEAD)
    for one in everybody:
        yield Releaser(one, Place.HOUSE)


def _substitutes(
    session: Session, leads: Sequence[UUID], day: date
) -> Sequence[tuple[UUID, StaffMember]]:
    found = session.scalars(
        select(Substitution)
        .where(
            Substitution.absent_id.in_(leads),
            Substitution.ended_at.is_(None),
            Substitution.first_day <= day,
            Substitution.last_day >= day,
        )
        .options(joinedload(Substitution.substitute))
        .order_by(Substitution.created_at, Substitution.id)
    )
    return [(one.absent_id, one.substitute) for one in found]


def named_for(session: Session, *, team_id: UUID, day: date) -> Sequence[ReleaseDeputy]:
    """Return who is named for a team on a day, the longest named first."""
    return session.scalars(
        select(ReleaseDeputy)
        .where(ReleaseDeputy.team_id == team_id, _in_force(day))
        .options(joinedload(ReleaseDeputy.deputy).joinedload(StaffMember.team))
        .order_by(ReleaseDeputy.first_day, ReleaseDeputy.named_at, ReleaseDeputy.id)
    ).all()


def named_ids(session: Session, *, day: date) -> dict[UUID, list[UUID]]:
    """Return by team who is named on a day."""
    found: dict[UUID, list[UUID]] = {}
    for team_id, deputy_id in session.execute(
        select(ReleaseDeputy.team_id, ReleaseDeputy.deputy_id)
        .where(_in_force(day))
        .order_by(ReleaseDeputy.first_day, ReleaseDeputy.named_at, ReleaseDeputy.id)
    ):
        found.setdefault(team_id, []).append(deputy_id)
    return found


def _in_force(day: date) -> ColumnElement[bool]:
    return (
        ReleaseDeputy.ended_at.is_(None)
        & (ReleaseDeputy.first_day <= day)
        & or_(ReleaseDeputy.last_day.is_(None), ReleaseDeputy.last_day >= day)
    )


# Naming somebody


def planned_for(session: Session, *, asker: StaffMember, today: date) -> Sequence[ReleaseDeputy]:
    """Return who is named for the team of the asker, now or later."""
    return session.scalars(
        select(ReleaseDeputy)
        .where(
            ReleaseDeputy.team_id == asker.team_id,
            ReleaseDeputy.ended_at.is_(None),
            or_(ReleaseDeputy.last_day.is_(None), ReleaseDeputy.last_day >= today),
        )
        .options(joinedload(ReleaseDeputy.deputy).joinedload(StaffMember.team))
        .order_by(ReleaseDeputy.first_day, ReleaseDeputy.named_at, ReleaseDeputy.id)
    ).all()


def possible(session: Session, *, asker: StaffMember) -> Sequence[StaffMember]:
    """Return who can be named for the team of the asker: those of other teams who may release."""
    everybody = accounts_queries.staff_with_right(session, Right.RELEASE_DECISIONS)
    return [one for one in everybody if one.team_id != asker.team_id]


def name(
    session: Session,
    *,
    deputy: StaffMember,
    first_day: date,
    last_day: date | None,
    by: StaffMember,
    now: datetime,
) -> ReleaseDeputy:
    """Name who releases for the own team what its leads may not; a lead does."""
    rules.check_can_name_releaser(deputy, first_day, last_day, by=by, today=clock.local_date(now))
    made = ReleaseDeputy(
        team_id=by.team_id,
        deputy=deputy,
        first_day=first_day,
        last_day=last_day,
        named_at=now,
        named_by_name=by.name,
    )
    session.add(made)
    session.flush()  # the trail names the id
    audit.record(
        session,
        deed="office.releaser_named",
        subject=("release_deputy", made.id),
        by=by,
        now=now,
        deputy=deputy.id,
        team=by.team_id,
        first_day=first_day,
        last_day=last_day,
    )
    return made


def named_by_id(session: Session, id: UUID, *, asker: StaffMember) -> ReleaseDeputy:
    """Return a naming for the own team, locked; others raise `NotFound`."""
    found = session.scalar(
        select(ReleaseDeputy)
        .where(ReleaseDeputy.id == id, ReleaseDeputy.team_id == asker.team_id)
        .options(joinedload(ReleaseDeputy.deputy))
        .with_for_update(of=ReleaseDeputy)
    )
    if found is None or not accounts.can(asker, Right.SEE_TEAM):
        raise NotFound
    return found


def end(session: Session, *, named: ReleaseDeputy, by: StaffMember, now: datetime) -> None:
    """End a naming at once; ended before, it stays as it was."""
    if named.ended_at is not None:
        raise InvalidInput(gettext("Das ist schon beendet."))
    named.ended_at, named.ended_by_name = now, by.name
    audit.record(
        session,
        deed="office.releaser_ended",
        subject=("release_deputy", named.id),
        by=by,
        now=now,
    )
