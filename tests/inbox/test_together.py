"""Deeds on many items at once, and taking them back."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.core import clock
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.inbox import many, queries, service
from portal.inbox.filters import Filters
from portal.inbox.list_models import Deed
from portal.inbox.models import ItemKind
from portal.office.queries import standing_of
from tests.client import PortalClient
from tests.factories.accounts import staff_member
from tests.factories.inbox import work_item

NOW = clock.now()
TODAY = clock.local_date(NOW)


@pytest.fixture
def jana(client: PortalClient, session: Session) -> StaffMember:
    member = staff_member(session, Role.BENEFIT_OFFICER)
    client.sign_in(member)
    return member


@pytest.fixture
def tobias(session: Session, jana: StaffMember) -> StaffMember:
    return staff_member(session, Role.BENEFIT_OFFICER, team=jana.team, last_name="Brandt")


def test_many_are_taken_and_given_back_at_once(session: Session, jana: StaffMember) -> None:
    """Given free items, when many are taken and it is undone, then they are free again."""
    items = [work_item(session, team_of=jana) for _ in range(3)]
    outcome = many.do(session, deed=Deed.TAKE, ids=[i.id for i in items], by=jana, now=NOW)
    session.flush()
    assert (outcome.done, outcome.refused) == (3, [])
    assert {item.assignee_id for item in items} == {jana.id}
    deed = many.latest(session, asker=jana, now=NOW)
    assert deed
    assert many.take_back(session, id=deed.id, by=jana, now=NOW).done == 3
    session.flush()
    assert {item.assignee_id for item in items} == {None}
    assert many.latest(session, asker=jana, now=NOW) is None
    with pytest.raises(Conflict, match="nicht mehr"):
        many.take_back(session, id=deed.id, by=jana, now=NOW)


def test_what_is_refused_is_told_and_the_rest_is_done(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    free = work_item(session, team_of=jana)
    his = work_item(session, team_of=jana, assignee_id=tobias.id, title="Seins")
    foreign = work_item(session, team_of=staff_member(session, Role.BENEFIT_OFFICER))
    ids = [free.id, his.id, foreign.id]
    outcome = many.do(session, deed=Deed.TAKE, ids=ids, by=jana, now=NOW)
    assert outcome.done == 1
    assert len(outcome.refused) == 1
    assert "Seins" in outcome.refused[0]
    assert foreign.assignee_id is None


def test_only_what_asks_for_no_step_is_ticked_off(session: Session, jana: StaffMember) -> None:
    told = work_item(session, team_of=jana, kind=ItemKind.APPOINTMENT_CANCELLED)
    paper = work_item(session, team_of=jana)
    outcome = many.do(session, deed=Deed.DONE, ids=[told.id, paper.id], by=jana, now=NOW)
    session.flush()
    assert outcome.done == 1
    assert told.closed_by == jana.name
    assert paper.closed_at is None
    deed = many.latest(session, asker=jana, now=NOW)
    assert deed
    assert many.take_back(session, id=deed.id, by=jana, now=NOW).done == 1
    assert told.closed_at is None


def test_undo_leaves_alone_what_somebody_has_gone_on_with(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    first, second = (work_item(session, team_of=jana) for _ in range(2))
    third = work_item(session, team_of=jana, kind=ItemKind.NOTE_REMARK)
    many.do(session, deed=Deed.TAKE, ids=[first.id, second.id], by=jana, now=NOW)
    deed = many.latest(session, asker=jana, now=NOW)
    assert deed
    service.hand_over(session, item=first, to=tobias, by=jana, now=NOW)
    session.flush()
    outcome = many.take_back(session, id=deed.id, by=jana, now=NOW)
    assert (outcome.done, len(outcome.refused)) == (1, 1)
    assert first.assignee_id == tobias.id

    later = NOW + timedelta(minutes=1)
    many.do(session, deed=Deed.DONE, ids=[third.id], by=jana, now=later)
    session.flush()
    work_item(session, team_of=jana, kind=third.kind, subject_id=third.subject_id)
    deed = many.latest(session, asker=jana, now=later)
    assert deed
    assert many.take_back(session, id=deed.id, by=jana, now=later).done == 0


def test_undo_is_for_the_one_who_did_it_and_for_a_while(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    item = work_item(session, team_of=jana)
    many.do(session, deed=Deed.TAKE, ids=[item.id], by=jana, now=NOW)
    session.flush()
    deed = many.latest(session, asker=jana, now=NOW)
    assert deed
    with pytest.raises(NotFound):
        many.take_back(session, id=deed.id, by=tobias, now=NOW)
    late = NOW + many.UNDO_FOR
    assert many.latest(session, asker=jana, now=late) is None
    with pytest.raises(Conflict):
        many.take_back(session, id=deed.id, by=jana, now=late)


def test_nothing_ticked_is_said(session: Session, jana: StaffMember) -> None:
    with pytest.raises(InvalidInput, match="Kreuzen Sie"):
        many.do(session, deed=Deed.TAKE, ids=[], by=jana, now=NOW)


def test_the_page_does_it_says_how_many_and_offers_undo(
    client: PortalClient, session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    items = [work_item(session, team_of=jana, title=f"Brief {n}") for n in range(3)]
    given = {"schritt": "geben", "colleague": str(tobias.id), "id": [str(i.id) for i in items[:2]]}
    answer = client.post_form("/amt/eingang/gemeinsam?ansicht=frei", given)
    assert answer.location == "/amt/eingang?ansicht=frei"
    page = client.get("/amt/eingang?ansicht=team").text
    assert "Bei 2 Vorgängen erledigt." in page
    assert "Zuletzt bei 2 Vorgängen: weitergegeben" in page
    deed = many.latest(session, asker=jana, now=clock.now())
    assert deed
    client.post_form("/amt/eingang/zuruecknehmen", {"um": str(deed.id)})
    page = client.get("/amt/eingang").text
    assert "Bei 2 Vorgängen zurückgenommen." in page
    assert "Zuletzt bei" not in page
    assert client.post_form("/amt/eingang/zuruecknehmen", {"um": "x"}).status_code == 422


def test_all_that_the_filters_find_even_beyond_the_page(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    items = [work_item(session, team_of=jana, title="Brief") for _ in range(queries.PAGE + 5)]
    other = work_item(session, team_of=jana, title="Antrag")
    client.post_form("/amt/eingang/gemeinsam?suche=brief", {"schritt": "nehmen", "alle": "y"})
    for one in (*items, other):
        session.refresh(one)
    assert {one.assignee_id for one in items} == {jana.id}
    assert other.assignee_id is None
    standing = standing_of(session, jana, day=TODAY)
    brief = Filters(words="brief")
    found = queries.first_ids(session, standing=standing, filters=brief, today=TODAY)
    assert len(found) == len(items)


@pytest.mark.parametrize("deed", ["", "loeschen"])
def test_an_unknown_deed_is_refused(client: PortalClient, jana: StaffMember, deed: str) -> None:
    assert client.post_form("/amt/eingang/gemeinsam", {"schritt": deed}).status_code == 422


def test_one_item_is_ticked_off_in_its_row(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    item = work_item(session, team_of=jana, kind=ItemKind.INTERPRETER_WANTED)
    paper = work_item(session, team_of=jana)
    client.post_form(f"/amt/eingang/{item.id}/erledigt")
    session.refresh(item)
    assert item.closed_at
    assert client.post_form(f"/amt/eingang/{paper.id}/erledigt").status_code == 409
    assert "Interpreter" not in client.get("/amt/eingang").text
    assert item.title in client.get("/amt/eingang?stand=erledigt").text
