"""Browsers that are told that there is something new, against a push service on this machine."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.message_wishes import MessageWish, Route
from portal.accounts.models import Citizen
from portal.core import jobs
from portal.core.config import Settings
from portal.core.errors import InvalidInput
from portal.notifications import push, push_crypto, service, subscribing
from portal.notifications.jobs import WAITS
from portal.notifications.models import Message, PushSubscription
from portal.notifications.push_crypto import data, text
from portal.notifications.queries import subscriptions_of
from portal.notifications.topics import TOPICS
from portal.representation import letters
from tests.client import PortalClient
from tests.factories import accounts
from tests.notifications import push_service
from tests.notifications.push_service import Browser, Service
from tests.notifications.test_words import templates

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
PAGE = "/konto/nachrichten"


@pytest.fixture
def there() -> Iterator[Service]:
    with push_service.running() as running:
        yield running


@pytest.fixture
def oksana(session: Session) -> Citizen:
    return accounts.citizen(session, email="oksana@example.org", language="de")


def subscribe(session: Session, citizen: Citizen, browser: Browser, **fields: Any) -> None:
    said = {**browser.given, "office_key": next(iter(push_crypto.office_keys())), **fields}
    subscribing.subscribe(
        session,
        recipient_id=citizen.id,
        device="Firefox auf Android",
        settings=Settings(demo=True),
        now=NOW,
        **said,
    )


def news(session: Session, citizen: Citizen, now: datetime = NOW, **fields: Any) -> None:
    service.send(
        session,
        **{
            "template": "document_received",
            "address": "oksana@example.org",
            "recipient_id": citizen.id,
            "now": now,
            "context": {"owner": citizen, "path": "/unterlagen", "now": now},
            **fields,
        },
    )


def test_the_example_of_rfc_8291_comes_out_as_printed() -> None:
    own = ec.derive_private_key(
        int.from_bytes(data("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), ec.SECP256R1()
    )
    assert text(
        push_crypto.encrypted(
            b"When I grow up, I want to be a watermelon",
            browser_key="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SR"
            "pkNtoIAiw4",
            browser_secret="BTBZMqHH6r4Tts7J_aSIgg",
            salt=data("DGv6ra1nlYgDCS1FRnbzlw"),
            own=own,
        )
    ) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWA"
        "mS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxs"
        "j_Qulcy4a-fN"
    )


def test_a_browser_reads_that_there_is_something_new_and_nothing_else(
    there: Service, session: Session, oksana: Citizen
) -> None:
    browser = there.browser()
    subscribe(session, oksana, browser)
    news(session, oksana)
    jobs.run_due(session, NOW)
    [(headers, body)] = there.taken
    assert browser.read(body) == {"text": "Es gibt etwas Neues.", "language": "de"}
    assert headers["content-encoding"] == "aes128gcm"
    assert headers["topic"] == "news"
    assert 0 < int(headers["ttl"]) <= 24 * 3600
    said = push_service.claims(headers["authorization"])
    assert said["aud"] == there.url
    assert said["sub"] == "mailto:portal@jobcenter.example"
    assert NOW.timestamp() < said["exp"] <= (NOW + timedelta(hours=24)).timestamp()
    [kept] = subscriptions_of(session, oksana.id)
    assert (kept.told_at, kept.failure) == (NOW, None)


def test_one_word_for_all_that_is_new_by_then(
    there: Service, session: Session, oksana: Citizen
) -> None:
    subscribe(session, oksana, there.browser())
    night = NOW.replace(hour=22)
    for minute in range(3):
        news(session, oksana, now=night + timedelta(minutes=minute))
    jobs.run_due(session, night + timedelta(minutes=5))
    assert there.taken == []  # nothing rings at night
    jobs.run_due(session, night + timedelta(hours=12))
    assert len(there.taken) == 1


def test_the_news_of_keys_come_by_mail_alone(
    there: Service, session: Session, oksana: Citizen
) -> None:
    subscribe(session, oksana, there.browser())
    news(session, oksana, template="account_exists", context={"person": oksana})
    jobs.run_due(session, NOW)
    assert there.taken == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(
    there: Service, session: Session, oksana: Citizen, status: int
) -> None:
    there.answers = status
    subscribe(session, oksana, there.browser())
    news(session, oksana)
    jobs.run_due(session, NOW)
    session.expire_all()
    assert subscriptions_of(session, oksana.id) == []


def test_a_push_service_that_fails_is_asked_again_and_stops_no_mail(
    there: Service, session: Session, oksana: Citizen
) -> None:
    there.answers = 503
    subscribe(session, oksana, there.browser())
    news(session, oksana)
    jobs.run_due(session, NOW)
    [mail] = session.scalars(select(Message))
    assert mail.sent_at == NOW
    [kept] = subscriptions_of(session, oksana.id)
    assert kept.failure == "the push service answers 503"
    there.answers = 201
    jobs.run_due(session, NOW + WAITS[0])
    assert len(there.taken) == 2
    assert kept.failure is None


def test_a_push_service_that_fails_for_long_is_left_alone(
    there: Service, session: Session, oksana: Citizen
) -> None:
    there.answers = 500
    subscribe(session, oksana, there.browser())
    news(session, oksana)
    for day in range(10):
        jobs.run_due(session, NOW + timedelta(days=day))
    assert len(there.taken) == 5


def test_who_wants_no_mail_of_news_is_told_by_the_browser(
    there: Service, session: Session, oksana: Citizen
) -> None:
    subscribe(session, oksana, there.browser())
    wish = MessageWish(citizen_id=oksana.id, route=Route.MAIL, leads=[], changed_at=NOW)
    wish.by_topic = {"news": "none"}
    session.add(wish)
    session.flush()
    sent = letters.send(
        session,
        citizen=oksana,
        template="document_received",
        context={"owner": oksana, "path": "/unterlagen", "now": NOW},
        now=NOW,
    )
    jobs.run_due(session, NOW)
    assert sent == []
    assert len(there.taken) == 1


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example/push",
        "https://fcm.googleapis.com.evil.example/x",
        "http://fcm.googleapis.com/x",
        "https://eve@fcm.googleapis.com/x",
        "https://169.254.169.254/latest/meta-data",
        "https://push.apple.com/x",
        "file:///etc/passwd",
        "https://fcm.googleapis.com/" + "x" * 2000,
        "https://fcm.googleapis.com/x\r\nHost: evil.example",
        "",
    ],
)
def test_only_push_services_are_called(
    session: Session, oksana: Citizen, endpoint: str, there: Service
) -> None:
    assert not push.is_push_service(endpoint, Settings(demo=False))
    with pytest.raises(InvalidInput):
        subscribe(session, oksana, there.browser(), endpoint=endpoint)


def test_known_push_services_are_called() -> None:
    for endpoint in (
        "https://fcm.googleapis.com/fcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/abc",
        "https://db5p.notify.windows.com/w/?token=abc",
    ):
        assert push.is_push_service(endpoint, Settings(demo=False)), endpoint
    assert not push.is_push_service("http://127.0.0.1:80/x", Settings(demo=False))


@pytest.mark.parametrize(
    "fields",
    [
        {"browser_key": "AAAA"},
        {"browser_key": text(b"\x04" + b"\x01" * 64)},  # no point of the curve
        {"browser_key": "é" * 87},
        {"browser_secret": "AAAA"},
        {"office_key": "another"},
    ],
)
def test_keys_that_are_none_are_refused(
    session: Session, oksana: Citizen, there: Service, fields: dict[str, str]
) -> None:
    with pytest.raises(InvalidInput):
        subscribe(session, oksana, there.browser(), **fields)
    assert session.scalars(select(PushSubscription)).all() == []


def test_a_browser_belongs_to_who_asked_last_and_nobody_has_more_than_ten(
    session: Session, oksana: Citizen, there: Service
) -> None:
    ruth = accounts.citizen(session, email="ruth@example.org")
    subscribe(session, oksana, there.browser("shared"))
    subscribe(session, ruth, there.browser("shared"))
    assert subscriptions_of(session, oksana.id) == []
    for number in range(12):
        subscribe(session, ruth, there.browser(f"n{number}"))
    assert len(subscriptions_of(session, ruth.id)) == subscribing.MOST


def test_an_old_key_works_while_it_stands_in_the_ring(
    session: Session, oksana: Citizen, there: Service, app: Flask
) -> None:
    subscribe(session, oksana, there.browser())
    kept = app.config["SETTINGS"]
    try:
        app.config["SETTINGS"] = kept.model_copy(update={"secret_key": f"new,{kept.secret_key}"})
        news(session, oksana)
        jobs.run_due(session, NOW)
        assert len(there.taken) == 1
        app.config["SETTINGS"] = kept.model_copy(update={"secret_key": "new"})
        news(session, oksana, now=NOW + timedelta(hours=1))
        jobs.run_due(session, NOW + timedelta(hours=1))
        assert len(there.taken) == 1
        assert subscriptions_of(session, oksana.id) == []
    finally:
        app.config["SETTINGS"] = kept


def test_switching_on_and_off(
    client: PortalClient, session: Session, oksana: Citizen, there: Service
) -> None:
    session.commit()
    client.sign_in(oksana)
    page = client.get(PAGE).text
    key = next(iter(push_crypto.office_keys()))
    assert f'data-key="{key}"' in page
    answer = client.post_form(f"{PAGE}/geraete", {**there.browser().given, "office_key": key})
    assert answer.status_code == 302
    [kept] = subscriptions_of(session, oksana.id)
    page = client.get(PAGE).text
    assert subscribing.digest(kept) in page
    assert kept.endpoint not in page  # a secret address
    ruth = accounts.citizen(session, email="ruth@example.org")
    session.commit()
    client.sign_in(ruth)
    client.post_form(f"{PAGE}/geraete/{kept.id}/ausschalten")
    assert subscriptions_of(session, oksana.id)  # not hers
    client.sign_in(oksana)
    client.post_form(f"{PAGE}/geraete/{kept.id}/ausschalten")
    session.expire_all()
    assert subscriptions_of(session, oksana.id) == []


def test_every_message_is_sorted() -> None:
    """Whoever adds a message says in `topics` what it is about."""
    unsorted = [name for name in templates() if name not in TOPICS]
    assert not unsorted, json.dumps(unsorted)
