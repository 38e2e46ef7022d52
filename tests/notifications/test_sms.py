"""Short messages on their way out, against a real gateway on this machine."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.core import jobs
from portal.core.config import Settings
from portal.core.errors import InvalidInput
from portal.core.outbound import Outbound, Reach
from portal.notifications import service, sms
from portal.notifications.jobs import WAITS
from portal.notifications.models import Message, MessageState
from portal.notifications.service import Enclosure
from portal.notifications.sms import NoSmsGateway, SmsGateway
from portal.notifications.transport import DemoMailbox, NotSent
from tests.notifications import gateway
from tests.notifications.gateway import TOKEN, Gateway

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
HERE = Reach(loopback=True)
NUMBER = "+4915123456789"


@pytest.fixture
def there() -> Iterator[Gateway]:
    with gateway.running() as found:
        yield found


def way_out(there: Gateway) -> SmsGateway:
    return SmsGateway(there.url, token=TOKEN, sender="Jobcenter", reach=HERE)


@pytest.fixture
def open_way(there: Gateway, app: Flask) -> Iterator[Gateway]:
    kept = app.extensions["sms_transport"]
    app.extensions["sms_transport"] = way_out(there)
    yield there
    app.extensions["sms_transport"] = kept


def written(session: Session, **fields: Any) -> Message:
    return service.send(
        session,
        **{
            "template": "password_changed",
            "address": NUMBER,
            "recipient_id": None,
            "now": NOW,
            "context": {"person": {"name": "Zoë Öztürk"}},
            **fields,
        },
    )


def test_a_short_message_reaches_the_gateway(open_way: Gateway, session: Session) -> None:
    sent = written(session)
    assert jobs.run_due(session, NOW) == 1
    assert open_way.taken == [{"to": NUMBER, "from": "Jobcenter", "text": sent.text}]
    assert open_way.headers[0]["authorization"] == f"Bearer {TOKEN}"
    assert open_way.headers[0]["content-type"] == "application/json"
    assert open_way.headers[0]["idempotency-key"] == str(sent.id)
    assert (sent.state, sent.sent_at, sent.failure) == (MessageState.SENT, NOW, None)


def test_a_gateway_that_refuses_is_asked_again_later(open_way: Gateway, session: Session) -> None:
    open_way.answers = 503
    sent = written(session)
    jobs.run_due(session, NOW)
    assert sent.state is MessageState.WAITING
    assert sent.failure
    assert "503" in sent.failure

    open_way.answers = 200
    assert jobs.run_due(session, NOW + WAITS[0] - timedelta(seconds=1)) == 0
    jobs.run_due(session, NOW + WAITS[0])
    assert sent.state is MessageState.SENT
    keys = [headers["idempotency-key"] for headers in open_way.headers]
    assert keys == [str(sent.id)] * 2


def test_check_40_a_redirect_is_not_followed(there: Gateway) -> None:
    with gateway.running() as elsewhere:
        there.redirects_to = elsewhere.url
        with pytest.raises(NotSent, match="redirect"):
            way_out(there).send(message())
        assert elsewhere.taken == []


def test_a_slow_gateway_is_left_after_a_while(there: Gateway) -> None:
    there.waits = threading.Event()
    slow = way_out(there)
    slow._calls = Outbound([there.url], reach=Reach(loopback=True), seconds=0.2)
    began = time.monotonic()
    with pytest.raises(NotSent, match="in time"):
        slow.send(message())
    assert time.monotonic() - began < 5


def test_check_40_outside_the_demo_no_gateway_is_on_this_machine(there: Gateway) -> None:
    serious = SmsGateway(there.url, token=TOKEN, sender="Jobcenter", reach=Reach())
    with pytest.raises(NotSent, match="out of reach"):
        serious.send(message())
    assert there.taken == []


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "192.168.1.1", "[fd00::1]"])
def test_check_40_a_private_address_is_no_gateway(host: str) -> None:
    """Even if a connection came about: nothing is sent over it."""
    for loopback in (True, False):
        assert not Reach(loopback=loopback).covers(host.strip("[]"))


def test_nobody_listening_is_a_reason_like_any_other() -> None:
    dead = SmsGateway("http://127.0.0.1:9/sms", token=TOKEN, sender="Jobcenter", reach=HERE)
    with pytest.raises(NotSent) as found:
        dead.send(message())
    assert TOKEN not in str(found.value)


def message(**fields: Any) -> Message:
    return Message(**{"address": NUMBER, "subject": "", "text": "Hallo", "html": "", **fields})


def test_without_a_gateway_only_the_demo_keeps_quiet(caplog: pytest.LogCaptureFixture) -> None:
    assert isinstance(sms._way_out(Settings(demo=True)), DemoMailbox)
    assert not caplog.records
    real = sms._way_out(Settings(demo=False))
    assert isinstance(real, NoSmsGateway)
    assert len(caplog.records) == 1
    with pytest.raises(NotSent):
        real.send(message())
    url = "https://sms.example/send"
    assert isinstance(sms._way_out(Settings(sms_url=url, sms_token="t")), SmsGateway)


def test_check_48_a_gateway_needs_tls_and_a_token() -> None:
    """The demo may speak to a gateway on this machine in the open; nothing else may."""
    complaint = "PORTAL_SMS_URL muss mit https:// beginnen, ohne ? und #."
    for url in ("http://sms.example", "ftp://sms.example", "sms.example"):
        assert complaint in Settings(demo=True, sms_url=url, sms_token="t").problems()
    here = "http://127.0.0.1:8099/sms"
    assert complaint in Settings(demo=False, sms_url=here, sms_token="t").problems()
    assert Settings(demo=True, sms_url=here, sms_token="t").problems() == []
    assert Settings(demo=True, sms_url=here).problems() == ["PORTAL_SMS_TOKEN fehlt."]


@pytest.mark.parametrize("number", ["+4915123456789", "+380501234567", "+12125550123"])
def test_a_number_as_e164_writes_it_is_an_address(number: str) -> None:
    service.check_address(number)


@pytest.mark.parametrize(
    "number",
    [
        "+49151\r\n23456789",
        "+4915123456789\n",
        " +4915123456789",
        "+4915123456789,+4915123456780",
        "+4915123456789;to=+49900",
        "+٤٩١٥١٢٣٤٥٦٧٨٩",
        "+0151234567890",
        "+49",
        "+4915123456789012345",
        "015123456789",
        "+49\u202e15123456789",
        "+49151234567\x0089",
        "tel:+4915123456789",
    ],
)
def test_a_number_that_smuggles_something_is_refused(session: Session, number: str) -> None:
    with pytest.raises(InvalidInput):
        written(session, address=number)


def test_without_a_text_of_its_own_it_is_the_subject_and_the_portal(session: Session) -> None:
    sent = written(session, template="document_requested", context={})
    assert sent.text == "Sie haben eine Aufgabe im Portal\nhttp://localhost"
    assert sms.signs(sent.text) <= sms.MOST_SIGNS


def test_a_file_does_not_go_along(session: Session) -> None:
    sent = written(session, enclosures=[Enclosure("Termin.ics", "text/calendar", b"BEGIN")])
    assert sent.attachments == []


def test_the_room_of_a_message_is_counted_as_the_networks_do() -> None:
    assert sms.signs("ÄÖÜ äöüß ñ é") == 12
    assert sms.signs("5 €") == 4
    assert sms.signs("ж" * 70) == 160
    assert sms.signs(sms.plain("„Unterlagen“ – später …")) == len('"Unterlagen" - später ...')
    long = sms.shortened("Ihr Termin am Freitag, 27. November 2026 " * 6, room=120)
    assert sms.signs(long) <= 120
    assert long.endswith(" ...")


def test_a_short_message_is_shown_as_such_in_the_demo(client: Any, session: Session) -> None:
    sent = written(session)
    session.commit()
    assert "SMS" in client.get("/dev/postfach").text
    page = client.get(f"/dev/postfach/{sent.id}").text
    assert "SMS mit" in page
    assert "Mailprogramm" not in page
