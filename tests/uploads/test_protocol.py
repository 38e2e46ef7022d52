"""Each rule of tus 1.0.0 that the portal keeps, and what it adds: sign-in, owner, sums, quota."""

import hashlib
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.core import clock
from portal.core.storage import store
from portal.core.vault import service as vault
from portal.core.vault.models import StoredFile, StoredPiece
from portal.papers import limits
from portal.uploads import receiving, rules
from portal.uploads.models import Upload, UploadState
from tests.client import PortalClient
from tests.factories import accounts, papers
from tests.uploads.sending import DOOR, VERSION, Script, metadata, summed


@pytest.fixture
def person(session: Session) -> Citizen:
    made = accounts.citizen(session)
    session.commit()
    return made


@pytest.fixture
def script(client: PortalClient, person: Citizen) -> Script:
    client.sign_in(person)
    return Script(client)


PAPER = papers.pdf()


def test_options_say_what_is_spoken(client: PortalClient) -> None:
    answer = client.options(DOOR)
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Extension"] == "creation,expiration,checksum,termination"
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha256,sha1"
    assert answer.headers["Tus-Max-Size"] == str(limits.MAX_FILE_BYTES)


def test_a_file_comes_in_parts_and_is_looked_at(script: Script, session: Session) -> None:
    """Given a PDF, when it comes in three parts, then it is ready, byte for byte."""
    begun = script.begin(len(PAPER), "Ärger/../Brief.pdf")
    assert begun.status_code == 201
    assert begun.headers["Tus-Resumable"] == "1.0.0"
    assert begun.headers["Upload-Expires"].endswith("GMT")
    address = begun.headers["Location"]
    assert script.offset(address) == 0
    for start, end in ((0, 100), (100, 500), (500, len(PAPER))):
        answer = script.send(address, PAPER[start:end], start)
        assert answer.status_code == 204
        assert answer.headers["Upload-Offset"] == str(end)
        assert script.offset(address) == end
    [row] = script.rows()
    assert row["state"] == "ready"
    assert row["filename"] == "Brief.pdf"
    assert row["pages"] == 1
    assert row["type"] == "application/pdf"
    assert (row["size"], row["offset"]) == (len(PAPER), len(PAPER))
    upload = session.scalars(select(Upload)).one()
    assert vault.read(session, upload.file_id) == PAPER
    file = session.get_one(StoredFile, upload.file_id)
    assert file.sha256 == hashlib.sha256(PAPER).hexdigest()


@pytest.mark.parametrize("version", [None, "0.2.2", "1.0.1"])
def test_another_version_is_refused_with_the_own_one(script: Script, version: str | None) -> None:
    address = script.begun(PAPER)
    for answer in (
        script.client.post(DOOR, headers=script.headers(Tus_Resumable=version, Upload_Length=5)),
        script.client.head(address, headers=script.headers(Tus_Resumable=version)),
        script.send(address, PAPER, Tus_Resumable=version),
        script.client.delete(address, headers=script.headers(Tus_Resumable=version)),
    ):
        assert answer.status_code == 412
        assert answer.headers["Tus-Version"] == "1.0.0"
    assert script.offset(address) == 0


def test_a_part_begins_where_the_file_ends(script: Script) -> None:
    address = script.begun(PAPER)
    assert script.send(address, PAPER[:10]).status_code == 204
    assert script.send(address, PAPER[:10]).status_code == 409
    assert script.send(address, PAPER[20:], 20).status_code == 409
    assert script.offset(address) == 10


@pytest.mark.parametrize("header", [None, "", "-1", "1.5", "abc", "9" * 20])
def test_an_offset_is_a_number(script: Script, header: str | None) -> None:
    address = script.begun(PAPER)
    assert script.send(address, PAPER, Upload_Offset=header).status_code == 400


def test_a_part_says_what_it_is_and_how_long(script: Script) -> None:
    address = script.begun(PAPER)
    assert script.send(address, PAPER, Content_Type="application/pdf").status_code == 415
    answer = script.send(address, b"", Transfer_Encoding="chunked")
    assert answer.status_code == 411


def test_no_more_comes_than_was_announced(script: Script) -> None:
    address = script.begun(PAPER)
    assert script.send(address, PAPER + b"x").status_code == 413
    assert script.offset(address) == 0


