"""Emergencies and conflicts on the pages; what the trail and the citizen learn of them."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.audit.models import Event
from portal.casefiles import views
from portal.casefiles.models import (
    AccessOutcome,
    Case,
    CaseAccess,
    Document,
    DocumentKind,
    DocumentState,
)
from portal.core import clock
from portal.inbox.models import WorkItem
from portal.notifications.models import Message
from tests.client import PortalClient
from tests.factories import accounts, casefiles, inbox, office

ASK = "/amt/akten/notfallzugriff"
APPROVE = "/amt/akten/freigaben"


@pytest.fixture
def paper(session: Session) -> Document:
    """Hand in a document, in a case of a team of its own."""
    accounts.staff_member(session, Role.BENEFIT_OFFICER)
    return casefiles.document(
        session,
        owner=accounts.citizen(session, birth_date=date(1990, 3, 27)),
        title="Lohn Oktober",
    )


@pytest.fixture
def case(session: Session, paper: Document) -> Case:
    return session.get_one(Case, paper.case_id)


@pytest.fixture
def murat(session: Session, paper: Document, client: PortalClient) -> StaffMember:
    """Sign in as somebody of another team."""
    made = accounts.staff_member(session, Role.BENEFIT_OFFICER, last_name="Aydin")
    client.sign_in(made)
    return made


def ask(client: PortalClient, **typed: object) -> object:
    return client.post_form(ASK, {"reason": office.REASON, **typed})


def whys(session: Session, deed: str) -> list[object]:
    events = session.scalars(select(Event).where(Event.deed == deed).order_by(Event.id))
    return [event.facts.get("why") for event in events]


@pytest.mark.parametrize(
    "path",
    [
        "/amt/akten/{case}",
        "/amt/akten/{case}/anfordern",
        "/amt/akten/{case}/befangenheit",
        "/amt/akten/dokument/{id}",
        "/amt/akten/dokument/{id}/seite/1",
        "/amt/akten/dokument/{id}/seite/1/klein",
        "/amt/akten/dokument/{id}/seiten",
        "/amt/akten/dokument/{id}/andere-akte",
        "/amt/akten/dokument/{id}/datei",
        "/amt/termine/neu?case={case}",
    ],
)
def test_check_14_a_wrong_team_gets_nothing_of_a_file(
    client: PortalClient, session: Session, murat: StaffMember, paper: Document, path: str
) -> None:
    address = path.format(case=paper.case_id, id=paper.id)
    assert client.get(address).status_code == 404
    client.sign_in(casefiles.officer(session, session.get_one(Case, paper.case_id)))
    assert client.get(address).status_code == 200


def test_check_14_a_wrong_team_decides_nothing(
    client: PortalClient, session: Session, murat: StaffMember, paper: Document
) -> None:
    asked = casefiles.evidence_request(session, owner=session.get_one(Citizen, paper.owner_id))
    for address in (
        f"/amt/akten/dokument/{paper.id}/annehmen",
        f"/amt/akten/dokument/{paper.id}/noch-einmal",
        f"/amt/akten/dokument/{paper.id}/dasselbe",
        f"/amt/akten/dokument/{paper.id}/teilen",
        f"/amt/akten/dokument/{paper.id}/drehen",
        f"/amt/akten/dokument/{paper.id}/ordnen",
        f"/amt/akten/dokument/{paper.id}/andere-akte",
        f"/amt/akten/anforderungen/{asked.id}/zuruecknehmen",
        f"/amt/akten/{paper.case_id}/anfordern",
        f"/amt/akten/{paper.case_id}/befangenheit",
    ):
        assert client.post_form(address).status_code == 404, address
    session.refresh(paper)
    assert paper.state is DocumentState.IN_REVIEW
    assert "Lohn Oktober" not in client.get("/amt/akten").text


def test_check_44_each_reading_says_on_what_ground(
    client: PortalClient, session: Session, paper: Document, case: Case
) -> None:
    client.sign_in(casefiles.officer(session, case))
    client.get(f"/amt/akten/{case.id}")
    client.get(f"/amt/akten/dokument/{paper.id}")
    team = {"ground": "case_team", "detail": None}
    assert whys(session, "casefiles.case_opened") == [team]
    assert whys(session, "casefiles.document_opened") == [team]
    assert "Zuständiges Team" in client.get(f"/amt/akten/{case.id}").text


# Emergencies


def test_check_17_an_emergency_needs_a_reason_and_a_second_person(
    client: PortalClient, session: Session, murat: StaffMember, case: Case
) -> None:
    assert ask(client, reference=case.file_reference, reason="Wichtig!").status_code == 422
    assert ask(client, reference=case.file_reference).status_code == 302
    access = session.scalars(select(CaseAccess)).one()
    lead = office.lead(session, of=murat)
    assert client.get(APPROVE).status_code == 404  # an officer is no second person
    assert client.post_form(f"{APPROVE}/{access.id}", {"antwort": "ja"}).status_code == 404

    client.sign_in(lead)
    page = client.get(APPROVE).text
    assert murat.name in page
    assert office.REASON in page
    assert client.post_form(f"{APPROVE}/{access.id}").status_code == 422
    assert client.post_form(f"{APPROVE}/{access.id}", {"antwort": "ja"}).status_code == 302
    assert client.post_form(f"{APPROVE}/{access.id}", {"antwort": "nein"}).status_code == 409

    client.sign_in(murat)
    assert client.get(f"/amt/akten/{case.id}").status_code == 200
    assert whys(session, "casefiles.case_opened") == [
        {"ground": "break_glass", "detail": office.REASON}
    ]
    letters = session.scalars(select(Message.template).where(Message.recipient_id == murat.id))
    assert letters.all() == ["access_granted"]


def test_check_17_a_lead_does_not_grant_the_own_emergency(
    client: PortalClient, session: Session, case: Case
) -> None:
    lead = office.lead(session)
    access = office.emergency(session, case=case, member=lead)
    client.sign_in(lead)
    assert office.REASON not in client.get(APPROVE).text
    assert client.post_form(f"{APPROVE}/{access.id}", {"antwort": "ja"}).status_code == 404
    access.decided_at = access.starts_at = access.ends_at = clock.now()
    access.decided_by_id, access.outcome = lead.id, AccessOutcome.GRANTED
    with pytest.raises(IntegrityError, match="two_people"):
        session.flush()


def test_check_17_who_is_in_conflict_is_no_second_person(
    client: PortalClient, session: Session, murat: StaffMember, case: Case
) -> None:
    lead = office.lead(session)
    office.conflict(session, case=case, member=lead)
    access = office.emergency(session, case=case, member=murat)
    client.sign_in(lead)
    assert office.REASON not in client.get(APPROVE).text
    assert client.post_form(f"{APPROVE}/{access.id}", {"antwort": "ja"}).status_code == 404


def test_a_refused_emergency_opens_nothing(
    client: PortalClient, session: Session, murat: StaffMember, case: Case
) -> None:
    access = office.emergency(session, case=case, member=murat)
    client.sign_in(office.lead(session))
    client.post_form(f"{APPROVE}/{access.id}", {"antwort": "nein"})
    client.sign_in(murat)
    assert client.get(f"/amt/akten/{case.id}").status_code == 404


def test_the_answer_is_the_same_whether_there_is_such_a_file(
    client: PortalClient, session: Session, murat: StaffMember, case: Case
) -> None:
    person = case.members[0].citizen
    answers = {
        (answer.status_code, answer.location, client.get(answer.location).text.count("aufgenommen"))
        for answer in (
            ask(client, reference=case.file_reference),
            ask(client, reference="JC-9999999"),
            ask(client, reference="99999999999999999999"),
            ask(client, name=person.name, born=["27", "3", "1990"]),
            ask(client, name="Niemand Niemandt", born=["27", "3", "1990"]),
        )
    }
    assert len(answers) == 1
    assert len(session.scalars(select(CaseAccess)).all()) == 1
    in_vain = select(Event).where(Event.deed == "casefiles.access_asked_in_vain")
    assert len(session.scalars(in_vain).all()) == 3


@pytest.mark.parametrize("reason", ["", "x" * 19, " " * 40, "x" * 10_000])
def test_a_reason_is_a_sentence(
    client: PortalClient, session: Session, murat: StaffMember, case: Case, reason: str
) -> None:
    assert ask(client, reference=case.file_reference, reason=reason).status_code == 422
    assert session.scalars(select(CaseAccess)).all() == []


# Conflicts


def test_check_17_who_declares_it_is_out_at_once_and_the_work_goes_back(
    client: PortalClient, session: Session, case: Case
) -> None:
    jana = casefiles.officer(session, case)
    item = inbox.work_item(
        session, team_of=jana, case_id=case.id, assignee_id=jana.id, title="Mietvertrag"
    )
    client.sign_in(jana)
    assert "Mietvertrag" in client.get("/amt/eingang").text
    data = {"citizen": str(case.members[0].citizen_id), "kind": "own"}
    answer = client.post_form(f"/amt/akten/{case.id}/befangenheit", data)
    assert answer.status_code == 302
    assert client.get(f"/amt/akten/{case.id}").status_code == 404
    assert item.title not in client.get("/amt/eingang").text
    assert client.post_form(f"/amt/eingang/{item.id}/oeffnen").status_code == 404
    found = session.scalars(select(WorkItem.assignee_id).where(WorkItem.id == item.id)).one()
    assert found is None


# Papers about health and money


@pytest.mark.parametrize("kind", [DocumentKind.SICK_NOTE, DocumentKind.BANK_STATEMENTS])
def test_check_15_the_front_desk_sees_health_and_bank_papers_only_until_they_are_decided(
    client: PortalClient, session: Session, kind: DocumentKind
) -> None:
    jana = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    desk = accounts.staff_member(session, Role.FRONT_DESK)
    paper = casefiles.document(session, kind=kind, title="Geheimes Blatt")
    pages = [
        f"/amt/akten/dokument/{paper.id}",
        f"/amt/akten/dokument/{paper.id}/seite/1",
        f"/amt/akten/dokument/{paper.id}/datei",
    ]
    client.sign_in(desk)
    assert {client.get(page).status_code for page in pages} == {200}
    client.sign_in(jana)
    client.post_form(f"/amt/akten/dokument/{paper.id}/annehmen")
    assert {client.get(page).status_code for page in pages} == {200}
    client.sign_in(desk)
    assert {client.get(page).status_code for page in pages} == {404}
    assert "Geheimes Blatt" not in client.get(f"/amt/akten/{paper.case_id}").text
    client.sign_in(accounts.staff_member(session, Role.DATA_QUALITY_OFFICER))
    assert "Geheimes Blatt" not in client.get(f"/amt/akten/{paper.case_id}").text


# The glass file


def test_the_citizen_sees_who_opened_what_when_and_why(
    client: PortalClient, session: Session, murat: StaffMember, case: Case, paper: Document
) -> None:
    owner = session.get_one(Citizen, paper.owner_id)
    client.sign_in(owner)
    assert "Noch niemand" in client.get("/unterlagen/einsicht").text
    lead = office.lead(session)
    office.emergency(session, case=case, member=murat, granted_by=lead)
    client.sign_in(murat)
    client.get(f"/amt/akten/dokument/{paper.id}")
    client.sign_in(owner)
    page = client.get("/unterlagen/einsicht").text
    assert "Dokument geöffnet: Lohn Oktober" in page
    assert f"Notfallzugriff: {office.REASON}" in page
    assert f"Notfallzugriff erlaubt für {murat.name}" in page
    assert page.index("Dokument geöffnet") < page.index("erlaubt für")
    assert "/unterlagen/einsicht" in client.get("/unterlagen").text


def test_the_glass_file_keeps_the_papers_of_other_members_to_themselves(
    client: PortalClient, session: Session, case: Case, paper: Document
) -> None:
    partner = accounts.citizen(session, first_name="Peter")
    casefiles.member(session, case, partner)
    jana = casefiles.officer(session, case)
    client.sign_in(jana)
    client.get(f"/amt/akten/dokument/{paper.id}")
    client.get(f"/amt/akten/{case.id}")
    client.sign_in(partner)
    page = client.get("/unterlagen/einsicht").text
    assert "Akte geöffnet" in page
    assert "Lohn Oktober" not in page
    assert "Dokument geöffnet" not in page


def test_the_glass_file_goes_on_page_by_page(
    client: PortalClient, session: Session, paper: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ON_ONE_PAGE", 2)
    case = session.get_one(Case, paper.case_id)
    for _ in range(3):
        client.sign_in(casefiles.officer(session, case))
        client.get(f"/amt/akten/{case.id}")
    client.sign_in(session.get_one(Citizen, paper.owner_id))
    assert "3 Einsichten" in client.get("/unterlagen/einsicht").text
    assert client.get("/unterlagen/einsicht?seite=2").text.count("data-row") == 1


def test_the_pages_are_quiet_about_who_has_no_case(client: PortalClient, session: Session) -> None:
    client.sign_in(accounts.citizen(session))
    assert "Noch niemand" in client.get("/unterlagen/einsicht").text
