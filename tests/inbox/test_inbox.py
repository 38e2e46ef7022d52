"""The inbox as a list: order, filters, what is new, who takes what."""

import threading
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.audit.models import Event
from portal.core import clock
from portal.core.db import db, new_id
from portal.core.errors import Conflict, NotFound
from portal.inbox import queries, service
from portal.inbox.filters import Due, Filters, View
from portal.inbox.models import KEPT_CHANGES, ItemKind, WorkItem
from portal.office.queries import standing_of
from tests.factories.accounts import staff_member
from tests.factories.inbox import work_item
from tests.queries import counted_queries

NOW = clock.now()
TODAY = clock.local_date(NOW)


@pytest.fixture
def jana(session: Session) -> StaffMember:
    return staff_member(session, Role.BENEFIT_OFFICER)


@pytest.fixture
def tobias(session: Session, jana: StaffMember) -> StaffMember:
    return staff_member(session, Role.BENEFIT_OFFICER, team=jana.team, first_name="Tobias")


def titles(session: Session, asker: StaffMember, **filters: object) -> list[str]:
    standing, asked = standing_of(session, asker, day=TODAY), Filters(**filters)  # type: ignore[arg-type]
    found = queries.rows(session, standing=standing, filters=asked, today=TODAY)
    return [row.item.title for row in found]


def taken(session: Session, item: WorkItem, *, by: StaffMember) -> WorkItem:
    locked = queries.item_for(session, item.id, asker=by, lock=True)
    service.claim(session, item=locked, by=by, now=NOW)
    session.flush()
    return locked


def test_the_urgent_first_then_the_due_then_the_oldest(session: Session, jana: StaffMember) -> None:
    def put(title: str, **fields: object) -> None:
        work_item(session, team_of=jana, title=title, **fields)

    put("young", now=NOW)
    put("old", now=NOW - timedelta(days=9))
    put("due later", due_on=TODAY + timedelta(days=9))
    put("due soon", due_on=TODAY + timedelta(days=1))
    put("urgent", urgency=1)
    put("very urgent, late", urgency=2, due_on=TODAY + timedelta(days=30))
    assert titles(session, jana) == [
        "very urgent, late",
        "urgent",
        "due soon",
        "due later",
        "old",
        "young",
    ]


def test_each_sees_the_own_team_and_what_was_handed_over(
    session: Session, jana: StaffMember
) -> None:
    elsewhere = staff_member(session, Role.BENEFIT_OFFICER)
    mine = work_item(session, team_of=jana, title="mine", assignee_id=jana.id)
    work_item(session, team_of=jana, title="free")
    foreign = work_item(session, team_of=elsewhere, title="foreign")
    work_item(session, team_of=elsewhere, title="foreign, but mine", assignee_id=jana.id)

    assert set(titles(session, jana)) == {"mine", "free", "foreign, but mine"}
    assert set(titles(session, jana, view=View.MINE)) == {"mine", "foreign, but mine"}
    assert titles(session, jana, view=View.UNASSIGNED) == ["free"]
    assert set(titles(session, jana, view=View.TEAM)) == {"mine", "free"}
    standing = standing_of(session, jana, day=TODAY)
    assert queries.counts(session, standing=standing, today=TODAY) == {
        View.ALL: 3,
        View.MINE: 2,
        View.UNASSIGNED: 1,
        View.TEAM: 2,
        View.ESCALATED: 0,
    }
    assert queries.item_for(session, mine.id, asker=jana) is mine
    with pytest.raises(NotFound):
        queries.item_for(session, foreign.id, asker=jana)


def test_filters_narrow_by_kind_due_and_words(session: Session, jana: StaffMember) -> None:
    work_item(
        session, team_of=jana, title="Antrag", kind=ItemKind.APPLICATION, person="Yusuf Demir"
    )
    work_item(session, team_of=jana, title="late", due_on=TODAY - timedelta(days=1))
    work_item(session, team_of=jana, title="today", due_on=TODAY)
    work_item(session, team_of=jana, title="100 % Miete", due_on=TODAY + timedelta(days=7))

    assert titles(session, jana, kind=ItemKind.APPLICATION) == ["Antrag"]
    assert titles(session, jana, due=Due.OVERDUE) == ["late"]
    assert titles(session, jana, due=Due.TODAY) == ["today"]
    assert titles(session, jana, due=Due.WEEK) == ["today", "100 % Miete"]
    assert titles(session, jana, due=Due.NONE) == ["Antrag"]
    assert titles(session, jana, words="demir YUSUF") == ["Antrag"]
    assert titles(session, jana, words="100 miet") == ["100 % Miete"]
    assert titles(session, jana, words="miete", due=Due.TODAY) == []


