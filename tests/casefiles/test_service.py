"""Deeds of the digital file: each leaves its row, its audit line, its work item and its message."""

import hashlib
import threading
from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role
from portal.audit.models import Event
from portal.casefiles import asking, queries, service
from portal.casefiles.models import (
    Case,
    Document,
    DocumentKind,
    DocumentState,
    EvidenceRequest,
    RequestState,
)
from portal.core import clock
from portal.core.db import db
from portal.core.errors import Conflict, InvalidInput, NoRoom, NotFound
from portal.core.storage import store
from portal.core.vault import service as vault
from portal.core.vault.models import StoredFile
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications.models import Message
from portal.uploads.models import Upload
from tests.factories import accounts, casefiles, papers

NOW = clock.now()


def deeds_on(session: Session, kind: str, id: object) -> list[str]:
    return list(
        session.scalars(
            select(Event.deed)
            .where(Event.subject_kind == kind, Event.subject_id == str(id))
            .order_by(Event.id)
        )
    )


def open_items(session: Session, document: Document) -> list[WorkItem]:
    return list(
        session.scalars(
            select(WorkItem).where(WorkItem.subject_id == document.id, WorkItem.closed_at.is_(None))
        )
    )


def mails_to(session: Session, citizen: Citizen) -> list[str]:
    return list(
        session.scalars(
            select(Message.template)
            .where(Message.recipient_id == citizen.id)
            .order_by(Message.created_at, Message.id)
        )
    )


# A case of one's own


def test_the_first_deed_opens_a_case_in_a_team_that_decides_on_benefits(session: Session) -> None:
    accounts.team(session, "Aaa ohne Sachbearbeitung")
    officer = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    citizen = accounts.citizen(session)
    case = service.case_for(session, citizen=citizen, now=NOW)
    assert case.team == officer.team
    assert case.file_reference.startswith("JC-")
    assert service.case_for(session, citizen=citizen, now=NOW) is case
    assert deeds_on(session, "case", case.id) == ["casefiles.case_opened_anew"]


def test_an_office_without_teams_takes_in_all_the_same(session: Session) -> None:
    assert casefiles.case(session).team.name == "Eingangszone"


def test_two_first_deeds_at_once_open_one_case(committed_app: Flask) -> None:
    with committed_app.app_context():
        accounts.team(db.session)
        citizen_id = accounts.citizen(db.session).id
        db.session.commit()

    def first_deed() -> None:
        with committed_app.app_context():
            citizen = db.session.get_one(Citizen, citizen_id)
            service.case_for(db.session, citizen=citizen, now=NOW)
            db.session.commit()

    threads = [threading.Thread(target=first_deed) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with committed_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Case)) == 1


# Handing in


def test_what_is_handed_in_is_kept_untouched_with_trace_item_and_mail(session: Session) -> None:
    content = papers.picture()
    document = casefiles.document(session, file=casefiles.upload(content), prepared=False)
    owner = session.get_one(Citizen, document.owner_id)

    assert document.state == DocumentState.RECEIVED
    assert vault.read(session, document.originals[0].file_id) == content
    assert document.sha256 == hashlib.sha256(content).hexdigest()
    assert document.size == len(content)
    assert deeds_on(session, "document", document.id) == ["casefiles.document_received"]
    (item,) = open_items(session, document)
    assert item.kind == ItemKind.DOCUMENT
    assert item.reason == "Neu abgegeben, ohne Anforderung."
    assert mails_to(session, owner) == ["document_received"]


def test_links_in_mails_come_from_the_configuration(app: Flask, session: Session) -> None:
    """A process without the citizen side writes them too, and a foreign host changes none."""
    document = casefiles.document(session, now=NOW)
    views = {name: view for name, view in app.view_functions.items() if name[:5] != "casef"}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(app, "view_functions", views)
        with app.test_request_context(base_url="http://boese.example"):
            service.reject(
                session,
                document=document,
                reason="Zu dunkel.",
                due_on=None,
                by=casefiles.officer(session),
                now=NOW + timedelta(minutes=1),
            )
    mail = session.scalars(select(Message).order_by(Message.created_at.desc()).limit(1)).one()
    assert f"http://localhost/unterlagen/{document.id}" in mail.text
    assert "boese" not in mail.text + mail.html


def test_the_mail_holds_no_social_data(session: Session) -> None:
    document = casefiles.document(session, kind=DocumentKind.MEDICAL_CERTIFICATE, prepared=False)
    mail = session.scalars(select(Message).order_by(Message.created_at.desc()).limit(1)).one()
    assert str(document.id) in mail.text
    for words in (mail.subject, mail.text, mail.html):
        assert "Ärztliche" not in words
        assert "lohn.jpg" not in words


