"""Registration to sign-out, as a browser without JavaScript does it."""

import re
import time
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts import passwords, rules
from portal.accounts.keys import PortalSession, SecretLink
from portal.accounts.models import Attempt, Citizen
from portal.accounts.service import signing_in
from portal.audit.models import Event
from portal.core import clock, jobs
from portal.notifications.models import Message
from tests.client import PortalClient
from tests.factories.accounts import citizen as make_citizen

PASSWORD = "grüner tee am morgen"
PERSON = {
    "first_name": "Oksana",
    "last_name": "Kovalenko",
    "address": "Oksana@Example.org ",
    "password": PASSWORD,
}
LINK = re.compile(r"http://localhost(/\S+)")


def register(client: PortalClient, **fields: str) -> TestResponse:
    return client.post_form("/registrieren", {**PERSON, **fields})


def mails(session: Session, template: str | None = None) -> list[Message]:
    session.expire_all()
    found = session.scalars(select(Message).order_by(Message.created_at, Message.id))
    return [mail for mail in found if template in {None, mail.template}]


def link_in(mail: Message) -> str:
    found = LINK.search(mail.text)
    assert found
    return found[1]


def deeds(session: Session) -> list[str]:
    return list(session.scalars(select(Event.deed).order_by(Event.id)))


def known(session: Session, **fields: object) -> Citizen:
    return make_citizen(
        session,
        email="oksana@example.org",
        password_hash=passwords.hash_of(PASSWORD),
        **fields,
    )


def sign_in(
    client: PortalClient, password: str = PASSWORD, next: str = "", **kwargs: object
) -> TestResponse:
    return client.post_form(
        f"/anmelden{next}", {"address": "oksana@example.org", "password": password}, **kwargs
    )


def is_signed_in(client: PortalClient) -> bool:
    return client.get("/konto").status_code == 200


def test_from_registration_to_the_account(client: PortalClient, session: Session) -> None:
    """Given nobody, when a person registers, confirms and signs in, then the account is there."""
    assert client.get("/registrieren").status_code == 200
    answer = register(client)
    assert (answer.status_code, answer.location) == (302, "/registrieren/bestaetigen")
    assert client.get(answer.location).status_code == 200

    [mail] = mails(session)
    assert mail.template == "confirm_email"
    assert mail.address == "oksana@example.org"
    assert client.get(link_in(mail)).status_code == 200
    assert not is_signed_in(client)

    assert client.post_form(link_in(mail), {"password": PASSWORD}).location == "/"
    page = client.get("/konto")
    assert "Oksana Kovalenko" in page.text
    assert deeds(session) == [
        "accounts.registered",
        "accounts.address_confirmed",
        "accounts.signed_in",
    ]


def test_opening_the_link_confirms_nothing(client: PortalClient, session: Session) -> None:
    register(client)
    client.get(link_in(mails(session)[0]))
    session.expire_all()
    assert session.scalars(select(Citizen)).one().confirmed_at is None


def test_a_link_works_once(client: PortalClient, session: Session) -> None:
    register(client)
    link = link_in(mails(session)[0])
    client.post_form(link, {"password": PASSWORD})
    assert client.post_form(link, {"password": PASSWORD}).status_code == 410
    assert client.get(link).status_code == 410


def test_the_secret_of_a_link_is_not_kept(client: PortalClient, session: Session) -> None:
    register(client)
    secret = link_in(mails(session)[0]).rsplit("/", 1)[1]
    kept = session.scalars(select(SecretLink)).one()
    assert secret not in kept.secret_hash
    assert client.get(f"/bestaetigen/{kept.id}/{secret[::-1]}").status_code == 404
    assert client.get(f"/passwort-neu/{kept.id}/{secret}").status_code == 404


