"""A mail that a server took and gave back: laid aside, told to the office, the letter printed."""

import io
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.casefiles import undelivered
from portal.cli import mail
from portal.core.db import db, new_id
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications import bouncing, jobs, return_path, service
from portal.notifications.models import Message, MessageState
from portal.postbox import following
from portal.postbox.models import PrintReason
from tests.factories import accounts, casefiles
from tests.factories import postbox as make
from tests.notifications.test_returned import notice

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
BACK = "bounce@jobcenter.example"
MAIL = "oksana@example.org"


@pytest.fixture(autouse=True)
def bounce_address(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let mails come back to an address of the office."""
    app: Flask = request.getfixturevalue("app")
    kept = app.config["SETTINGS"]
    app.config["SETTINGS"] = kept.model_copy(update={"bounce_address": BACK})
    yield
    app.config["SETTINGS"] = kept


def sent(session: Session, **fields: Any) -> Message:
    """Write a message and say that it left the house."""
    message = service.send(
        session,
        **{
            "template": "document_received",
            "address": MAIL,
            "recipient_id": None,
            "now": NOW,
            "context": {"owner": {"name": "Oksana"}, "path": "/unterlagen", "now": NOW},
            **fields,
        },
    )
    assert message is not None
    message.state, message.sent_at = MessageState.SENT, NOW
    session.flush()
    return message


def back(message: Message, **fields: Any) -> bytes:
    """Write the notice that a mail server sends to the return path of a message."""
    to = return_path.of(message.id, address=BACK)
    return notice(**fields).replace(b"bounce+token@jobcenter.example", to.encode())


def test_a_mail_that_comes_back_is_laid_aside_with_the_reason(session: Session) -> None:
    message = sent(session)
    taken = bouncing.take(session, raw=back(message), now=NOW + timedelta(minutes=3))
    session.flush()
    assert taken is message
    assert message.state is MessageState.FAILED
    assert message.sent_at == NOW
    assert message.bounced_at == NOW + timedelta(minutes=3)
    assert message.failure == "5.1.1 550 5.1.1 No such user"


def test_it_counts_once(session: Session) -> None:
    message = sent(session)
    assert bouncing.take(session, raw=back(message), now=NOW)
    assert bouncing.take(session, raw=back(message), now=NOW + timedelta(days=1)) is None
    assert message.bounced_at == NOW


@pytest.mark.parametrize("action", ["delayed", "delivered"])
def test_a_delay_changes_nothing(session: Session, action: str) -> None:
    message = sent(session)
    assert bouncing.take(session, raw=back(message, action=action, status=""), now=NOW) is None
    assert message.state is MessageState.SENT


def test_the_envelope_counts_where_the_header_was_lost(session: Session) -> None:
    message = sent(session)
    to = return_path.of(message.id, address=BACK).upper()
    assert bouncing.take(session, raw=notice(), recipients=[f"<{to}>"], now=NOW) is message


def test_nobody_lays_a_message_aside_without_its_signature(session: Session) -> None:
    message = sent(session)
    good = return_path.of(message.id, address=BACK)
    other = return_path.of(new_id(), address=BACK)
    for wrong in (
        good.replace("-", "-a"),
        good[:8] + ("a" if good[8] != "a" else "b") + good[9:],
        good.replace("jobcenter.example", "evil.example"),
        f"bounce+{str(message.id).replace('-', '')}@jobcenter.example",
        other,
        "bounce+@jobcenter.example",
        "bounce+é-é@jobcenter.example",
    ):
        raw = notice().replace(b"bounce+token@jobcenter.example", wrong.encode())
        assert bouncing.take(session, raw=raw, now=NOW) is None, wrong
    assert message.state is MessageState.SENT


def test_an_old_secret_still_reads_what_it_has_signed(session: Session, app: Flask) -> None:
    message = sent(session)
    raw = back(message)
    kept = app.config["SETTINGS"]
    app.config["SETTINGS"] = kept.model_copy(update={"secret_key": f"new,{kept.secret_key}"})
    assert bouncing.take(session, raw=raw, now=NOW) is message


def test_a_return_path_fits_into_the_envelope(session: Session) -> None:
    """RFC 5321 4.5.3.1.1: 64 octets before the @, with the longest name that settings allow."""
    local = return_path.of(UUID(int=2**128 - 1), address="a" * 20 + "@b").partition("@")[0]
    assert len(local) <= 64


def test_a_mail_from_last_year_is_not_believed(session: Session) -> None:
    message = sent(session)
    late = NOW + bouncing.BELIEVED_FOR + timedelta(seconds=1)
    assert bouncing.take(session, raw=back(message), now=late) is None


def test_the_office_and_the_person_hear_of_it(session: Session) -> None:
    oksana = accounts.citizen(session, email=MAIL)
    case = casefiles.case(session, citizen=oksana)
    message = sent(session, recipient_id=oksana.id)
    bouncing.take(session, raw=back(message), now=NOW)
    undelivered.tell(session, now=NOW)
    [item] = session.scalars(select(WorkItem).where(WorkItem.kind == ItemKind.MESSAGE_FAILED))
    assert item.case_id == case.id


def test_a_maildir_is_emptied_when_what_it_held_is_committed(
    session: Session, app: Flask, tmp_path: Path
) -> None:
    message = sent(session)
    for name in ("new", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1.back").write_bytes(back(message))
    (tmp_path / "new" / "2.away").write_bytes(b"Auto-Submitted: auto-replied\n\nUrlaub\n")
    (tmp_path / "new" / "3.link").symlink_to("/etc/passwd")
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"mail_dir": str(tmp_path)})
    jobs.fetch_returned(session, now=NOW)
    assert message.state is MessageState.FAILED
    left = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert left == ["1.back", "3.link"]  # had the transaction been lost, it would be read again
    jobs.fetch_returned(session, now=NOW)
    assert sorted(path.name for path in (tmp_path / "cur").iterdir()) == [
        "1.back:2,S",
        "2.away:2,S",
    ]


def test_a_letter_whose_notice_comes_back_goes_on_paper(session: Session) -> None:
    citizen = make.known(session)
    make.consent(session, citizen, now=NOW)
    letter = make.letter(session, citizen, now=NOW)
    message = session.get_one(Message, letter.notification_id)
    message.state, message.sent_at = MessageState.SENT, NOW
    session.flush()
    bouncing.take(session, raw=back(message), now=NOW + timedelta(minutes=5))
    following.follow(session, letter=letter, now=NOW + timedelta(minutes=10), land="HE")
    assert letter.notified_at == NOW  # the fact stays: it was sent
    assert letter.failure
    assert letter.failure.startswith("5.1.1")
    assert letter.print_reason is PrintReason.BOUNCED


def test_a_mail_server_hands_over_on_standard_input(
    committed_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = committed_app.config["SETTINGS"].model_copy(update={"bounce_address": BACK})
    committed_app.config["SETTINGS"] = settings
    with committed_app.app_context(), committed_app.test_request_context():
        message = sent(db.session)
        raw, id = back(message), message.id
        db.session.commit()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert mail.take_in(settings, Namespace(recipient=[])) == 0
    with committed_app.app_context():
        assert db.session.get_one(Message, id).state is MessageState.FAILED
    gone = settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:9/none"})
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert mail.take_in(gone, Namespace(recipient=[])) == 75  # keep it and come again
