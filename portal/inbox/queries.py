"""Reading the inbox: what a staff member may see, filtered, the most urgent first."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    func,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session, aliased, contains_eager, lazyload

from portal.accounts.models import StaffMember, Team
from portal.core import clock
from portal.core.errors import NotFound
from portal.inbox import filters as narrowing
from portal.inbox.filters import Branch, Filters, Sort, View
from portal.inbox.models import KEPT_CHANGES, ItemView, WorkItem
from portal.office import queries as office
from portal.office.queries import Standing

PAGE = 25
TOLD = 3
"""So many changes a row tells, the latest; of those before them it says how many there were."""
COUNTED = 1000
LOOKED_THROUGH = 2000
"""How far the head of a list is read for words before their index is asked.

Everybody in the team reads the same head, so that it stays in memory; what the index finds lies all
over the table.
"""
AT_ONCE = 200
"""On how many items one deed is done at most."""


@dataclass(frozen=True)
class Row:
    """One line of the inbox, as one staff member sees it."""

    item: WorkItem
    seen_at: datetime | None

    @property
    def is_new(self) -> bool:
        """Tell whether the asker has never looked at it."""
        return self.seen_at is None

    @property
    def is_changed(self) -> bool:
        """Tell whether it has changed since the asker last looked."""
        return self.seen_at is not None and self.item.changed_at > self.seen_at

    @cached_property
    def news(self) -> Sequence[str]:
        """Return what changed since the asker last looked, the latest last, nothing said twice."""
        seen_at = self.seen_at
        if seen_at is None:
            return ()
        new = (words for at, words in self.item.changes if datetime.fromisoformat(at) > seen_at)
        return tuple(dict.fromkeys(new))

    @property
    def earlier(self) -> int:
        """Return how many of these changes a row does not tell."""
        return max(0, len(self.news) - TOLD)

    @property
    def has_more(self) -> bool:
        """Tell whether there were even more: only the latest changes of an item are kept."""
        changes, seen_at = self.item.changes, self.seen_at
        return (
            seen_at is not None
            and len(changes) >= KEPT_CHANGES
            and datetime.fromisoformat(changes[0][0]) > seen_at
        )


def rows(
    session: Session, *, standing: Standing, filters: Filters, today: date, page: int = 1
) -> Sequence[Row]:
    """Return one page of items and one more, which tells that there is a next page."""
    skipped = (page - 1) * PAGE
    upto = skipped + PAGE + 1
    ids = first_ids(session, standing=standing, filters=filters, today=today, upto=upto)[skipped:]
    found = _with_view_of(standing.member).where(WorkItem.id.in_(ids))
    found = found.order_by(*_ordered(filters))
    return [Row(item, seen_at) for item, seen_at in session.execute(found)]


def first_ids(
    session: Session, *, standing: Standing, filters: Filters, today: date, upto: int = AT_ONCE
) -> Sequence[UUID]:
    """Return the ids of the first items of a list, in its order."""
    found = _Finding(standing, filters, today, upto).found()
    ordered = select(WorkItem.id).where(WorkItem.id.in_(select(found.c.id)))
    return session.scalars(ordered.order_by(*_ordered(filters)).limit(upto)).all()


@dataclass(frozen=True)
class _Finding:
    """Where the first `upto` items of a list are found, branch by branch of its view."""

    standing: Standing
    filters: Filters
    today: date
    upto: int

    def found(self) -> Any:
        parts = [
            part.subquery()
            for branch in narrowing.branches(self.filters.view, self.standing)
            for part in self._of(branch)
        ]
        return union_all(*(select(part.c.id) for part in parts)).subquery()

    def _asked(self, of: Any = WorkItem) -> list[ColumnElement[bool]]:
        asker_id = self.standing.member.id
        asked = narrowing.narrows(self.filters, asker_id=asker_id, today=self.today, of=of)
        return [*asked, narrowing.is_open_to(self.standing, of=of, view=self.filters.view)]

    def _of(self, branch: Branch) -> list[Select[UUID]]:
        words = narrowing.has_words(self.filters)
        if branch.is_few:
            return [self._few(branch, words)]
        if branch.is_team and words is not None:
            return self._by_words(branch, words)
        asked = [branch.condition, *self._asked(), *_given(words)]
        return [self._first(select(WorkItem.id).where(*asked))]

    def _few(self, branch: Branch, words: ColumnElement[bool] | None) -> Any:
        """Look the few up by who has them, and narrow them one by one."""
        in_state = narrowing.is_in_state(self.filters.state)
        few = _kept(select(WorkItem.id).where(branch.condition, in_state))
        asked = [*self._asked(), *_given(words)]
        return self._first(select(WorkItem.id).where(WorkItem.id.in_(select(few.c.id)), *asked))

    def _by_words(self, branch: Branch, words: ColumnElement[bool]) -> list[Select[UUID]]:
        """Look through the head of the list, and ask the index only when that fills no page.

        Words that many items have are found soonest in the order of the list, words of few by the
        index of words.
        """
        team_id = self.standing.member.team_id
        by_index = narrowing.in_words_of(team_id, self.filters)
        matching = _kept(select(*_NARROWED).where(*_given(by_index, words)))
        found = aliased(WorkItem, matching)
        far = select(found.id).where(found.team_id == team_id, *self._asked(found))
        if self.filters.view is View.UNASSIGNED:
            far = far.where(found.assignee_id.is_(None))
        far = far.order_by(*self._order_in(matching)).limit(self.upto)
        if self.filters.sort not in IN_AN_INDEX:
            return [far]
        in_state = narrowing.is_in_state(self.filters.state)
        head = select(*_NARROWED, WorkItem.words).where(branch.condition, in_state)
        some = aliased(WorkItem, self._first(head, LOOKED_THROUGH).subquery())
        asked = [*self._asked(some), *_given(narrowing.has_words(self.filters, of=some))]
        near = _kept(select(some.id).where(*asked).limit(self.upto))
        seen = select(func.count()).select_from(near).scalar_subquery()
        return [select(near.c.id), far.where(seen < self.upto)]

    def _first(self, found: Any, count: int | None = None) -> Any:
        return found.order_by(*_ordered(self.filters)).limit(count or self.upto)

    def _order_in(self, rows: Any) -> list[ColumnElement[Any]]:
        """Return the order of the list on rows that were kept aside."""
        of = aliased(WorkItem, rows)
        return _turned(narrowing.order_of(self.filters, of=of).columns, self.filters)


IN_AN_INDEX = frozenset({Sort.RANK, Sort.DUE, Sort.OLDEST, Sort.NEWEST})
"""Orders that an index of a team has."""

_NARROWED = (
    WorkItem.id,
    WorkItem.team_id,
    WorkItem.kind,
    WorkItem.assignee_id,
    WorkItem.case_id,
    WorkItem.is_private,
    WorkItem.person,
    WorkItem.urgency,
    WorkItem.due_on,
    WorkItem.opened_at,
    WorkItem.changed_at,
    WorkItem.closed_at,
)


def _given(*conditions: ColumnElement[bool] | None) -> list[ColumnElement[bool]]:
    return [one for one in conditions if one is not None]


def _kept(found: Any) -> Any:
    """Let the database answer this part by itself, before it looks at the rest."""
    return found.cte().prefix_with("MATERIALIZED", dialect="postgresql")


def _columns(filters: Filters) -> Sequence[ColumnElement[Any]]:
    return narrowing.order_of(filters).columns


def _ordered(filters: Filters, *, backwards: bool = False) -> list[ColumnElement[Any]]:
    return _turned(_columns(filters), filters, backwards=backwards)


def _turned(
    columns: Sequence[ColumnElement[Any]], filters: Filters, *, backwards: bool = False
) -> list[ColumnElement[Any]]:
    is_down = narrowing.order_of(filters).down is not backwards
    return [one.desc() if is_down else one for one in columns]


def counts(session: Session, *, standing: Standing, today: date) -> dict[View, int]:
    """Count the open items of each view, up to `COUNTED`: more than that is just many."""
    lists = [Filters(view=view) for view in View]
    found = tallies(session, standing=standing, lists=lists, today=today, upto=COUNTED)
    return dict(zip(View, found, strict=True))


def tallies(
    session: Session,
    *,
    standing: Standing,
    lists: Sequence[Filters],
    today: date,
    upto: int = COUNTED,
) -> Sequence[int]:
    """Count the items of some lists without words, each up to `upto`, in one query."""
    each = []
    for filters in lists:
        asked = narrowing.narrows(filters, asker_id=standing.member.id, today=today)
        parts = [
            select(WorkItem.id)
            .where(branch.condition, *asked, narrowing.is_open_to(standing, view=filters.view))
            .limit(upto)
            .subquery()
            for branch in narrowing.branches(filters.view, standing)
        ]
        found = union_all(*(select(part.c.id) for part in parts)).limit(upto).subquery()
        each.append(select(func.count()).select_from(found).scalar_subquery())
    return session.execute(select(*each)).one() if each else []


def teams_of(
    session: Session, found: Sequence[Row], *, standing: Standing, filters: Filters
) -> dict[UUID, str]:
    """Return the names of the teams whose items the member may see, and of those on the page.

    Their own, and those whose things lie with them, with whom they stand in for, or escalated to
    them: `branches` looks these up in the same indexes.
    """
    own = standing.member.team_id
    people = (standing.member.id, *sorted(standing.absent_ids))
    is_open = narrowing.is_open_to(standing, view=View.ESCALATED)
    elsewhere = [WorkItem.team_id != own, narrowing.is_in_state(filters.state), is_open]
    parts = [
        select(WorkItem.team_id).where(lies_there, *elsewhere).limit(COUNTED).subquery()
        for lies_there in (
            *(WorkItem.assignee_id == one for one in people),
            narrowing.went_up_to(standing),
        )
    ]
    theirs = union_all(*(select(part.c.team_id) for part in parts))
    here = {own, *(row.item.team_id for row in found)}
    wanted = select(Team.id, Team.name).where(or_(Team.id.in_(here), Team.id.in_(theirs)))
    rows = session.execute(wanted.order_by(Team.name, Team.id))
    return {team.id: team.name for team in rows}


def item_for(session: Session, id: UUID, *, asker: StaffMember, lock: bool = False) -> WorkItem:
    """Return an item of the asker's inbox, finished ones too; others raise `NotFound`.

    With `lock` nobody else changes it until the transaction ends. The lock comes first and the row
    is read after: a row that was waited for is read anew, but what was joined to it is not.
    """
    if lock:
        session.execute(select(WorkItem.id).where(WorkItem.id == id).with_for_update())
    found = _with_view_of(asker).where(WorkItem.id == id, _may_see(_standing(session, asker)))
    row = session.execute(found.execution_options(populate_existing=lock)).first()
    if row is None:
        raise NotFound
    return row[0]


def items_for(session: Session, wanted: Sequence[UUID], *, asker: StaffMember) -> list[WorkItem]:
    """Return those of these items that lie in the asker's inbox, locked, by their ids."""
    of_these = WorkItem.id.in_(wanted[:AT_ONCE])
    session.execute(select(WorkItem.id).where(of_these).order_by(WorkItem.id).with_for_update())
    found = _with_view_of(asker).where(of_these, _may_see(_standing(session, asker)))
    found = found.order_by(WorkItem.id).execution_options(populate_existing=True)
    return list(session.scalars(found))