def test_registering_again_before_confirming_makes_the_older_link_worthless(
    client: PortalClient, session: Session
) -> None:
    register(client)
    register(client, first_name="Oxana")
    old, new = mails(session)
    given = {"password": PASSWORD}
    assert client.post_form(link_in(old), given).status_code == 410
    assert client.post_form(link_in(new), given).status_code == 302
    assert session.scalars(select(Citizen)).one().first_name == "Oxana"


def test_nobody_confirms_a_password_that_a_stranger_has_chosen(
    client: PortalClient, session: Session
) -> None:
    """Given an account that a stranger opened for Oksana, her click alone makes it nobody's."""
    register(client, password="das passwort des fremden")
    link = link_in(mails(session)[0])
    refused = client.post_form(link, {"password": PASSWORD})
    assert refused.status_code == 422
    assert "nicht das Passwort" in refused.text
    session.expire_all()
    assert session.scalars(select(Citizen)).one().confirmed_at is None
    assert not is_signed_in(client)


def test_check_07_a_link_of_a_confirmed_account_goes_round_no_second_factor(
    client: PortalClient, session: Session
) -> None:
    register(client)
    session.scalars(select(Citizen)).one().confirmed_at = clock.now()
    session.commit()
    link = link_in(mails(session)[0])
    assert client.post_form(link, {"password": PASSWORD}).status_code == 410
    assert not is_signed_in(client)


def test_a_known_address_gets_a_mail_and_the_page_says_the_same(
    client: PortalClient, session: Session
) -> None:
    person = known(session)
    answer = register(client, password="something else entirely")
    assert answer.location == "/registrieren/bestaetigen"
    [mail] = mails(session)
    assert mail.template == "account_exists"
    session.refresh(person)
    assert passwords.fits(person.password_hash, PASSWORD)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("first_name", " ", "Geben Sie Ihren Vornamen ein."),
        ("address", "oksana", "Geben Sie eine E-Mail-Adresse oder eine Handynummer ein"),
        ("address", "a@b.de\r\nBcc: x@y.de", "Geben Sie eine E-Mail-Adresse ein"),
        ("password", "kurz", "mindestens 8 Zeichen"),
        ("password", "passwort123", "leicht zu erraten"),
        ("password", "kovalenko1", "leicht zu erraten"),
    ],
)
def test_bad_input_keeps_what_was_typed(
    client: PortalClient, session: Session, field: str, value: str, message: str
) -> None:
    answer = register(client, **{field: value})
    assert answer.status_code == 422
    assert message in answer.text
    assert 'value="Kovalenko"' in answer.text
    assert PASSWORD not in answer.text
    assert mails(session) == []


def test_fields_that_are_not_in_the_form_are_ignored(
    client: PortalClient, session: Session
) -> None:
    register(client, confirmed_at="2026-01-01", level="3", id="1")
    assert session.scalars(select(Citizen)).one().confirmed_at is None


def test_wrong_password_and_unknown_address_get_the_same_page(
    client: PortalClient, session: Session
) -> None:
    unknown = sign_in(client)
    known(session)
    wrong = sign_in(client, "wrong wrong")
    assert unknown.status_code == wrong.status_code == 422
    strip = re.compile(r'value="[^"]{40,}"|nonce="[^"]+"')
    assert strip.sub("", unknown.text) == strip.sub("", wrong.text)
    assert "oder Passwort stimmt nicht" in wrong.text
    assert deeds(session) == ["accounts.sign_in_failed"] * 2


def test_unknown_address_takes_as_long_as_a_wrong_password(session: Session) -> None:
    known(session)

    def seconds(email: str) -> float:
        start = time.perf_counter()
        for number in range(4):
            with pytest.raises(signing_in.WrongCredentials):
                signing_in.sign_in(
                    session,
                    address=email,
                    password="wrong wrong",
                    network=f"{email} {number}",
                    known_as=frozenset(),
                    now=clock.now(),
                )
        return time.perf_counter() - start

    seconds("warm@example.org")
    there, nowhere = seconds("oksana@example.org"), seconds("nobody@example.org")
    assert 0.4 < there / nowhere < 2.5


