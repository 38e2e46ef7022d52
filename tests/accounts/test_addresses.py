"""Another address counts only when both sides confirm it; one link alone changes nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.keys import ContactChange, LinkPurpose, SecretLink
from portal.accounts.models import Citizen
from portal.accounts.service import contact, registering
from portal.core import clock
from portal.core.errors import Conflict, Expired
from tests.accounts.doing import EMAIL, browser, citizen, is_signed_in, link_in, mails, sign_in
from tests.client import PortalClient
from tests.factories import accounts

NEW = "neu@example.org"


def asked(client: PortalClient, session: Session, address: str = NEW) -> tuple[str, str]:
    """Ask for another address; return the link that went to the old one and to the new one."""
    answer = client.post_form("/konto/adresse", {"address": address})
    assert answer.location == "/konto/adresse/gesendet"
    [old] = mails(session, "change_from")[-1:]
    [new] = mails(session, "change_to")[-1:]
    assert new.address == address
    return link_in(old), link_in(new)


def email(session: Session) -> str | None:
    session.expire_all()
    return session.scalars(select(Citizen).order_by(Citizen.number)).first().email  # type: ignore[union-attr]


@pytest.fixture
def oksana(client: PortalClient, session: Session) -> Citizen:
    person = citizen(session)
    sign_in(client)
    return person


@pytest.mark.parametrize("first", ["old", "new"])
def test_both_links_together_change_the_address(
    client: PortalClient, session: Session, oksana: Citizen, first: str
) -> None:
    links = asked(client, session)
    one, other = links if first == "old" else links[::-1]
    client.post_form(one)
    assert email(session) == EMAIL
    client.post_form(other)
    assert email(session) == NEW
    [told] = mails(session, "address_changed")
    assert told.address == EMAIL
    assert sign_in(browser(client)).status_code == 422
    assert sign_in(browser(client), address=NEW).status_code == 302


def test_opening_the_links_changes_nothing(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    for link in asked(client, session):
        assert client.get(link).status_code == 200
    assert email(session) == EMAIL


@pytest.mark.parametrize("which", [0, 1])
def test_one_link_used_twice_is_not_two(
    client: PortalClient, session: Session, oksana: Citizen, which: int
) -> None:
    link = asked(client, session)[which]
    client.post_form(link)
    assert client.post_form(link).status_code == 410
    assert email(session) == EMAIL


def test_secrets_cannot_be_swapped_between_the_links(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    old, new = (link.rsplit("/", 1) for link in asked(client, session))
    assert client.post_form(f"{old[0]}/{new[1]}").status_code == 404
    assert client.post_form(f"{new[0]}/{old[1]}").status_code == 404
    assert client.get(f"{old[0]}/{old[1][:-1]}x").status_code == 404
    assert client.get(f"{old[0]}/{old[1][:-1]}").status_code == 404
    assert email(session) == EMAIL


def test_links_of_two_people_do_not_make_one_change(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    """Given two who change their address, when half of each is confirmed, then nothing changes."""
    _, new = asked(client, session)
    accounts.citizen(session, email="b@example.org", password_hash=oksana.password_hash)
    session.commit()
    second = browser(client)
    sign_in(second, address="b@example.org")
    old_of_b, _ = asked(second, session, "neu-b@example.org")
    client.post_form(new)
    client.post_form(old_of_b)
    session.expire_all()
    found = session.scalars(select(Citizen.email).order_by(Citizen.number)).all()
    assert found == [EMAIL, "b@example.org"]


def test_a_newer_wish_makes_the_older_links_worthless(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    old, new = asked(client, session)
    asked(client, session, "anders@example.org")
    assert client.post_form(old).status_code == 410
    assert client.post_form(new).status_code == 410
    assert email(session) == EMAIL


def test_after_a_day_the_links_are_worthless(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    old, new = asked(client, session)
    client.post_form(old)
    session.expire_all()
    for link in session.scalars(select(SecretLink)):
        link.created_at -= timedelta(hours=25)
        link.expires_at -= timedelta(hours=25)
    session.commit()
    assert client.post_form(new).status_code == 410
    assert email(session) == EMAIL


def test_a_change_that_is_over_takes_no_link(session: Session) -> None:
    person = citizen(session)
    now = clock.now()
    contact.ask_for_new_address(session, citizen=person, address=NEW, now=now)
    session.flush()
    change = session.scalars(select(ContactChange)).one()
    link = session.scalars(
        select(SecretLink).where(SecretLink.purpose == LinkPurpose.CHANGE_TO)
    ).one()
    change.closed_at = now
    with pytest.raises(Expired):
        contact.confirm_change(session, link=link, now=now)


@pytest.mark.parametrize(
    ("has", "wants"),
    [
        ({"email": EMAIL}, "+4915123456789"),
        ({"email": None, "mobile": "+4915123456789"}, NEW),
    ],
)
def test_a_first_address_of_its_kind_needs_the_old_one_too(
    session: Session, has: dict[str, str | None], wants: str
) -> None:
    """Links for a new password would go there: a browser left open must not be enough."""
    person = accounts.citizen(session, **has)
    before, now = person.address, clock.now()
    contact.ask_for_new_address(session, citizen=person, address=wants, now=now)
    [asked_of] = mails(session, "change_from")
    assert asked_of.address == before
    to = session.scalars(
        select(SecretLink).where(SecretLink.purpose == LinkPurpose.CHANGE_TO)
    ).one()
    contact.confirm_change(session, link=to, now=now)
    assert wants not in {person.email, person.mobile}
    from_ = session.scalars(
        select(SecretLink).where(SecretLink.purpose == LinkPurpose.CHANGE_FROM)
    ).one()
    contact.confirm_change(session, link=from_, now=now)
    assert wants in {person.email, person.mobile}
    [told] = mails(session, "address_changed")
    assert told.address == before


def test_check_04_an_address_that_is_taken_is_not_told(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    accounts.citizen(session, email=NEW)
    session.commit()
    answer = client.post_form("/konto/adresse", {"address": NEW})
    assert answer.location == "/konto/adresse/gesendet"
    assert mails(session, "change_to") == []
    client.post_form(link_in(mails(session, "change_from")[0]))
    assert email(session) == EMAIL


def test_an_address_that_was_taken_meanwhile_is_refused(session: Session) -> None:
    person, now = citizen(session), clock.now()
    contact.ask_for_new_address(session, citizen=person, address=NEW, now=now)
    session.flush()
    accounts.citizen(session, email=NEW)
    links = session.scalars(select(SecretLink).order_by(SecretLink.purpose)).all()
    contact.confirm_change(session, link=links[0], now=now)
    with pytest.raises(Conflict):
        contact.confirm_change(session, link=links[1], now=now)
    assert person.email == EMAIL


@pytest.mark.parametrize(
    "typed", ["a@b.de\r\nBcc: x@y.de", "<script>@x.de", "kein", "a" * 300 + "@x.de", "@"]
)
def test_what_is_no_address_is_refused(
    client: PortalClient, session: Session, oksana: Citizen, typed: str
) -> None:
    assert client.post_form("/konto/adresse", {"address": typed}).status_code == 422
    assert mails(session, "change_to") == []


def test_check_18_other_fields_of_the_form_change_nothing(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    client.post_form(
        "/konto/adresse",
        {"address": NEW, "email": NEW, "old_confirmed_at": "2026-01-01", "citizen_id": "1"},
    )
    session.expire_all()
    change = session.scalars(select(ContactChange)).one()
    assert (change.old_confirmed_at, change.new_confirmed_at, change.closed_at) == (None,) * 3
    assert email(session) == EMAIL


def test_check_11_who_proved_it_long_ago_proves_it_again_first(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    from_session = queries.sessions_of(session, oksana, now=clock.now())[0]
    from_session.stepped_up_at -= timedelta(minutes=11)
    session.commit()
    assert client.get("/konto/adresse").location == "/anmelden/noch-einmal?next=/konto/adresse"
    answer = client.post_form("/konto/adresse", {"address": NEW})
    assert answer.location.startswith("/anmelden/noch-einmal?next=/weiter/")
    assert mails(session, "change_to") == []
    assert is_signed_in(client)


def test_one_address_is_one_account_however_it_is_written(session: Session) -> None:
    person = accounts.citizen(session, email=None, mobile="+4915123456789")
    for typed in ("0151 23456789", "0151/23456789", "+49 151 23456789", "0049 151 2345 6789"):
        assert queries.citizen_by_address(session, typed) is person
    registering.register(
        session,
        first_name="A",
        last_name="B",
        address="0151-23456789",
        password="zwölf rote räder",
        network="x",
        now=clock.now(),
    )
    assert [mail.template for mail in mails(session)] == ["account_exists"]
