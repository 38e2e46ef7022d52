"""How staff work off what people have handed in: suggestion, one deed, the next paper."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.audit.models import Event
from portal.casefiles import service
from portal.casefiles.models import (
    Case,
    Document,
    DocumentKind,
    DocumentState,
    EvidenceRequest,
    RequestState,
)
from portal.core import clock
from portal.core.vault import service as vault
from portal.inbox.models import WorkItem
from tests.client import PortalClient
from tests.factories import accounts, casefiles, papers
from tests.queries import counted_queries

LIST = "/amt/akten/dokumente"


@pytest.fixture
def jana(session: Session, client: PortalClient) -> StaffMember:
    made = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    client.sign_in(made)
    return made


def read_by_machine(session: Session, document: Document, *texts: str) -> None:
    """Keep the words of the pages, as text recognition does."""
    words = json.dumps(texts).encode()
    kept = vault.keep(session, holder=document.case_id, chunks=[words], now=clock.now())
    document.text_file_id = kept.id
    session.flush()


def case_of(session: Session, document: Document) -> Case:
    return session.get_one(Case, document.case_id)


def page_of(document: Document) -> str:
    return f"/amt/akten/dokument/{document.id}"


def suggested(**changes: str) -> dict[str, str]:
    form = {"kind": "bank_statements_3m", "months": "07/2026", "title": "Kontoauszug Juli 2026"}
    return form | changes


def test_the_form_is_filled_with_a_suggestion_and_its_reason(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    paper = casefiles.document(session, kind=DocumentKind.OTHER)
    read_by_machine(session, paper, "Sparkasse\nKontoauszug 07/2026\nOksana Kovalenko")
    page = client.get(page_of(paper)).text
    for words in ("„Kontoauszug“ steht auf Seite 1", "Kontoauszug Juli 2026", "Aus Art und Zeit"):
        assert words in page, words
    assert 'value="bank_statements_3m" selected' in page


def test_what_stands_in_the_form_is_accepted_and_the_trail_says_what_changed(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    paper = casefiles.document(session, kind=DocumentKind.OTHER)
    form = suggested(person=str(paper.owner_id))
    answer = client.post_form(f"{page_of(paper)}/annehmen", form)
    assert answer.status_code == 302
    session.refresh(paper)
    assert (paper.state, paper.kind) == (DocumentState.ACCEPTED, DocumentKind.BANK_STATEMENTS)
    assert paper.title == "Kontoauszug Juli 2026"
    assert paper.months_from is not None
    assert paper.months_from.isoformat() == "2026-07-01"
    event = session.scalars(select(Event).where(Event.deed == "casefiles.document_described")).one()
    assert event.facts["kind"] == "bank_statements_3m"
    assert "Kontoauszug" not in json.dumps(event.facts)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"months": "irgendwann"}, "07/2026 oder"),
        ({"title": ""}, "Geben Sie dem Dokument einen Titel"),
        ({"person": "00000000-0000-4000-8000-000000000000"}, "Wählen Sie eine Antwort aus"),
        ({"kind": "receipt"}, "Wählen Sie eine Antwort aus"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_decided(
    client: PortalClient,
    jana: StaffMember,
    session: Session,
    changes: dict[str, str],
    words: str,
) -> None:
    paper = casefiles.document(session)
    form = suggested(person=str(paper.owner_id)) | changes
    answer = client.post_form(f"{page_of(paper)}/annehmen", form)
    assert answer.status_code == 422
    assert words in answer.text
    session.refresh(paper)
    assert paper.state is DocumentState.IN_REVIEW


def test_marked_pages_reach_the_citizen(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    owner = accounts.citizen(session)
    file = casefiles.upload(papers.pdf(3), "miete.pdf", "application/pdf")
    paper = casefiles.document(session, owner=owner, file=file)
    due = clock.local_date(clock.now()) + timedelta(days=14)
    form = {"reason": "cut", "words": "", "due_on": f"{due:%d.%m.%Y}", "pages": ["3", "2"]}
    preview = client.post_form(f"{page_of(paper)}/noch-einmal", form | {"vorschau": "ja"})
    assert "Es geht um die Seiten 2 und 3." in preview.text
    assert session.scalars(select(EvidenceRequest)).all() == []
    client.post_form(f"{page_of(paper)}/noch-einmal", form)
    asked = session.scalars(select(EvidenceRequest)).one()
    assert asked.marked_pages == [2, 3]
    client.sign_in(owner)
    page = client.get(f"/unterlagen/{paper.id}").text
    assert page.count("Diese Seite bitte noch einmal") == 2
    assert "Es geht um die Seiten 2 und 3." in client.get("/unterlagen").text


def test_an_acceptance_is_taken_back_with_what_it_settled(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    owner = accounts.citizen(session)
    asked = casefiles.evidence_request(session, owner=owner)
    paper = casefiles.document(session, owner=owner, request=asked)
    client.post_form(f"{page_of(paper)}/annehmen")
    session.refresh(paper)
    session.refresh(asked)
    assert asked.state is RequestState.SETTLED
    assert paper.decided_at is not None
    form = {"um": paper.decided_at.isoformat()}
    assert "Zuletzt angenommen" in client.get(page_of(paper)).text
    answer = client.post_form(f"{LIST}/zuruecknehmen", form)
    assert answer.location == page_of(paper)
    session.refresh(paper)
    session.refresh(asked)
    assert (paper.state, paper.decided_at) == (DocumentState.IN_REVIEW, None)
    assert (asked.state, asked.closed_at) == (RequestState.ANSWERED, None)
    items = session.scalars(select(WorkItem).where(WorkItem.subject_id == paper.id)).all()
    assert sum(item.closed_at is None for item in items) == 1


def test_nobody_takes_back_what_somebody_else_or_long_ago_accepted(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    paper = casefiles.document(session)
    service.accept(session, document=paper, by=casefiles.officer(session), now=clock.now())
    assert paper.decided_at is not None
    form = {"um": paper.decided_at.isoformat()}
    assert client.post_form(f"{LIST}/zuruecknehmen", form).status_code == 404
    old = casefiles.document(session)
    service.accept(session, document=old, by=jana, now=clock.now() - timedelta(minutes=11))
    assert old.decided_at is not None
    form = {"um": old.decided_at.isoformat()}
    assert client.post_form(f"{LIST}/zuruecknehmen", form).status_code == 404
    assert client.post_form(f"{LIST}/zuruecknehmen", {"um": "gestern"}).status_code == 422


# Many at once


def test_many_are_accepted_with_their_suggestions_and_taken_back_together(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    found = [casefiles.document(session, kind=DocumentKind.OTHER) for _ in range(3)]
    for paper in found[:2]:
        read_by_machine(session, paper, "Mietvertrag\nMietgegenstand")
    assert client.get(LIST).text.count("data-row") == 3
    ids = [str(paper.id) for paper in found[:2]]
    confirmation = client.get(f"{LIST}/annehmen", query_string={"id": ids}).text
    assert "2 Dokumente annehmen?" in confirmation
    client.post_form(f"{LIST}/annehmen", {"id": ids})
    for paper in found:
        session.refresh(paper)
    assert [paper.state.value for paper in found] == ["accepted", "accepted", "in_review"]
    assert found[0].kind is DocumentKind.RENTAL_CONTRACT
    assert found[0].decided_at is not None
    assert "Zuletzt angenommen: 2 Dokumente" in client.get(LIST).text
    client.post_form(f"{LIST}/zuruecknehmen", {"um": found[0].decided_at.isoformat()})
    assert client.get(LIST).text.count("data-row") == 3


def test_the_list_shows_only_what_the_asker_may_decide(
    client: PortalClient, session: Session
) -> None:
    mine = casefiles.document(session, title="Meins")
    casefiles.document(session, title="Fremdes")
    officer = casefiles.officer(session)
    case_of(session, mine).team = officer.team
    session.flush()
    client.sign_in(officer)
    page = client.get(LIST).text
    assert "Meins" in page
    assert "Fremdes" not in page


def test_the_list_is_narrowed_by_kind_and_case(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    paper = casefiles.document(session, kind=DocumentKind.PAYSLIPS, title="Lohn")
    casefiles.document(session, kind=DocumentKind.RENTAL_CONTRACT, title="Miete")
    assert client.get(f"{LIST}?art=payslips").text.count("data-row") == 1
    assert client.get(f"{LIST}?akte={paper.case_id}").text.count("data-row") == 1
    assert client.get(f"{LIST}?art=nichts&wer=niemand&akte=x").text.count("data-row") == 2


def test_the_next_of_the_list_opens_after_each_deed(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    first, second = casefiles.document(session), casefiles.document(session)
    start = client.get(f"{LIST}/naechstes")
    assert start.location.startswith(page_of(first))
    on = f"{LIST}/naechstes?nach={first.id}"
    answer = client.post_form(f"{page_of(first)}/annehmen", {"next": on})
    assert answer.location == on
    assert client.get(on).location.startswith(page_of(second))
    assert client.get(f"{LIST}/naechstes?nach={second.id}").location == LIST


def test_the_list_asks_no_more_queries_for_more_documents(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            paper = casefiles.document(session)
            read_by_machine(session, paper, "Lohnabrechnung Oktober 2026")
        session.expire_all()
        with counted_queries() as statements:
            client.get(LIST)
        counts.append(len(statements))
    assert counts[0] == counts[1]


# The same paper twice


def test_the_same_paper_is_shown_and_set_aside_with_one_click(
    client: PortalClient, jana: StaffMember, session: Session
) -> None:
    owner = accounts.citizen(session)
    asked = casefiles.evidence_request(session, owner=owner)
    earlier = clock.now() - timedelta(days=1)
    first = casefiles.document(session, owner=owner, title="Zuerst", now=earlier)
    again = casefiles.document(session, owner=owner, request=asked, title="Noch mal")
    page = client.get(page_of(again)).text
    assert "Schon einmal eingegangen" in page
    assert "Ist dasselbe" in page
    client.post_form(f"{page_of(again)}/dasselbe", {"wie": str(first.id)})
    session.refresh(again)
    assert again.merged_into_id == first.id
    listed = client.get(f"/amt/akten/{again.case_id}").text.split("Was geschah")[0]
    assert page_of(again) not in listed
    client.post_form(f"{page_of(first)}/annehmen")
    session.refresh(asked)
    assert asked.state is RequestState.SETTLED
    client.sign_in(owner)
    assert f"/unterlagen/{first.id}" in client.get(f"/unterlagen/{again.id}").text


def test_of_a_closed_file_only_that_there_is_one_is_said(
    client: PortalClient, session: Session
) -> None:
    secret = casefiles.document(
        session, owner=accounts.citizen(session, last_name="Geheim"), title="Sehr geheim"
    )
    paper = casefiles.document(session)
    officer = casefiles.officer(session)
    case_of(session, paper).team = officer.team
    session.flush()
    client.sign_in(officer)
    page = client.get(page_of(paper)).text
    assert "auch in einer Akte, die Sie nicht öffnen dürfen" in page
    assert "geheim" not in page
    assert str(secret.id) not in page