def item_about(session: Session, subject_id: UUID, *, asker: StaffMember) -> WorkItem | None:
    """Return the latest item about a thing, open or finished."""
    return session.scalar(
        select(WorkItem)
        .where(WorkItem.subject_id == subject_id, _may_see(_standing(session, asker)))
        .order_by(WorkItem.closed_at.desc().nulls_first(), WorkItem.id)
        .limit(1)
    )


def neighbour(
    session: Session,
    *,
    of: WorkItem,
    asker: StaffMember,
    filters: Filters,
    today: date,
    backwards: bool = False,
) -> WorkItem | None:
    """Return the item after (or before) `of` in the filtered list; `of` may be finished by now."""
    standing = office.standing_of(session, asker, day=today)
    order = narrowing.order_of(filters)
    place, here = order.place(of), tuple_(*order.columns)
    if None in place:
        return None
    beyond = here < place if order.down is not backwards else here > place
    asked = narrowing.narrows(filters, asker_id=asker.id, today=today)
    is_open = narrowing.is_open_to(standing, view=filters.view)
    asked += [is_open, WorkItem.subject_id != of.subject_id, beyond]
    if (words := narrowing.has_words(filters)) is not None:
        asked.append(words)
    ranks = _ordered(filters, backwards=backwards)
    parts = [
        select(WorkItem.id).where(branch.condition, *asked).order_by(*ranks).limit(1).subquery()
        for branch in narrowing.branches(filters.view, standing)
    ]
    nearest = union_all(*(select(part.c.id) for part in parts)).subquery()
    found = select(WorkItem).join(nearest, nearest.c.id == WorkItem.id)
    return session.scalar(found.order_by(*ranks).limit(1))


