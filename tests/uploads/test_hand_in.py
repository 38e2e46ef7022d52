"""What was sent before is handed in: order, groups, second clicks, and what is no longer there."""

import hashlib
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts.models import Citizen
from portal.casefiles.models import Document, Original
from portal.core import clock
from portal.core.errors import InvalidInput
from portal.core.storage import store
from portal.core.vault import service as vault
from portal.core.vault.models import StoredFile
from portal.papers import limits
from portal.uploads import jobs, rules, service
from portal.uploads.models import Upload
from tests.client import PortalClient
from tests.factories import accounts, casefiles, papers
from tests.uploads.sending import Script

PAPER = papers.pdf()


@pytest.fixture
def person(session: Session) -> Citizen:
    accounts.team(session)
    made = accounts.citizen(session)
    session.commit()
    return made


@pytest.fixture
def script(client: PortalClient, person: Citizen) -> Script:
    client.sign_in(person)
    return Script(client)


def hand_in(client: PortalClient, ids: list[str], **more: object) -> TestResponse:
    told = {"kind": "payslips", "title": "", "upload": ids, "together": "y", **more}
    return client.post_form("/unterlagen/neu", told)


def sent_photo(script: Script, photo: bytes, name: str) -> str:
    return script.upload(photo, name, filetype="image/jpeg")


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_no_byte_is_written_again(script: Script, session: Session) -> None:
    """Given a file that was sent, when it is handed in, then the very file lies in the case."""
    id = script.upload(PAPER)
    before = dict(store().entries())
    assert hand_in(script.client, [id]).status_code == 302
    document = session.scalars(select(Document)).one()
    original = session.scalars(select(Original)).one()
    assert str(original.file_id) == id
    file = session.get_one(StoredFile, original.file_id)
    assert file.holder_id == document.case_id
    assert document.sha256 == hashlib.sha256(PAPER).hexdigest()
    assert vault.read(session, file.id) == PAPER
    assert dict(store().entries()) == before
    assert count(session, Upload) == 0


def test_photos_become_one_document_in_the_order_of_the_form(
    script: Script, session: Session
) -> None:
    photos = [papers.picture(width=400 + number) for number in range(3)]
    ids = [
        script.upload(photo, f"{n}.jpg", filetype="image/jpeg") for n, photo in enumerate(photos)
    ]
    hand_in(script.client, [ids[2], ids[0], ids[1]])
    document = session.scalars(select(Document)).one()
    names = session.scalars(select(Original.filename).order_by(Original.number)).all()
    assert names == ["2.jpg", "0.jpg", "1.jpg"]
    wanted = hashlib.sha256(photos[2] + photos[0] + photos[1]).hexdigest()
    assert document.sha256 == wanted


def test_each_file_is_its_own_document_when_wanted(script: Script, session: Session) -> None:
    ids = [
        script.upload(papers.picture(width=w), f"{w}.jpg", filetype="image/jpeg")
        for w in (400, 500)
    ]
    hand_in(script.client, ids, together="")
    assert count(session, Document) == 2


def test_what_was_sent_before_and_what_comes_with_the_form_join(
    script: Script, session: Session
) -> None:
    """Given a page that lost its script half-way, both ways of picking a file count."""
    id = script.upload(PAPER)
    hand_in(script.client, [id], files=(casefiles.upload().stream, "foto.jpg", "image/jpeg"))
    names = session.scalars(select(Original.filename).order_by(Original.filename)).all()
    assert names == ["brief.pdf", "foto.jpg"]
    assert count(session, Upload) == 0


def test_the_second_of_two_clicks_finds_what_the_first_has_made(
    script: Script, session: Session
) -> None:
    id = script.upload(PAPER)
    first, second = hand_in(script.client, [id]), hand_in(script.client, [id])
    assert first.status_code == second.status_code == 302
    assert first.location == second.location
    assert count(session, Document) == 1


