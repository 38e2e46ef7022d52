"""The list of the inbox narrowed by each column, sorted, and walked."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from portal.accounts.models import Role, StaffMember
from portal.casefiles import service as casefiles_service
from portal.core import clock
from portal.inbox import queries, service
from portal.inbox.filters import NOBODY, Age, Due, Filters, News, Sort, State, Urgency, View
from portal.inbox.forms import arguments_of, filters_from
from portal.inbox.models import ItemKind
from portal.office.queries import standing_of
from tests.factories.accounts import citizen, staff_member
from tests.factories.inbox import work_item

NOW = clock.now()
TODAY = clock.local_date(NOW)
DAY = timedelta(days=1)


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


def test_words_are_found_in_title_person_reason_step_and_case_number(
    session: Session, jana: StaffMember
) -> None:
    """Given items, when one is looked for by any of its words, then it alone is found."""
    case = casefiles_service.case_for(session, citizen=citizen(session), now=NOW)
    session.flush()
    work_item(session, team_of=jana, title="Kündigung Stromvertrag", person="Ülkü Köhler-Groß")
    work_item(session, team_of=jana, title="Miete", reason="Zwangsräumung droht", case_id=case.id)
    for words in ("strom", "STROMVERTRAG kündigung", "köhler", "groß", "Köhler-Groß", "ülk"):
        assert titles(session, jana, words=words) == ["Kündigung Stromvertrag"], words
    number = case.file_reference
    for words in ("zwangs", number, number.lower(), str(case.number), "räumung droht"[-5:]):
        assert titles(session, jana, words=words) == ["Miete"], words
    assert titles(session, jana, words="strom droht") == []
    work_item(session, team_of=jana, title="Heizung", next_step="Rückruf vereinbaren")
    assert titles(session, jana, words="rückruf") == ["Heizung"]
    assert titles(session, jana, person="rückruf") == []


def test_the_team_narrows_what_comes_from_elsewhere(session: Session, jana: StaffMember) -> None:
    """Given items of two teams with one reader, each team has its own, and no other is offered."""
    nadja = staff_member(session, Role.BENEFIT_OFFICER)
    stranger = staff_member(session, Role.BENEFIT_OFFICER)
    work_item(session, team_of=jana, title="Eigen")
    fields = {"assignee_id": jana.id, "next_step": "Lesen"}
    there = work_item(session, team_of=nadja, title="Dort", **fields)
    done = work_item(session, team_of=stranger, title="Fertig", **fields)
    work_item(session, team_of=stranger, title="Fremd")
    service.close_items(session, kind=done.kind, subject_id=done.subject_id, by=jana, now=NOW)
    session.flush()
    for view in (View.ALL, View.MINE):
        assert titles(session, jana, view=view, team=nadja.team_id) == ["Dort"]
        assert titles(session, jana, view=view, team=stranger.team_id) == []
    assert titles(session, jana, team=jana.team_id) == ["Eigen"]
    assert titles(session, jana, team=nadja.team_id, words="lesen") == ["Dort"]

    def teams(state: State) -> set[str]:
        standing, asked = standing_of(session, jana, day=TODAY), Filters(state=state)
        found = queries.teams_of(session, [], standing=standing, filters=asked)
        return set(found.values())

    assert teams(State.OPEN) == {jana.team.name, there.team.name}
    assert teams(State.DONE) == {jana.team.name, stranger.team.name}


@pytest.mark.parametrize(
    "words", ["'", "a & b | !c", ":*", "\\", "<->", "((", "½", "٣", "💶", "x" * 100, "%_", "ö:A'"]
)
def test_no_word_breaks_the_search(session: Session, jana: StaffMember, words: str) -> None:
    work_item(session, team_of=jana)
    assert titles(session, jana, words=words, person=words, reference=words) in (
        [],
        ["Mietvertrag"],
    )


def test_person_and_case_number_have_filters_of_their_own(
    session: Session, jana: StaffMember
) -> None:
    case = casefiles_service.case_for(session, citizen=citizen(session), now=NOW)
    session.flush()
    work_item(session, team_of=jana, title="Brief an Yusuf", person="Petra Schmidt")
    work_item(session, team_of=jana, title="Antrag", person="Yusuf Demir", case_id=case.id)
    assert titles(session, jana, person="yusuf") == ["Antrag"]
    assert titles(session, jana, reference=str(case.number)) == ["Antrag"]
    assert titles(session, jana, reference=case.file_reference) == ["Antrag"]
    assert titles(session, jana, reference="yusuf") == []


def test_owner_urgency_age_and_due_day(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    work_item(session, team_of=jana, title="his", assignee_id=tobias.id, now=NOW - 15 * DAY)
    work_item(session, team_of=jana, title="free", urgency=1, now=NOW - 4 * DAY)
    work_item(
        session, team_of=jana, title="hot", urgency=3, due_on=TODAY + DAY, assignee_id=jana.id
    )
    work_item(session, team_of=jana, title="late", due_on=TODAY + 30 * DAY, assignee_id=jana.id)
    assert titles(session, jana, owner=tobias.id) == ["his"]
    assert titles(session, jana, owner=NOBODY) == ["free"]
    assert titles(session, jana, urgency=Urgency.YES) == ["hot", "free"]
    assert titles(session, jana, urgency=Urgency.HIGHEST) == ["hot"]
    assert titles(session, jana, urgency=Urgency.NO) == ["late", "his"]
    assert titles(session, jana, age=Age.TODAY) == ["hot", "late"]
    assert titles(session, jana, age=Age.THREE_DAYS) == ["free", "his"]
    assert titles(session, jana, age=Age.TWO_WEEKS) == ["his"]
    assert titles(session, jana, due=Due.TOMORROW) == ["hot"]
    assert titles(session, jana, due=Due.LATER) == ["late"]


def test_what_is_finished_is_a_state_like_others_the_latest_first(
    session: Session, jana: StaffMember
) -> None:
    for number in range(3):
        item = work_item(session, team_of=jana, title=f"{number}")
        at = NOW + number * DAY
        service.close_items(session, kind=item.kind, subject_id=item.subject_id, by=jana, now=at)
    work_item(session, team_of=jana, title="open")
    session.flush()
    assert titles(session, jana, state=State.DONE) == ["2", "1", "0"]
    assert titles(session, jana, state=State.DONE, words="1") == ["1"]
    assert titles(session, jana) == ["open"]


def test_what_has_moved_since_i_looked(session: Session, jana: StaffMember) -> None:
    seen, changed = work_item(session, team_of=jana, title="seen"), uuid4()
    work_item(session, team_of=jana, title="never")
    item = work_item(session, team_of=jana, title="changed", subject_id=changed)
    for one in (seen, item):
        service.look_at(session, item=one, by=jana, now=NOW + DAY)
    later = {"now": NOW + 2 * DAY, "reason": "Neu", "subject_id": changed}
    work_item(session, team_of=jana, title="changed", **later)
    assert titles(session, jana, news=News.NEW) == ["never"]
    assert titles(session, jana, news=News.CHANGED) == ["changed"]
    assert set(titles(session, jana, news=News.ANY)) == {"changed", "never"}


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort.RANK, ["c", "b", "a"]),
        (Sort.DUE, ["b", "a", "c"]),
        (Sort.OLDEST, ["c", "a", "b"]),
        (Sort.NEWEST, ["b", "a", "c"]),
        (Sort.CHANGED, ["b", "a", "c"]),
        (Sort.PERSON, ["a", "b", "c"]),
    ],
)
def test_each_order_and_the_way_through_it(
    session: Session, jana: StaffMember, sort: Sort, expected: list[str]
) -> None:
    """Given an order, then next and previous walk the list as it is shown."""
    given = {
        "a": {"person": "Anna", "due_on": TODAY + 2 * DAY, "now": NOW - DAY},
        "b": {"person": "Berta", "due_on": TODAY, "now": NOW},
        "c": {"person": "Carla", "urgency": 1, "now": NOW - 2 * DAY},
    }
    items = {
        name: work_item(session, team_of=jana, title=name, **one) for name, one in given.items()
    }
    assert titles(session, jana, sort=sort) == expected

    def beside(name: str, *, backwards: bool) -> str | None:
        found = queries.neighbour(
            session,
            of=items[name],
            asker=jana,
            filters=Filters(sort=sort),
            today=TODAY,
            backwards=backwards,
        )
        return found.title if found else None

    assert [beside(one, backwards=False) for one in expected] == [*expected[1:], None]
    assert [beside(one, backwards=True) for one in expected] == [None, *expected[:-1]]


def test_an_address_says_the_filters_and_back() -> None:
    full = Filters(
        view=View.TEAM,
        kind=ItemKind.APPLICATION,
        due=Due.WEEK,
        words="miete",
        person="Demir",
        reference="10042",
        owner=uuid4(),
        team=uuid4(),
        urgency=Urgency.NO,
        age=Age.WEEK,
        news=News.ANY,
        state=State.DONE,
        sort=Sort.PERSON,
    )
    for filters in (Filters(), full, Filters(owner=NOBODY)):
        assert filters_from(MultiDict(arguments_of(filters))) == filters
    assert full.count == 11


def test_the_stamp_moves_with_each_change_and_only_then(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    """Given an open list, then every deed on an item of it gives a new stamp."""

    def stamp() -> str:
        session.flush()
        return queries.stamp(session, standing=standing_of(session, jana, day=TODAY))

    seen = [stamp()]
    item = work_item(session, team_of=jana)
    seen.append(stamp())
    locked = queries.item_for(session, item.id, asker=jana, lock=True)
    service.claim(session, item=locked, by=jana, now=NOW)
    seen.append(stamp())
    service.hand_over(session, item=item, to=tobias, by=jana, now=NOW)
    seen.append(stamp())
    elsewhere = staff_member(session, Role.BENEFIT_OFFICER)
    work_item(session, team_of=elsewhere)
    assert stamp() == seen[-1]
    work_item(session, team_of=elsewhere, assignee_id=jana.id)
    seen.append(stamp())
    service.close_items(session, kind=item.kind, subject_id=item.subject_id, by=jana, now=NOW)
    seen.append(stamp())
    assert len(set(seen)) == len(seen)
