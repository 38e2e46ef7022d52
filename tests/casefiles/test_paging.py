"""Pages are split, merged, turned and put in order; what arrived is never touched."""

import io

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.audit.models import Event
from portal.casefiles import jobs, paging, queries, service
from portal.casefiles.models import Case, Document, DocumentState, Original, Page
from portal.core import clock
from portal.core.errors import Conflict, InvalidInput
from portal.core.vault import service as vault
from portal.inbox.models import WorkItem
from tests.client import PortalClient
from tests.factories import accounts, casefiles, papers


@pytest.fixture
def jana(session: Session, client: PortalClient) -> StaffMember:
    made = casefiles.officer(session)
    client.sign_in(made)
    return made


def paper_of(
    session: Session, pages: int, *, owner: Citizen | None = None, title: str = "Miete"
) -> Document:
    file = casefiles.upload(papers.pdf(pages), "miete.pdf", "application/pdf")
    made = casefiles.document(session, owner=owner, file=file, title=title)
    return session.get_one(Document, made.id)


def loaded(session: Session, document: Document, by: StaffMember) -> Document:
    case = document.case if "case" in document.__dict__ else None
    by.team = case.team if case else by.team
    session.flush()
    return queries.document_to_decide(session, document.id, by)


def shows(session: Session, document: Document) -> list[int]:
    """Return which pages of the originals a document shows, in order."""
    return list(
        session.scalars(
            select(Page.original_page).where(Page.document_id == document.id).order_by(Page.number)
        )
    )


def remade(session: Session, *documents: Document) -> None:
    for document in documents:
        jobs.remake(session, now=clock.now(), document_id=str(document.id))
        session.flush()
        session.refresh(document)


def originals(session: Session) -> list[tuple[str, str]]:
    found = session.execute(select(Original.id, Original.sha256).order_by(Original.id))
    return [(str(id), sha256) for id, sha256 in found]


def open_items(session: Session, document: Document) -> int:
    found = session.scalars(select(WorkItem).where(WorkItem.subject_id == document.id)).all()
    return sum(item.closed_at is None for item in found)


def test_split_documents_stand_alone_and_the_original_stays(
    session: Session, jana: StaffMember
) -> None:
    paper = loaded(session, paper_of(session, 5), jana)
    before = originals(session)
    parts = paging.split(session, document=paper, firsts=[3, 5], by=jana, now=clock.now())
    assert [shows(session, one) for one in (paper, *parts)] == [[1, 2], [3, 4], [5]]
    assert [part.state for part in parts] == [DocumentState.RECEIVED] * 2
    assert {part.derived_from_id for part in parts} == {paper.id}
    remade(session, paper, *parts)
    assert [(one.state.value, one.page_count) for one in (paper, *parts)] == [
        ("in_review", 2),
        ("in_review", 2),
        ("in_review", 1),
    ]
    assert len({one.served_file_id for one in (paper, *parts)}) == 3
    assert originals(session) == before
    assert all(open_items(session, part) == 1 for part in parts)
    for part in parts:
        service.accept(session, document=part, by=jana, now=clock.now())


def test_a_split_is_undone_by_merging_the_part(session: Session, jana: StaffMember) -> None:
    paper = loaded(session, paper_of(session, 3), jana)
    (part,) = paging.split(session, document=paper, firsts=[2], by=jana, now=clock.now())
    part = queries.document_to_decide(session, part.id, jana)
    paging.merge(session, document=paper, other=part, by=jana, now=clock.now())
    assert shows(session, paper) == [1, 2, 3]
    remade(session, paper)
    assert paper.page_count == 3
    assert part.merged_into_id == paper.id
    assert open_items(session, part) == 0
    case = session.get_one(Case, paper.case_id)
    listed, _ = queries.documents_of_case(session, case=case, asker=jana)
    assert part not in listed


def test_merged_documents_keep_what_arrived_and_can_be_taken_apart(
    session: Session, jana: StaffMember
) -> None:
    owner = accounts.citizen(session)
    first = loaded(session, paper_of(session, 2, owner=owner), jana)
    second = loaded(session, paper_of(session, 1, owner=owner, title="Anlage"), jana)
    before = originals(session)
    paging.merge(session, document=first, other=second, by=jana, now=clock.now())
    assert shows(session, first) == [1, 2, 1]
    remade(session, first)
    assert (first.page_count, second.merged_into_id) == (3, first.id)
    with pytest.raises(Conflict):
        service.accept(session, document=second, by=jana, now=clock.now())
    paging.unmerge(session, document=second, into=first, by=jana, now=clock.now())
    assert (shows(session, first), shows(session, second)) == ([1, 2], [1])
    assert open_items(session, second) == 1
    assert originals(session) == before


