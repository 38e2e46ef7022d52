"""A paper that lies in the wrong file is laid into the right one, and neither side learns more."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.audit.models import Event
from portal.casefiles import moving, paging, queries, service
from portal.casefiles.models import Case, Document, DocumentState, Page, RequestState
from portal.core import clock
from portal.core.errors import Conflict, InvalidInput
from portal.core.vault import service as vault
from portal.core.vault.models import StoredFile
from portal.inbox.models import WorkItem
from tests.client import PortalClient
from tests.factories import accounts, casefiles, papers

WHY = "Gehört zu einer anderen Familie mit gleichem Namen."


@pytest.fixture
def jana(session: Session, client: PortalClient) -> StaffMember:
    made = casefiles.officer(session)
    client.sign_in(made)
    return made


@pytest.fixture
def wrong(session: Session) -> Citizen:
    return accounts.citizen(session, first_name="Oksana", last_name="Kovalenko")


@pytest.fixture
def right(session: Session, jana: StaffMember) -> Case:
    """Open the file in which it belongs; Jana works for both."""
    made = casefiles.case(session, accounts.citizen(session, first_name="Petra", last_name="Fux"))
    made.team = jana.team
    session.flush()
    return made


def paper_for(
    session: Session, jana: StaffMember, owner: Citizen, *, pages: int = 1, **more: object
) -> Document:
    file = casefiles.upload(papers.pdf(pages), "lohn.pdf", "application/pdf")
    made = casefiles.document(session, owner=owner, file=file, **more)  # type: ignore[arg-type]
    session.get_one(Case, made.case_id).team = jana.team
    session.flush()
    return queries.document_to_decide(session, made.id, jana)


def move(session: Session, paper: Document, to: Case, by: StaffMember) -> None:
    owner = to.members[0].citizen
    moving.move(session, document=paper, to=to, owner=owner, reason=WHY, by=by, now=clock.now())


def holders(session: Session, document: Document) -> set[object]:
    found = session.execute(
        select(Page.image_file_id, Page.thumbnail_file_id).where(Page.document_id == document.id)
    ).all()
    ids = {id for row in found for id in row} | {document.served_file_id}
    return set(session.scalars(select(StoredFile.holder_id).where(StoredFile.id.in_(ids))))


def test_everything_of_it_goes_and_is_readable_there(
    session: Session, jana: StaffMember, wrong: Citizen, right: Case
) -> None:
    asked = casefiles.evidence_request(session, owner=wrong)
    paper = paper_for(session, jana, wrong, request=asked)
    before = vault.read(session, paper.originals[0].file_id)
    former = paper.case_id
    move(session, paper, right, jana)
    session.refresh(paper)
    assert (paper.case_id, paper.owner_id) == (right.id, right.members[0].citizen_id)
    assert holders(session, paper) == {right.id}
    vault.destroy_key(session, holder=former, now=clock.now())
    session.flush()
    assert vault.read(session, paper.originals[0].file_id) == before
    assert (asked.state, paper.request_id) == (RequestState.OPEN, None)
    items = session.scalars(select(WorkItem).where(WorkItem.subject_id == paper.id)).all()
    assert [item.case_id for item in items if item.closed_at is None] == [right.id]


def test_both_trails_say_it_and_neither_names_the_other(
    session: Session, client: PortalClient, jana: StaffMember, wrong: Citizen, right: Case
) -> None:
    paper = paper_for(session, jana, wrong, title="Lohn Oktober")
    former = paper.case_id
    move(session, paper, right, jana)
    events = {
        event.deed: event
        for event in session.scalars(select(Event).where(Event.subject_id == str(paper.id)))
    }
    out, arrived = (events[f"casefiles.document_moved_{way}"] for way in ("out", "in"))
    assert (out.chain, arrived.chain) == (str(former), str(right.id))
    assert str(right.id) not in str(out.facts)
    assert "Fux" not in str(out.facts)
    assert str(former) not in str(arrived.facts)
    client.sign_in(wrong)
    assert client.get(f"/unterlagen/{paper.id}").status_code == 404
    trail = client.get("/unterlagen/einsicht").text
    assert "Dokument in eine andere Akte gelegt" in trail
    assert "Fux" not in trail
    client.sign_in(right.members[0].citizen)
    page = client.get(f"/unterlagen/{paper.id}").text
    assert "Lohn Oktober" in page
    assert "Kovalenko" not in page


def test_who_does_not_see_the_other_file_cannot_move_there(
    session: Session, client: PortalClient, jana: StaffMember, wrong: Citizen
) -> None:
    closed = casefiles.case(session, accounts.citizen(session, last_name="Geheim"))
    closed.team = accounts.team(session, "Anderswo")
    paper = paper_for(session, jana, wrong)
    path = f"/amt/akten/dokument/{paper.id}/andere-akte"
    sent = {"reference": closed.file_reference, "reason": WHY}
    sent |= {"owner": str(closed.members[0].citizen_id)}
    for reference in (closed.file_reference, "JC-9999999", "abc", "JC-99999999999999"):
        answer = client.get(path, query_string={"reference": reference})
        assert answer.status_code == 422
        assert "keine Akte, die Sie öffnen dürfen" in answer.text
        assert "Geheim" not in answer.text
    assert client.post_form(path, sent).status_code == 422
    session.refresh(paper)
    assert paper.owner_id == wrong.id


def test_it_is_moved_by_two_forms(
    session: Session, client: PortalClient, jana: StaffMember, wrong: Citizen, right: Case
) -> None:
    paper = paper_for(session, jana, wrong)
    path = f"/amt/akten/dokument/{paper.id}/andere-akte"
    assert "Aktenzeichen" in client.get(path).text
    page = client.get(path, query_string={"reference": right.file_reference}).text
    assert "Petra Fux" in page
    form = {"reference": right.file_reference, "owner": str(right.members[0].citizen_id)}
    assert client.post_form(path, form | {"reason": ""}).status_code == 422
    assert client.post_form(path, form | {"reason": WHY}).status_code == 302
    session.refresh(paper)
    assert paper.case_id == right.id


def test_parts_that_share_a_file_move_together(
    session: Session, jana: StaffMember, wrong: Citizen, right: Case
) -> None:
    paper = paper_for(session, jana, wrong, pages=2)
    (part,) = paging.split(session, document=paper, firsts=[2], by=jana, now=clock.now())
    with pytest.raises(Conflict, match="teilt sich"):  # the new part is not yet prepared
        move(session, paper, right, jana)
    session.refresh(part)
    part.state, part.served_file_id = DocumentState.IN_REVIEW, paper.served_file_id
    part.served_content_type = paper.served_content_type
    session.flush()
    move(session, part, right, jana)
    for one in (paper, part):
        session.refresh(one)
        assert one.case_id == right.id
        assert holders(session, one) == {right.id}


def test_a_reason_and_a_person_of_that_file_are_needed(
    session: Session, jana: StaffMember, wrong: Citizen, right: Case
) -> None:
    paper = paper_for(session, jana, wrong)
    owner = right.members[0].citizen
    for reason, to in (("falsch", owner), (WHY, accounts.citizen(session))):
        with pytest.raises(InvalidInput):
            moving.move(
                session,
                document=paper,
                to=right,
                owner=to,
                reason=reason,
                by=jana,
                now=clock.now(),
            )


def test_what_came_back_or_is_the_offices_own_stays(
    session: Session, jana: StaffMember, wrong: Citizen, right: Case
) -> None:
    paper = paper_for(session, jana, wrong)
    service.reject(
        session, document=paper, reason="Zu dunkel.", due_on=None, by=jana, now=clock.now()
    )
    with pytest.raises(Conflict):
        move(session, paper, right, jana)
