"""The thing behind an item is gone: a page says so, the item goes, and it goes on from there."""

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.inbox.models import ItemKind, WorkItem
from tests.client import PortalClient
from tests.factories import accounts, casefiles
from tests.factories.inbox import work_item


@pytest.fixture
def jana(session: Session, client: PortalClient) -> StaffMember:
    jana = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    client.sign_in(jana)
    return jana


@pytest.fixture
def gone(session: Session, jana: StaffMember) -> WorkItem:
    return work_item(session, team_of=jana, title="Mietvertrag")


def test_opening_closes_it_and_says_what_has_happened(
    client: PortalClient, session: Session, gone: WorkItem
) -> None:
    answer = client.post_form(f"/amt/eingang/{gone.id}/oeffnen")
    assert answer.location == f"/amt/eingang/{gone.id}/weg"
    session.refresh(gone)
    assert gone.closed_why == "Die Sache gibt es nicht mehr."
    page = client.get(answer.location)
    assert page.status_code == 200
    assert "Diese Sache gibt es nicht mehr" in page.text
    assert "Der Vorgang ist abgeschlossen" in page.text
    assert "Mietvertrag" in page.text


def test_from_there_it_goes_on_to_the_next(
    client: PortalClient, session: Session, jana: StaffMember, gone: WorkItem
) -> None:
    there = casefiles.document(session)
    work_item(session, team_of=jana, subject_id=there.id)
    client.post_form(f"/amt/eingang/{gone.id}/oeffnen")
    onward = client.post_form(
        "/amt/eingang/weiter", {"von": str(gone.subject_id), "richtung": "vor"}
    )
    assert str(there.id) in str(onward.location)


def test_a_thing_that_is_there_is_opened_as_before(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    there = casefiles.document(session)
    item = work_item(session, team_of=jana, subject_id=there.id)
    assert str(there.id) in str(client.post_form(f"/amt/eingang/{item.id}/oeffnen").location)
    assert item.closed_at is None


def test_what_has_no_row_is_never_gone(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    item = work_item(session, team_of=jana, kind=ItemKind.HAND_OVER_LATE)
    assert "/weg" not in str(client.post_form(f"/amt/eingang/{item.id}/oeffnen").location)


def test_others_see_nothing_of_it(client: PortalClient, session: Session, gone: WorkItem) -> None:
    client.sign_in(accounts.staff_member(session, Role.BENEFIT_OFFICER))
    assert client.get(f"/amt/eingang/{gone.id}/weg").status_code == 404
