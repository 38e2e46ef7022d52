"""The pages of the inbox."""

import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.core import clock
from portal.inbox import service
from portal.inbox.links import address_of
from portal.inbox.models import ItemKind, ItemView, WorkItem
from portal.inbox.queries import PAGE
from tests.client import PortalClient
from tests.factories import casefiles
from tests.factories.accounts import staff_member
from tests.factories.inbox import work_item
from tests.queries import counted_queries


@pytest.fixture
def jana(client: PortalClient, session: Session) -> StaffMember:
    member = staff_member(session, Role.BENEFIT_OFFICER)
    client.sign_in(member)
    return member


@pytest.fixture
def tobias(session: Session, jana: StaffMember) -> StaffMember:
    return staff_member(session, Role.BENEFIT_OFFICER, team=jana.team, last_name="Brandt")


def test_an_empty_inbox_says_what_would_be_here(client: PortalClient, jana: StaffMember) -> None:
    assert "Der Eingang ist leer" in client.get("/amt/eingang").text
    assert "Bei Ihnen liegt nichts" in client.get("/amt/eingang?ansicht=meine").text
    assert "Nichts gefunden" in client.get("/amt/eingang?suche=xyz").text


def test_a_row_says_why_it_is_here_and_what_to_do(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    work_item(
        session,
        team_of=jana,
        urgency=1,
        urgency_reason="Der Bewilligungszeitraum endet bald.",
        due_on=clock.local_date(clock.now()),
    )
    page = client.get("/amt/eingang").text
    for words in (
        "Mietvertrag",
        "Oksana Kovalenko",
        "Das Dokument ist neu angekommen.",
        "Der Bewilligungszeitraum endet bald.",
        "Neu",
        "noch frei",
        "Prüfen",
        "heute",
    ):
        assert words in page


@pytest.mark.parametrize(
    "address", ["?ansicht=x&art=y&frist=z&seite=-4", "?seite=viel", "?seite=99"]
)
def test_an_address_that_makes_no_sense_shows_the_list(
    client: PortalClient, jana: StaffMember, address: str
) -> None:
    assert client.get(f"/amt/eingang{address}").status_code == 200


def test_filters_stand_behind_one_disclosure_and_say_what_narrows(
    client: PortalClient, session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    """Given three filters, when the list opens, then each is named and can be lifted alone."""
    address = f"/amt/eingang?frist=ueberfaellig&bei={tobias.id}&suche=brief&ordnung=frist"
    bar = client.get(address).text.partition('role="search"')[2].partition("</form>")[0]
    assert '<details class="filter-bar__more">' in bar, "closed: the list is seen at once"
    assert "3 aktiv" in bar
    chips = {words: href for href, words in re.findall(r'<li><a href="([^"]+)">([^<]+) <span', bar)}
    assert set(chips) == {"Frist: überfällig", f"Bei: {tobias.name}", "Suche: brief"}
    without = chips["Frist: überfällig"].replace("&amp;", "&")
    assert "frist=ueberfaellig" not in without
    assert "ordnung=frist" in without
    assert "2 aktiv" in client.get(without).text
    assert "aktiv</span>" not in client.get("/amt/eingang?ordnung=frist").text


def test_the_page_asks_as_often_for_many_rows_as_for_one(
    client: PortalClient, session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    work_item(session, team_of=jana)
    session.expire_all()
    with counted_queries() as one:
        client.get("/amt/eingang")
    for number in range(PAGE):
        work_item(session, team_of=jana, title=f"{number}", assignee_id=tobias.id)
    session.expire_all()
    with counted_queries() as many:
        page = client.get("/amt/eingang")
    assert len(many) == len(one)
    asks_for_absences = [one for one in many if "JOIN substitutions" in one]
    assert len(asks_for_absences) == 1, "for whom the asker stands is asked once for the page"
    assert "seite=2" in page.text
    assert "seite=1" in client.get("/amt/eingang?seite=2").text


def paper(session: Session, jana: StaffMember, **fields: Any) -> WorkItem:
    """Put a paper before the team that is there when it is opened."""
    there = casefiles.document(session, prepared=False)
    return work_item(session, team_of=jana, subject_id=there.id, **fields)


def test_opening_shows_the_thing_and_remembers_the_look(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    item = paper(session, jana)
    answer = client.post_form(f"/amt/eingang/{item.id}/oeffnen?ansicht=team")
    assert answer.status_code == 303
    assert answer.location == address_of(item.kind, item.subject_id)
    assert session.get(ItemView, (jana.id, item.id))
    assert "Neu" not in client.get("/amt/eingang").text.partition("<tbody>")[2]


def test_items_of_others_do_not_exist(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    foreign = work_item(session, team_of=staff_member(session, Role.BENEFIT_OFFICER))
    for deed in ("oeffnen", "uebernehmen", "weitergeben"):
        assert client.post_form(f"/amt/eingang/{foreign.id}/{deed}").status_code == 404


def test_taking_and_handing_on(
    client: PortalClient, session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    item = work_item(session, team_of=jana)
    answer = client.post_form(f"/amt/eingang/{item.id}/uebernehmen?ansicht=frei")
    assert answer.location == "/amt/eingang?ansicht=frei"
    assert "Übernommen: Mietvertrag" in client.get("/amt/eingang?ansicht=meine").text
    client.post_form(f"/amt/eingang/{item.id}/weitergeben", {"colleague": str(tobias.id)})
    page = client.get("/amt/eingang").text
    assert "Mietvertrag liegt jetzt bei Jana Brandt." in page
    session.refresh(item)
    assert item.assignee_id == tobias.id
    assert client.post_form(f"/amt/eingang/{item.id}/uebernehmen").status_code == 409


@pytest.mark.parametrize("who", ["", "x", "00000000-0000-4000-8000-000000000000"])
def test_handing_on_to_nobody_is_refused(
    client: PortalClient, session: Session, jana: StaffMember, who: str
) -> None:
    item = work_item(session, team_of=jana)
    answer = client.post_form(f"/amt/eingang/{item.id}/weitergeben", {"colleague": who})
    assert answer.status_code == 422
    assert "Wählen Sie" in answer.text
    session.refresh(item)
    assert item.assignee_id is None


def test_the_way_through_the_list(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    first = paper(session, jana, urgency=2)
    work_item(session, team_of=jana, urgency=1, kind=ItemKind.APPLICATION)
    second = paper(session, jana)
    client.post_form(f"/amt/eingang/{first.id}/oeffnen?art=document")
    step = client.post_form(
        "/amt/eingang/weiter", {"von": str(first.subject_id), "richtung": "vor"}
    )
    assert step.location == address_of(second.kind, second.subject_id)
    back = client.post_form(
        "/amt/eingang/weiter", {"von": str(second.subject_id), "richtung": "zurueck"}
    )
    assert back.location == address_of(first.kind, first.subject_id)
    end = client.post_form(
        "/amt/eingang/weiter", {"von": str(second.subject_id), "richtung": "vor"}
    )
    assert end.location == "/amt/eingang?ansicht=alle&art=document"


def test_after_a_deed_the_next_thing_opens(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    first = paper(session, jana, urgency=2)
    second = paper(session, jana)
    service.close_items(
        session, kind=first.kind, subject_id=first.subject_id, by=jana, now=clock.now()
    )
    session.flush()
    answer = client.get(f"/amt/eingang/naechstes?von={first.subject_id}")
    assert answer.location == address_of(second.kind, second.subject_id)
    assert client.get("/amt/eingang/naechstes?von=x").location == "/amt/eingang"
    assert client.get(f"/amt/eingang/naechstes?von={second.subject_id}").location == "/amt/eingang"
