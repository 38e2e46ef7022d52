"""What escalated is a list for who leads and for whom it was brought to; each row says its way."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.core import clock
from portal.core.errors import NotFound
from portal.inbox import assigning, escalating, queries, service, steps
from portal.inbox.filters import Filters, State, View
from portal.inbox.models import StepKind, WorkItem
from portal.office.queries import standing_of
from tests.client import PortalClient
from tests.factories import accounts, office
from tests.factories.inbox import work_item
from tests.queries import counted_queries

HE = "HE"
NOW = clock.now()
TODAY = clock.local_date(NOW)
DAY = timedelta(days=1)
ESCALATED = Filters(view=View.ESCALATED)


@pytest.fixture
def jana(session: Session) -> StaffMember:
    return accounts.staff_member(session, Role.BENEFIT_OFFICER, first_name="Jana")


@pytest.fixture
def lead(session: Session, jana: StaffMember) -> StaffMember:
    return office.lead(session, of=jana)


def went_up(
    session: Session, owner: StaffMember, *, seen: bool = True, **fields: object
) -> WorkItem:
    """Let the day of an item of somebody pass, and the clock of the office run on a working day."""
    item = work_item(
        session,
        team_of=owner,
        assignee_id=owner.id,
        due_on=TODAY - 8 * DAY,
        now=NOW - 12 * DAY,
        **fields,
    )
    assigning.take_in(session, now=NOW - 12 * DAY, land=HE)
    if seen:
        service.look_at(session, item=item, by=owner, now=NOW - 11 * DAY)
    session.flush()
    for days in range(7, 0, -1):
        if not item.is_escalated:
            escalating.escalate(session, now=NOW - days * DAY, land=HE)
            session.flush()
    assert item.is_escalated
    return item


def listed(session: Session, asker: StaffMember, filters: Filters = ESCALATED) -> list[WorkItem]:
    standing = standing_of(session, asker, day=TODAY)
    rows = queries.rows(session, standing=standing, filters=filters, today=TODAY)
    return [row.item for row in rows]


def escalated(session: Session, asker: StaffMember) -> int:
    standing = standing_of(session, asker, day=TODAY)
    return queries.counts(session, standing=standing, today=TODAY)[View.ESCALATED]


def test_the_lead_finds_what_went_up_in_the_team(
    session: Session, jana: StaffMember, lead: StaffMember
) -> None:
    """Given a late item and one in time, when the lead looks, then the late one is there."""
    late = went_up(session, jana)
    work_item(session, team_of=jana, assignee_id=jana.id, due_on=TODAY + 5 * DAY)
    assert listed(session, lead) == [late]
    assert escalated(session, lead) == 1
    assert listed(session, jana) == [], "an officer has it among the own"
    assert listed(session, jana, Filters(view=View.MINE, state=State.OPEN))[0] is late


def test_whom_it_was_brought_to_finds_it_though_it_lies_in_another_team(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    """Given a team without a lead, when an item is late, then the lead it went to can take it."""
    elsewhere = office.lead(session)
    stranger = office.lead(session)
    item = went_up(session, jana)
    told = elsewhere if item.alarmed_to_id == elsewhere.id else stranger
    other = stranger if told is elsewhere else elsewhere
    assert listed(session, told) == [item]
    assert listed(session, other) == []
    with pytest.raises(NotFound):
        queries.item_for(session, item.id, asker=other)
    before = queries.stamp(session, standing=standing_of(session, told, day=TODAY))
    client.sign_in(told)
    assert "Übernehmen" in client.get("/amt/eingang?ansicht=eskaliert").text
    client.post_form(f"/amt/eingang/{item.id}/uebernehmen?ansicht=eskaliert")
    session.refresh(item)
    assert item.assignee_id == told.id
    assert queries.stamp(session, standing=standing_of(session, told, day=TODAY)) != before
    assert listed(session, told) == [], "who takes it in hand has settled it"


def test_who_stands_in_for_the_lead_finds_it_too(
    session: Session, jana: StaffMember, lead: StaffMember
) -> None:
    item = went_up(session, jana)
    deputy = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    assert listed(session, deputy) == []
    office.substitution(session, absent=lead, substitute=deputy)
    assert listed(session, deputy) == [item]


def test_a_private_one_that_lay_is_seen_by_the_lead_in_the_end(
    session: Session, jana: StaffMember, lead: StaffMember
) -> None:
    """Given a private item, when its day passes, then the lead sees it in this list alone."""
    item = went_up(session, jana, is_private=True)
    assert listed(session, lead) == [item]
    assert listed(session, lead, Filters(view=View.TEAM)) == []
    assert queries.item_for(session, item.id, asker=lead) is item
    colleague = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=jana.team)
    with pytest.raises(NotFound):
        queries.item_for(session, item.id, asker=colleague)


@pytest.mark.parametrize("is_private", [False, True])
def test_what_no_lead_looked_at_everybody_who_leads_and_the_team_may_take(
    client: PortalClient, session: Session, jana: StaffMember, lead: StaffMember, is_private: bool
) -> None:
    """Given an item nobody looks at, when it went up to all, then a colleague can take it.

    A private one stays with those who lead.
    """
    item = went_up(session, lead, seen=False, is_private=is_private)
    assert item.is_open_to_all
    elsewhere, stranger = office.lead(session), accounts.staff_member(session, Role.BENEFIT_OFFICER)
    assert listed(session, lead) == listed(session, elsewhere) == [item]
    assert listed(session, stranger) == []
    assert listed(session, jana) == ([] if is_private else [item])
    if is_private:
        with pytest.raises(NotFound):
            queries.item_for(session, item.id, asker=jana)
        return
    client.sign_in(jana)
    page = client.get("/amt/eingang?ansicht=eskaliert").text
    assert "Jetzt sehen es alle Leitungen und das Team" in page
    client.post_form(f"/amt/eingang/{item.id}/uebernehmen?ansicht=eskaliert")
    session.refresh(item)
    assert (item.assignee_id, item.is_escalated) == (jana.id, False)


def test_it_leaves_the_list_when_somebody_takes_it_in_hand(
    session: Session, jana: StaffMember, lead: StaffMember
) -> None:
    item = went_up(session, jana)
    session.refresh(item, ["assignee"])
    service.hand_over(session, item=item, to=lead, by=lead, now=NOW)
    session.flush()
    assert listed(session, lead) == []
    assert escalated(session, lead) == 0


def test_the_way_of_an_item_is_told_when_what_to_whom_why(
    session: Session, jana: StaffMember, lead: StaffMember
) -> None:
    """Given an item nobody looked at, when its way is read, then it was given to the lead."""
    item = went_up(session, jana, seen=False)
    way = steps.ways_of(session, [item])[item.id]
    assert way[-1].kind is StepKind.MOVED_UP
    assert way[-1].to_name == lead.name
    assert way[-1].by_name is None, "the house itself"
    assert way[-1].why == "Niemand hat es angesehen, und die Frist ist vorbei."
    session.refresh(item, ["assignee"])
    service.hand_over(session, item=item, to=jana, by=lead, now=NOW)
    session.flush()
    last = steps.ways_of(session, [item])[item.id][-1]
    assert (last.to_name, last.by_name, last.why) == (jana.name, lead.name, "Weitergegeben.")


def test_only_the_latest_steps_stand_in_the_list(
    session: Session, jana: StaffMember, lead: StaffMember
) -> None:
    item, other = (work_item(session, team_of=jana) for _ in range(2))
    for number in range(steps.SHOWN + 3):
        now = NOW + timedelta(minutes=number)
        steps.note(session, item, deed="inbox.claimed", why=f"{number}.", by=jana, now=now)
    steps.note(session, other, deed="inbox.claimed", why="Einmal.", by=jana, now=NOW)
    session.flush()
    found = steps.ways_of(session, [item, other])
    assert [one.why for one in found[item.id]] == [f"{n}." for n in range(3, steps.SHOWN + 3)]
    assert [one.why for one in found[other.id]] == ["Einmal."]


def test_the_page_shows_tab_mark_and_way(
    client: PortalClient, session: Session, jana: StaffMember, lead: StaffMember
) -> None:
    """Given an escalated item, when the lead opens the list, then the row says it in words."""
    client.sign_in(lead)
    page = client.get("/amt/eingang").text
    assert "ansicht=eskaliert" in page, "who leads has the list even when it is empty"
    assert "Nichts ist eskaliert" in client.get("/amt/eingang?ansicht=eskaliert").text
    went_up(session, jana, seen=False)
    page = client.get("/amt/eingang?ansicht=eskaliert").text
    for words in ("Eskaliert", f"an {lead.name}:", "Niemand hat es angesehen", "Weg im Haus"):
        assert words in page
    client.sign_in(accounts.staff_member(session, Role.BENEFIT_OFFICER, team=jana.team))
    assert "ansicht=eskaliert" not in client.get("/amt/eingang").text


def test_the_list_asks_as_often_for_many_as_for_one(
    client: PortalClient, session: Session, jana: StaffMember, lead: StaffMember
) -> None:
    client.sign_in(lead)
    went_up(session, jana)
    session.expire_all()
    with counted_queries() as one:
        client.get("/amt/eingang?ansicht=eskaliert")
    for _ in range(5):
        went_up(session, jana, seen=False)
    session.expire_all()
    with counted_queries() as many:
        client.get("/amt/eingang?ansicht=eskaliert")
    assert len(many) == len(one)


def test_mein_tag_counts_it_and_leads_there(
    client: PortalClient, session: Session, jana: StaffMember, lead: StaffMember
) -> None:
    went_up(session, jana)
    client.sign_in(lead)
    page = client.get("/amt").text
    shown = page.partition('href="/amt/eingang?ansicht=eskaliert"')[2].partition("</a>")[0]
    assert ">1<" in shown
    assert "eskaliert" in shown
    client.sign_in(accounts.staff_member(session, Role.BENEFIT_OFFICER, team=jana.team))
    assert "ansicht=eskaliert" not in client.get("/amt").text
