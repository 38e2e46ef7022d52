"""Signing in with the provider as a browser does it: from the button to the overview."""

import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import passwords
from portal.accounts.keys import PortalSession, ProviderIdentity, Step
from portal.accounts.models import Citizen, Identified
from tests.accounts.oidc.crooked import Crooked
from tests.client import PortalClient
from tests.factories.accounts import citizen

PASSWORD = "grüner tee am morgen"
CALLBACK = "/anmelden/anbieter/zurueck"


@pytest.fixture
def provider(crooked: Crooked, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crooked]:
    """Given an office with a provider that knows Oksana by name and by a confirmed address."""
    monkeypatch.setitem(app.extensions, "oidc_provider", crooked.seen_by_portal())
    now = int(time.time())
    crooked.claims |= {"iat": now, "exp": now + 300, "auth_time": now - 5, "sid": "s-1"}
    crooked.userinfo |= {
        "given_name": "Oksana", "family_name": "Kovalenko", "birthdate": "1992-04-17",
        "email": "oksana@example.org", "email_verified": True,
    }  # fmt: skip
    return crooked


def goes_there(client: PortalClient, provider: Crooked, path: str = "/anmelden/anbieter") -> str:
    """Press the button; return the address to which the provider sends the browser back."""
    page = client.post_form(path)
    assert page.status_code == 200
    address = page.headers["Refresh"].removeprefix("0; url=")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    provider.claims["nonce"] = asked["nonce"]
    return f"{CALLBACK}?code=a-code&state={asked['state']}"


def is_signed_in(client: PortalClient) -> bool:
    return client.get("/konto").status_code == 200


def test_check_08_from_the_button_to_a_new_account(
    client: PortalClient, session: Session, provider: Crooked
) -> None:
    """Given nobody, when the provider recognises Oksana, then she may open an account."""
    back = goes_there(client, provider, "/anmelden/anbieter?next=/unterlagen")
    answer = client.get(back)
    assert (answer.status_code, answer.location) == (303, "/anmelden/anbieter/konto")
    assert not is_signed_in(client)
    assert "Oksana Kovalenko" in client.get(answer.location).text
    assert client.post_form(answer.location).location == "/unterlagen"
    assert is_signed_in(client)

    [made] = session.scalars(select(Citizen))
    assert (made.level, made.identified_how, made.password_hash) == (2, Identified.PROVIDER, None)
    assert made.email == "oksana@example.org"
    [opened] = session.scalars(select(PortalSession))
    assert (opened.level, opened.provider_session) == (2, "s-1")


def test_check_08_the_second_time_one_is_simply_in(
    client: PortalClient, session: Session, provider: Crooked
) -> None:
    known(session, provider)
    assert client.get(goes_there(client, provider)).location == "/"
    assert is_signed_in(client)


def known(session: Session, provider: Crooked, **fields: object) -> Citizen:
    person = citizen(session, email="oksana@example.org", **fields)
    session.add(
        ProviderIdentity(
            citizen_id=person.id,
            issuer=provider.issuer,
            subject="4711",
            linked_at=person.created_at,
            used_at=person.created_at,
        )
    )
    session.commit()
    return person


@pytest.mark.parametrize("name", ["issuer", "subject"])
def test_check_08_another_issuer_or_subject_is_another_person(
    client: PortalClient, session: Session, provider: Crooked, name: str
) -> None:
    known(session, provider)
    setattr(session.scalars(select(ProviderIdentity)).one(), name, "another")
    session.commit()
    assert client.get(goes_there(client, provider)).location == "/anmelden/anbieter/konto"
    assert not is_signed_in(client)


def test_check_08_a_confirmed_address_alone_opens_no_account(
    client: PortalClient, session: Session, provider: Crooked
) -> None:
    citizen(session, email="oksana@example.org")
    session.commit()
    client.get(goes_there(client, provider))
    refused = client.post_form("/anmelden/anbieter/konto")
    assert refused.status_code == 409
    assert "gibt es schon ein Konto" in refused.text
    assert not is_signed_in(client)
    assert session.scalars(select(ProviderIdentity)).all() == []


def test_check_08_the_same_answer_twice_is_refused_even_with_the_old_cookie(
    client: PortalClient, session: Session, provider: Crooked
) -> None:
    """What was kept lies on this side: putting the old cookie back brings nothing back."""
    known(session, provider)
    back = goes_there(client, provider)
    cookie = client.get_cookie("portal")
    client.get(back)
    client.post_form("/abmelden")
    client.set_cookie("portal", cookie.value, domain="localhost")
    assert client.get(back).status_code == 410
    assert not is_signed_in(client)


def test_check_08_the_answer_to_another_browser_is_refused(
    client: PortalClient, session: Session, provider: Crooked
) -> None:
    known(session, provider)
    back = goes_there(client, provider)
    other = PortalClient(client.application, client.response_wrapper, use_cookies=True)
    assert other.get(back).status_code == 410
    assert not is_signed_in(other)


def test_nonce_and_verifier_are_not_in_the_browser(
    client: PortalClient, session: Session, provider: Crooked
) -> None:
    goes_there(client, provider)
    kept = session.scalars(select(Step)).one().kept
    with client.session_transaction() as cookie:
        shown = repr(dict(cookie))
    assert kept["nonce"] not in shown
    assert kept["verifier"] not in shown


def test_an_account_is_connected_and_its_level_rises(
    client: PortalClient, session: Session, provider: Crooked
) -> None:
    person = citizen(session, password_hash=passwords.hash_of(PASSWORD))
    client.sign_in(person)
    back = goes_there(client, provider, "/konto/schluessel/anbieter")
    assert client.get(back).location == "/konto/schluessel"
    session.refresh(person)
    assert person.level == 2
    assert [one.citizen_id for one in session.scalars(select(ProviderIdentity))] == [person.id]


def test_the_identity_card_gives_level_three(
    client: PortalClient, session: Session, provider: Crooked
) -> None:
    person = known(session, provider)
    provider.claims["acr"] = "high"
    client.get(goes_there(client, provider))
    session.refresh(person)
    assert person.level == 3
    assert session.scalars(select(PortalSession)).one().level == 3


def test_the_last_way_in_stays(client: PortalClient, session: Session, provider: Crooked) -> None:
    person = known(session, provider, password_hash=None)
    client.sign_in(person)
    identity = session.scalars(select(ProviderIdentity)).one()
    refused = client.post_form(f"/konto/schluessel/anbieter/{identity.id}/entfernen")
    assert refused.status_code == 409
    assert "letzter Schlüssel" in refused.text


def test_who_stops_at_the_provider_is_told_so(client: PortalClient, provider: Crooked) -> None:
    state = re.search(r"state=([^&]+)", goes_there(client, provider))
    assert state
    answer = client.get(f"{CALLBACK}?error=access_denied&state={state[1]}")
    assert "abgebrochen" in answer.text


def test_signing_out_there_ends_the_session_here_and_a_replay_nothing_more(
    client: PortalClient, session: Session, provider: Crooked
) -> None:
    known(session, provider)
    client.get(goes_there(client, provider))
    token = provider.logout_token(iat=int(time.time()) + 1)
    elsewhere = client.application.test_client()

    def end() -> int:
        return elsewhere.post(
            "/anmelden/anbieter/abgemeldet", data={"logout_token": token}
        ).status_code

    assert end() == 200
    assert not is_signed_in(client)


def test_without_a_provider_there_is_no_such_page(client: PortalClient) -> None:
    assert client.post_form("/anmelden/anbieter").status_code == 404
    assert "Mit BundID anmelden" not in client.get("/anmelden").text
