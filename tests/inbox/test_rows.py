"""The rows of the list: what each says is its own, though what they share is written once."""

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
from flask import Flask, url_for
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.core import clock
from portal.core.db import new_id
from portal.core.templating import url_for_each
from portal.inbox import service
from portal.inbox.models import KEPT_CHANGES, ItemKind, WorkItem
from tests.client import PortalClient
from tests.factories.accounts import staff_member
from tests.factories.inbox import work_item


@pytest.fixture
def jana(client: PortalClient, session: Session) -> StaffMember:
    member = staff_member(session, Role.TEAM_LEAD, Role.BENEFIT_OFFICER)
    client.sign_in(member)
    return member


@pytest.fixture
def tobias(session: Session, jana: StaffMember) -> StaffMember:
    return staff_member(session, Role.BENEFIT_OFFICER, team=jana.team, last_name="Brandt")


def row_of(page: str, item: WorkItem) -> str:
    """Return the row of an item, as a browser reads it."""
    _, found, after = page.partition(f'data-id="{item.id}"')
    assert found, "the item is in the list"
    return unescape(after.partition("</tr>")[0])


def test_each_row_leads_to_its_own_item_and_back_into_the_list(
    client: PortalClient, session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    items = [
        work_item(session, team_of=jana, kind=ItemKind.CALLBACK_WANTED, title=f"Rückruf {number}")
        for number in range(2)
    ]
    for item in items:
        item.case_id, item.reference = new_id(), "JC-0000001"
    session.flush()
    page = client.get("/amt/eingang?suche=rückruf&ordnung=frist").text
    for item in items:
        row = row_of(page, item)
        for deed in ("oeffnen", "uebernehmen", "weitergeben", "erledigt"):
            address = f"/amt/eingang/{item.id}/{deed}?ansicht=alle&ordnung=frist&suche=r%C3%BCckruf"
            assert f'action="{address}"' in row
        assert f'href="/amt/wiedervorlagen/zu/{item.id}"' in row
        assert f'href="/amt/akten/{item.case_id}/ueberblick"' in row
        assert row.count(f": {item.title}, {item.person}</span>") == 5, "each deed says on what"
        assert row.count('name="csrf_token"') == 4


def test_the_deeds_of_a_row_reach_the_server_as_they_stand_there(
    client: PortalClient, session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    """Given a list, when the addresses of a row are sent as they are, then the deed is done."""
    item = work_item(session, team_of=jana, kind=ItemKind.CALLBACK_WANTED)
    row = row_of(client.get("/amt/eingang?art=callback_wanted").text, item)
    claim, hand_over, finish, _open = re.findall(r'action="([^"]+)"', row)
    assert client.post_form(claim).status_code == 303
    session.refresh(item)
    assert item.assignee_id == jana.id
    answer = client.post_form(hand_over, {"colleague": str(tobias.id)})
    assert answer.location == "/amt/eingang?ansicht=alle&art=callback_wanted"
    session.refresh(item)
    assert item.assignee_id == tobias.id
    client.post_form(finish)
    session.refresh(item)
    assert item.closed_at is not None


def test_a_row_is_offered_to_everybody_but_who_has_it(
    client: PortalClient, session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    owners = [None, jana.id, tobias.id, None, tobias.id]
    items = [work_item(session, team_of=jana, assignee_id=owner) for owner in owners]
    page = client.get("/amt/eingang").text
    for item, owner in zip(items, owners, strict=True):
        offered = re.findall(r'<option value="([^"]+)">([^<]+)<', row_of(page, item))
        names = {str(one.id): one.name for one in (jana, tobias) if one.id != owner}
        assert dict(offered) == names
        assert len(offered) == len(names)


def test_nobody_is_offered_who_would_be_refused(
    client: PortalClient, session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    """Given somebody without an inbox and somebody who had a hand in it, neither is a choice."""
    staff_member(session, Role.MANAGEMENT, team=jana.team, last_name="Aalen")
    lena = staff_member(session, Role.BENEFIT_OFFICER, team=jana.team, last_name="Lindner")
    item = work_item(session, team_of=jana, assignee_id=jana.id, kept_from=[str(tobias.id)])
    page = client.get("/amt/eingang").text
    assert re.findall(r'<option value="([^"]+)"', row_of(page, item)) == [str(lena.id)]
    together = page.partition('id="gemeinsam-an"')[2].partition("</select>")[0]
    assert together.count("<option") == 3
    assert "Aalen" not in together


def test_who_stands_in_elsewhere_gives_things_back_there(
    client: PortalClient, session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    """Given an item of another team, its own people are offered, and one of them gets it."""
    elsewhere = staff_member(session, Role.BENEFIT_OFFICER, last_name="Meier")
    own = work_item(session, team_of=elsewhere)
    theirs = work_item(session, team_of=jana, assignee_id=elsewhere.id)
    client.sign_in(elsewhere)
    page = client.get("/amt/eingang").text
    offered = re.findall(r'<option value="([^"]+)"', row_of(page, theirs))
    assert set(offered) == {str(jana.id), str(tobias.id)}
    assert re.findall(r'<option value="([^"]+)"', row_of(page, own)) == [str(elsewhere.id)]
    client.post_form(f"/amt/eingang/{theirs.id}/weitergeben", {"colleague": str(tobias.id)})
    session.refresh(theirs)
    assert theirs.assignee_id == tobias.id


def test_a_row_names_the_team_only_where_it_is_another(
    client: PortalClient, session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    """Given an item of another team, its row says so, and the list can be narrowed to it."""
    own = work_item(session, team_of=jana)
    assert 'name="team"' not in client.get("/amt/eingang").text, "one team is no choice"
    elsewhere = staff_member(session, Role.BENEFIT_OFFICER, last_name="Meier")
    theirs = work_item(session, team_of=elsewhere, assignee_id=jana.id)
    name = elsewhere.team.name
    page = client.get("/amt/eingang").text
    assert name in row_of(page, theirs)
    assert jana.team.name not in row_of(page, own)
    assert f'<option value="{elsewhere.team_id}">{name}</option>' in page
    narrow = client.get(f"/amt/eingang?team={elsewhere.team_id}").text
    assert f"Team: {name}" in narrow
    assert str(own.id) not in narrow
    assert "Team: ein anderes Team" in client.get(f"/amt/eingang?team={new_id()}").text


def test_a_row_tells_every_change_since_the_last_look(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    subject = new_id()
    item = work_item(session, team_of=jana, subject_id=subject, now=clock.now() - timedelta(days=2))
    service.look_at(session, item=item, by=jana, now=clock.now() - timedelta(days=1))
    for number in range(5):
        work_item(session, team_of=jana, subject_id=subject, reason=f"Änderung {number}.")
    row = row_of(client.get("/amt/eingang").text, item)
    assert "Änderung 2. Änderung 3. Änderung 4. Und 2 Änderungen davor." in row
    assert "Änderung 1." not in row


def test_a_row_gives_no_number_when_there_were_more_changes_than_are_kept(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    subject = new_id()
    item = work_item(session, team_of=jana, subject_id=subject, now=clock.now() - timedelta(days=2))
    service.look_at(session, item=item, by=jana, now=clock.now() - timedelta(days=1))
    for number in range(KEPT_CHANGES + 2):
        work_item(session, team_of=jana, subject_id=subject, reason=f"Änderung {number}.")
    row = row_of(client.get("/amt/eingang").text, item)
    assert "Änderung 21. Und viele Änderungen davor." in row


def test_where_nobody_is_left_nothing_is_offered(
    client: PortalClient, session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    item = work_item(session, team_of=jana, assignee_id=jana.id, kept_from=[str(tobias.id)])
    assert "<select" not in row_of(client.get("/amt/eingang").text, item)


def test_names_and_titles_are_text_wherever_a_row_says_them(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    work_item(session, team_of=jana, title="<b>Brief</b>", person="Oksana & Sohn")
    page = client.get("/amt/eingang").text
    assert "<b>Brief</b>" not in page
    assert page.count("&lt;b&gt;Brief&lt;/b&gt;, Oksana &amp; Sohn") == 4


def test_a_filter_that_looks_like_the_place_of_the_id_stays(rolled_back_app: Flask) -> None:
    nobody, item_id = UUID(int=0), new_id()
    with rolled_back_app.test_request_context():
        written = url_for_each("staff_inbox.open", bei=str(nobody))(item_id)
        assert written == url_for("staff_inbox.open", id=item_id, bei=str(nobody))
