"""The office sends papers with a message: of the file, or a file that goes there first."""

import io
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.audit.queries import events_about
from portal.casefiles.models import Case, Channel, Document, DocumentKind, DocumentState, HandIn
from portal.core.errors import InvalidInput
from portal.inbox.models import ItemKind, WorkItem
from portal.messages.attaching import Papers
from portal.messages.models import Entry, Thread
from portal.notifications.models import Message
from tests.client import PortalClient
from tests.factories import accounts, casefiles, papers
from tests.factories import messages as make


@pytest.fixture
def oksana(session: Session) -> Citizen:
    return accounts.citizen(session)


@pytest.fixture
def jana(session: Session, oksana: Citizen) -> StaffMember:
    jana = make.officer(session)
    make.case_with(session, oksana, jana)
    return jana


@pytest.fixture
def thread(session: Session, oksana: Citizen, jana: StaffMember) -> Thread:
    made = make.thread(session, oksana)
    session.commit()
    return made


def paper(session: Session, owner: Citizen, **fields: Any) -> Document:
    """Put a paper into the file that was looked at."""
    return casefiles.document(session, owner=owner, **fields)


def latest(session: Session) -> Entry:
    session.expire_all()
    return session.scalars(select(Entry).order_by(Entry.position.desc()).limit(1)).one()


def papers_of(session: Session, entry: Entry) -> list[Document]:
    session.refresh(entry, ["papers"])
    return [session.get_one(Document, one.document_id) for one in entry.papers]


def answering(**more: object) -> dict[str, object]:
    return {"text": "Hier ist es.", "key": str(uuid4()), **more}


def test_a_paper_of_the_file_goes_along_and_the_citizen_opens_it(
    client: PortalClient, session: Session, thread: Thread, oksana: Citizen, jana: StaffMember
) -> None:
    rent = paper(session, oksana, title="Mietvertrag")
    session.commit()
    here = f"/amt/nachrichten/{thread.id}"
    client.sign_in(jana)
    assert f'value="{rent.id}"' in client.get(here).text
    client.post_form(here, answering(papers=str(rent.id)))
    assert papers_of(session, latest(session)) == [rent]
    assert "Mietvertrag" in client.get(here).text
    [event] = [
        one
        for one in events_about(session, kind="thread", id=thread.id)
        if one.deed == "messages.answered"
    ]
    assert event.facts["documents"] == [str(rent.id)]
    client.sign_in(oksana)
    assert f'href="/unterlagen/{rent.id}"' in client.get(f"/nachrichten/{thread.id}").text
    assert client.get(f"/unterlagen/{rent.id}").status_code == 200


def test_a_file_goes_into_the_digital_file_first(
    client: PortalClient, session: Session, thread: Thread, oksana: Citizen, jana: StaffMember
) -> None:
    client.sign_in(jana)
    before = len(session.scalars(select(Message)).all())
    file = (io.BytesIO(papers.pdf()), "Merkblatt Heizung.pdf", "application/pdf")
    client.post_form(f"/amt/nachrichten/{thread.id}", answering(files=file))
    [made] = papers_of(session, latest(session))
    assert (made.title, made.owner_id, made.case_id) == (
        "Merkblatt Heizung",
        oksana.id,
        thread.case_id,
    )
    assert made.state is DocumentState.RECEIVED  # it is looked at like any other
    item = session.scalars(select(WorkItem).where(WorkItem.subject_id == made.id)).one()
    assert (item.kind, item.assignee_id) == (ItemKind.DOCUMENT, jana.id)
    assert session.scalars(select(HandIn.channel)).all()[-1] == Channel.OFFICE
    templates = [one.template for one in session.scalars(select(Message))][before:]
    assert templates == ["message_arrived"]  # and not that somebody has handed something in
    client.sign_in(oksana)
    assert "Merkblatt Heizung" in client.get(f"/nachrichten/{thread.id}").text


def test_a_new_message_takes_papers_too_and_names_whose_they_are(
    client: PortalClient, session: Session, thread: Thread, oksana: Citizen, jana: StaffMember
) -> None:
    farid = accounts.citizen(session, first_name="Farid")
    casefiles.member(session, session.get_one(Case, thread.case_id), farid)
    theirs, hers = paper(session, farid), paper(session, oksana)
    session.commit()
    client.sign_in(jana)
    page = f"/amt/nachrichten/akte/{thread.case_id}/neu"
    assert f"{farid.name}: " in client.get(page).text
    fields = {"person": str(oksana.id), "topic": "money", "subject": "Miete"}
    refused = client.post_form(page, answering(papers=str(theirs.id), **fields))
    assert "gehört einer anderen Person" in refused.text
    client.post_form(page, answering(papers=str(hers.id), **fields))
    assert papers_of(session, latest_of(session, "Miete")) == [hers]


def latest_of(session: Session, subject: str) -> Entry:
    session.expire_all()
    return session.scalars(select(Entry).join(Thread).where(Thread.subject == subject)).one()


def test_what_the_person_cannot_open_is_not_offered(
    client: PortalClient, session: Session, thread: Thread, oksana: Citizen, jana: StaffMember
) -> None:
    letter = paper(session, oksana, kind=DocumentKind.LETTER)
    unseen = casefiles.document(session, owner=oksana, prepared=False, kind=DocumentKind.OTHER)
    foreign = paper(session, accounts.citizen(session))
    session.commit()
    client.sign_in(jana)
    here = f"/amt/nachrichten/{thread.id}"
    page = client.get(here).text
    for one in (letter, unseen, foreign):
        assert str(one.id) not in page
        refused = client.post_form(here, answering(papers=str(one.id)))
        assert refused.status_code == 422
    assert latest(session).text != "Hier ist es."


def test_more_than_one_hand_in_may_have_is_refused(
    session: Session, thread: Thread, oksana: Citizen, jana: StaffMember
) -> None:
    many = Papers([paper(session, oksana)] * 11)
    with pytest.raises(InvalidInput):
        make.answered(session, thread, jana, papers=many)