def test_who_has_not_confirmed_gets_the_link_again(client: PortalClient, session: Session) -> None:
    known(session, confirmed_at=None)
    answer = sign_in(client)
    assert answer.status_code == 422
    assert "bestätigen Sie zuerst" in answer.text
    assert [mail.template for mail in mails(session)] == ["confirm_email"]
    assert not is_signed_in(client)


def test_many_wrong_passwords_slow_down_and_lock_nobody_out(
    client: PortalClient, session: Session
) -> None:
    person = known(session)
    for _ in range(5):
        assert sign_in(client, "wrong wrong").status_code == 422
    slowed = sign_in(client)
    assert slowed.status_code == 429
    assert int(slowed.headers["Retry-After"]) <= 3
    assert 'value="oksana@example.org"' in slowed.text

    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    assert sign_in(client, environ_overrides=elsewhere).status_code == 302

    later = clock.now() + timedelta(seconds=3)
    found = signing_in.sign_in(
        session,
        address=person.email or "",
        password=PASSWORD,
        network="127.0.0.1",
        known_as=frozenset(),
        now=later,
    )
    assert found is person


def test_strangers_do_not_slow_down_a_browser_that_has_been_here_before(
    client: PortalClient, session: Session
) -> None:
    known(session)
    assert sign_in(client).status_code == 302
    client.post_form("/abmelden")
    for number in range(25):
        with pytest.raises((signing_in.WrongCredentials, rules.TooMany)):
            signing_in.sign_in(
                session,
                address="oksana@example.org",
                password="wrong wrong",
                network=f"198.51.100.{number}",
                known_as=frozenset(),
                now=clock.now(),
            )
    assert sign_in(client).status_code == 302
    client.post_form("/abmelden")
    client.delete_cookie("bekannt")
    assert sign_in(client).status_code == 429


def test_signing_in_makes_a_new_session(client: PortalClient, session: Session) -> None:
    known(session)
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
    before = client.get_cookie("portal")
    sign_in(client)
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
    assert client.get_cookie("portal") != before


def test_check_10_an_idle_session_ends_and_stays_ended(
    client: PortalClient, session: Session
) -> None:
    known(session)
    sign_in(client)
    assert is_signed_in(client)
    opened = session.scalars(select(PortalSession)).one()
    opened.seen_at -= timedelta(minutes=61)
    session.commit()
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "konto"]
)
def test_the_way_back_stays_in_the_house(
    client: PortalClient, session: Session, target: str
) -> None:
    known(session)
    assert sign_in(client, next=f"?next={target}").location == "/"


def test_who_must_sign_in_comes_back_to_where_it_was(
    client: PortalClient, session: Session
) -> None:
    known(session)
    sent = client.get("/konto/passwort")
    assert sent.location == "/anmelden?next=/konto/passwort"
    page = client.get(sent.location)
    assert 'action="/anmelden?next=/konto/passwort"' in page.text


def test_signing_out_ends_the_session(client: PortalClient, session: Session) -> None:
    known(session)
    sign_in(client)
    assert client.post_form("/abmelden").location == "/anmelden"
    assert not is_signed_in(client)
    assert client.get("/abmelden").status_code == 405
    assert deeds(session)[-1] == "accounts.signed_out"


def test_signing_out_everywhere_ends_the_other_browser_too(
    client: PortalClient, session: Session
) -> None:
    known(session)
    sign_in(client)
    other = PortalClient(client.application, client.response_wrapper, use_cookies=True)
    sign_in(other)
    client.post_form("/konto/ueberall-abmelden")
    assert not is_signed_in(client)
    assert not is_signed_in(other)


