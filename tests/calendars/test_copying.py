"""Hours of one person for many at once: looked at first, then all or nothing."""

from datetime import time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.calendars import copying, queries, rules, service
from portal.calendars.models import Availability, Channel
from portal.core.errors import Conflict, InvalidInput, NotAllowed
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import NOW
from tests.queries import counted_queries


def test_everybody_gets_everything(session: Session) -> None:
    model = make.officer(session)
    lead = accounts.staff_member(session, Role.TEAM_LEAD, team=model.team)
    new = [make.officer(session, team=model.team, opens=False) for _ in range(3)]
    place = service.ensure_standard_place(session, name="Haus", address="Markt 1")
    make.hours(session, model, weekday=6, place=place, types=[make.kind(session)])
    rows = queries.availabilities_of(session, officer=model)

    assert [copy.clash for copy in copying.preview(session, rows=rows, officers=new)] == [None] * 18
    assert copying.copy_hours(session, rows=rows, officers=new, by=lead, now=NOW) == 18

    for officer in new:
        found = queries.availabilities_of(session, officer=officer)
        assert [one.rule for one in found] == [one.rule for one in rows]
        assert found[5].place_id == place.id
        assert found[5].types == [make.kind(session)]
        assert found[0].channels == [Channel.VIDEO, Channel.PHONE, Channel.OFFICE]


def test_one_collision_refuses_all_and_is_named(session: Session) -> None:
    model = make.officer(session)
    lead = accounts.staff_member(session, Role.TEAM_LEAD, team=model.team)
    free, busy = (make.officer(session, team=model.team, opens=False) for _ in range(2))
    old = make.hours(session, busy, weekday=3, starts=time(15, 55), ends=time(18))
    rows = queries.availabilities_of(session, officer=model)
    found = copying.preview(session, rows=rows, officers=[free, busy])
    assert [copy.clash for copy in found if copy.clash] == [old]
    with pytest.raises(Conflict, match="nichts kopiert"):
        copying.copy_hours(session, rows=rows, officers=[free, busy], by=lead, now=NOW)
    assert queries.availabilities_of(session, officer=free) == []


def test_only_a_lead_and_only_for_the_team(session: Session) -> None:
    model, other = make.officer(session), make.officer(session, opens=False)
    lead = accounts.staff_member(session, Role.TEAM_LEAD, team=model.team)
    rows = queries.availabilities_of(session, officer=model)
    for by in (model, lead):
        with pytest.raises(NotAllowed):
            copying.copy_hours(session, rows=rows, officers=[other], by=by, now=NOW)
    with pytest.raises(InvalidInput):
        copying.copy_hours(session, rows=[], officers=[model], by=lead, now=NOW)
    many = [model] * (rules.MOST_PEOPLE + 1)
    with pytest.raises(InvalidInput):
        copying.copy_hours(session, rows=rows, officers=many, by=lead, now=NOW)


@pytest.mark.parametrize("number", [1, 6])
def test_the_preview_asks_a_fixed_number_of_times(session: Session, number: int) -> None:
    model = make.officer(session)
    new = [make.officer(session, team=model.team) for _ in range(number)]
    rows = queries.availabilities_of(session, officer=model)
    session.flush()
    with counted_queries() as statements:
        copying.preview(session, rows=rows, officers=new)
    assert len(statements) <= 2


def test_nobody_has_more_hours_than_a_page_can_show(session: Session) -> None:
    officer = make.officer(session, opens=False)
    session.add_all(
        Availability(
            staff_member_id=officer.id,
            rule="FREQ=WEEKLY;BYDAY=SU",
            starts=time(number // 12, number % 12 * 5),
            ends=time(23, 55),
            channels=[Channel.VIDEO],
            valid_from=NOW.date(),
        )
        for number in range(rules.MOST_HOURS)
    )
    session.flush()
    with pytest.raises(Conflict, match="Mehr als 200 Sprechzeiten"):
        make.hours(session, officer, weekday=1)
    assert len(session.scalars(select(Availability)).all()) == rules.MOST_HOURS
