"""Kept views: for oneself, for the team, and the one to begin with; and an open list that moves."""

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.inbox import saved_queries, saving
from tests.client import PortalClient
from tests.factories.accounts import staff_member
from tests.factories.inbox import work_item
from tests.queries import counted_queries


@pytest.fixture
def jana(client: PortalClient, session: Session) -> StaffMember:
    member = staff_member(session, Role.BENEFIT_OFFICER)
    client.sign_in(member)
    return member


def kept(session: Session, asker: StaffMember) -> list[str]:
    return [view.name for view in saved_queries.views_of(session, asker=asker)]


def test_a_view_is_kept_under_a_name_and_written_over(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    client.post_form("/amt/eingang/ansichten?frist=heute&suche=miete", {"name": "Heute"})
    client.post_form("/amt/eingang/ansichten?frist=woche", {"name": "Heute"})
    [view] = saved_queries.views_of(session, asker=jana)
    assert view.arguments == {"ansicht": "alle", "frist": "woche"}
    page = client.get("/amt/eingang?ansicht=alle").text
    assert "/amt/eingang?frist=woche&amp;ansicht=alle" in page
    assert "ist gespeichert" in page


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_view_needs_a_name(client: PortalClient, jana: StaffMember, name: str) -> None:
    assert client.post_form("/amt/eingang/ansichten", {"name": name}).status_code == 422


def test_the_team_shares_what_is_for_the_team(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    tobias = staff_member(session, Role.BENEFIT_OFFICER, team=jana.team)
    lead = staff_member(session, Role.TEAM_LEAD, team=jana.team)
    stranger = staff_member(session, Role.BENEFIT_OFFICER)
    client.post_form("/amt/eingang/ansichten?frist=heute", {"name": "Team", "fuer_team": "y"})
    client.post_form("/amt/eingang/ansichten?frist=heute", {"name": "Meins"})
    assert kept(session, jana) == ["Meins", "Team"]
    assert kept(session, tobias) == ["Team"]
    assert kept(session, stranger) == []
    view = next(v for v in saved_queries.views_of(session, asker=jana) if v.name == "Team")
    for who, status in ((stranger, 404), (tobias, 403), (lead, 303)):
        client.sign_in(who)
        path = f"/amt/eingang/ansichten/{view.id}/loeschen"
        assert client.post_form(path).status_code == status
    assert kept(session, tobias) == []


def test_the_list_begins_with_the_chosen_view(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    assert client.get("/amt/eingang").status_code == 200
    client.post_form("/amt/eingang/ansichten?frist=heute", {"name": "Heute", "als_start": "y"})
    answer = client.get("/amt/eingang")
    assert answer.location == "/amt/eingang?frist=heute&ansicht=alle"
    assert client.get("/amt/eingang?ansicht=alle").status_code == 200
    [view] = saved_queries.views_of(session, asker=jana)
    client.post_form(f"/amt/eingang/ansichten/{view.id}/start")
    assert client.get("/amt/eingang").status_code == 200


def test_a_person_keeps_a_bounded_number(
    client: PortalClient, jana: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "MOST", 1)
    client.post_form("/amt/eingang/ansichten", {"name": "Eins"})
    assert client.post_form("/amt/eingang/ansichten", {"name": "Zwei"}).status_code == 409
    assert client.post_form("/amt/eingang/ansichten", {"name": "Eins"}).status_code == 303


def test_an_open_list_is_told_only_what_has_moved(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    """Given an open list, when a colleague's deed moves it, then the next question shows it."""
    work_item(session, team_of=jana, title="Alt")
    first = client.get("/amt/eingang/stand").json
    assert "Alt" in first["list"]
    with counted_queries() as asked:
        same = client.get(f"/amt/eingang/stand?seit={first['stamp']}")
    assert (same.status_code, same.data) == (204, b"")
    assert len(asked) <= 4
    work_item(session, team_of=jana, title="Ganz neu")
    moved = client.get(f"/amt/eingang/stand?seit={first['stamp']}").json
    assert "Ganz neu" in moved["list"]
    assert moved["stamp"] != first["stamp"]