def test_several_photos_become_one_document_in_their_order(session: Session) -> None:
    owner = accounts.citizen(session)
    photos = [papers.picture(width=300 + number) for number in range(3)]
    picked = [casefiles.upload(photo, f"{n}.jpg") for n, photo in enumerate(photos)]
    (document,) = service.hand_in(
        session,
        owner=owner,
        groups=[casefiles.sent(session, owner, *picked, now=NOW)],
        kind=DocumentKind.RENTAL_CONTRACT,
        title=None,
        request=None,
        now=NOW,
    )
    assert [original.filename for original in document.originals] == ["0.jpg", "1.jpg", "2.jpg"]
    assert document.sha256 == hashlib.sha256(b"".join(photos)).hexdigest()
    assert document.size == sum(map(len, photos))


def number_of_files(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(StoredFile)) or 0


def test_a_hand_in_is_taken_whole_or_not_at_all(session: Session) -> None:
    before = set(store().entries())
    good, bad = casefiles.upload(), casefiles.upload(b"", "leer.jpg")
    with pytest.raises(InvalidInput, match="leer"):
        casefiles.sent(session, accounts.citizen(session), good, bad, now=NOW)
    assert set(store().entries()) == before
    assert session.scalar(select(func.count()).select_from(Upload)) == 0
    assert session.scalar(select(func.count()).select_from(Document)) == 0


