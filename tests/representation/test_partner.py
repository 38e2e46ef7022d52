"""Papers about health and maintenance never reach the partner, on whatever road."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, RepresentationKind
from portal.applications import jobs as applications_jobs
from portal.applications import queries as applications_queries
from portal.applications import service as applications_service
from portal.applications.models import Application, ApplicationState, Attachment
from portal.casefiles import kinds, queries
from portal.casefiles.models import CaseMember, Document, DocumentKind
from portal.core import clock
from portal.core.db import new_id
from portal.notifications.models import Message
from tests.client import PortalClient
from tests.factories import accounts, applications, casefiles
from tests.factories.representation import representation

Kind = RepresentationKind
SECRET = "Attest Frauenklinik"


@pytest.fixture
def oksana(session: Session) -> Citizen:
    return accounts.citizen(session, first_name="Oksana", last_name="Kovalenko")


@pytest.fixture
def partner(session: Session) -> Citizen:
    return accounts.citizen(session, first_name="Taras", last_name="Kovalenko")


@pytest.fixture
def attest(session: Session, oksana: Citizen) -> Document:
    return casefiles.document(
        session, owner=oksana, kind=DocumentKind.MEDICAL_CERTIFICATE, title=SECRET
    )


def acting(
    app: Flask, session: Session, principal: Citizen, by: Citizen, kind: Kind
) -> PortalClient:
    """Open the browser of `by`, who acts for `principal`."""
    found = representation(session, principal=principal, representative=by, kind=kind)
    session.commit()
    client = PortalClient(app, app.response_class, use_cookies=True)
    client.sign_in(by)
    client.post_form("/vertretung/wechseln", {"representation": str(found.id)})
    return client


def live_together(session: Session, one: Citizen, other: Citizen) -> None:
    case = casefiles.case(session, one)
    session.add(CaseMember(case=case, citizen=other, joined_at=clock.now()))
    session.flush()


def test_every_kind_about_health_or_maintenance_is_named() -> None:
    words = ("medical", "sick", "disability", "maternity", "maintenance", "uvg", "separation")
    meant = {kind for kind in DocumentKind if any(word in kind.value for word in words)}
    assert meant == kinds.SENSITIVE_KINDS
    assert kinds.SENSITIVE_KINDS < kinds.KEPT_FROM_PARTNER


@pytest.mark.parametrize("road", ["", "/seite/1", "/seite/1/klein", "/datei"])
def test_no_road_leads_to_the_paper(
    app: Flask, session: Session, oksana: Citizen, partner: Citizen, attest: Document, road: str
) -> None:
    path = f"/unterlagen/{attest.id}{road}"
    his = acting(app, session, oksana, partner, Kind.HOUSEHOLD_MEMBER)
    assert his.get(path).status_code == 404
    helper = acting(app, session, oksana, accounts.citizen(session), Kind.HELPER)
    assert helper.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/unterlagen", "/"])
def test_no_list_names_the_paper_or_the_task(
    app: Flask, session: Session, oksana: Citizen, partner: Citizen, attest: Document, path: str
) -> None:
    asked = casefiles.evidence_request(session, owner=oksana, kind=DocumentKind.SICK_NOTE)
    asked.title = SECRET
    casefiles.document(session, owner=oksana, title="Lohn Oktober")
    his = acting(app, session, oksana, partner, Kind.HOUSEHOLD_MEMBER)
    page = his.get(path).text
    assert SECRET not in page
    assert str(attest.id) not in page
    assert str(asked.id) not in page
    assert his.get(f"/unterlagen/neu?request={asked.id}").status_code == 404
    if path == "/unterlagen":
        assert "Lohn Oktober" in page
    his.post_form("/vertretung/wechseln", {"representation": ""})
    assert "Nichts zu tun" in his.get("/").text


def test_the_count_does_not_tell_of_it(
    session: Session, oksana: Citizen, partner: Citizen, attest: Document
) -> None:
    oksana.act_through(
        representation(
            session, principal=oksana, representative=partner, kind=Kind.HOUSEHOLD_MEMBER
        )
    )
    assert queries.number_of_documents(session, asker=oksana) == 0
    assert queries.documents_of(session, asker=oksana) == []


def test_a_partner_does_not_come_in_by_another_name(
    app: Flask, session: Session, oksana: Citizen, partner: Citizen, attest: Document
) -> None:
    """Given two people of one case, when one has a power of attorney, then the rule holds."""
    live_together(session, oksana, partner)
    for kind in (Kind.POWER_OF_ATTORNEY, Kind.HELPER):
        his = acting(app, session, oksana, partner, kind)
        assert his.get(f"/unterlagen/{attest.id}").status_code == 404, kind
        assert SECRET not in his.get("/unterlagen").text


def test_a_guardian_and_a_helper_from_outside_see_it(
    app: Flask, session: Session, oksana: Citizen, attest: Document
) -> None:
    for kind in (Kind.GUARDIAN, Kind.POWER_OF_ATTORNEY):
        theirs = acting(app, session, oksana, accounts.citizen(session), kind)
        assert theirs.get(f"/unterlagen/{attest.id}").status_code == 200, kind


def test_what_the_partner_hands_in_of_that_kind_is_taken_and_not_shown(
    app: Flask, session: Session, oksana: Citizen, partner: Citizen
) -> None:
    casefiles.case(session, oksana)
    his = acting(app, session, oksana, partner, Kind.HOUSEHOLD_MEMBER)
    answer = his.post_form(
        "/unterlagen/neu",
        {"kind": "sick_note", "files": casefiles.upload()},
        content_type="multipart/form-data",
    )
    assert answer.location.startswith("/unterlagen?angekommen=1")
    assert session.scalars(select(Document)).one().kind is DocumentKind.SICK_NOTE


@pytest.fixture
def pregnant(session: Session, oksana: Citizen) -> Application:
    """Fill in a renewal that asks for the maternity record, and hand that in."""
    made = applications.draft(
        session,
        oksana,
        {
            **applications.NOTHING_CHANGED,
            "household_changes": ["pregnancy"],
            "due_date": "2027-04-01",
        },
    )
    applications.attach(session, made, oksana, "maternity_record")
    return made


@pytest.mark.parametrize("page", ["", "/unterlagen", "/pruefen", "/gesendet"])
def test_no_page_of_an_application_names_the_paper(
    app: Flask,
    session: Session,
    oksana: Citizen,
    partner: Citizen,
    pregnant: Application,
    page: str,
) -> None:
    if page in {"", "/gesendet"}:
        applications_service.submit(
            session, application=pregnant, key=new_id(), by=oksana, now=clock.now()
        )
        applications_jobs.write_receipt(
            session, now=clock.now(), application_id=str(pregnant.id), waited=99
        )
    document = session.scalars(select(Attachment)).one().document_id
    helper = acting(app, session, oksana, accounts.citizen(session), Kind.HELPER)
    to_helper = helper.get(f"/antraege/{pregnant.id}{page}").text
    assert "Mutterpass" in to_helper or "Eingangsbestätigung" in to_helper
    his = acting(app, session, oksana, partner, Kind.HOUSEHOLD_MEMBER)
    answer = his.get(f"/antraege/{pregnant.id}{page}")
    assert answer.status_code == 200
    assert "Mutterpass" not in answer.text
    assert str(document) not in answer.text
    assert "Eingangsbestätigung" not in answer.text


def test_the_requirement_itself_is_not_there(
    app: Flask, session: Session, oksana: Citizen, partner: Citizen, pregnant: Application
) -> None:
    his = acting(app, session, oksana, partner, Kind.HOUSEHOLD_MEMBER)
    path = f"/antraege/{pregnant.id}/unterlagen/maternity_record"
    assert his.get(path).status_code == 404
    assert his.post_form(path).status_code == 404


def test_what_the_partner_may_not_see_is_sent_all_the_same(
    app: Flask, session: Session, oksana: Citizen, partner: Citizen, pregnant: Application
) -> None:
    """The paper stays with the application that he sends; the office gets everything."""
    his = acting(app, session, oksana, partner, Kind.HOUSEHOLD_MEMBER)
    assert his.post_form(f"/antraege/{pregnant.id}/senden").status_code == 302
    session.expire_all()
    assert len(applications_queries.attachments_of(session, application=pregnant)) == 1
    assert pregnant.state is ApplicationState.SUBMITTED
    mail = session.scalars(select(Message).where(Message.template == "application_sent")).one()
    assert mail.address == oksana.email
    assert "Gesendet hat ihn Taras Kovalenko für Sie." in mail.text


def test_the_receipt_that_lists_the_papers_is_kept_too(
    app: Flask, session: Session, oksana: Citizen, partner: Citizen, pregnant: Application
) -> None:
    applications_service.submit(
        session, application=pregnant, key=new_id(), by=oksana, now=clock.now()
    )
    applications_jobs.write_receipt(
        session, now=clock.now(), application_id=str(pregnant.id), waited=99
    )
    receipt = session.scalars(select(Document).where(Document.kind == DocumentKind.RECEIPT)).one()
    his = acting(app, session, oksana, partner, Kind.HOUSEHOLD_MEMBER)
    for road in ("", "/seite/1", "/datei"):
        assert his.get(f"/unterlagen/{receipt.id}{road}").status_code == 404


def test_no_mail_goes_to_the_partner(
    app: Flask, session: Session, oksana: Citizen, partner: Citizen, attest: Document
) -> None:
    acting(app, session, oksana, partner, Kind.HOUSEHOLD_MEMBER)
    casefiles.evidence_request(session, owner=oksana, kind=DocumentKind.SICK_NOTE)
    to_him = session.scalars(select(Message).where(Message.address == partner.email)).all()
    assert {mail.template for mail in to_him} == {"representation_granted"}
