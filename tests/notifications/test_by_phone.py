"""An account without e-mail: register, confirm, sign in and reset with a mobile number."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.core import clock, jobs
from portal.core.outbound import Reach
from portal.notifications.sms import SmsGateway
from tests.client import PortalClient
from tests.notifications import gateway
from tests.notifications.gateway import TOKEN, Gateway

NUMBER = "+4915123456789"
PASSWORD = "grüner tee am morgen"
NEW_PASSWORD = "schwarzer tee am abend"
PERSON = {
    "first_name": "Oksana",
    "last_name": "Kovalenko",
    "address": "0151 234 567-89",
    "password": PASSWORD,
}
LINK = re.compile(r"http://localhost(/\S+)")


@pytest.fixture
def telephone(app: Flask) -> Iterator[Gateway]:
    """Let the short messages of the portal arrive."""
    kept = app.extensions["sms_transport"]
    with gateway.running() as found:
        app.extensions["sms_transport"] = SmsGateway(
            found.url, token=TOKEN, sender="Jobcenter", reach=Reach(loopback=True)
        )
        yield found
    app.extensions["sms_transport"] = kept


def newest(telephone: Gateway, session: Session) -> str:
    """Let the worker work, and return the text that came last."""
    while jobs.run_due(session, clock.now()):
        pass
    last = telephone.taken[-1]
    assert last["to"] == NUMBER
    return str(last["text"])


def link_in(text: str) -> str:
    found = LINK.search(text)
    assert found, text
    return found[1]


def sign_in(client: PortalClient, address: str, password: str) -> bool:
    client.post_form("/anmelden", {"address": address, "password": password})
    return client.get("/konto").status_code == 200


def registered(client: PortalClient, session: Session, telephone: Gateway) -> None:
    assert client.post_form("/registrieren", PERSON).status_code == 302
    link = link_in(newest(telephone, session))
    assert client.post_form(link, {"password": PASSWORD}).location == "/"
    client.post_form("/abmelden")


def test_from_a_number_to_the_account(
    client: PortalClient, session: Session, telephone: Gateway
) -> None:
    """Given a person without e-mail, when they register by number, the SMS lets them in."""
    assert client.post_form("/registrieren", PERSON).location == "/registrieren/bestaetigen"
    assert not sign_in(client, "0151 23456789", PASSWORD)
    text = newest(telephone, session)
    assert NUMBER in client.get(link_in(text)).text
    assert client.post_form(link_in(text), {"password": PASSWORD}).location == "/"

    for written in ("015123456789", "+49 151 23456789", "0049 151/23456789"):
        browser = PortalClient(client.application, client.application.response_class)
        assert sign_in(browser, written, PASSWORD), written
    person = session.scalars(select(Citizen)).one()
    assert (person.email, person.mobile) == (None, NUMBER)


def test_a_forgotten_password_by_sms(
    client: PortalClient, session: Session, telephone: Gateway
) -> None:
    registered(client, session, telephone)
    client.post_form("/passwort-vergessen", {"address": "0151 23456789"})
    link = link_in(newest(telephone, session))
    assert client.post_form(link, {"password": NEW_PASSWORD}).status_code == 302
    assert "wurde geändert" in newest(telephone, session)
    assert not sign_in(client, NUMBER, PASSWORD)
    assert sign_in(client, NUMBER, NEW_PASSWORD)


def test_check_4_a_known_number_is_answered_like_an_unknown_one(
    client: PortalClient, session: Session, telephone: Gateway
) -> None:
    registered(client, session, telephone)
    again = client.post_form("/registrieren", {**PERSON, "password": NEW_PASSWORD})
    assert again.location == "/registrieren/bestaetigen"
    assert "schon ein Konto" in newest(telephone, session)
    assert len(session.scalars(select(Citizen)).all()) == 1


def test_nobody_can_fill_the_telephone_of_another(
    client: PortalClient, session: Session, telephone: Gateway
) -> None:
    for _ in range(6):
        client.post_form("/registrieren", PERSON)
    newest(telephone, session)
    assert len(telephone.taken) == 3


@pytest.mark.parametrize(
    "address",
    ["+٤٩١٥١٢٣٤٥٦٧٨٩", "0151 23456789, 0151 23456780", "0151 23456789\r\nBcc: x", "0190", "+0"],
)
def test_what_is_no_number_gets_no_message(
    client: PortalClient, session: Session, telephone: Gateway, address: str
) -> None:
    assert client.post_form("/registrieren", {**PERSON, "address": address}).status_code == 422
    assert telephone.taken == []
