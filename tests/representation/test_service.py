"""Inviting, accepting, ending: the deeds with their trail and their messages."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import representing
from portal.accounts.keys import PortalSession
from portal.accounts.models import Citizen, HelperInvitation, Power, RepresentationKind
from portal.audit.models import Event
from portal.core import clock
from portal.core.errors import Expired, InvalidInput, NotAllowed, NotFound
from portal.notifications.models import Message
from portal.representation import jobs, queries, service
from portal.representation.rules import A_SITTING, Period, TaskArea
from tests.client import cookie_secret
from tests.factories import accounts
from tests.factories.representation import representation

Kind = RepresentationKind


@pytest.fixture
def oksana(session: Session) -> Citizen:
    return accounts.citizen(session, first_name="Oksana", last_name="Kovalenko")


@pytest.fixture
def farid(session: Session) -> Citizen:
    return accounts.citizen(session, first_name="Farid", last_name="Amiri")


def browser_of(session: Session, person: Citizen) -> PortalSession:
    cookie_secret(person)
    return session.scalars(
        select(PortalSession)
        .where(PortalSession.citizen_id == person.id)
        .order_by(PortalSession.started_at.desc())
    ).first()


def invite(session: Session, by: Citizen, **wanted: object) -> str:
    _, code = service.invite(
        session,
        principal=by,
        **{
            "kind": Kind.HELPER,
            "powers": [Power.SEE, Power.UPLOAD],
            "period": Period.DAY,
            "now": clock.now(),
            **wanted,
        },
    )
    return code


def accept(session: Session, code: str, by: Citizen, **more: object):
    opened = more.pop("opened", None) or browser_of(session, by)
    return service.accept(session, code=code, by=by, opened=opened, **{"now": clock.now(), **more})


def deeds(session: Session) -> list[Event]:
    return list(session.scalars(select(Event).order_by(Event.id)))


def test_from_the_code_to_the_help(session: Session, oksana: Citizen, farid: Citizen) -> None:
    """Given a code, when Farid takes it, then he may do what was ticked, and both are told."""
    code = invite(session, oksana)
    taken = accept(session, code, farid)
    assert taken.powers == ["see", "upload"]
    assert (taken.kind, taken.session_id) == (Kind.HELPER, None)
    assert [one.id for one in queries.held_by(session, asker=farid, now=clock.now())] == [taken.id]
    assert [one.id for one in queries.given_by(session, asker=oksana, now=clock.now())] == [
        taken.id
    ]
    assert [event.deed for event in deeds(session)] == [
        "representation.invited",
        "representation.granted",
    ]
    mails = list(session.scalars(select(Message).order_by(Message.id)))
    assert {mail.address for mail in mails} == {oksana.email, farid.email}
    [to_her] = [mail for mail in mails if mail.address == oksana.email]
    assert "Farid Amiri darf ab jetzt" in to_her.text


def test_the_code_is_not_kept(session: Session, oksana: Citizen) -> None:
    code = invite(session, oksana)
    kept = session.scalars(select(HelperInvitation)).one()
    assert code not in kept.code_hash
    assert code.replace("-", "") not in kept.code_hash
    assert code not in str([event.facts for event in deeds(session)])


def test_a_code_is_typed_as_people_type(session: Session, oksana: Citizen, farid: Citizen) -> None:
    assert accept(session, f" {invite(session, oksana).lower().replace('-', ' ')} ", farid)


def test_a_code_works_once(session: Session, oksana: Citizen, farid: Citizen) -> None:
    code = invite(session, oksana)
    accept(session, code, farid)
    with pytest.raises(Expired):
        accept(session, code, accounts.citizen(session))


def test_a_code_lives_a_quarter_of_an_hour(
    session: Session, oksana: Citizen, farid: Citizen
) -> None:
    code, now = invite(session, oksana), clock.now()
    with pytest.raises(Expired):
        accept(session, code, farid, now=now + timedelta(minutes=15, seconds=1))
    assert accept(session, code, farid, now=now + timedelta(minutes=14))


def test_a_new_code_makes_the_old_one_worthless(
    session: Session, oksana: Citizen, farid: Citizen
) -> None:
    old, new = invite(session, oksana), invite(session, oksana)
    with pytest.raises(Expired):
        accept(session, old, farid)
    assert accept(session, new, farid)


def test_a_code_taken_back_is_worthless(session: Session, oksana: Citizen, farid: Citizen) -> None:
    code = invite(session, oksana)
    kept = session.scalars(select(HelperInvitation)).one()
    service.withdraw(session, invitation=kept, by=oksana, now=clock.now())
    with pytest.raises(Expired):
        accept(session, code, farid)


def test_nobody_takes_the_own_code(session: Session, oksana: Citizen) -> None:
    with pytest.raises(InvalidInput):
        accept(session, invite(session, oksana), oksana)


def test_an_organisation_acts_in_this_sitting_only(
    session: Session, oksana: Citizen, farid: Citizen
) -> None:
    """Given help for a month, when an organisation takes it, then it ends with this session."""
    here, elsewhere = browser_of(session, farid), browser_of(session, farid)
    code = invite(session, oksana, period=Period.MONTH)
    taken = accept(session, code, farid, opened=here, organisation=" Caritas Lindenau ")
    assert (taken.kind, taken.session_id) == (Kind.HELPER_ORGANISATION, here.id)
    assert taken.ends_at <= clock.now() + A_SITTING
    for opened, counts in ((here, True), (elsewhere, False)):
        service.switch(session, opened=opened, representation=taken, by=farid, now=clock.now())
        session.flush()
        session.refresh(opened)
        found = representing.in_force(opened, now=clock.now())
        assert (found is not None) is counts
    assert oksana.actor.name == "Farid Amiri (Caritas Lindenau)"
    here.ended_at, here.ended_why = clock.now(), "signed_out"
    session.flush()
    assert not queries.given_by(session, asker=oksana, now=clock.now())


def test_help_for_now_ends_with_the_session(
    session: Session, oksana: Citizen, farid: Citizen
) -> None:
    taken = accept(session, invite(session, oksana, period=Period.SITTING), farid)
    assert taken.session_id is not None
    assert taken.kind is Kind.HELPER
    assert queries.given_by(session, asker=oksana, now=clock.now()) == [taken]
    assert queries.held_by(session, asker=farid, now=clock.now()) == [taken]


def test_the_new_one_takes_the_place_of_the_old(
    session: Session, oksana: Citizen, farid: Citizen
) -> None:
    old = accept(session, invite(session, oksana, powers=[Power.FILL_IN]), farid)
    new = accept(session, invite(session, oksana), farid)
    assert old.revoked_at is not None
    assert queries.given_by(session, asker=oksana, now=clock.now()) == [new]


def test_who_has_a_reservation_of_consent_gives_no_power_of_attorney(
    session: Session, oksana: Citizen, farid: Citizen
) -> None:
    representation(
        session,
        principal=oksana,
        kind=Kind.GUARDIAN,
        lasts=None,
        consent_reserved=True,
        task_areas=[TaskArea.ASSETS],
    )
    with pytest.raises(NotAllowed):
        invite(session, oksana, kind=Kind.POWER_OF_ATTORNEY, period=Period.YEAR)
    assert invite(session, oksana)


def test_ended_by_either_side_and_told(session: Session, oksana: Citizen, farid: Citizen) -> None:
    found = representation(session, principal=oksana, representative=farid)
    service.end(session, representation=found, by=farid, now=clock.now())
    assert found.revoked_by_name == "Farid Amiri"
    assert deeds(session)[-1].deed == "representation.ended"
    texts = [mail.text for mail in session.scalars(select(Message))]
    assert any("handelt im Portal nicht mehr für Sie" in text for text in texts)
    with pytest.raises(NotFound):
        service.switch(
            session,
            opened=browser_of(session, farid),
            representation=found,
            by=farid,
            now=clock.now(),
        )


def test_a_third_person_ends_nothing(session: Session) -> None:
    found = representation(session)
    with pytest.raises(NotFound):
        queries.representation_for(session, found.id, asker=accounts.citizen(session))


def test_codes_that_nobody_took_go_away(session: Session, oksana: Citizen, farid: Citizen) -> None:
    accept(session, invite(session, oksana), farid)
    invite(session, oksana)
    jobs.forget(session, now=clock.now())
    assert len(list(session.scalars(select(HelperInvitation)))) == 2
    jobs.forget(session, now=clock.now() + timedelta(hours=1))
    [left] = session.scalars(select(HelperInvitation))
    assert left.accepted_at is not None


def test_both_are_told_a_week_before_a_long_power_ends_and_once(session: Session) -> None:
    now = clock.now()
    representation(session, lasts=timedelta(days=90))
    representation(session, kind=Kind.HELPER, lasts=timedelta(days=5))

    def told() -> int:
        return len(
            session.scalars(
                select(Message).where(Message.template == "representation_ends_soon")
            ).all()
        )

    jobs.announce_ends(session, now=now + timedelta(days=82))
    assert told() == 0
    for day in (84, 85):
        jobs.announce_ends(session, now=now + timedelta(days=day))
        assert told() == 2
    jobs.announce_ends(session, now=now + timedelta(days=91))
    assert told() == 2