def stamp(session: Session, *, standing: Standing) -> str:
    """Return a mark that changes with each change of an item in the asker's inbox.

    The latest stamps of the team and of what lies with the asker, not the latest alone: of two
    deeds at once the one with the lower stamp may be committed later.
    """
    asker = standing.member
    parts = [
        select(WorkItem.stamp).where(branch).order_by(WorkItem.stamp.desc()).limit(20).subquery()
        for branch in (
            WorkItem.team_id == asker.team_id,
            *(WorkItem.assignee_id == one for one in (asker.id, *sorted(standing.absent_ids))),
            narrowing.went_up_to(standing),
        )
    ]
    latest = union_all(*(select(part.c.stamp) for part in parts)).subquery()
    found = session.scalars(select(latest.c.stamp).order_by(latest.c.stamp.desc()))
    return hashlib.sha256(",".join(map(str, found)).encode()).hexdigest()[:20]


def _with_view_of(asker: StaffMember) -> Select[WorkItem, datetime]:
    return (
        select(WorkItem, ItemView.seen_at)
        .outerjoin(
            ItemView,
            and_(ItemView.item_id == WorkItem.id, ItemView.staff_member_id == asker.id),
        )
        .outerjoin(WorkItem.assignee)
        .options(
            contains_eager(WorkItem.assignee).options(
                lazyload(StaffMember.roles), lazyload(StaffMember.team)
            ),
            lazyload(WorkItem.team),
        )
    )


def _standing(session: Session, asker: StaffMember) -> Standing:
    return office.standing_of(session, asker, day=clock.local_date(clock.now()))


def _may_see(standing: Standing) -> ColumnElement[bool]:
    in_team = WorkItem.team_id == standing.member.team_id
    near = or_(in_team, narrowing.lies_with(standing), narrowing.went_up_to(standing))
    return and_(near, narrowing.is_open_to(standing, view=View.ESCALATED))
