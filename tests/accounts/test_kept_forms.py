"""What was sent after a session had run out waits, sealed, for the same person.

The rows are written aside of the request that is turned away, so the transactions are real here.
"""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text

from portal.accounts import rules
from portal.accounts.keys import Ended, KeptForm, PortalSession
from portal.accounts.models import Citizen, Power, Representation, RepresentationKind
from portal.accounts.service import keeping
from portal.core import clock
from portal.core.crypto import Tampered
from portal.core.db import db, new_id
from tests.accounts.doing import EMAIL, OTHER, PASSWORD, citizen, member, sign_in
from tests.client import PortalClient
from tests.factories import accounts

CANARY = "Zitronenzeisigweg 14"
TYPED = {"phone": "0641 5550123", "street": CANARY, "postcode": "35390", "city": "Lindenau"}
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')

Change = Callable[[PortalSession], None]


@pytest.fixture
def client(committed_app: Flask) -> PortalClient:
    return PortalClient(committed_app, committed_app.response_class, use_cookies=True)


@pytest.fixture
def oksana(committed_app: Flask) -> UUID:
    with committed_app.test_request_context():
        return citizen(db.session).id


def change_sessions(app: Flask, change: Change) -> None:
    with app.test_request_context():
        for row in db.session.scalars(select(PortalSession)):
            change(row)
        db.session.commit()


def run_out(row: PortalSession) -> None:
    """Let a session have been idle for too long."""
    row.seen_at -= timedelta(minutes=61)


def prove_long_ago(row: PortalSession) -> None:
    row.stepped_up_at -= rules.PROVED_LATELY


def kept_forms(app: Flask) -> int:
    with app.test_request_context():
        return len(db.session.scalars(select(KeptForm)).all())


def sent_too_late(client: PortalClient, path: str = "/konto/kontakt") -> str:
    """Given an account page that was open for too long, when it is sent, where is one led?"""
    sign_in(client)
    token = client.csrf_token()
    change_sessions(client.application, run_out)
    answer = client.post(path, data={"csrf_token": token, **TYPED})
    assert answer.status_code == 302
    return str(answer.location)


def waiting(location: str) -> str:
    return location.partition("next=")[2]


def test_what_was_typed_is_sent_after_signing_in_again(client: PortalClient, oksana: UUID) -> None:
    led = sent_too_late(client)
    assert led.startswith("/anmelden?next=/weiter/")
    assert client.get(led).status_code == 200
    assert sign_in(client, next=led.removeprefix("/anmelden")).location == waiting(led)
    page = client.get(waiting(led)).text
    fields = {name: unescape(value) for name, value in FIELD.findall(page)}
    assert fields.items() >= TYPED.items()
    assert 'action="/konto/kontakt"' in page
    assert client.post("/konto/kontakt", data=fields).location == "/konto"
    with client.application.test_request_context():
        assert db.session.get_one(Citizen, oksana).street == CANARY


def test_only_the_same_person_gets_it_back(client: PortalClient, oksana: UUID) -> None:
    led = sent_too_late(client)
    stranger = PortalClient(client.application, client.response_wrapper, use_cookies=True)
    assert stranger.get(waiting(led)).location.startswith("/anmelden?next=")
    with client.application.test_request_context():
        other = accounts.citizen(db.session)
        officer = member(db.session)
        db.session.commit()
        db.session.refresh(other)
        db.session.refresh(officer)
        db.session.expunge_all()
    stranger.sign_in(other)
    assert stranger.get(waiting(led)).status_code == 404
    stranger.sign_in(officer)
    assert stranger.get(f"/amt{waiting(led)}").status_code == 404


def test_it_is_sealed_in_the_database(client: PortalClient, oksana: UUID) -> None:
    sent_too_late(client)
    with client.application.test_request_context():
        rows = db.session.execute(text("SELECT kept_forms::text FROM kept_forms")).scalars().all()
        assert len(rows) == 1
        assert CANARY not in rows[0]
        assert "Lindenau" not in rows[0]


def test_a_row_moved_to_somebody_else_cannot_be_opened(client: PortalClient, oksana: UUID) -> None:
    sent_too_late(client)
    with client.application.test_request_context():
        kept = db.session.scalars(select(KeptForm)).one()
        kept.citizen_id = accounts.citizen(db.session).id
        with pytest.raises(Tampered):
            keeping.fields_of(kept)


def test_it_is_gone_after_an_hour(client: PortalClient, oksana: UUID) -> None:
    led = sent_too_late(client)
    with client.application.test_request_context():
        for kept in db.session.scalars(select(KeptForm)):
            assert kept.expires_at - kept.kept_at == timedelta(hours=1)
            kept.expires_at = clock.now()
        db.session.commit()
    sign_in(client)
    answer = client.get(waiting(led))
    assert answer.status_code == 404
    assert "noch einmal ein" in answer.text


