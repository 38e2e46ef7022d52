"""Wiedervorlagen: put off, seen by the right people, back on the day, done once."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.core import clock
from portal.core.errors import InvalidInput, NotFound
from portal.inbox import assigning, follow_ups, queries
from portal.inbox.models import FollowUp, ItemKind
from portal.inbox.queries import Filters
from portal.office.queries import standing_of
from tests.client import PortalClient
from tests.factories import accounts, casefiles, office
from tests.factories.inbox import work_item
from tests.queries import counted_queries

NOW = clock.now()
TODAY = clock.local_date(NOW)
HE = "HE"


@pytest.fixture
def jana(client: PortalClient, session: Session) -> StaffMember:
    member = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    client.sign_in(member)
    return member


@pytest.fixture
def tobias(session: Session, jana: StaffMember) -> StaffMember:
    return accounts.staff_member(session, Role.BENEFIT_OFFICER, team=jana.team)


def put(session: Session, by: StaffMember, *, is_private: bool = False, days: int = 7) -> FollowUp:
    made = follow_ups.put(
        session,
        day=TODAY + timedelta(days=days),
        note="Mietvertrag nachfragen",
        is_private=is_private,
        by=by,
        now=NOW,
        land=HE,
    )
    session.flush()
    return made


def back(session: Session, one: FollowUp) -> datetime:
    now = NOW + (one.day - TODAY)
    follow_ups.bring_back(session, now=now)
    session.flush()
    assigning.take_in(session, now=now, land=HE)
    session.flush()
    return now


def reasons(session: Session, asker: StaffMember) -> list[str]:
    standing = standing_of(session, asker, day=TODAY)
    rows = queries.rows(session, standing=standing, filters=Filters(), today=TODAY)
    return [row.item.reason for row in rows]


def test_it_comes_back_on_its_day_and_only_once(session: Session, jana: StaffMember) -> None:
    one = put(session, jana)
    assert follow_ups.bring_back(session, now=NOW) == 0
    now = back(session, one)
    assert reasons(session, jana) == ["Mietvertrag nachfragen"]
    assert follow_ups.bring_back(session, now=now) == 0
    item = queries.item_about(session, one.id, asker=jana)
    assert item
    assert (item.kind, item.due_on, item.assignee_id) == (ItemKind.FOLLOW_UP, one.day, jana.id)
    follow_ups.finish(session, follow_up=one, by=jana, now=now)
    session.flush()
    assert reasons(session, jana) == []


def test_a_day_off_becomes_the_next_working_day(session: Session, jana: StaffMember) -> None:
    made = follow_ups.put(
        session,
        day=date(2026, 12, 25),
        note="Nach Weihnachten",
        is_private=False,
        by=jana,
        now=datetime(2026, 12, 1, tzinfo=NOW.tzinfo),
        land=HE,
    )
    assert made.day == date(2026, 12, 28)


def test_a_private_one_is_seen_by_its_owner_and_who_stands_in(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    one = put(session, jana, is_private=True)
    back(session, one)
    assert reasons(session, jana) == ["Mietvertrag nachfragen"]
    assert reasons(session, tobias) == []
    assert follow_ups.follow_ups_for(session, asker=tobias, today=TODAY) == []
    with pytest.raises(NotFound):
        follow_ups.follow_up_for(session, one.id, asker=tobias, today=TODAY)
    office.substitution(session, absent=jana, substitute=tobias)
    session.flush()
    assert reasons(session, tobias) == ["Mietvertrag nachfragen"]
    assert follow_ups.follow_up_for(session, one.id, asker=tobias, today=TODAY) is one


def test_what_belonged_to_somebody_who_left_comes_to_the_team(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    one = put(session, jana, is_private=True)
    jana.is_active = False
    back(session, one)
    item = queries.item_about(session, one.id, asker=tobias)
    assert item
    assert item.assignee_id == tobias.id


def test_another_team_sees_nothing(session: Session, jana: StaffMember) -> None:
    one = put(session, jana)
    stranger = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    with pytest.raises(NotFound):
        follow_ups.follow_up_for(session, one.id, asker=stranger, today=TODAY)


def test_check_17_a_closed_file_shows_no_follow_up(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    case = casefiles.case(session)
    one = follow_ups.put(
        session,
        day=TODAY + timedelta(days=3),
        note="x",
        is_private=False,
        case_id=case.id,
        by=jana,
        now=NOW,
        land=HE,
    )
    session.flush()
    assert follow_ups.follow_up_for(session, one.id, asker=tobias, today=TODAY)
    office.conflict(session, case=case, member=tobias)
    with pytest.raises(NotFound):
        follow_ups.follow_up_for(session, one.id, asker=tobias, today=TODAY)


@pytest.mark.parametrize(
    ("day", "note"),
    [
        (TODAY, "heute"),
        (TODAY - timedelta(days=1), "gestern"),
        (TODAY + timedelta(days=3000), "in acht Jahren"),
        (TODAY + timedelta(days=2), "   "),
        (TODAY + timedelta(days=2), "x" * 501),
    ],
)
def test_what_makes_no_sense_is_refused(
    session: Session, jana: StaffMember, day: date, note: str
) -> None:
    with pytest.raises(InvalidInput):
        follow_ups.put(session, day=day, note=note, is_private=False, by=jana, now=NOW, land=HE)


def test_moving_takes_the_item_away_until_the_new_day(session: Session, jana: StaffMember) -> None:
    one = put(session, jana)
    now = back(session, one)
    later = one.day + timedelta(days=7)
    follow_ups.move(session, follow_up=one, day=later, by=jana, now=now, land=HE)
    session.flush()
    assert reasons(session, jana) == []
    back(session, one)
    assert reasons(session, jana) == ["Mietvertrag nachfragen"]


def form(day: date, **fields: str) -> dict[str, str]:
    return {
        "day-day": f"{day.day}",
        "day-month": f"{day.month}",
        "day-year": f"{day.year}",
        "day": day.isoformat(),
        "note": "Anrufen",
        "seen_by": "team",
        **fields,
    }


def test_the_pages(client: PortalClient, session: Session, jana: StaffMember) -> None:
    assert "Nichts liegt auf Wiedervorlage" in client.get("/amt/wiedervorlagen").text
    item = work_item(session, team_of=jana, due_on=TODAY + timedelta(days=9))
    assert "Mietvertrag, Oksana" in client.get(f"/amt/wiedervorlagen/zu/{item.id}").text
    day = TODAY + timedelta(days=5)
    answer = client.post_form(f"/amt/wiedervorlagen/zu/{item.id}", data=form(day))
    assert answer.status_code == 303
    [one] = follow_ups.follow_ups_for(session, asker=jana, today=TODAY)
    assert (one.person, one.item_id) == ("Oksana Kovalenko", item.id)
    assert "Anrufen" in client.get("/amt/wiedervorlagen?ansicht=meine").text
    assert "Anrufen" in client.get(f"/amt/wiedervorlagen/{one.id}").text
    moved = client.post_form(
        f"/amt/wiedervorlagen/{one.id}/verschieben", data=form(day + timedelta(days=30))
    )
    assert moved.status_code == 303
    assert client.post_form(f"/amt/wiedervorlagen/{one.id}/erledigen").status_code == 303
    session.refresh(one)
    assert one.done_at
    assert client.post_form(f"/amt/wiedervorlagen/{one.id}/erledigen").status_code == 409


def test_what_was_typed_is_kept(client: PortalClient, jana: StaffMember) -> None:
    page = client.post_form("/amt/wiedervorlagen", data=form(TODAY))
    assert page.status_code == 422
    assert "Wählen Sie einen Tag ab morgen." in page.text
    assert "Anrufen" in page.text
    empty = client.post_form("/amt/wiedervorlagen", data={"note": "", "seen_by": "x"})
    assert empty.status_code == 422


def test_follow_ups_of_others_do_not_exist(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    one = put(session, accounts.staff_member(session, Role.BENEFIT_OFFICER))
    assert client.get(f"/amt/wiedervorlagen/{one.id}").status_code == 404
    for deed in ("verschieben", "erledigen"):
        assert client.post_form(f"/amt/wiedervorlagen/{one.id}/{deed}").status_code == 404


def test_the_list_asks_as_often_for_many_as_for_one(
    client: PortalClient, session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    put(session, tobias)
    session.expire_all()
    with counted_queries() as one:
        client.get("/amt/wiedervorlagen")
    for _ in range(12):
        put(session, tobias)
    session.expire_all()
    with counted_queries() as many:
        client.get("/amt/wiedervorlagen")
    assert len(one) == len(many)
