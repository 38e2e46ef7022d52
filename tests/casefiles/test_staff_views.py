"""How staff find a case, look at a document and decide on it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.audit.models import Event
from portal.casefiles.models import (
    Document,
    DocumentState,
    EvidenceRequest,
)
from portal.casefiles.staff_views import cases
from portal.core import clock
from tests.casefiles.test_views import copy_of
from tests.client import PortalClient
from tests.factories import accounts, casefiles, papers
from tests.queries import counted_queries


@pytest.fixture
def jana(session: Session, client: PortalClient) -> StaffMember:
    made = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    client.sign_in(made)
    return made


def openings(session: Session, document: Document) -> list[str]:
    return list(
        session.scalars(
            select(Event.deed)
            .where(Event.subject_id == str(document.id), Event.actor_kind == "staff")
            .order_by(Event.id)
        )
    )


# Finding


def test_a_case_is_found_by_number_and_by_name(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    oksana = casefiles.case(session, accounts.citizen(session, last_name="Kovalenko"))
    casefiles.case(session, accounts.citizen(session, first_name="Peter", last_name="Braun"))
    for search in (oksana.file_reference, str(oksana.number), "kovalenko", "Oksana KOVAL"):
        page = client.get("/amt/akten", query_string={"suche": search}).text
        assert oksana.file_reference in page, search
        assert "Braun" not in page, search
    assert "Braun" in client.get("/amt/akten").text
    page = client.get("/amt/akten", query_string={"suche": "50%_\\'"})
    assert "Keine Akte gefunden" in page.text


def test_cases_go_on_page_by_page(
    client: PortalClient, jana: StaffMember, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "ON_ONE_PAGE", 2)
    for _ in range(3):
        casefiles.case(session)
    first = client.get("/amt/akten").text
    assert "3 Akten" in first
    assert "seite=2" in first
    assert client.get("/amt/akten?seite=2").text.count("data-row") == 1


def test_the_list_of_cases_asks_no_more_queries_for_more_cases(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    counts = []
    for _ in range(2):
        for _ in range(4):
            casefiles.case(session)
        session.expire_all()
        with counted_queries() as statements:
            client.get("/amt/akten")
        counts.append(len(statements))
    assert counts[0] == counts[1]


# The case


def test_the_case_shows_people_documents_requests_and_what_happened(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    asked = casefiles.evidence_request(session)
    owner = session.get_one(Citizen, asked.owner_id)
    document = casefiles.document(session, owner=owner, title="Lohn Oktober")
    page = client.get(f"/amt/akten/{document.case_id}").text
    for words in (
        owner.name,
        "Lohn Oktober",
        asked.title,
        "Dokument eingegangen: Lohn Oktober",
        "anfordern",
    ):
        assert words in page
    assert f"/amt/akten/dokument/{document.id}" in page


def test_opening_a_case_is_written_down_once_per_reading(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    case = casefiles.case(session)
    for _ in range(2):
        client.get(f"/amt/akten/{case.id}")
    found = session.scalars(select(Event).where(Event.deed == "casefiles.case_opened")).all()
    assert [(event.chain, event.actor_id) for event in found] == [(str(case.id), str(jana.id))]


def test_fifty_documents_ask_no_more_queries_than_five(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    first = casefiles.document(session)
    counts = []
    for already, upto in ((1, 5), (5, 50)):
        session.add_all(copy_of(first, n) for n in range(already, upto))
        session.flush()
        client.get(f"/amt/akten/{first.case_id}?teil=03")
        session.expire_all()
        with counted_queries() as statements:
            page = client.get(f"/amt/akten/{first.case_id}?teil=03").text
        assert page.count(">Brief ") == upto - 1
        counts.append(len(statements))
    assert counts[0] == counts[1]


# The document


def test_the_document_stands_beside_its_data(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    document = casefiles.document(session, file=casefiles.upload(papers.picture(), "IMG_1.jpg"))
    page = client.get(f"/amt/akten/dokument/{document.id}").text
    assert "IMG_1.jpg" in page
    assert f"/amt/akten/dokument/{document.id}/seite/1" in page
    assert "Annehmen" in page
    assert "Noch einmal anfordern" in page


def test_every_view_of_a_file_is_written_down(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    document = casefiles.document(session)
    client.get(f"/amt/akten/dokument/{document.id}")
    client.get(f"/amt/akten/dokument/{document.id}/seite/1")
    assert openings(session, document) == ["casefiles.document_opened"]
    client.get(f"/amt/akten/dokument/{document.id}/datei")
    assert openings(session, document) == [
        "casefiles.document_opened",
        "casefiles.document_downloaded",
    ]


def test_a_page_alone_is_a_view_as_well(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    document = casefiles.document(session)
    assert client.get(f"/amt/akten/dokument/{document.id}/seite/1").mimetype == "image/jpeg"
    assert openings(session, document) == ["casefiles.document_opened"]


def test_a_later_look_is_a_reading_of_its_own(
    client: PortalClient,
    jana: StaffMember,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = casefiles.document(session)
    client.get(f"/amt/akten/dokument/{document.id}")
    later = clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "now", lambda: later)
    client.get(f"/amt/akten/dokument/{document.id}")
    assert len(openings(session, document)) == 2


def test_staff_see_nothing_of_an_unprepared_document(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    document = casefiles.document(session, prepared=False)
    page = client.get(f"/amt/akten/dokument/{document.id}").text
    assert "Wird auf Schadprogramme geprüft" in page
    assert "Annehmen" not in page
    for path in ("seite/1", "datei"):
        assert client.get(f"/amt/akten/dokument/{document.id}/{path}").status_code == 404


def test_a_blocked_document_can_only_be_asked_for_again(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    document = casefiles.document(session)
    document.state, document.reason = DocumentState.BLOCKED, "nicht sicher"
    session.flush()
    page = client.get(f"/amt/akten/dokument/{document.id}").text
    assert "Annehmen" not in page
    assert "<details open>" in page
    assert client.get(f"/amt/akten/dokument/{document.id}/datei").status_code == 404


def test_accepting_goes_on_to_the_next_item(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    document = casefiles.document(session)
    answer = client.post_form(f"/amt/akten/dokument/{document.id}/annehmen")
    session.refresh(document)
    assert document.state == DocumentState.ACCEPTED
    assert answer.location == f"/amt/eingang/naechstes?von={document.id}"


@pytest.mark.parametrize(
    ("next", "goes_to_it"),
    [("/amt/akten", True), ("https://boese.example/", False), ("//boese.example", False)],
)
def test_the_way_after_the_deed_stays_in_the_house(
    client: PortalClient, jana: StaffMember, session: Session, next: str, *, goes_to_it: bool
) -> None:
    document = casefiles.document(session)
    path = f"/amt/akten/dokument/{document.id}/annehmen"
    answer = client.post_form(path, {"next": next})
    assert (answer.location == next) is goes_to_it
    assert answer.location.startswith("/amt")


def reject_form(**fields: str) -> dict[str, object]:
    return {"reason": "cut", "words": "", "due_on": ["4", "12", "2026"], **fields}


def test_asking_again_gives_the_citizen_one_task(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    document = casefiles.document(session)
    client.post_form(
        f"/amt/akten/dokument/{document.id}/noch-einmal", reject_form(words="Es fehlt Seite 2.")
    )
    session.refresh(document)
    assert document.state == DocumentState.REJECTED
    task = session.scalars(select(EvidenceRequest)).one()
    assert task.why == (
        "Der Rand ist abgeschnitten. Bitte nehmen Sie das ganze Blatt auf. Es fehlt Seite 2."
    )
    assert task.due_on == date(2026, 12, 4)
    assert task.asked_by_name == jana.name
    assert task.why in client.get(f"/amt/akten/dokument/{document.id}").text


def test_own_words_are_needed_when_no_sentence_fits(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    document = casefiles.document(session)
    path = f"/amt/akten/dokument/{document.id}/noch-einmal"
    answer = client.post_form(path, reject_form(reason="own_words"))
    assert answer.status_code == 422
    assert "Schreiben Sie den Grund" in answer.text
    assert "<details open>" in answer.text
    answer = client.post_form(path, reject_form(words="Bitte scannen.", due_on="31 2 2026"))
    assert answer.status_code == 422
    assert "Bitte scannen." in answer.text
    session.refresh(document)
    assert document.state == DocumentState.IN_REVIEW


def test_who_comes_second_learns_that_it_is_decided(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    document = casefiles.document(session)
    client.post_form(f"/amt/akten/dokument/{document.id}/annehmen")
    answer = client.post_form(f"/amt/akten/dokument/{document.id}/noch-einmal", reject_form())
    assert answer.status_code == 409
    assert "schon entschieden" in answer.text


# Who may enter

PATHS = ("/amt/akten", "/amt/akten/{case}", "/amt/akten/dokument/{id}")
FILES = ("/amt/akten/dokument/{id}/seite/1", "/amt/akten/dokument/{id}/datei")


@pytest.mark.parametrize("path", [*PATHS, *FILES])
def test_without_the_right_nobody_reads_a_file(
    client: PortalClient, session: Session, path: str
) -> None:
    document = casefiles.document(session)
    client.sign_in(accounts.staff_member(session, Role.ADMINISTRATOR))
    answer = client.get(path.format(case=document.case_id, id=document.id))
    assert answer.status_code == 404
    assert openings(session, document) == []


@pytest.mark.parametrize("path", [*PATHS, *FILES])
def test_a_citizen_does_not_get_in(client: PortalClient, session: Session, path: str) -> None:
    document = casefiles.document(session)
    client.sign_in(session.get_one(Citizen, document.owner_id))
    answer = client.get(path.format(case=document.case_id, id=document.id))
    assert answer.status_code == 302
    assert answer.location.startswith("/amt/anmelden")


def test_who_only_reads_cannot_decide(client: PortalClient, session: Session) -> None:
    document = casefiles.document(session)
    client.sign_in(accounts.staff_member(session, Role.DATA_QUALITY_OFFICER))
    page = client.get(f"/amt/akten/dokument/{document.id}").text
    assert "Annehmen" not in page
    for deed, form in (("annehmen", {}), ("noch-einmal", reject_form())):
        path = f"/amt/akten/dokument/{document.id}/{deed}"
        assert client.post_form(path, form).status_code == 404
    session.refresh(document)
    assert document.state == DocumentState.IN_REVIEW