def test_a_file_that_has_not_arrived_is_named(script: Script, session: Session) -> None:
    address = script.begun(PAPER, "Mietvertrag.pdf")
    script.send(address, PAPER[:100])
    answer = hand_in(script.client, [address.rpartition("/")[2]])
    assert answer.status_code == 422
    assert "„Mietvertrag.pdf“ ist noch nicht vollständig angekommen" in answer.text
    assert count(session, Document) == 0
    assert script.offset(address) == 100


def test_a_refused_file_is_not_taken(script: Script, session: Session) -> None:
    id = script.upload(papers.picture("PNG"), "foto.jpg", filetype="image/jpeg")
    answer = hand_in(script.client, [id])
    assert answer.status_code == 422
    assert "in Wirklichkeit eine PNG-Datei" in answer.text
    assert count(session, Document) == 0


def test_of_a_refused_form_nothing_stays_but_what_was_there(
    script: Script, session: Session
) -> None:
    id = script.upload(PAPER)
    before = set(store().entries())
    answer = hand_in(
        script.client, [id], files=(casefiles.upload(b"").stream, "a.jpg", "image/jpeg")
    )
    assert answer.status_code == 422
    assert set(store().entries()) == before
    assert [row["state"] for row in script.rows()] == ["ready"]


def test_nobody_hands_in_the_file_of_somebody_else(
    script: Script, app: Flask, session: Session
) -> None:
    id = script.upload(PAPER)
    other = accounts.citizen(session)
    session.commit()
    elsewhere = PortalClient(app, app.response_class, use_cookies=True)
    elsewhere.sign_in(other)
    answer = hand_in(elsewhere, [id])
    assert answer.status_code == 422
    assert "nicht mehr da" in answer.text
    assert count(session, Document) == 0
    assert len(script.rows()) == 1


def test_together_they_keep_the_limits(
    script: Script, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [script.upload(papers.pdf(pages), f"{pages}.pdf") for pages in (2, 3)]
    monkeypatch.setattr(rules, "MAX_PAGES", 4)
    answer = hand_in(script.client, ids)
    assert answer.status_code == 422
    assert "zu viele Seiten" in answer.text
    assert count(session, Document) == 0


def test_flaws_and_blacked_out_places_reach_the_document(script: Script, session: Session) -> None:
    id = script.upload(papers.picture(width=200), "foto.jpg", filetype="image/jpeg", redacted="1")
    upload = session.scalars(select(Upload)).one()
    session.refresh(upload)
    upload.warnings = [limits.Flaw.BLURRED.value]
    session.commit()
    [row] = script.rows()
    assert row["redacted"] is True
    assert row["warnings"][0]["word"] == "blurred"
    assert "unscharf" in row["warnings"][0]["sentence"]
    hand_in(script.client, [id])
    document = session.scalars(select(Document)).one()
    assert document.is_redacted
    assert document.warnings == ["blurred"]


def test_a_page_without_script_removes_what_was_begun(script: Script) -> None:
    id = script.upload(PAPER)
    answer = script.client.post_form(
        f"/unterlagen/hochladen/{id}/entfernen", {"weiter": "/unterlagen/neu"}
    )
    assert answer.location == "/unterlagen/neu"
    assert script.rows() == []


def test_what_waits_for_a_day_is_forgotten_with_its_bytes(session: Session) -> None:
    owner, now = accounts.citizen(session), clock.now()
    (upload,) = casefiles.sent(session, owner, casefiles.upload(), now=now)
    file_id = upload.file_id
    jobs.forget_expired(session, now=now + rules.LIFETIME - timedelta(minutes=1))
    assert count(session, Upload) == 1
    jobs.forget_expired(session, now=now + rules.LIFETIME + timedelta(minutes=1))
    assert count(session, Upload) == 0
    assert session.get(StoredFile, file_id) is None


def test_nothing_is_taken_twice(session: Session) -> None:
    owner, now = accounts.citizen(session), clock.now()
    case = casefiles.case(session, owner, now=now)
    uploads = casefiles.sent(session, owner, casefiles.upload(), now=now)
    service.take(session, uploads=uploads, to=case.id, now=now)
    with pytest.raises(InvalidInput, match="nicht mehr da"):
        service.take(session, uploads=uploads, to=case.id, now=now)