def test_a_full_disk_leaves_no_file_behind(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(store().entries())
    put = type(store()).put

    def fail_on_the_second(self: object, key: str, chunks: Iterable[bytes]) -> None:
        if set(store().entries()) != before:
            raise NoRoom("kein Platz")
        put(self, key, chunks)

    monkeypatch.setattr(type(store()), "put", fail_on_the_second)
    with pytest.raises(NoRoom):
        casefiles.sent(
            session, accounts.citizen(session), casefiles.upload(), casefiles.upload(), now=NOW
        )
    session.rollback()
    assert set(store().entries()) == before


def test_sending_twice_makes_one_document(session: Session) -> None:
    owner = accounts.citizen(session)
    first = casefiles.document(session, owner=owner, now=NOW)
    files = number_of_files(session)
    again = casefiles.document(session, owner=owner, now=NOW + timedelta(seconds=20))
    assert again is first
    assert number_of_files(session) == files
    assert mails_to(session, owner) == ["document_received"]
    later = casefiles.document(session, owner=owner, now=NOW + timedelta(hours=1))
    assert later is not first


def test_a_quiet_hand_in_is_announced_by_its_caller(session: Session) -> None:
    owner = accounts.citizen(session)
    (upload,) = casefiles.sent(session, owner, casefiles.upload(), now=NOW)
    document = service.receive(
        session,
        case=casefiles.case(session, owner),
        owner=owner,
        upload=upload,
        kind=DocumentKind.PAYSLIPS,
        by=owner,
        now=NOW,
        announce=False,
    )
    assert open_items(session, document) == []
    assert mails_to(session, owner) == []
    assert deeds_on(session, "document", document.id) == ["casefiles.document_received"]


def test_a_document_answers_a_request(session: Session) -> None:
    asked = casefiles.evidence_request(session)
    owner = session.get_one(Citizen, asked.owner_id)
    document = casefiles.document(session, owner=owner, request=asked)
    assert asked.state == RequestState.ANSWERED
    assert document.request_id == asked.id
    (item,) = open_items(session, document)
    assert item.kind == ItemKind.DOCUMENT
    assert item.reason == f"Antwort auf die Anforderung von {asked.asked_by_name}."
    assert queries.open_requests_of(session, asker=owner) == []


def test_nobody_answers_the_request_of_somebody_else(session: Session) -> None:
    asked = casefiles.evidence_request(session)
    with pytest.raises(NotFound):
        casefiles.document(session, request=asked)
    assert asked.state == RequestState.OPEN


def test_a_paper_of_the_office_lies_in_the_file_at_once(session: Session) -> None:
    citizen = accounts.citizen(session)
    content = papers.pdf()
    document = service.file_pdf(
        session,
        case=casefiles.case(session, citizen),
        owner=citizen,
        kind=DocumentKind.RECEIPT,
        title="Eingangsbestätigung",
        filename="Eingangsbestätigung.pdf",
        content=content,
        by=citizen,
        now=NOW,
    )
    assert document.state == DocumentState.ACCEPTED
    assert document.served_file_id is not None
    assert vault.read(session, document.served_file_id) == content
    assert open_items(session, document) == []
    assert deeds_on(session, "document", document.id) == ["casefiles.document_filed"]


# Deciding


def test_accepting_settles_the_request_and_closes_the_item(session: Session) -> None:
    asked = casefiles.evidence_request(session)
    owner = session.get_one(Citizen, asked.owner_id)
    document = casefiles.document(session, owner=owner, request=asked)
    by = casefiles.officer(session)
    service.accept(session, document=document, by=by, now=NOW)
    assert document.state == DocumentState.ACCEPTED
    assert (document.decided_at, document.decided_by_id) == (NOW, by.id)
    assert (asked.state, asked.closed_at) == (RequestState.SETTLED, NOW)
    assert open_items(session, document) == []
    assert deeds_on(session, "document", document.id)[-1] == "casefiles.document_accepted"


def test_rejecting_makes_one_task_that_says_why_and_until_when(session: Session) -> None:
    document = casefiles.document(session, kind=DocumentKind.PAYSLIPS, now=NOW)
    owner = session.get_one(Citizen, document.owner_id)
    by = casefiles.officer(session)
    service.reject(
        session,
        document=document,
        reason="Seite 2 ist nicht zu lesen.",
        due_on=date(2026, 12, 6),
        by=by,
        now=NOW,
    )
    assert document.state == DocumentState.REJECTED
    (task,) = queries.open_requests_of(session, asker=owner)
    assert task.why == "Seite 2 ist nicht zu lesen."
    assert task.due_on == date(2026, 12, 6)
    assert task.rejected_document_id == document.id
    assert task.kind == DocumentKind.PAYSLIPS
    assert open_items(session, document) == []
    assert set(mails_to(session, owner)) == {"document_received", "document_rejected"}
    assert deeds_on(session, "document", document.id)[-1] == "casefiles.document_rejected"


def test_the_better_document_comes_back_as_a_correction(session: Session) -> None:
    document = casefiles.document(session)
    owner = session.get_one(Citizen, document.owner_id)
    by = casefiles.officer(session)
    task = service.reject(
        session, document=document, reason="Zu dunkel.", due_on=None, by=by, now=NOW
    )
    better = casefiles.document(
        session,
        owner=owner,
        request=task,
        file=casefiles.upload(papers.picture(width=900)),
        now=NOW + timedelta(hours=2),
    )
    (item,) = open_items(session, better)
    assert item.kind == ItemKind.CORRECTION
    assert item.urgency == 1
    service.accept(session, document=better, by=by, now=NOW + timedelta(hours=3))
    assert task.state == RequestState.SETTLED
    assert open_items(session, better) == []


def test_a_decision_is_made_once(session: Session) -> None:
    document = casefiles.document(session)
    by = casefiles.officer(session)
    service.accept(session, document=document, by=by, now=NOW)
    with pytest.raises(Conflict, match="schon entschieden"):
        service.reject(session, document=document, reason="x", due_on=None, by=by, now=NOW)
    with pytest.raises(Conflict):
        service.accept(session, document=document, by=by, now=NOW)


@pytest.mark.parametrize(
    "fields",
    [
        {"decided_at": NOW},
        {"state": DocumentState.REJECTED},
        {"state": DocumentState.BLOCKED},
        {"state": DocumentState.ACCEPTED},
        {"state": DocumentState.IN_REVIEW, "served_file_id": None, "served_content_type": None},
        {"served_content_type": None},
        {"size": 0},
    ],
)
def test_half_states_cannot_be_stored(session: Session, fields: dict[str, object]) -> None:
    document = casefiles.document(session)
    for name, value in fields.items():
        setattr(document, name, value)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.flush()


# Asking


def test_asking_makes_a_task_and_a_mail(session: Session) -> None:
    asked = casefiles.evidence_request(session, due_on=date(2026, 12, 1))
    owner = session.get_one(Citizen, asked.owner_id)
    assert queries.open_requests_of(session, asker=owner) == [asked]
    assert asked.legal_basis == "§ 60 Absatz 1 SGB I"
    assert mails_to(session, owner) == ["document_requested"]
    assert deeds_on(session, "evidence_request", asked.id) == ["casefiles.evidence_requested"]


def test_tasks_stand_in_the_order_of_their_dates(session: Session) -> None:
    owner = accounts.citizen(session)
    late = casefiles.evidence_request(session, owner=owner, due_on=date(2026, 12, 20))
    soon = casefiles.evidence_request(session, owner=owner, due_on=date(2026, 12, 1))
    assert queries.open_requests_of(session, asker=owner) == [soon, late]


def test_a_withdrawn_request_is_no_task_any_more(session: Session) -> None:
    asked = casefiles.evidence_request(session)
    owner = session.get_one(Citizen, asked.owner_id)
    asking.withdraw(session, request=asked, by=casefiles.officer(session), now=NOW)
    assert queries.open_requests_of(session, asker=owner) == []
    with pytest.raises(Conflict, match="schon erledigt"):
        casefiles.document(session, owner=owner, request=asked)


def test_a_closed_request_has_its_time(session: Session) -> None:
    asked: EvidenceRequest = casefiles.evidence_request(session)
    asked.state = RequestState.SETTLED
    with pytest.raises(IntegrityError), session.begin_nested():
        session.flush()
