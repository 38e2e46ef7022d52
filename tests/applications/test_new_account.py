"""Another account for the benefit: the sender shows who it is, and a helper cannot name one."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import passwords
from portal.accounts.keys import PortalSession
from portal.accounts.models import Citizen, Power, Representation, RepresentationKind
from portal.applications.models import Application
from portal.core import clock
from tests.client import PortalClient
from tests.factories import applications as make
from tests.factories.accounts import citizen

PASSWORD = "grüner tee am morgen"
OTHER_ACCOUNT = make.NOTHING_CHANGED | {
    "bank_changed": True,
    "iban": "DE02120300000000202051",
    "account_holder": "Oksana Kovalenko",
}


@pytest.fixture
def me(session: Session, client: PortalClient) -> Citizen:
    """Given a citizen who signed in an hour ago and is still there."""
    person = citizen(session, password_hash=passwords.hash_of(PASSWORD))
    client.sign_in(person)
    session.scalars(select(PortalSession)).one().stepped_up_at -= timedelta(hours=1)
    session.commit()
    return person


def key_on(client: PortalClient, address: str) -> str:
    found = re.search(r'name="key"[^>]*value="([^"]+)"', client.get(f"{address}/pruefen").text)
    assert found
    return found[1]


def test_check_11_a_new_account_asks_for_the_password_and_loses_nothing(
    client: PortalClient, session: Session, me: Citizen
) -> None:
    draft = make.draft(session, me, OTHER_ACCOUNT)
    session.commit()
    address = f"/antraege/{draft.id}"
    asked = client.post_form(f"{address}/senden", {"key": key_on(client, address)})
    assert asked.location.startswith("/anmelden/noch-einmal?next=/weiter/")
    assert session.scalar(select(Application.state)) == "draft"

    assert client.post_form(asked.location, {"password": "wrong wrong"}).status_code == 422
    back = client.post_form(asked.location, {"password": PASSWORD}).location
    page = client.get(back)
    assert f'action="{address}/senden"' in page.text
    key = re.search(r'name="key" value="([^"]+)"', page.text)
    assert key
    sent = client.post_form(f"{address}/senden", {"key": key[1]})
    assert sent.location == f"{address}/gesendet"


def test_without_a_new_account_nothing_more_is_asked(
    client: PortalClient, session: Session, me: Citizen
) -> None:
    draft = make.draft(session, me, make.NOTHING_CHANGED)
    session.commit()
    address = f"/antraege/{draft.id}"
    sent = client.post_form(f"{address}/senden", {"key": key_on(client, address)})
    assert sent.location == f"{address}/gesendet"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (RepresentationKind.POWER_OF_ATTORNEY, 302),
        (RepresentationKind.GUARDIAN, 302),
        (RepresentationKind.HELPER, 403),
        (RepresentationKind.HOUSEHOLD_MEMBER, 403),
    ],
)
def test_who_helps_does_not_say_where_the_money_goes(
    client: PortalClient, session: Session, kind: RepresentationKind, status: int
) -> None:
    oksana, other, now = citizen(session), citizen(session), clock.now()
    draft = make.draft(session, oksana, OTHER_ACCOUNT)
    given = Representation(
        kind=kind,
        principal_id=oksana.id,
        representative_id=other.id,
        powers=list(Power),
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        granted_at=now,
        granted_by_name="Oksana",
    )
    session.add(given)
    client.sign_in(other)
    session.flush()
    session.scalars(select(PortalSession)).one().representation_id = given.id
    session.commit()
    address = f"/antraege/{draft.id}"
    answer = client.post_form(f"{address}/senden", {"key": key_on(client, address)})
    assert answer.status_code == status
