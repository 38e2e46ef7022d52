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
    Integer,
    and_,
    exists,
    func,
    literal_column,
    or_,
)

from portal.accounts import rules as accounts
from portal.accounts.models import Right
from portal.core import clock
from portal.inbox.models import Alarm, ItemKind, ItemView, WorkItem
from portal.office.queries import Standing

Items = Any
"""The items, or an alias of them."""

WORDS = 5
"""How many words are looked for at most."""


class View(StrEnum):
    """Whose items are shown; the value stands in the address, as all here."""

    ALL = "alle"
    MINE = "meine"
    UNASSIGNED = "frei"
    TEAM = "team"
    ESCALATED = "eskaliert"


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
_AT_THE_LEAD: ColumnElement[int] = literal_column(str(int(Alarm.LEAD)), Integer)
_TO_ALL: ColumnElement[int] = literal_column(str(int(Alarm.ALL)), Integer)
"""Written out, so that the partial indexes answer."""
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
    team: UUID | None = None
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


def _due_or_never(of: Items) -> ColumnElement[Any]:
    return func.coalesce(of.due_on, literal_column("'9999-12-31'::date", Date))


def rank(of: Items = WorkItem) -> tuple[ColumnElement[Any], ...]:
    """Return the order of work: urgent first, then what is due first, then what waited longest.

    Written as the indexes of `models` are.
    """
    return (-of.urgency, _due_or_never(of), of.opened_at, of.id)


RANK = rank()


def order_of(filters: Filters, *, of: Items = WorkItem) -> Order:
    """Return the order of a list; what is finished has one order, the latest first."""
    if filters.state is State.DONE and filters.sort is Sort.RANK:
        return Order((of.closed_at, of.id), lambda item: (item.closed_at, item.id), down=True)
    opened = (of.opened_at, of.id)
    orders = {
        Sort.RANK: Order(
            rank(of),
            lambda item: (-item.urgency, item.due_on or date.max, item.opened_at, item.id),
        ),
        Sort.DUE: Order(
            (_due_or_never(of), of.id), lambda item: (item.due_on or date.max, item.id)
        ),
        Sort.OLDEST: Order(opened, lambda item: (item.opened_at, item.id)),
        Sort.NEWEST: Order(opened, lambda item: (item.opened_at, item.id), down=True),
        Sort.CHANGED: Order(
            (of.changed_at, of.id), lambda item: (item.changed_at, item.id), down=True
        ),
        Sort.PERSON: Order((of.person, of.id), lambda item: (item.person, item.id)),
    }
    return orders[filters.sort]


def is_in_state(state: State, *, of: Items = WorkItem) -> Any:
    """Return the condition that they wait, or are finished."""
    return of.closed_at.is_(None) if state is State.OPEN else of.closed_at.is_not(None)


def narrows(
    filters: Filters, *, asker_id: UUID, today: date, of: Items = WorkItem
) -> list[ColumnElement[bool]]:
    """Return the conditions of all filters but view and words, on the items or on a part."""
    asked = [is_in_state(filters.state, of=of)]
    if filters.kind:
        asked.append(of.kind == filters.kind)
    if filters.owner:
        is_free = filters.owner == NOBODY
        asked.append(of.assignee_id == (None if is_free else filters.owner))
    if filters.team:
        asked.append(of.team_id == filters.team)  # the indexes by owner carry it
    if filters.due:
        asked.append(_due(filters.due, today, of))
    if filters.urgency:
        asked.append(_urgency(filters.urgency, of))
    if filters.age:
        asked.append(_age(filters.age, today, of))
    if filters.news:
        asked.append(_news(filters.news, asker_id, of))
    return asked


def has_words(filters: Filters, *, of: Items = WorkItem) -> ColumnElement[bool] | None:
    """Return the condition that the words stand where they are looked for, or None without."""
    wanted = _wanted(filters)
    return of.words.op("@@")(func.to_tsquery(_SIMPLE, wanted)) if wanted else None


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

    It is wider than `has_words`: which column a word stands in, the index does not know.
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