def test_a_file_has_a_length_and_a_limit(script: Script) -> None:
    about = metadata(filename="a.pdf", basket="unterlagen")
    no_length = script.headers(Upload_Metadata=about)
    assert script.client.post(DOOR, headers=no_length).status_code == 400
    answer = script.begin(limits.MAX_FILE_BYTES + 1)
    assert answer.status_code == 413
    assert "25 MB" in answer.get_json()["message"]
    assert script.begin(0).status_code == 422


@pytest.mark.parametrize(
    "about",
    [
        "filename !!!", "filename /w==", "filename YQ==,filename YQ==", "filename YQ==",
        metadata(basket="mit Leerzeichen"), metadata(basket="a" * 200),
        metadata(basket="unterlagen", sha256="abc"),
    ],
)  # fmt: skip
def test_malformed_metadata_is_refused(script: Script, about: str) -> None:
    headers = script.headers(Upload_Length=5, Upload_Metadata=about)
    assert script.client.post(DOOR, headers=headers).status_code == 400
    assert script.rows() == []


def test_what_the_name_tells_is_refused_before_a_byte_is_sent(script: Script) -> None:
    answer = script.begin(100, "brief.docx", "application/msword")
    assert answer.status_code == 422
    assert "als PDF" in answer.get_json()["message"]


def test_check_27_a_checksum_that_is_wrong_leaves_nothing(script: Script) -> None:
    address = script.begun(PAPER)
    before = set(dict(store().entries()))
    wrong = script.send(address, PAPER[:500], Upload_Checksum=summed(b"something else"))
    assert wrong.status_code == 460
    assert script.offset(address) == 0
    assert set(dict(store().entries())) == before
    for algorithm in ("sha256", "sha1"):
        at = script.offset(address)
        part = PAPER[at : at + 500]
        right = script.send(address, part, at, Upload_Checksum=summed(part, algorithm))
        assert right.status_code == 204


@pytest.mark.parametrize("header", ["md5 AAAA", "sha256 !!", "sha256"])
def test_an_unknown_checksum_is_refused(script: Script, header: str) -> None:
    address = script.begun(PAPER)
    assert script.send(address, PAPER, Upload_Checksum=header).status_code in {400, 460}
    assert script.offset(address) == 0


def test_check_27_the_sum_of_the_whole_file_is_compared(script: Script) -> None:
    right = hashlib.sha256(PAPER).hexdigest()
    script.upload(PAPER, sha256=right)
    script.upload(PAPER, "zwei.pdf", sha256="0" * 64)
    good, bad = script.rows()
    assert good["state"] == "ready"
    assert (bad["state"], bad["fault"]) == ("refused", "wrong_sum")
    assert "beschädigt" in bad["sentence"]


def test_a_refused_file_stays_until_it_is_removed(script: Script, session: Session) -> None:
    """Given a PNG named JPEG, then the list says what to do, and removing takes the bytes along."""
    id = script.upload(papers.picture("PNG"), "foto.jpg", filetype="image/jpeg")
    [row] = script.rows()
    assert (row["state"], row["fault"]) == ("refused", "wrong_name")
    assert "in Wirklichkeit eine PNG-Datei" in row["sentence"]
    assert ".png" in row["sentence"]
    answer = script.client.delete(f"{DOOR}/{id}", headers=script.headers())
    assert answer.status_code == 204
    assert script.rows() == []
    assert script.client.head(f"{DOOR}/{id}", headers=VERSION).status_code == 404
    assert session.scalars(select(StoredPiece)).all() == []


