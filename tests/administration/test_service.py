"""The deeds about accounts of the office: each with its trail, and races between administrators."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.models import Role, StaffMember, Team
from portal.accounts.service import inviting, teams
from portal.audit import queries as audit
from portal.audit.models import SYSTEM, Event
from portal.core import clock
from portal.core.db import db
from portal.core.errors import Conflict, NotAllowed, PortalError, TooMany
from portal.notifications.models import Message
from tests.factories import accounts


@pytest.fixture
def admin(session: Session) -> StaffMember:
    return accounts.staff_member(session, Role.ADMINISTRATOR)


@pytest.fixture
def jana(session: Session) -> StaffMember:
    return accounts.staff_member(session, Role.BENEFIT_OFFICER, email="jana@jobcenter.example")


def last_deed(session: Session, member: StaffMember) -> Event:
    return audit.latest_about(session, kind="staff", id=member.id, limit=1)[0]


def mails(session: Session) -> list[tuple[str, str]]:
    found = session.scalars(select(Message).order_by(Message.created_at, Message.id))
    return [(message.template, message.address) for message in found]


def test_check_44_other_roles_stand_in_the_trail_with_before_and_after(session, admin, jana):
    before = jana.team.name
    inviting.change_roles(
        session,
        member=jana,
        roles=[Role.TEAM_LEAD, Role.BENEFIT_OFFICER],
        team=accounts.team(session, "Leistung 2"),
        by=admin,
        now=clock.now(),
    )
    deed = last_deed(session, jana)
    assert (deed.deed, deed.actor_name) == ("accounts.roles_changed", admin.name)
    assert deed.facts == {
        "before": ["benefit_officer"],
        "after": ["team_lead", "benefit_officer"],
        "team_before": before,
        "team": "Leistung 2",
    }


def test_the_same_roles_again_are_no_deed(session, admin, jana):
    roles = [Role.BENEFIT_OFFICER]
    inviting.change_roles(
        session, member=jana, roles=roles, team=jana.team, by=admin, now=clock.now()
    )
    assert audit.events_about(session, kind="staff", id=jana.id) == []


def change(session: Session, jana: StaffMember, by: StaffMember, **given: str | None) -> None:
    names = ("first_name", "last_name", "email", "phone", "room")
    current = {name: getattr(jana, name) for name in names}
    inviting.change_details(session, member=jana, **{**current, **given}, by=by, now=clock.now())


def test_check_44_other_details_stand_in_the_trail_with_before_and_after(session, admin, jana):
    old = jana.last_name
    change(session, jana, admin, last_name="Kellermann", room="1.12")
    assert last_deed(session, jana).facts == {
        "before": {"last_name": old, "room": None},
        "after": {"last_name": "Kellermann", "room": "1.12"},
    }
    assert mails(session) == []


def test_who_has_come_is_told_at_the_old_address(session, admin, jana):
    change(session, jana, admin, email="Jana.Neu@jobcenter.example")
    assert jana.email == "jana.neu@jobcenter.example"
    assert mails(session) == [("address_changed", "jana@jobcenter.example")]


def test_an_invitation_to_a_wrong_address_dies_and_goes_to_the_right_one(session, admin):
    now = clock.now()
    member = accounts.staff_member(session, Role.MAILROOM, password_hash=None, email="falsch@x.de")
    link, _ = inviting.draw_invitation(session, member=member, by=admin, now=now)
    change(session, member, admin, email="richtig@jobcenter.example")
    session.expire_all()
    assert link.used_at is not None
    assert mails(session) == [("invitation", "richtig@jobcenter.example")]


def test_an_address_that_somebody_has_is_refused(session, admin, jana):
    with pytest.raises(Conflict) as refused:
        change(session, jana, admin, email=admin.email)
    assert refused.value.field == "email"
    session.expire_all()
    assert jana.email == "jana@jobcenter.example"


def test_who_comes_back_sets_everything_up_anew(session, admin, jana):
    inviting.deactivate(session, member=jana, by=admin, now=clock.now())
    assert last_deed(session, jana).deed == "accounts.staff_deactivated"
    assert inviting.reactivate(session, member=jana, by=admin, now=clock.now())
    assert jana.is_active
    assert jana.password_hash is None
    assert [e.deed for e in audit.events_about(session, kind="staff", id=jana.id)] == [
        "accounts.staff_deactivated",
        "accounts.staff_reactivated",
        "accounts.staff_invited",
    ]


def test_keys_are_gone_even_when_no_more_mail_goes_out(session, admin, jana):
    sent = [inviting.reset_keys(session, member=jana, by=admin, now=clock.now()) for _ in range(4)]
    assert sent == [True, True, True, False]
    assert jana.password_hash is None


def test_nobody_says_invited_when_nothing_was_sent(session, admin):
    member = accounts.staff_member(session, Role.MAILROOM, password_hash=None)
    for _ in range(3):
        inviting.invite(session, member=member, by=admin, now=clock.now())
    with pytest.raises(TooMany):
        inviting.invite(session, member=member, by=admin, now=clock.now())
    assert len(audit.events_about(session, kind="staff", id=member.id)) == 3


def test_the_last_administrator_cannot_be_closed_by_the_house_itself(session, admin):
    with pytest.raises(NotAllowed):
        inviting.deactivate(session, member=admin, by=SYSTEM, now=clock.now())


@pytest.mark.parametrize("gone", [{"is_active": False}, {"password_hash": None}])
def test_who_cannot_sign_in_is_no_other_administrator(session, admin, gone):
    accounts.staff_member(session, Role.ADMINISTRATOR, **gone)
    assert not queries.has_other_administrators(session, admin)
    accounts.staff_member(session, Role.ADMINISTRATOR)
    assert queries.has_other_administrators(session, admin)


def test_a_team_is_named_once(session, admin):
    team = teams.add_team(session, name="Leistung 1", by=admin, now=clock.now())
    other = teams.add_team(session, name="Leistung 2", by=admin, now=clock.now())
    for deed in (
        lambda: teams.add_team(session, name="Leistung 1", by=admin, now=clock.now()),
        lambda: teams.rename_team(
            session, team=other, name="Leistung 1", by=admin, now=clock.now()
        ),
    ):
        with pytest.raises(Conflict) as refused:
            deed()
        assert refused.value.field == "team"
    teams.rename_team(session, team=team, name="Leistung Nord", by=admin, now=clock.now())
    event = audit.latest_about(session, kind="team", id=team.id, limit=1)[0]
    assert event.facts == {"before": "Leistung 1", "after": "Leistung Nord"}


# Two administrators at the same moment

Deed = Callable[[Session, StaffMember, StaffMember], None]


def close(session: Session, member: StaffMember, by: StaffMember) -> None:
    inviting.deactivate(session, member=member, by=by, now=clock.now())


def take_role(session: Session, member: StaffMember, by: StaffMember) -> None:
    inviting.change_roles(
        session, member=member, roles=[Role.MAILROOM], team=member.team, by=by, now=clock.now()
    )


def race(app: Flask, deeds: list[tuple[Deed, int, int]]) -> list[str]:
    """Let each deed be done by one administrator to another at once; return how each ended."""
    with app.test_request_context():
        team = Team(name="Leitung")
        people = [
            accounts.staff_member(db.session, Role.ADMINISTRATOR, team=team).id for _ in range(2)
        ]
        db.session.commit()
    barrier, ended = threading.Barrier(len(deeds)), []

    def do(deed: Deed, member: int, by: int) -> None:
        with app.test_request_context():
            loaded = [db.session.get_one(StaffMember, id) for id in people]
            barrier.wait(10)  # both have seen two active administrators
            try:
                deed(db.session, loaded[member], loaded[by])
                db.session.commit()
                ended.append("done")
            except PortalError as error:
                db.session.rollback()
                ended.append(type(error).__name__)

    threads = [threading.Thread(target=do, args=deed) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(ended)


@pytest.mark.parametrize("first", [close, take_role])
@pytest.mark.parametrize("second", [close, take_role])
def test_two_administrators_who_remove_each_other_leave_one(
    committed_app: Flask, first: Deed, second: Deed
):
    assert race(committed_app, [(first, 0, 1), (second, 1, 0)]) == ["NotAllowed", "done"]


def test_two_who_give_the_same_role_at_once_both_get_an_answer(committed_app: Flask):
    assert race(committed_app, [(take_role, 0, 1), (take_role, 0, 1)]) == ["done", "done"]
