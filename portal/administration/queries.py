"""Reading who works here: the list with states and keys, one person, the teams with their size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts import queries as accounts
from portal.accounts.keys import LinkPurpose, Passkey, PortalSession, SecretLink, TotpFactor
from portal.accounts.models import Right, Role, StaffMember, Team
from portal.administration.rules import State
from portal.core.errors import NotFound

PAGE = 25


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to."""

    team_id: UUID | None = None
    role: Role | None = None
    state: State | None = None
    words: str = ""

    @property
    def is_narrow(self) -> bool:
        """Tell whether anything narrows the list."""
        return bool(self.team_id or self.role or self.state or self.words)


@dataclass(frozen=True)
class Entry:
    """One account with what the list says of it; never a secret."""

    member: StaffMember
    state: State
    has_passkey: bool
    has_app: bool
    invited_at: datetime | None
    invitation_ends_at: datetime | None
    signed_in_at: datetime | None


_HAS_PASSKEY = select(Passkey.id).where(Passkey.staff_member_id == StaffMember.id).exists()
_HAS_APP = (
    select(TotpFactor.id)
    .where(TotpFactor.staff_member_id == StaffMember.id, TotpFactor.confirmed_at.is_not(None))
    .exists()
)
# Written once, for the list, its filter and the page of one person. Whoever gives rights to others
# needs a passkey (`accounts.rules.needs_unphishable_key`).
_STATE = case(
    (~StaffMember.is_active, State.DEACTIVATED.value),
    (StaffMember.password_hash.is_(None), State.INVITED.value),
    (
        or_(_HAS_PASSKEY, and_(_HAS_APP, ~accounts.carries(Right.ADMINISTER))),
        State.ACTIVE.value,
    ),
    else_=State.KEYLESS.value,
)


def entries(session: Session, *, filters: Filters, page: int = 1) -> Sequence[Entry]:
    """Return one page of accounts by name and one more, which tells that there is a next page."""
    found = session.execute(
        _entries()
        .where(_matches(filters))
        .order_by(StaffMember.last_name, StaffMember.first_name, StaffMember.id)
        .limit(PAGE + 1)
        .offset((page - 1) * PAGE)
    ).unique()
    return [_entry(row) for row in found]


def entry_for(session: Session, id: UUID) -> Entry:
    """Return one account, or raise `NotFound`."""
    row = session.execute(_entries().where(StaffMember.id == id)).unique().first()
    if row is None:
        raise NotFound
    return _entry(row)


def team_sizes(session: Session) -> Sequence[tuple[Team, int]]:
    """Return all teams by name, each with the number of its active members."""
    size = (
        select(func.count())
        .where(StaffMember.team_id == Team.id, StaffMember.is_active)
        .scalar_subquery()
    )
    return [
        (team, count) for team, count in session.execute(select(Team, size).order_by(Team.name))
    ]


def _entries() -> Select[Any]:
    invitation = (SecretLink.staff_member_id == StaffMember.id) & (
        SecretLink.purpose == LinkPurpose.INVITATION
    )
    invited = select(func.max(SecretLink.created_at)).where(invitation)
    ends = select(func.max(SecretLink.expires_at)).where(invitation, SecretLink.used_at.is_(None))
    signed_in = select(func.max(PortalSession.started_at)).where(
        PortalSession.staff_member_id == StaffMember.id
    )
    return select(
        StaffMember,
        _STATE,
        _HAS_PASSKEY,
        _HAS_APP,
        invited.scalar_subquery(),
        ends.scalar_subquery(),
        signed_in.scalar_subquery(),
    ).options(joinedload(StaffMember.roles))


def _entry(row: Any) -> Entry:
    member, state, *rest = row
    return Entry(member, State(state), *rest)


def _matches(filters: Filters) -> ColumnElement[bool]:
    asked: list[ColumnElement[bool]] = [StaffMember.id.is_not(None)]
    if filters.team_id:
        asked.append(StaffMember.team_id == filters.team_id)
    if filters.role:
        asked.append(accounts.holds([filters.role]))
    if filters.state:
        asked.append(_STATE.in_([filters.state.value]))
    asked.extend(
        or_(
            StaffMember.last_name.icontains(word, autoescape=True),
            StaffMember.first_name.icontains(word, autoescape=True),
        )
        for word in filters.words.split()[:5]
    )
    return and_(*asked)