def test_the_worker_looks_at_what_a_dead_process_has_left(
    script: Script, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a whole file at which nobody has looked, when an empty part comes, then it is ready."""
    with monkeypatch.context() as dead:
        dead.setattr(receiving, "look_at", lambda *_, **__: None)
        id = script.upload(PAPER)
    assert script.rows()[0]["state"] == "receiving"
    assert script.send(f"{DOOR}/{id}", b"", len(PAPER)).status_code == 204
    assert script.rows()[0]["state"] == "ready"


def test_an_upload_waits_a_day_after_its_last_sign(script: Script, session: Session) -> None:
    start = clock.now().replace(microsecond=0)
    with time_machine.travel(start, tick=False) as traveller:
        address = script.begun(PAPER)
        first = script.client.head(address, headers=VERSION).headers["Upload-Expires"]
        traveller.shift(timedelta(minutes=20))
        later = script.send(address, PAPER[:10]).headers["Upload-Expires"]
        assert later != first
        upload = session.scalars(select(Upload)).one()
        session.refresh(upload)
        assert upload.expires_at == start + timedelta(minutes=20) + rules.LIFETIME
        upload.expires_at = start
        session.commit()
        assert script.client.head(address, headers=VERSION).status_code == 410
        assert script.send(address, PAPER[10:], 10).status_code == 410
        assert script.rows() == []


def test_who_is_signed_out_hears_it_and_is_not_led_away(
    script: Script, client: PortalClient, app: Flask
) -> None:
    address = script.begun(PAPER)
    stranger = PortalClient(app, app.response_class, use_cookies=True)
    outside = Script(stranger)
    for answer in (
        outside.begin(5),
        stranger.head(address, headers=VERSION),
        outside.send(address, PAPER),
        stranger.delete(address, headers=outside.headers()),
        stranger.get(DOOR),
    ):
        assert answer.status_code == 401
    assert outside.begin(5).is_json
    no_token = PortalClient(app, app.response_class).patch(address, data=b"x")
    assert no_token.status_code == 401


def test_check_14_nobody_else_finds_an_upload(
    script: Script, client: PortalClient, app: Flask, session: Session
) -> None:
    address = script.begun(PAPER)
    other = accounts.citizen(session)
    session.commit()
    elsewhere = PortalClient(app, app.response_class, use_cookies=True)
    elsewhere.sign_in(other)
    foreign = Script(elsewhere)
    assert elsewhere.head(address, headers=VERSION).status_code == 404
    assert foreign.send(address, PAPER).status_code == 404
    assert elsewhere.delete(address, headers=foreign.headers()).status_code == 404
    assert elsewhere.post_form(f"{address}/entfernen").status_code == 404
    assert foreign.rows() == []
    assert script.offset(address) == 0


def test_a_change_without_the_token_is_refused(script: Script) -> None:
    address = script.begun(PAPER)
    assert script.send(address, PAPER, X_CSRFToken=None).status_code == 400
    assert script.offset(address) == 0


def test_check_28_a_person_has_a_quota_of_files_and_bytes(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(limits.MAX_FILES):
        assert script.begin(10, f"{number}.pdf").status_code == 201
    full = script.begin(10)
    assert full.status_code == 422
    assert "zu viele Dateien" in full.get_json()["message"]
    other = Script(script.client, "antrag")
    monkeypatch.setattr(rules, "MAX_WAITING_FILES", 12)
    assert other.begin(10).status_code == 201
    monkeypatch.setattr(rules, "MAX_WAITING_BYTES", 1000)
    assert other.begin(900).status_code == 413
    assert other.begin(10).status_code == 201
    answer = other.begin(10)
    assert answer.status_code == 413
    assert "noch nicht abgegeben" in answer.get_json()["message"]


def test_the_person_puts_the_files_in_order(script: Script) -> None:
    ids = [script.begun(PAPER, f"{name}.pdf").rpartition("/")[2] for name in "abc"]
    answer = script.client.post(
        f"{DOOR}/reihenfolge",
        data={"basket": "unterlagen", "upload": [ids[2], ids[0]]},
        headers=script.headers(),
    )
    assert answer.status_code == 204
    assert [row["filename"] for row in script.rows()] == ["c.pdf", "a.pdf", "b.pdf"]


def test_a_part_becomes_several_pieces(
    script: Script, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece is an object of its own, none larger than the limit, and they join again."""
    monkeypatch.setattr(receiving, "PIECE_BYTES", 64 * 1024)
    photo = papers.phone_photo()
    script.upload(photo, "foto.jpg", filetype="image/jpeg")
    sizes = session.scalars(select(StoredPiece.size).order_by(StoredPiece.number)).all()
    assert len(sizes) > 3
    assert sum(sizes) == len(photo)
    upload = session.scalars(select(Upload)).one()
    assert upload.state is UploadState.READY
    assert vault.read(session, upload.file_id) == photo


def test_a_file_in_crumbs_ends(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_PIECES", 2)
    address = script.begun(PAPER)
    codes = [script.send(address, PAPER[at : at + 1], at).status_code for at in range(3)]
    assert codes == [204, 204, 410]
