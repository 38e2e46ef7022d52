"""What a list of items is narrowed to, how it is sorted, and the conditions that do so."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    and_,
    exists,
    func,
    literal_column,
    or_,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm.util import AliasedClass

from portal.core import clock
from portal.inbox.models import ItemKind, ItemView, WorkItem
from portal.office.queries import Standing

Items = type[WorkItem] | AliasedClass[WorkItem]
WORDS = 5
"""How many words are looked for at most."""


class View(StrEnum):
    """Whose items are shown; the value stands in the address, as all here."""

    ALL = "alle"
    MINE = "meine"
    UNASSIGNED = "frei"
    TEAM = "team"


class Due(StrEnum):
    """By when they are due."""

    OVERDUE = "ueberfaellig"
    TODAY = "heute"
    TOMORROW = "morgen"
    WEEK = "woche"
    LATER = "spaeter"
    NONE = "ohne"


class State(StrEnum):
    """Whether they wait or are finished."""

    OPEN = "offen"
    DONE = "erledigt"


class Urgency(StrEnum):
    """How urgent they are: the numbers that rooms give stand in `URGENT`."""

    YES = "ja"
    HIGHEST = "sehr"
    NO = "nein"


class Age(StrEnum):
    """For how long they have waited."""

    TODAY = "heute"
    THREE_DAYS = "drei-tage"
    WEEK = "woche"
    TWO_WEEKS = "zwei-wochen"


class News(StrEnum):
    """What has moved since the asker looked."""

    ANY = "beides"
    NEW = "neu"
    CHANGED = "geaendert"


class Sort(StrEnum):
    """In which order."""

    RANK = "dringend"
    DUE = "frist"
    OLDEST = "aelteste"
    NEWEST = "neueste"
    CHANGED = "geaendert"
    PERSON = "person"


NOBODY = "niemand"
"""The owner of what is still free."""

_SIMPLE: ColumnElement[Any] = literal_column("'simple'::regconfig")
OLDER_THAN = {Age.THREE_DAYS: 3, Age.WEEK: 7, Age.TWO_WEEKS: 14}
HIGHEST = 2


@dataclass(frozen=True)
class Filters:
    """What a list of items is narrowed to. `owner` is a staff member or `NOBODY`."""

    view: View = View.ALL
    kind: ItemKind | None = None
    due: Due | None = None
    words: str = ""
    person: str = ""
    reference: str = ""
    owner: UUID | str | None = None
    urgency: Urgency | None = None
    age: Age | None = None
    news: News | None = None
    state: State = State.OPEN
    sort: Sort = Sort.RANK

    @property
    def is_narrow(self) -> bool:
        """Tell whether anything but the view and the order narrows the list."""
        plain = Filters(view=self.view, sort=self.sort)
        return self != plain

    @property
    def count(self) -> int:
        """Return how many filters narrow the list."""
        plain = Filters(view=self.view, sort=self.sort)
        return sum(getattr(self, one.name) != getattr(plain, one.name) for one in fields(self))


@dataclass(frozen=True)
class Order:
    """An order of the list: the columns, all up or all down, and where an item stands in it."""

    columns: tuple[ColumnElement[Any], ...]
    place: Any
    down: bool = False


# The order of work: urgent first, then what is due first, then what has waited longest. Written as
# the indexes of `models` are.
_DUE: ColumnElement[Any] = func.coalesce(
    WorkItem.due_on, literal_column("'9999-12-31'::date", Date)
)


def _column(attribute: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    return attribute.expression


_OPENED, _ID = _column(WorkItem.opened_at), _column(WorkItem.id)
_CLOSED, _CHANGED = _column(WorkItem.closed_at), _column(WorkItem.changed_at)
RANK: tuple[ColumnElement[Any], ...] = (-WorkItem.urgency, _DUE, _OPENED, _ID)

ORDERS: dict[Sort, Order] = {
    Sort.RANK: Order(
        RANK, lambda item: (-item.urgency, item.due_on or date.max, item.opened_at, item.id)
    ),
    Sort.DUE: Order((_DUE, _ID), lambda item: (item.due_on or date.max, item.id)),
    Sort.OLDEST: Order((_OPENED, _ID), lambda item: (item.opened_at, item.id)),
    Sort.NEWEST: Order((_OPENED, _ID), lambda item: (item.opened_at, item.id), down=True),
    Sort.CHANGED: Order((_CHANGED, _ID), lambda item: (item.changed_at, item.id), down=True),
    Sort.PERSON: Order((_column(WorkItem.person), _ID), lambda item: (item.person, item.id)),
}
FINISHED = Order((_CLOSED, _ID), lambda item: (item.closed_at, item.id), down=True)


def order_of(filters: Filters) -> Order:
    """Return the order of a list; what is finished has one order, the latest first."""
    is_ranked = filters.sort is Sort.RANK
    return FINISHED if filters.state is State.DONE and is_ranked else ORDERS[filters.sort]


def is_in_state(state: State, *, of: Items = WorkItem) -> ColumnElement[bool]:
    """Return the condition that they wait, or are finished."""
    return of.closed_at.is_(None) if state is State.OPEN else of.closed_at.is_not(None)


def narrows(
    filters: Filters, *, asker_id: UUID, today: date, of: Items = WorkItem
) -> list[ColumnElement[bool]]:
    """Return the conditions of all filters but the view, on the items or on a part of them."""
    asked = [is_in_state(filters.state, of=of)]
    if filters.kind:
        asked.append(of.kind == filters.kind)
    if filters.owner:
        is_free = filters.owner == NOBODY
        asked.append(of.assignee_id == (None if is_free else filters.owner))
    if filters.due:
        asked.append(_due(filters.due, today, of))
    if filters.urgency:
        asked.append(_urgency(filters.urgency, of))
    if filters.age:
        asked.append(_age(filters.age, today, of))
    if filters.news:
        asked.append(_news(filters.news, asker_id, of))
    if wanted := _wanted(filters):
        asked.append(of.words.op("@@")(func.to_tsquery(_SIMPLE, wanted)))
    return asked


def _wanted(filters: Filters) -> str:
    """Return all words that are looked for, as PostgreSQL takes them; empty for none."""
    return " & ".join(
        (*pieces(filters.words), *pieces(filters.person, "A"), *pieces(filters.reference, "B"))
    )


def pieces(words: str, weight: str = "") -> list[str]:
    """Cut words as `models.WORDS` does; each is the beginning of one that is looked for.

    A number without its zeros finds the Aktenzeichen too: 10042 is in JC-0010042.
    """
    return [
        f"({one}:*{weight} | {one.zfill(7)}:B)" if one.isdecimal() else f"{one}:*{weight}"
        for one in _cut(words)
    ]


def _cut(words: str) -> list[str]:
    return re.findall(r"[^\W_]+", words)[:WORDS]


def in_words_of(team_id: UUID, filters: Filters) -> ColumnElement[bool] | None:
    """Return the condition that the index of words answers for one team, or None without words.

    It is wider than `narrows` asks for: which column a word stands in, the index does not know.
    """
    before = f"{'o' if filters.state is State.OPEN else 'd'}{str(team_id)[:8]}"
    words = [*_cut(filters.words), *_cut(filters.person), *_cut(filters.reference)]
    if not words:
        return None
    asked = [
        f"({before}{one}:* | {before}{one.zfill(7)})" if one.isdecimal() else f"{before}{one}:*"
        for one in words
    ]
    if filters.kind:
        asked.append(f"{before}0kind0{filters.kind.value.replace('_', '')}")
    return WorkItem.team_words.op("@@")(func.to_tsquery(_SIMPLE, " & ".join(asked)))


def _due(due: Due, today: date, of: Items) -> ColumnElement[bool]:
    in_a_week = today + timedelta(days=7)
    return {
        Due.OVERDUE: of.due_on < today,
        Due.TODAY: of.due_on == today,
        Due.TOMORROW: of.due_on == today + timedelta(days=1),
        Due.WEEK: of.due_on.between(today, in_a_week),
        Due.LATER: of.due_on > in_a_week,
        Due.NONE: of.due_on.is_(None),
    }[due]


def _urgency(urgency: Urgency, of: Items) -> ColumnElement[bool]:
    ranked = -of.urgency  # as the index has it
    return {
        Urgency.YES: ranked < 0,
        Urgency.HIGHEST: ranked <= -HIGHEST,
        Urgency.NO: ranked >= 0,
    }[urgency]


def _age(age: Age, today: date, of: Items) -> ColumnElement[bool]:
    begins = _begin_of(today)
    if age is Age.TODAY:
        return of.opened_at >= begins
    return of.opened_at < begins - timedelta(days=OLDER_THAN[age] - 1)


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=clock.BERLIN)


def _news(news: News, asker_id: UUID, of: Items) -> ColumnElement[bool]:
    looked = and_(ItemView.item_id == of.id, ItemView.staff_member_id == asker_id)
    if news is News.NEW:
        return ~exists().where(looked)
    if news is News.CHANGED:
        return exists().where(looked, ItemView.seen_at < of.changed_at)
    return ~exists().where(looked, ItemView.seen_at >= of.changed_at)


def lies_with(standing: Standing, *, of: Items = WorkItem) -> ColumnElement[bool]:
    """Return the condition that it lies with the member, or with whom they stand in for today."""
    own = of.assignee_id == standing.member.id
    absent = standing.absent_ids
    return or_(own, of.assignee_id.in_(absent)) if absent else own


def is_open_to(standing: Standing, *, of: Items = WorkItem) -> ColumnElement[bool]:
    """Return the condition that no conflict keeps the member out, and it is not another's own."""
    shared = or_(~of.is_private, lies_with(standing, of=of))
    closed = standing.closed_cases
    if not closed:
        return shared
    return and_(shared, or_(of.case_id.is_(None), of.case_id.not_in(closed)))


def branches(view: View, standing: Standing) -> Sequence[ColumnElement[bool]]:
    """Return the parts of a view: no item is in two of them, and each has its order as an index.

    The team's part is the first where there is one; see `has_team`.

    One condition with OR would make the database read and sort everything.
    """
    team = WorkItem.team_id == standing.member.team_id
    people = (standing.member.id, *sorted(standing.absent_ids))
    own = [WorkItem.assignee_id == one for one in people]
    if view is View.UNASSIGNED:
        return [and_(team, WorkItem.assignee_id.is_(None))]
    if view is View.TEAM:
        return [team]
    if view is View.MINE:
        return own
    return [team, *(and_(one, WorkItem.team_id != standing.member.team_id) for one in own)]


def has_team(view: View) -> bool:
    """Tell whether the first branch of a view is the asker's team."""
    return view is not View.MINE