def test_a_new_password_ends_other_sessions_and_keeps_this_one(
    client: PortalClient, session: Session
) -> None:
    known(session)
    sign_in(client)
    other = PortalClient(client.application, client.response_wrapper, use_cookies=True)
    sign_in(other)
    answer = client.post_form(
        "/konto/passwort", {"current": PASSWORD, "password": "roter tee am abend"}
    )
    assert answer.location == "/konto"
    assert is_signed_in(client)
    assert not is_signed_in(other)
    assert mails(session, "password_changed")
    assert "accounts.password_changed" in deeds(session)


def test_the_old_password_is_asked_for(client: PortalClient, session: Session) -> None:
    known(session)
    sign_in(client)
    answer = client.post_form(
        "/konto/passwort", {"current": "wrong wrong", "password": "roter tee am abend"}
    )
    assert answer.status_code == 422
    assert "nicht Ihr bisheriges Passwort" in answer.text


def test_contact_is_kept_and_can_be_emptied(client: PortalClient, session: Session) -> None:
    person = known(session, phone="0641 1")
    client.sign_in(person)
    address = {"street": "Gartenstraße 14", "postcode": "35390", "city": "Lindenau"}
    assert client.post_form("/konto/kontakt", {"phone": "", **address}).location == "/konto"
    session.refresh(person)
    assert (person.phone, person.postcode) == (None, "35390")
    [event] = session.scalars(select(Event))
    assert event.facts == {"fields": ["phone", "street", "postcode", "city"]}


def test_a_postcode_has_five_digits(client: PortalClient, session: Session) -> None:
    client.sign_in(known(session))
    answer = client.post_form("/konto/kontakt", {"postcode": "3539"})
    assert answer.status_code == 422
    assert 'value="3539"' in answer.text


def test_a_forgotten_password_is_set_anew_by_a_link(client: PortalClient, session: Session) -> None:
    person = known(session)
    client.sign_in(person)
    answer = client.post_form("/passwort-vergessen", {"address": "oksana@example.org"})
    assert client.get(answer.location).status_code == 200
    assert mails(session) == []
    jobs.run_due(session, clock.now())
    [mail] = mails(session, "reset_password")
    assert client.get(link_in(mail)).status_code == 200
    weak = client.post_form(link_in(mail), {"password": "passwort"})
    assert weak.status_code == 422
    assert client.post_form(link_in(mail), {"password": "roter tee am abend"}).status_code == 302
    assert not is_signed_in(client)
    assert sign_in(client).status_code == 422
    assert sign_in(client, "roter tee am abend").status_code == 302
    assert client.post_form(link_in(mail), {"password": "noch ein tee"}).status_code == 410


def test_for_an_unknown_address_the_page_is_the_same_and_no_mail_goes_out(
    client: PortalClient, session: Session
) -> None:
    answer = client.post_form("/passwort-vergessen", {"address": "nobody@example.org"})
    assert answer.location == "/passwort-vergessen/gesendet"
    jobs.run_due(session, clock.now())
    assert mails(session) == []


def test_nobody_can_fill_the_mailbox_of_another(client: PortalClient, session: Session) -> None:
    known(session)
    for _ in range(6):
        client.post_form("/passwort-vergessen", {"address": "oksana@example.org"})
    jobs.run_due(session, clock.now())
    assert len(mails(session)) == 3


def test_links_in_mails_lead_to_the_portal_whatever_the_host_header_says(
    client: PortalClient, session: Session
) -> None:
    register(client)
    client.post_form(
        "/registrieren", PERSON, headers={"Host": "evil.example"}, base_url="http://evil.example"
    )
    assert all("evil.example" not in mail.text + mail.html for mail in mails(session))


def test_what_nobody_needs_is_forgotten(client: PortalClient, session: Session) -> None:
    register(client)
    later = clock.now() + timedelta(days=8)
    from_jobs = jobs.REGISTERED["accounts.forget"]
    from_jobs(session, now=later)
    assert session.scalars(select(Citizen)).all() == []
    assert session.scalars(select(Attempt)).all() == []
