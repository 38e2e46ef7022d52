"""Sign-in of the office: by invitation, with two factors, never with one."""

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts import passwords
from portal.accounts.keys import PortalSession, TotpFactor
from portal.accounts.models import Role, StaffMember
from portal.accounts.service import factors, inviting
from portal.audit.models import SYSTEM
from portal.core import clock
from portal.core.errors import Conflict
from portal.notifications.models import Message
from tests.accounts.doing import wait_for_time
from tests.client import PortalClient
from tests.factories.accounts import citizen, staff_member

PASSWORD = "blauer ordner im regal"
LINK = re.compile(r"http://localhost(/amt/einladung/\S+)")


def invited(session: Session, role: Role = Role.BENEFIT_OFFICER) -> StaffMember:
    member = inviting.add_staff(
        session,
        email="Jana.Keller@jobcenter.example",
        first_name="Jana",
        last_name="Keller",
        team="Leistung 1",
        roles=[role],
        now=clock.now(),
    )
    inviting.invite(session, member=member, by=SYSTEM, now=clock.now())
    session.commit()
    return member


def link_for(session: Session) -> str:
    mail = session.scalars(select(Message).order_by(Message.created_at.desc())).first()
    assert mail
    found = LINK.search(mail.text)
    assert found
    return found[1]


def code_of(session: Session, member: StaffMember) -> str:
    """Return what the app shows, and forget that an earlier code of this half minute was used."""
    session.expire_all()
    factor = session.scalars(select(TotpFactor)).one()
    factor.last_step = 0
    session.commit()
    wait_for_time()
    return factors.current_code(factor, person=member, now=clock.now())


def set_up(client: PortalClient, session: Session) -> StaffMember:
    """Given somebody who took the invitation and set up an app."""
    member = invited(session)
    client.post_form(link_for(session), {"password": PASSWORD})
    client.post_form("/amt/konto/app")
    answer = client.post_form("/amt/konto/app/bestaetigen", {"code": code_of(session, member)})
    assert "Notfall-Codes" in answer.text
    return member


def sign_in(client: PortalClient, next: str = "") -> TestResponse:
    return client.post_form(
        f"/amt/anmelden{next}",
        {"address": "jana.keller@jobcenter.example", "password": PASSWORD},
    )


def test_from_the_invitation_to_the_inbox(client: PortalClient, session: Session) -> None:
    """Given an invitation, when password and app are set up, then the office opens."""
    member = invited(session)
    link = link_for(session)
    assert "Jana Keller" in client.get(link).text
    assert client.post_form(link, {"password": PASSWORD}).location == "/amt/konto/einrichten"
    assert client.get("/amt/eingang").location == "/amt/konto/einrichten"
    assert client.post_form(link, {"password": PASSWORD}).status_code == 410

    assert client.post_form("/amt/konto/app").location == "/amt/konto/app"
    assert "otpauth" not in client.get("/amt/konto/app").text
    code = code_of(session, member)
    assert "Notfall-Codes" in client.post_form("/amt/konto/app/bestaetigen", {"code": code}).text
    assert client.get("/amt/eingang").status_code == 200


def test_staff_sign_in_and_out(client: PortalClient, session: Session) -> None:
    member = set_up(client, session)
    assert client.post_form("/amt/abmelden").location == "/amt/anmelden"
    second = sign_in(client, "?next=/amt/eingang").location
    assert second == "/amt/anmelden/bestaetigen?next=/amt/eingang"
    assert client.get("/amt/eingang").location == "/amt/anmelden?next=/amt/eingang"
    assert client.get(second).status_code == 200
    answer = client.post_form(second, {"code": code_of(session, member)})
    assert answer.location == "/amt/eingang"
    assert client.get("/amt/eingang").status_code == 200


def test_check_02_the_password_alone_opens_nothing(client: PortalClient, session: Session) -> None:
    set_up(client, session)
    client.post_form("/amt/abmelden")
    sign_in(client)
    for page in ("/amt", "/amt/eingang", "/amt/akten", "/amt/konto"):
        assert client.get(page).location.startswith("/amt/anmelden"), page


def test_check_02_who_has_no_second_factor_needs_a_new_invitation(
    client: PortalClient, session: Session
) -> None:
    member = invited(session)
    member.password_hash = passwords.hash_of(PASSWORD)
    session.commit()
    answer = sign_in(client)
    assert answer.status_code == 422
    assert "neue Einladung" in answer.text


def test_check_02_an_administrator_with_codes_is_led_to_a_passkey(
    client: PortalClient, session: Session
) -> None:
    member = set_up(client, session)
    inviting.change_roles(
        session,
        member=member,
        roles=[Role.ADMINISTRATOR],
        team=member.team,
        by=SYSTEM,
        now=clock.now(),
    )
    session.commit()
    sign_in(client)
    client.post_form("/amt/anmelden/bestaetigen", {"code": code_of(session, member)})
    assert client.get("/amt").location == "/amt/konto/einrichten"
    assert "braucht einen Passkey" in client.get("/amt/konto/einrichten").text


def test_a_new_invitation_takes_every_key_away(client: PortalClient, session: Session) -> None:
    member = set_up(client, session)
    inviting.reset_keys(session, member=member, by=SYSTEM, now=clock.now())
    session.commit()
    assert client.get("/amt/eingang").status_code == 302
    assert sign_in(client).status_code == 422
    assert session.scalars(select(TotpFactor)).all() == []
    assert client.get(link_for(session)).status_code == 200


def test_a_second_account_with_the_same_address_is_refused(session: Session) -> None:
    invited(session)
    with pytest.raises(Conflict) as refused:
        invited(session)
    assert "schon ein Konto" in refused.value.message


def test_check_09_who_leaves_is_out_at_once_and_stays_out(
    client: PortalClient, session: Session
) -> None:
    member = set_up(client, session)
    inviting.deactivate(session, member=member, by=SYSTEM, now=clock.now())
    session.commit()
    assert client.get("/amt/eingang").status_code == 302
    assert sign_in(client).status_code == 422


def test_check_09_other_roles_end_the_sessions(client: PortalClient, session: Session) -> None:
    member = set_up(client, session)
    inviting.change_roles(
        session,
        member=member,
        roles=[Role.MAILROOM],
        team=member.team,
        by=SYSTEM,
        now=clock.now(),
    )
    session.commit()
    assert client.get("/amt/eingang").status_code == 302
    assert {one.ended_why for one in session.scalars(select(PortalSession))} == {"office"}


def test_citizens_have_no_key_to_the_office(client: PortalClient, session: Session) -> None:
    client.sign_in(citizen(session))
    assert client.get("/amt/eingang").location == "/amt/anmelden?next=/amt/eingang"


def test_a_citizen_account_does_not_open_the_staff_door(
    client: PortalClient, session: Session
) -> None:
    citizen(
        session,
        email="jana.keller@jobcenter.example",
        password_hash=passwords.hash_of(PASSWORD),
    )
    assert sign_in(client).status_code == 422


def test_without_the_right_there_is_nothing_here(client: PortalClient, session: Session) -> None:
    client.sign_in(staff_member(session, Role.MANAGEMENT))
    answer = client.get("/amt/eingang")
    assert answer.status_code == 404
    assert "Teamleitung" in answer.text