def test_only_papers_of_the_same_person_are_merged(session: Session, jana: StaffMember) -> None:
    mine, other = (loaded(session, paper_of(session, 1), jana) for _ in range(2))
    with pytest.raises(Conflict):
        paging.merge(session, document=mine, other=other, by=jana, now=clock.now())
    with pytest.raises(Conflict):
        paging.merge(session, document=mine, other=mine, by=jana, now=clock.now())


def test_a_turned_page_lies_in_the_new_picture(session: Session, jana: StaffMember) -> None:
    paper = loaded(session, paper_of(session, 2), jana)
    paging.rotate(session, document=paper, turns={2: 90}, by=jana, now=clock.now())
    assert paging.is_being_remade(session, document=paper)
    remade(session, paper)
    pages = session.scalars(
        select(Page).where(Page.document_id == paper.id).order_by(Page.number)
    ).all()
    sizes = []
    for page in pages:
        with Image.open(io.BytesIO(vault.read(session, page.image_file_id))) as picture:
            sizes.append(picture.width < picture.height)
    assert sizes == [True, False]
    paging.rotate(session, document=paper, turns={2: 270}, by=jana, now=clock.now())
    assert {page.rotation for page in pages} == {0}


def test_pages_are_put_in_order_and_back_again(session: Session, jana: StaffMember) -> None:
    paper = loaded(session, paper_of(session, 3), jana)
    paging.reorder(session, document=paper, order=[3, 1, 2], by=jana, now=clock.now())
    assert shows(session, paper) == [3, 1, 2]
    back = paging.order_as_handed_in(session, document=paper)
    paging.reorder(session, document=paper, order=back, by=jana, now=clock.now())
    assert shows(session, paper) == [1, 2, 3]


@pytest.mark.parametrize("firsts", [[], [1], [9], [0, 2], [-1]])
def test_a_split_needs_pages_that_exist(
    session: Session, jana: StaffMember, firsts: list[int]
) -> None:
    paper = loaded(session, paper_of(session, 2), jana)
    with pytest.raises(InvalidInput):
        paging.split(session, document=paper, firsts=firsts, by=jana, now=clock.now())
    assert shows(session, paper) == [1, 2]


@pytest.mark.parametrize("order", [[1], [1, 1], [1, 2, 3], [2, 3]])
def test_an_order_names_each_page_once(
    session: Session, jana: StaffMember, order: list[int]
) -> None:
    paper = loaded(session, paper_of(session, 2), jana)
    with pytest.raises(InvalidInput):
        paging.reorder(session, document=paper, order=order, by=jana, now=clock.now())


def test_nothing_is_arranged_once_it_is_decided(session: Session, jana: StaffMember) -> None:
    paper = loaded(session, paper_of(session, 2), jana)
    service.accept(session, document=paper, by=jana, now=clock.now())
    for deed in (
        lambda: paging.split(session, document=paper, firsts=[2], by=jana, now=clock.now()),
        lambda: paging.rotate(session, document=paper, turns={1: 90}, by=jana, now=clock.now()),
        lambda: paging.reorder(session, document=paper, order=[2, 1], by=jana, now=clock.now()),
    ):
        with pytest.raises(Conflict):
            deed()


def test_it_all_works_with_forms_alone(
    session: Session, client: PortalClient, jana: StaffMember
) -> None:
    paper = loaded(session, paper_of(session, 3), jana)
    path = f"/amt/akten/dokument/{paper.id}"
    assert client.get(f"{path}/seiten").text.count("data-row") == 3
    client.post_form(f"{path}/ordnen", {"place": ["3", "1", "2"]})
    assert shows(session, paper) == [2, 3, 1]
    client.post_form(f"{path}/ordnen", {"wie-abgegeben": "ja", "place": ["1", "2", "3"]})
    assert shows(session, paper) == [1, 2, 3]
    client.post_form(f"{path}/drehen", {"drehen": "alle:links"})
    client.post_form(f"{path}/teilen", {"firsts": ["3"]})
    assert shows(session, paper) == [1, 2]
    page = client.get(f"{path}/seiten").text
    assert "Wird neu zusammengestellt" in page
    assert "Wieder zusammenlegen" in page
    part = session.scalars(select(Document).where(Document.derived_from_id == paper.id)).one()
    client.post_form(f"{path}/zusammenlegen", {"mit": str(part.id)})
    assert shows(session, paper) == [1, 2, 3]
    client.post_form(f"{path}/trennen", {"von": str(part.id)})
    assert (shows(session, paper), shows(session, part)) == ([1, 2], [3])
    deeds = session.scalars(select(Event.deed).where(Event.actor_id == jana.actor.id)).all()
    for deed in ("split", "merged", "unmerged"):
        assert f"casefiles.document_{deed}" in deeds
    assert {"casefiles.pages_turned", "casefiles.pages_put_in_order"} <= set(deeds)
    for sent in ({"drehen": "9:rechts"}, {"drehen": "x"}, {}):
        assert client.post_form(f"{path}/drehen", sent).status_code == 422