def _due(due: Due, today: date, of: Items) -> Any:
    in_a_week = today + timedelta(days=7)
    return {
        Due.OVERDUE: of.due_on < today,
        Due.TODAY: of.due_on == today,
        Due.TOMORROW: of.due_on == today + timedelta(days=1),
        Due.WEEK: of.due_on.between(today, in_a_week),
        Due.LATER: of.due_on > in_a_week,
        Due.NONE: of.due_on.is_(None),
    }[due]


def _urgency(urgency: Urgency, of: Items) -> Any:
    ranked = -of.urgency  # as the index has it
    return {
        Urgency.YES: ranked < 0,
        Urgency.HIGHEST: ranked <= -HIGHEST,
        Urgency.NO: ranked >= 0,
    }[urgency]


def _age(age: Age, today: date, of: Items) -> Any:
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


def went_up_to(standing: Standing, *, of: Items = WorkItem) -> ColumnElement[bool]:
    """Return the condition that it escalated to the member, or to whom they stand in for today.

    What went up to all went up to whoever leads.
    """
    people = [standing.member.id, *sorted(standing.absent_ids)]
    to_me = and_(of.alarm == _AT_THE_LEAD, of.alarmed_to_id.in_(people))
    leads = accounts.can(standing.member, Right.SEE_TEAM)
    return or_(to_me, of.alarm == _TO_ALL) if leads else to_me


def is_open_to(
    standing: Standing, *, of: Items = WorkItem, view: View = View.ALL
) -> ColumnElement[bool]:
    """Return the condition that no conflict keeps the member out, and it is not another's own.

    To whom a private one escalated sees it; only the list of those asks for that.
    """
    shared = or_(~of.is_private, lies_with(standing, of=of))
    if view is View.ESCALATED:
        shared = or_(shared, went_up_to(standing, of=of))
    closed = standing.closed_cases
    if not closed:
        return shared
    return and_(shared, or_(of.case_id.is_(None), of.case_id.not_in(closed)))


@dataclass(frozen=True)
class Branch:
    """A part of a view that an index has in its order; no item is in two branches of a view.

    One condition with OR would make the database read and sort everything. `is_few` marks what
    lies with somebody outside the team: it is looked up first, and then narrowed.
    """

    condition: ColumnElement[bool]
    is_team: bool = False
    is_few: bool = False


def branches(view: View, standing: Standing) -> Sequence[Branch]:
    """Return the parts of a view."""
    team = WorkItem.team_id == standing.member.team_id
    people = (standing.member.id, *sorted(standing.absent_ids))
    own = [WorkItem.assignee_id == one for one in people]
    if view is View.UNASSIGNED:
        return [Branch(and_(team, WorkItem.assignee_id.is_(None)), is_team=True)]
    if view is View.TEAM:
        return [Branch(team, is_team=True)]
    if view is View.MINE:
        return [Branch(one) for one in own]
    if view is View.ESCALATED:
        return _escalated(standing)
    elsewhere = WorkItem.team_id != standing.member.team_id
    return [
        Branch(team, is_team=True),
        *(Branch(and_(one, elsewhere), is_few=True) for one in own),
    ]


def _escalated(standing: Standing) -> Sequence[Branch]:
    """What went up: in the team, for who leads it; elsewhere, what was brought to the member.

    What no lead has looked at the whole team finds here.
    """
    to_me = went_up_to(standing)
    in_team = WorkItem.team_id == standing.member.team_id
    if not accounts.can(standing.member, Right.SEE_TEAM):
        in_team_to_all = and_(in_team, WorkItem.alarm == _TO_ALL)
        return [Branch(to_me, is_few=True), Branch(in_team_to_all, is_few=True)]
    return [
        Branch(and_(in_team, WorkItem.alarm >= _AT_THE_LEAD), is_few=True),
        Branch(and_(to_me, ~in_team), is_few=True),
    ]
