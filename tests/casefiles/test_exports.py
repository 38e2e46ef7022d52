"""Packages of whole files: complete, harmless, made by the worker, fetched within a day."""

import csv
import hashlib
import io
import json
import xml.etree.ElementTree as ET
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.keys import PortalSession
from portal.accounts.models import Role, StaffMember
from portal.audit.models import Event
from portal.casefiles import exports, file_jobs, packing
from portal.casefiles.keeping import CaseExport
from portal.casefiles.models import Document, Verdict
from portal.core import clock, jobs, sheets
from portal.core.errors import Conflict, Expired, NotFound
from portal.core.vault import service as vault
from tests.client import PortalClient
from tests.factories import accounts, casefiles, papers


@pytest.fixture
def paper(session: Session) -> Document:
    return casefiles.document(session, title="../../etc/passwd: Lohn & <Oktober>\x0b")


@pytest.fixture
def lead(session: Session, paper: Document) -> StaffMember:
    team = casefiles.case(session, paper.owner).team
    return accounts.staff_member(session, Role.TEAM_LEAD, team=team)


@pytest.fixture
def made(session: Session, paper: Document, lead: StaffMember) -> CaseExport:
    case = casefiles.case(session, paper.owner)
    export = exports.ask(session, case=case, by=lead, now=clock.now())
    session.flush()
    file_jobs.make_export(session, now=clock.now(), export_id=str(export.id))
    assert export.finished_at
    return export


def opened(session: Session, export: CaseExport) -> zipfile.ZipFile:
    assert export.file_id
    return zipfile.ZipFile(io.BytesIO(vault.read(session, export.file_id)))


def deeds(session: Session) -> list[str]:
    return list(
        session.scalars(
            select(Event.deed).where(Event.deed.startswith("casefiles.export")).order_by(Event.id)
        )
    )


def test_the_manifest_names_every_file_with_size_and_hash(
    session: Session, made: CaseExport
) -> None:
    package = opened(session, made)
    assert package.testzip() is None
    manifest = json.loads(package.read("manifest.json"))
    assert "Konformität mit xdomea wird nicht behauptet" in manifest["hinweis"]
    listed = {one["pfad"]: one for one in manifest["dateien"]}
    assert set(listed) | {"manifest.json"} == set(package.namelist())
    for path, one in listed.items():
        content = package.read(path)
        assert (len(content), hashlib.sha256(content).hexdigest()) == (
            one["groesse"], one["sha256"]
        )  # fmt: skip


def test_the_original_is_there_byte_for_byte_with_all_that_is_known(
    session: Session, paper: Document, made: CaseExport
) -> None:
    package = opened(session, made)
    (original,) = [name for name in package.namelist() if "/original-1-" in name]
    assert package.read(original) == papers.picture()
    assert any("/sichere-kopie" in name for name in package.namelist())
    (facts,) = [
        json.loads(package.read(name)) for name in package.namelist() if "metadaten" in name
    ]
    assert facts["abschnitt"] == "03"
    assert facts["person"] == paper.owner.name
    assert facts["sha256"] == paper.sha256
    trail = [json.loads(line) for line in package.read("protokoll.jsonl").splitlines()]
    assert trail[0]["was"] == "casefiles.case_opened_anew"
    assert trail[-1]["was"] == "casefiles.export_asked"


def test_no_name_leaves_its_folder(session: Session, made: CaseExport) -> None:
    for name in opened(session, made).namelist():
        assert not name.startswith("/")
        assert "\\" not in name
        assert ".." not in name.split("/")
        assert len(name.split("/")) <= 3
    assert packing.safe("..\\..\\böse\x00.exe") == "böse.exe"
    assert packing.safe("../..") == "Dokument"
    assert packing.safe("CON:|?*") == "CON"


def test_check_39_the_xml_is_sound_whatever_stands_in_a_title(
    session: Session, made: CaseExport
) -> None:
    written = opened(session, made).read("akte.xml").decode()
    assert "<!DOCTYPE" not in written
    assert "<!ENTITY" not in written
    tree = ET.fromstring(written)
    assert tree.find("Akteninhalt/Dokument/Betreff").text.endswith("Lohn & <Oktober>")
    assert tree.find("Akteninhalt/Dokument/Version/Format/Primaerdokument/Hashwert").text


def test_check_39_no_cell_is_a_formula(
    session: Session, paper: Document, lead: StaffMember
) -> None:
    lead.first_name = "=HYPERLINK(1)"
    case = casefiles.case(session, paper.owner)
    export = exports.ask(session, case=case, by=lead, now=clock.now())
    session.flush()
    file_jobs.make_export(session, now=clock.now(), export_id=str(export.id))
    text = opened(session, export).read("protokoll.csv").decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=";") for cell in row]
    assert any("'=HYPERLINK" in cell for cell in cells)
    for evil in ("=1", "+1", "-1", "@a", "\t=1", "\r=1", "  =1"):
        assert sheets.harmless(evil).startswith("'"), evil
    assert sheets.harmless("Kovalenko") == "Kovalenko"
    assert sheets.harmless(None) == ""


