"""Reading the inbox: what a staff member may see, filtered, the most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    and_,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session, contains_eager, lazyload

from portal.accounts.models import StaffMember
from portal.core import clock
from portal.core.errors import NotFound
from portal.inbox.models import ItemKind, ItemView, WorkItem
from portal.office import queries as office
from portal.office.queries import Standing

PAGE = 25
COUNTED = 1000


class View(StrEnum):
    """Whose items are shown; the value stands in the address."""

    ALL = "alle"
    MINE = "meine"
    UNASSIGNED = "frei"
    TEAM = "team"


class Due(StrEnum):
    """By when they are due; the value stands in the address."""

    OVERDUE = "ueberfaellig"
    TODAY = "heute"
    WEEK = "woche"
    NONE = "ohne"


@dataclass(frozen=True)
class Filters:
    """What a list of items is narrowed to."""

    view: View = View.ALL
    kind: ItemKind | None = None
    due: Due | None = None
    words: str = ""

    @property
    def is_narrow(self) -> bool:
        """Tell whether anything but the view narrows the list."""
        return bool(self.kind or self.due or self.words)


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


# The order of work: urgent first, then what is due first, then what has waited longest. Written as
# the index `ix_work_items_rank` is.
RANK: tuple[ColumnElement[Any], ...] = (
    -WorkItem.urgency,
    func.coalesce(WorkItem.due_on, literal_column("'9999-12-31'::date", Date)),
    WorkItem.opened_at.expression,
    WorkItem.id.expression,
)


def rows(
    session: Session, *, asker: StaffMember, filters: Filters, today: date, page: int = 1
) -> Sequence[Row]:
    """Return one page of items and one more, which tells that there is a next page."""
    standing = office.standing_of(session, asker, day=today)
    found = _with_view_of(asker).where(_matches(standing, filters, today)).order_by(*RANK)
    found = found.limit(PAGE + 1).offset((page - 1) * PAGE)
    return [Row(item, seen_at) for item, seen_at in session.execute(found)]


def counts(session: Session, *, asker: StaffMember) -> dict[View, int]:
    """Count the open items of each view, up to `COUNTED`: more than that is just many."""
    standing = _standing(session, asker)
    each = [
        select(func.count())
        .select_from(
            select(WorkItem.id)
            .where(WorkItem.closed_at.is_(None), _shown_in(view, standing))
            .limit(COUNTED)
            .subquery()
        )
        .scalar_subquery()
        for view in View
    ]
    return dict(zip(View, session.execute(select(*each)).one(), strict=True))


def item_for(session: Session, id: UUID, *, asker: StaffMember, lock: bool = False) -> WorkItem:
    """Return an item of the asker's inbox, finished ones too; others raise `NotFound`.

    With `lock` nobody else changes it until the transaction ends. The lock comes first and the row
    is read after: a row that was waited for is read anew, but what was joined to it is not.
    """
    if lock:
        session.execute(select(WorkItem.id).where(WorkItem.id == id).with_for_update())
    may_see = _may_see(_standing(session, asker))
    found = _with_view_of(asker).where(WorkItem.id == id, may_see)
    row = session.execute(found.execution_options(populate_existing=lock)).first()
    if row is None:
        raise NotFound
    return row[0]


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
    place = (-of.urgency, of.due_on or date.max, of.opened_at, of.id)
    beyond = tuple_(*RANK) < place if backwards else tuple_(*RANK) > place
    ranks = [rank.desc() for rank in RANK] if backwards else list(RANK)
    return session.scalar(
        select(WorkItem)
        .where(_matches(standing, filters, today), WorkItem.subject_id != of.subject_id, beyond)
        .order_by(*ranks)
        .limit(1)
    )


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


def _matches(standing: Standing, filters: Filters, today: date) -> ColumnElement[bool]:
    asked = [WorkItem.closed_at.is_(None), _shown_in(filters.view, standing)]
    if filters.kind:
        asked.append(WorkItem.kind == filters.kind)
    if filters.due:
        asked.append(_due(filters.due, today))
    asked.extend(
        or_(
            WorkItem.person.icontains(word, autoescape=True),
            WorkItem.title.icontains(word, autoescape=True),
        )
        for word in filters.words.split()[:5]
    )
    return and_(*asked)


def _may_see(standing: Standing) -> ColumnElement[bool]:
    in_team = WorkItem.team_id == standing.member.team_id
    return and_(or_(in_team, _lies_with(standing)), _not_closed(standing))


def _lies_with(standing: Standing) -> ColumnElement[bool]:
    """Return the condition that it lies with the member, or with whom they stand in for today."""
    own = WorkItem.assignee_id == standing.member.id
    absent = standing.absent_ids
    return or_(own, WorkItem.assignee_id.in_(absent)) if absent else own


def _not_closed(standing: Standing) -> ColumnElement[bool]:
    """Return the condition that no conflict keeps the member out, and it is not another's own."""
    shared = or_(~WorkItem.is_private, _lies_with(standing))
    closed = standing.closed_cases
    if not closed:
        return shared
    return and_(shared, or_(WorkItem.case_id.is_(None), WorkItem.case_id.not_in(closed)))


def _shown_in(view: View, standing: Standing) -> ColumnElement[bool]:
    team = WorkItem.team_id == standing.member.team_id
    shown = {
        View.ALL: or_(team, _lies_with(standing)),
        View.MINE: _lies_with(standing),
        View.UNASSIGNED: and_(WorkItem.assignee_id.is_(None), team),
        View.TEAM: team,
    }[view]
    return and_(shown, _not_closed(standing))


def _due(due: Due, today: date) -> ColumnElement[bool]:
    return {
        Due.OVERDUE: WorkItem.due_on < today,
        Due.TODAY: WorkItem.due_on == today,
        Due.WEEK: WorkItem.due_on.between(today, today + timedelta(days=7)),
        Due.NONE: WorkItem.due_on.is_(None),
    }[due]
