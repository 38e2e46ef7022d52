"""The list of everybody who works here: states, filters, pages, queries."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.accounts.keys import Passkey, TotpFactor
from portal.accounts.models import Role, StaffMember
from portal.accounts.service import inviting
from portal.administration import queries
from portal.administration.queries import Filters
from portal.administration.rules import State
from portal.audit.models import SYSTEM
from portal.core import clock
from tests.factories import accounts
from tests.queries import counted_queries


def give_passkey(session: Session, member: StaffMember) -> None:
    session.add(
        Passkey(
            staff_member_id=member.id,
            credential_id=member.id.bytes,
            public_key=b"key",
            sign_count=0,
            transports=[],
            name="Dienstgerät",
            created_at=clock.now(),
        )
    )
    session.flush()


def give_app(session: Session, member: StaffMember, *, confirmed: bool = True) -> None:
    now = clock.now()
    session.add(
        TotpFactor(
            staff_member_id=member.id,
            sealed_secret="sealed",
            created_at=now,
            confirmed_at=now if confirmed else None,
        )
    )
    session.flush()


def state_of(session: Session, member: StaffMember) -> State:
    return queries.entry_for(session, member.id).state


def test_how_far_an_account_has_come(session: Session):
    member = accounts.staff_member(session, Role.MAILROOM, password_hash=None)
    assert state_of(session, member) == State.INVITED
    member.password_hash = "!"
    session.flush()
    assert state_of(session, member) == State.KEYLESS
    give_app(session, member, confirmed=False)
    assert state_of(session, member) == State.KEYLESS
    give_passkey(session, member)
    assert state_of(session, member) == State.ACTIVE
    member.is_active = False
    session.flush()
    assert state_of(session, member) == State.DEACTIVATED


def test_an_app_is_enough_but_for_an_administrator(session: Session):
    clerk = accounts.staff_member(session, Role.MAILROOM)
    admin = accounts.staff_member(session, Role.MAILROOM, Role.ADMINISTRATOR)
    give_app(session, clerk)
    give_app(session, admin)
    assert state_of(session, clerk) == State.ACTIVE
    assert state_of(session, admin) == State.KEYLESS
    give_passkey(session, admin)
    entry = queries.entry_for(session, admin.id)
    assert (entry.state, entry.has_passkey, entry.has_app) == (State.ACTIVE, True, True)


def test_since_when_somebody_is_invited_and_until_when(session: Session):
    now = clock.now()
    member = inviting.add_staff(
        session,
        email="neu@jobcenter.example",
        first_name="Neu",
        last_name="Hier",
        team="Team",
        roles=[Role.MAILROOM],
        now=now,
    )
    inviting.invite(session, member=member, by=SYSTEM, now=now)
    session.flush()
    entry = queries.entry_for(session, member.id)
    assert entry.invited_at == now
    assert entry.invitation_ends_at == now + timedelta(hours=72)
    assert entry.signed_in_at is None


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (lambda jana: Filters(), {"Keller", "Brandt"}),
        (lambda jana: Filters(team_id=jana.team_id), {"Keller"}),
        (lambda jana: Filters(role=Role.TEAM_LEAD), {"Brandt"}),
        (lambda jana: Filters(state=State.INVITED), {"Brandt"}),
        (lambda jana: Filters(words="kel jan"), {"Keller"}),
        (lambda jana: Filters(words="%"), set()),
        (lambda jana: Filters(team_id=jana.team_id, state=State.INVITED), set()),
    ],
)
def test_filters(
    session: Session, filters: Callable[[StaffMember], Filters], found: set[str]
) -> None:
    jana = accounts.staff_member(session, Role.MAILROOM, last_name="Keller")
    accounts.staff_member(
        session,
        Role.MAILROOM,
        Role.TEAM_LEAD,
        first_name="Tobias",
        last_name="Brandt",
        password_hash=None,
    )
    entries = queries.entries(session, filters=filters(jana))
    assert {entry.member.last_name for entry in entries} == found


def test_pages_are_ordered_and_do_not_overlap(session: Session):
    for number in range(queries.PAGE + 3):
        accounts.staff_member(session, Role.MAILROOM, Role.FRONT_DESK, last_name=f"Name{number:02}")
    first = queries.entries(session, filters=Filters())
    second = queries.entries(session, filters=Filters(), page=2)
    names = [entry.member.last_name for entry in [*first[: queries.PAGE], *second]]
    assert len(first) == queries.PAGE + 1
    assert names == [f"Name{number:02}" for number in range(queries.PAGE + 3)]


def test_the_list_is_one_query_whatever_its_length(session: Session):
    for _ in range(20):
        accounts.staff_member(session, Role.MAILROOM, Role.FRONT_DESK)
    session.expire_all()
    with counted_queries() as asked:
        entries = queries.entries(session, filters=Filters())
        assert [(e.member.team.name, len(e.member.roles)) for e in entries]
    assert len(asked) == 1


def test_teams_count_who_is_active(session: Session):
    team = accounts.team(session, "Leistung 1")
    accounts.staff_member(session, Role.MAILROOM, team=team)
    accounts.staff_member(session, Role.MAILROOM, team=team, is_active=False)
    assert [(t.name, count) for t, count in queries.team_sizes(session)] == [("Leistung 1", 1)]