def test_check_31_what_the_scanner_has_not_freed_stays_out(
    session: Session, paper: Document, lead: StaffMember
) -> None:
    held = casefiles.document(session, owner=paper.owner, title="Fund", prepared=False)
    held.verdict, held.scanned_at, held.finding = Verdict.INFECTED, clock.now(), "EICAR"
    case = casefiles.case(session, paper.owner)
    export = exports.ask(session, case=case, by=lead, now=clock.now())
    session.flush()
    file_jobs.make_export(session, now=clock.now(), export_id=str(export.id))
    package = opened(session, export)
    names = [name for name in package.namelist() if "-Fund/" in name]
    assert [name.rpartition("/")[2] for name in names] == ["metadaten.json"]
    assert "infected" in json.loads(package.read(names[0]))["originale_fehlen_weil"]


def test_memory_stays_small_however_large_the_file(session: Session) -> None:
    from_zips = packing.Package(now=clock.now())
    pieces = from_zips.add("a", (b"x" * 100_000 for _ in range(50)))
    assert max(len(piece) for piece in pieces) < 200_000


# The way of a package


def test_a_package_is_asked_for_made_and_fetched_with_a_line_each(
    client: PortalClient, session: Session, paper: Document, lead: StaffMember
) -> None:
    client.sign_in(lead)
    url = f"/amt/akten/{paper.case_id}/export"
    assert client.post_form(url).status_code == 302
    assert "Wird erstellt" in client.get(url).text
    assert client.post_form(url).status_code == 409
    jobs.run_due(session, clock.now())
    session.flush()
    export = session.scalars(select(CaseExport)).one()
    assert f"/amt/akten/export/{export.id}/datei" in client.get(url).text
    answer = client.get(f"/amt/akten/export/{export.id}/datei")
    assert answer.mimetype == "application/zip"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert zipfile.ZipFile(io.BytesIO(answer.data)).testzip() is None
    assert deeds(session) == [
        "casefiles.export_asked", "casefiles.export_made", "casefiles.export_fetched"
    ]  # fmt: skip


def test_check_11_fetching_asks_for_a_fresh_proof(
    client: PortalClient, session: Session, lead: StaffMember, made: CaseExport
) -> None:
    client.sign_in(lead)
    opened_session = session.scalars(
        select(PortalSession).where(PortalSession.staff_member_id == lead.id)
    ).one()
    opened_session.stepped_up_at = clock.now() - timedelta(minutes=11)
    session.flush()
    answer = client.get(f"/amt/akten/export/{made.id}/datei")
    assert answer.status_code == 302
    assert "export_fetched" not in str(deeds(session))


def test_check_14_nobody_else_fetches_it(
    client: PortalClient, session: Session, paper: Document, lead: StaffMember, made: CaseExport
) -> None:
    others = (
        accounts.staff_member(session, Role.TEAM_LEAD, team=lead.team),
        accounts.staff_member(session, Role.TEAM_LEAD),
        casefiles.officer(session, casefiles.case(session, paper.owner)),
        accounts.staff_member(session, Role.DATA_QUALITY_OFFICER),
    )
    for other in others:
        client.sign_in(other)
        assert client.get(f"/amt/akten/export/{made.id}/datei").status_code == 404
    with pytest.raises(NotFound):
        exports.check_can_export(others[2])


def test_after_a_day_it_is_gone(session: Session, lead: StaffMember, made: CaseExport) -> None:
    later, file_id = clock.now() + timedelta(hours=25), made.file_id
    with pytest.raises(Expired):
        exports.note_fetched(session, export=made, by=lead, now=later)
    file_jobs.forget_exports(session, now=later)
    assert made.file_id is None
    with pytest.raises(NotFound):
        vault.read(session, file_id)
    assert deeds(session)[-1] == "casefiles.export_forgotten"


def test_what_was_never_made_fails_and_can_be_asked_for_again(
    session: Session, paper: Document, lead: StaffMember
) -> None:
    case, now = casefiles.case(session, paper.owner), clock.now()
    lost = exports.ask(session, case=case, by=lead, now=now)
    session.flush()
    with pytest.raises(Conflict):
        exports.ask(session, case=case, by=lead, now=now)
    file_jobs.forget_exports(session, now=now + timedelta(hours=25))
    assert lost.failed_at
    exports.ask(session, case=case, by=lead, now=now + timedelta(hours=25))


def test_a_file_that_is_gone_makes_the_package_fail_and_says_so(
    session: Session, paper: Document, lead: StaffMember
) -> None:
    case, now = casefiles.case(session, paper.owner), clock.now()
    export = exports.ask(session, case=case, by=lead, now=now)
    vault.destroy_key(session, holder=case.id, now=now)
    session.flush()
    file_jobs.make_export(session, now=now, export_id=str(export.id))
    assert export.failed_at
    assert export.file_id is None
    assert deeds(session)[-1] == "casefiles.export_failed"
