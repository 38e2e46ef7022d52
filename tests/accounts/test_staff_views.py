"""Sign-in of the office."""

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts import service
from portal.accounts.models import Role, StaffMember
from portal.core import clock
from portal.core.errors import Conflict
from tests.client import PortalClient
from tests.factories.accounts import citizen, staff_member

PASSWORD = "blauer ordner im regal"


def jana(session: Session) -> StaffMember:
    return service.add_staff(
        session,
        email="Jana.Keller@jobcenter.example",
        password=PASSWORD,
        first_name="Jana",
        last_name="Keller",
        team="Leistung 1",
        roles=[Role.BENEFIT_OFFICER],
        now=clock.now(),
    )


def sign_in(client: PortalClient, next: str = "") -> TestResponse:
    return client.post_form(
        f"/amt/anmelden{next}",
        {"email": "jana.keller@jobcenter.example", "password": PASSWORD},
    )


def test_staff_sign_in_and_out(client: PortalClient, session: Session) -> None:
    jana(session)
    assert client.get("/amt/anmelden").status_code == 200
    assert sign_in(client, "?next=/amt/eingang").location == "/amt/eingang"
    assert client.get("/amt/eingang").status_code == 200
    assert client.post_form("/amt/abmelden").location == "/amt/anmelden"
    assert client.get("/amt/eingang").location == "/amt/anmelden?next=/amt/eingang"


def test_a_second_account_with_the_same_address_is_refused(session: Session) -> None:
    jana(session)
    with pytest.raises(Conflict) as refused:
        jana(session)
    assert "schon ein Konto" in refused.value.message


def test_who_has_left_cannot_sign_in(client: PortalClient, session: Session) -> None:
    jana(session).is_active = False
    session.flush()
    assert sign_in(client).status_code == 422


def test_who_leaves_is_out_at_once(client: PortalClient, session: Session) -> None:
    member = jana(session)
    sign_in(client)
    member.is_active = False
    session.flush()
    assert client.get("/amt/eingang").status_code == 302


def test_citizens_have_no_key_to_the_office(client: PortalClient, session: Session) -> None:
    client.sign_in(citizen(session))
    assert client.get("/amt/eingang").location == "/amt/anmelden?next=/amt/eingang"


def test_a_citizen_account_does_not_open_the_staff_door(
    client: PortalClient, session: Session
) -> None:
    citizen(
        session,
        email="jana.keller@jobcenter.example",
        password_hash=service.passwords.hash_of(PASSWORD),
    )
    assert sign_in(client).status_code == 422


def test_without_the_right_the_page_says_what_to_do(client: PortalClient, session: Session) -> None:
    client.sign_in(staff_member(session, Role.MANAGEMENT))
    answer = client.get("/amt/eingang")
    assert answer.status_code == 403
    assert "Teamleitung" in answer.text