def test_files_are_named_as_to_be_chosen_again(client: PortalClient, oksana: UUID) -> None:
    sign_in(client)
    token = client.csrf_token()
    change_sessions(client.application, run_out)
    answer = client.post(
        "/unterlagen/neu",
        data={
            "csrf_token": token,
            "title": "Mietvertrag",
            "files": (io.BytesIO(b"\xff\xd8"), "miete.jpg"),
        },
        content_type="multipart/form-data",
    )
    sign_in(client)
    page = client.get(waiting(str(answer.location))).text
    assert "Dateien müssen Sie noch einmal auswählen" in page
    assert "Mietvertrag" in page


def test_without_files_nothing_is_said_of_files(client: PortalClient, oksana: UUID) -> None:
    led = sent_too_late(client)
    sign_in(client)
    assert "Dateien" not in client.get(waiting(led)).text


def test_passwords_and_codes_are_never_kept(client: PortalClient, oksana: UUID) -> None:
    """Given a form for a new password, when a new proof is asked for, then it is typed anew."""
    sign_in(client)
    change_sessions(client.application, prove_long_ago)
    answer = client.post_form(
        "/konto/passwort", {"current": PASSWORD, "password": OTHER, "note": "x"}
    )
    assert answer.location.startswith("/anmelden/noch-einmal?next=/weiter/")
    with client.application.test_request_context():
        kept = db.session.scalars(select(KeptForm)).one()
        assert keeping.fields_of(kept) == [("note", "x")]


@pytest.mark.parametrize("why", [Ended.ELSEWHERE, Ended.CHANGED, Ended.SIGNED_OUT, Ended.OFFICE])
def test_a_session_that_was_ended_leaves_nothing(
    client: PortalClient, oksana: UUID, why: Ended
) -> None:
    """Whoever holds the cookie of a session that its owner has ended must not write to her."""
    sign_in(client)
    token = client.csrf_token()

    def end(row: PortalSession) -> None:
        row.ended_at, row.ended_why = clock.now(), why

    change_sessions(client.application, end)
    answer = client.post("/konto/kontakt", data={"csrf_token": token, **TYPED})
    assert answer.location == "/anmelden?next=/"
    assert kept_forms(client.application) == 0


def test_who_was_never_signed_in_leaves_nothing(client: PortalClient) -> None:
    answer = client.post_form("/konto/kontakt", TYPED)
    assert answer.location == "/anmelden?next=/"
    assert kept_forms(client.application) == 0


def test_without_a_token_of_this_session_nothing_is_kept(
    client: PortalClient, oksana: UUID
) -> None:
    """A foreign page must not make somebody keep, and later send, what it wrote."""
    sign_in(client)
    change_sessions(client.application, run_out)
    assert client.post("/konto/kontakt", data=TYPED).status_code in {400, 403}
    assert kept_forms(client.application) == 0


def test_the_office_has_it_too(client: PortalClient) -> None:
    with client.application.test_request_context():
        officer = member(db.session)
        db.session.refresh(officer)
        db.session.expunge_all()
    client.sign_in(officer)
    token = client.csrf_token()
    change_sessions(client.application, run_out)
    answer = client.post(
        "/amt/termine/verfuegbarkeit/sprechzeiten",
        data={"csrf_token": token, "hours-weekdays": "1"},
    )
    assert answer.location.startswith("/amt/anmelden?next=/amt/weiter/")
    client.sign_in(officer)
    page = client.get(waiting(str(answer.location))).text
    assert 'name="hours-weekdays" value="1"' in page


def test_for_whom_one_acted_is_kept_with_it(client: PortalClient, oksana: UUID) -> None:
    with client.application.test_request_context():
        now = clock.now()
        other = accounts.citizen(db.session)
        right = Representation(
            id=new_id(),
            kind=RepresentationKind.POWER_OF_ATTORNEY,
            principal_id=other.id,
            representative_id=oksana,
            powers=[power.value for power in Power],
            starts_at=now,
            granted_at=now,
            granted_by_name=other.name,
        )
        db.session.add(right)
        db.session.commit()
        id = right.id
    sign_in(client)

    def act(row: PortalSession) -> None:
        row.representation_id = id

    change_sessions(client.application, act)
    token = client.csrf_token()
    change_sessions(client.application, run_out)
    client.post("/antraege/neu/wba", data={"csrf_token": token, "x": "y"})
    with client.application.test_request_context():
        assert db.session.scalars(select(KeptForm)).one().representation_id == id


def test_html_in_what_was_typed_stays_text(client: PortalClient, oksana: UUID) -> None:
    sign_in(client)
    token = client.csrf_token()
    change_sessions(client.application, run_out)
    evil = '"><script>alert(1)</script>'
    answer = client.post(f"/konto/kontakt?x={evil}", data={"csrf_token": token, "street": evil})
    sign_in(client, address=EMAIL)
    page = client.get(waiting(str(answer.location))).text
    assert "<script>alert" not in page
