"""Paper from the scan folder to the right file, or before somebody who knows whose it is."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.audit.models import Event
from portal.casefiles.models import Case, Document, DocumentKind, EvidenceRequest, RequestState
from portal.core import clock
from portal.core.config import Settings
from portal.core.crypto import signer
from portal.core.db import new_id
from portal.core.jobs import run_due
from portal.core.vault import service as vault
from portal.inbox.models import ItemKind, WorkItem
from portal.intake import jobs, marks, service
from portal.intake.models import CoverSheet, Scan, ScanState
from tests.factories import accounts, casefiles
from tests.intake import scans

NOW = clock.now()


@pytest.fixture
def folder(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    settings: Settings = app.config["SETTINGS"]
    found = tmp_path / "scanner"
    found.mkdir()
    monkeypatch.setitem(
        app.config, "SETTINGS", settings.model_copy(update={"scan_dir": str(found)})
    )
    return found


@pytest.fixture
def mailroom(session: Session) -> StaffMember:
    return accounts.staff_member(session, Role.MAILROOM)


@pytest.fixture
def demir(session: Session) -> Citizen:
    return accounts.citizen(session, first_name="Elif", last_name="Demir")


def case_of(session: Session, citizen: Citizen) -> Case:
    return casefiles.case(session, citizen)


def sheet_for(
    session: Session, citizen: Citizen, by: StaffMember, request: EvidenceRequest | None = None
) -> CoverSheet:
    return service.print_sheet(
        session, case=case_of(session, citizen), owner=citizen, request=request, by=by, now=NOW
    )


def take_in(session: Session) -> list[Scan]:
    jobs.take_scans(session, now=clock.now())
    run_due(session, clock.now() + timedelta(minutes=1))
    return list(session.scalars(select(Scan).order_by(Scan.number)))


def documents_of(session: Session, citizen: Citizen) -> list[Document]:
    return list(
        session.scalars(
            select(Document)
            .where(Document.owner_id == citizen.id)
            .order_by(Document.received_at, Document.id)
        )
    )


def items_on(session: Session, scan: Scan) -> list[WorkItem]:
    return list(
        session.scalars(
            select(WorkItem)
            .where(WorkItem.subject_id == scan.id, WorkItem.closed_at.is_(None))
            .order_by(WorkItem.opened_at)
        )
    )


# With cover sheets


def test_paper_behind_a_cover_sheet_answers_its_request(
    session: Session, folder: Path, mailroom: StaffMember, demir: Citizen
) -> None:
    asked = casefiles.evidence_request(session, owner=demir)
    sheet = sheet_for(session, demir, mailroom, asked)
    scans.lay(folder, "scan-1.pdf", scans.scanned(scans.cover(session, sheet), scans.letter(2)))

    [scan] = take_in(session)

    assert scan.state is ScanState.FILED
    [document] = documents_of(session, demir)
    assert (document.title, document.kind) == (asked.title, asked.kind)
    assert (document.request_id, document.page_count) == (asked.id, 2)
    assert asked.state is RequestState.ANSWERED
    assert items_on(session, scan) == []


def test_one_stack_holds_papers_of_several_files(
    session: Session, folder: Path, mailroom: StaffMember, demir: Citizen
) -> None:
    other = accounts.citizen(session)
    stack = [
        scans.cover(session, sheet_for(session, demir, mailroom)),
        scans.letter(1),
        scans.cover(session, sheet_for(session, other, mailroom)),
        scans.letter(3),
    ]
    scans.lay(folder, "stapel.pdf", scans.scanned(*stack))

    [scan] = take_in(session)

    assert scan.state is ScanState.FILED
    assert [one.page_count for one in documents_of(session, demir)] == [1]
    assert [one.page_count for one in documents_of(session, other)] == [3]


def test_the_note_of_transfer_names_each_page_and_both_hashes(
    session: Session, folder: Path, mailroom: StaffMember, demir: Citizen
) -> None:
    sheet = sheet_for(session, demir, mailroom)
    scans.lay(folder, "a.pdf", scans.scanned(scans.cover(session, sheet), scans.letter(2)))

    [scan] = take_in(session)

    [document] = documents_of(session, demir)
    [part] = scan.note["parts"]
    assert part["pages"] == [2, 3]
    assert (part["document"], part["sha256"]) == (str(document.id), document.sha256)
    assert part["sheet"] == str(sheet.id)
    event = session.scalar(
        select(Event).where(Event.deed == "intake.scan_filed").order_by(Event.id.desc()).limit(1)
    )
    assert event is not None
    assert event.facts["scan_sha256"] == scan.sha256


def test_a_request_that_is_settled_takes_no_more_paper_but_the_file_does(
    session: Session, folder: Path, mailroom: StaffMember, demir: Citizen
) -> None:
    asked = casefiles.evidence_request(session, owner=demir)
    sheet = sheet_for(session, demir, mailroom, asked)
    asked.state, asked.closed_at = RequestState.SETTLED, NOW
    scans.lay(folder, "a.pdf", scans.scanned(scans.cover(session, sheet), scans.letter()))

    take_in(session)

    [document] = documents_of(session, demir)
    assert (document.request_id, document.kind) == (None, DocumentKind.OTHER)


def test_a_forged_mark_files_nothing(
    session: Session, folder: Path, mailroom: StaffMember, demir: Citizen
) -> None:
    sheet = sheet_for(session, demir, mailroom)
    forged = marks.PREFIX + signer("something else").dumps(sheet.id.hex)
    assert marks.read(forged) is None
    assert marks.read(marks.PREFIX + sheet.id.hex) is None
    assert marks.read(f"https://example.org/{marks.written(sheet.id)}") is None
    assert marks.read(marks.written(sheet.id)) == sheet.id
    assert marks.read(marks.written(new_id())) != sheet.id


def test_a_sheet_of_another_office_waits_for_somebody(
    session: Session, folder: Path, mailroom: StaffMember, demir: Citizen
) -> None:
    sheet = sheet_for(session, demir, mailroom)
    paper = scans.scanned(scans.cover(session, sheet), scans.letter())
    session.delete(sheet)
    session.flush()
    scans.lay(folder, "fremd.pdf", paper)

    [scan] = take_in(session)

    assert scan.state is ScanState.UNASSIGNED
    assert [page.number for page in scan.pages] == [2]


# Without a cover sheet


def test_paper_without_a_sheet_waits_before_the_mailroom(
    session: Session, folder: Path, mailroom: StaffMember
) -> None:
    content = scans.scanned(scans.letter(2))
    scans.lay(folder, "brief.pdf", content)

    [scan] = take_in(session)

    assert scan.state is ScanState.UNASSIGNED
    assert [page.number for page in scan.pages] == [1, 2]
    [item] = items_on(session, scan)
    assert (item.kind, item.team_id) == (ItemKind.SCAN, mailroom.team_id)
    assert vault.read(session, scan.file_id or new_id()) == content, "the scan stays untouched"


def test_what_cannot_be_opened_is_said_and_scanned_again(
    session: Session, folder: Path, mailroom: StaffMember
) -> None:
    scans.lay(folder, "kaputt.pdf", b"%PDF-1.7 nothing of the kind")

    [scan] = take_in(session)

    assert scan.state is ScanState.REFUSED
    [item] = items_on(session, scan)
    assert item.next_step == "Papier noch einmal scannen"


# The folder


def test_a_file_leaves_the_folder_only_after_it_was_kept(
    session: Session, folder: Path, mailroom: StaffMember
) -> None:
    path = scans.lay(folder, "brief.pdf", scans.scanned(scans.letter()))
    take_in(session)
    assert path.exists(), "the worker may be killed before its commit"
    assert len(take_in(session)) == 1, "the same bytes are one scan"
    assert not path.exists()
    assert (folder / "uebernommen" / "brief.pdf").exists()


def test_a_file_that_is_still_written_is_left_alone(
    session: Session, folder: Path, mailroom: StaffMember
) -> None:
    scans.lay(folder, "halb.pdf", scans.scanned(scans.letter())[:1000], seconds_ago=1)
    assert take_in(session) == []


def test_links_hidden_files_and_other_kinds_are_left_alone(
    session: Session, folder: Path, mailroom: StaffMember, tmp_path: Path
) -> None:
    secret = scans.lay(tmp_path, "geheim.pdf", scans.scanned(scans.letter()))
    (folder / "link.pdf").symlink_to(secret)
    scans.lay(folder, ".versteckt.pdf", b"x")
    scans.lay(folder, "liste.csv", b"a;b")
    assert take_in(session) == []


def test_an_empty_file_is_put_aside(session: Session, folder: Path, mailroom: StaffMember) -> None:
    scans.lay(folder, "leer.pdf", b"")
    assert take_in(session) == []
    assert (folder / "abgelehnt" / "leer.pdf").exists()


# Later


def test_a_whole_scan_is_forgotten_when_nobody_can_doubt_it_any_more(
    session: Session, folder: Path, mailroom: StaffMember, demir: Citizen
) -> None:
    sheet = sheet_for(session, demir, mailroom)
    scans.lay(folder, "a.pdf", scans.scanned(scans.cover(session, sheet), scans.letter()))
    [scan] = take_in(session)

    jobs.forget_scans(session, now=clock.now() + timedelta(days=89))
    assert scan.file_id is not None
    jobs.forget_scans(session, now=clock.now() + timedelta(days=91))

    assert scan.file_id is None
    assert len(scan.sha256) == 64
    assert len(documents_of(session, demir)) == 1