def test_a_page_at_a_time_with_as_many_queries_for_one_as_for_many(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    work_item(session, team_of=jana, assignee_id=tobias.id)
    session.expire_all()
    standing = standing_of(session, jana, day=TODAY)
    with counted_queries() as one:
        queries.rows(session, standing=standing, filters=Filters(), today=TODAY)
    for number in range(queries.PAGE + 5):
        work_item(session, team_of=jana, title=f"{number}", assignee_id=tobias.id)
    with counted_queries() as many:
        first = queries.rows(session, standing=standing, filters=Filters(), today=TODAY)
        assert {row.item.assignee.name for row in first if row.item.assignee} == {tobias.name}
    assert len(one) == len(many) == 2
    second = queries.rows(session, standing=standing, filters=Filters(), today=TODAY, page=2)
    assert len(first) == queries.PAGE + 1
    assert len(second) == 6
    assert first[-1].item is second[0].item


def test_what_changed_since_i_last_looked(session: Session, jana: StaffMember) -> None:
    def row() -> queries.Row:
        session.expire_all()
        standing = standing_of(session, jana, day=TODAY)
        return queries.rows(session, standing=standing, filters=Filters(), today=TODAY)[0]

    subject = new_id()
    item = work_item(session, team_of=jana, subject_id=subject, now=NOW)
    assert row().is_new
    service.look_at(session, item=item, by=jana, now=NOW + timedelta(minutes=1))
    assert not row().is_new
    assert not row().is_changed

    later = NOW + timedelta(hours=1)
    work_item(session, team_of=jana, subject_id=subject, now=later, reason="Es wurde ergänzt.")
    assert row().is_changed
    assert row().news == ("Es wurde ergänzt.",)
    service.look_at(session, item=item, by=jana, now=later)
    assert not row().is_changed
    assert row().news == ()


def test_every_change_since_the_last_look_is_told(session: Session, jana: StaffMember) -> None:
    """Given changes before and after a look, the later ones are told, each once, in their order."""
    subject, hour = new_id(), timedelta(hours=1)
    item = work_item(session, team_of=jana, subject_id=subject, now=NOW)

    def put(hours: int, reason: str) -> None:
        work_item(session, team_of=jana, subject_id=subject, now=NOW + hours * hour, reason=reason)

    def row() -> queries.Row:
        session.expire_all()
        standing = standing_of(session, jana, day=TODAY)
        return queries.rows(session, standing=standing, filters=Filters(), today=TODAY)[0]

    put(1, "Vorher.")
    service.look_at(session, item=item, by=jana, now=NOW + 2 * hour)
    for hours, reason in ((3, "Erstens."), (4, "Zweitens."), (5, "Erstens."), (6, "Drittens.")):
        put(hours, reason)
    assert row().news == ("Erstens.", "Zweitens.", "Drittens.")
    assert row().earlier == 0
    assert not row().has_more
    for hours in range(7, 40):
        put(hours, f"Nummer {hours}.")
    assert row().news[-1] == "Nummer 39."
    assert len(row().news) == len(item.changes) == KEPT_CHANGES
    assert row().earlier == KEPT_CHANGES - queries.TOLD
    assert row().has_more  # of 37 changes only the latest are kept
    service.look_at(session, item=item, by=jana, now=NOW + 25 * hour)
    assert not row().has_more
    assert row().earlier == 14 - queries.TOLD


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"due_on": TODAY}, "Die Frist hat sich geändert."),
        ({"urgency": 1}, "Es ist dringender geworden."),
        ({}, "Es ist etwas dazugekommen."),
    ],
)
def test_the_change_is_said_in_words(
    session: Session, jana: StaffMember, fields: dict[str, object], said: str
) -> None:
    subject = new_id()
    work_item(session, team_of=jana, subject_id=subject)
    assert work_item(session, team_of=jana, subject_id=subject, **fields).last_change == said


def test_an_update_does_not_take_the_item_from_who_has_it(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    subject = new_id()
    item = taken(session, work_item(session, team_of=jana, subject_id=subject), by=jana)
    again = work_item(session, team_of=jana, subject_id=subject, assignee_id=tobias.id)
    assert again is item
    assert item.assignee_id == jana.id


def test_a_finished_step_leaves_the_list_and_says_who_did_it(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    item = work_item(session, team_of=jana)
    service.close_items(session, kind=item.kind, subject_id=item.subject_id, by=jana, now=NOW)
    session.flush()
    assert titles(session, jana) == []
    with pytest.raises(Conflict, match="schon erledigt"):
        service.claim(session, item=item, by=tobias, now=NOW)
    again = work_item(session, team_of=jana, subject_id=item.subject_id)
    assert again is not item


def test_taking_and_handing_on_are_written_into_the_trail(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    item = taken(session, work_item(session, team_of=jana), by=jana)
    service.claim(session, item=item, by=jana, now=NOW)
    service.hand_over(session, item=item, to=tobias, by=jana, now=NOW)
    session.flush()
    events = session.scalars(
        select(Event).where(Event.subject_id == str(item.id)).order_by(Event.id)
    )
    assert [(event.deed, event.facts["to"]) for event in events] == [
        ("inbox.claimed", str(jana.id)),
        ("inbox.handed_over", str(tobias.id)),
    ]
    assert item.assignee_id == tobias.id


def test_next_and_previous_walk_the_filtered_list(session: Session, jana: StaffMember) -> None:
    items = [
        work_item(session, team_of=jana, title=f"{number}", due_on=TODAY + timedelta(days=number))
        for number in range(3)
    ]
    last = work_item(session, team_of=jana, title="no due date")
    work_item(session, team_of=jana, title="other", kind=ItemKind.APPLICATION, due_on=TODAY)
    only = Filters(kind=ItemKind.DOCUMENT)

    def beside(item: WorkItem, *, backwards: bool = False) -> WorkItem | None:
        return queries.neighbour(
            session, of=item, asker=jana, filters=only, today=TODAY, backwards=backwards
        )

    assert beside(items[0]) is items[1]
    assert beside(items[2]) is last
    assert beside(last) is None
    assert beside(last, backwards=True) is items[2]
    assert beside(items[0], backwards=True) is None
    service.close_items(
        session, kind=items[1].kind, subject_id=items[1].subject_id, by=jana, now=NOW
    )
    session.flush()
    assert beside(items[1]) is items[2]
    assert beside(items[2], backwards=True) is items[0]


def test_the_end_of_the_calendar_is_no_due_date() -> None:
    assert date.max.isoformat() == "9999-12-31"


def _race(app: Flask, deeds: list[object]) -> list[object]:
    results: list[object] = [None] * len(deeds)
    barrier = threading.Barrier(len(deeds))

    def run(number: int) -> None:
        with app.app_context():
            barrier.wait(10)
            try:
                results[number] = deeds[number]()  # type: ignore[operator]
                db.session.commit()
            except Conflict as refused:
                db.session.rollback()
                results[number] = refused

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_of_many_who_take_an_item_at_once_one_gets_it(committed_app: Flask) -> None:
    with committed_app.app_context():
        first = staff_member(db.session, Role.BENEFIT_OFFICER)
        people = [first.id] + [
            staff_member(db.session, Role.BENEFIT_OFFICER, team=first.team).id for _ in range(5)
        ]
        item_id = work_item(db.session, team_of=first).id
        db.session.commit()

    def take(id: object) -> object:
        def deed() -> str:
            by = db.session.get(StaffMember, id)
            assert by
            item = queries.item_for(db.session, item_id, asker=by, lock=True)
            service.claim(db.session, item=item, by=by, now=NOW)
            return "taken"

        return deed

    results = _race(committed_app, [take(id) for id in people])
    assert results.count("taken") == 1
    assert sum(isinstance(result, Conflict) for result in results) == len(people) - 1


def test_two_deeds_on_one_thing_open_one_item(committed_app: Flask) -> None:
    subject = new_id()
    with committed_app.app_context():
        team_of = staff_member(db.session, Role.BENEFIT_OFFICER).id
        db.session.commit()

    def put() -> str:
        member = db.session.get(StaffMember, team_of)
        assert member
        work_item(db.session, team_of=member, subject_id=subject)
        return "open"

    assert _race(committed_app, [put] * 6) == ["open"] * 6
    with committed_app.app_context():
        assert len(db.session.scalars(select(WorkItem)).all()) == 1
