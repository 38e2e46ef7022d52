"""What a paper probably is, with the reason: type, person, months, title.

Everything here is worked out from words alone: the texts of the pages, the name of the file, what
the citizen has said, what was asked for. The same words always give the same answer, and each
answer says in a sentence where it comes from, so that the person who decides can look.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Generic, TypeVar
from uuid import UUID

from flask_babel import gettext

from portal.casefiles import kinds
from portal.casefiles.models import DocumentKind
from portal.casefiles.signs import SIGNS, folded, folded_name

T = TypeVar("T")

TOP_LINES = 12
TOP, PAGE, LATER, MARK, NAMED, SAID, ASKED, WAITED_FOR = 10.0, 5.0, 3.0, 1.5, 4.0, 3.0, 5.0, 1.0
MOST_MARKS = 3
SURE, APART = 8.0, 3.0
LONGEST_PERIOD = 24
LONGEST_STATEMENT = 6

MONTHS = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]
_NUMBER_OF = {folded(name): number for number, name in enumerate(MONTHS, 1)} | {
    short: number
    for number, short in enumerate(
        ["jan", "feb", "mrz", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez"], 1
    )
}
_NAME = rf"({'|'.join(_NUMBER_OF)}|sept)\b\.?"
_DAY = r"(\d{1,2})\.\s?(\d{1,2})\.\s?((?:20)?\d{2})\b"
_RANGE = re.compile(rf"{_DAY}\s*(?:-|–|—|bis(?: zum)?)\s*{_DAY}")
_NAMES = re.compile(rf"\b{_NAME}(?:\s+(20\d\d))?\s*(?:-|–|bis)\s*{_NAME}\s+(20\d\d)")
_ONE_NAME = re.compile(rf"\b{_NAME}\s+(20\d\d)\b")
_FIGURES = re.compile(
    r"(?<!nr\. )(?<!nr )(?<![\d./-])(0?[1-9]|1[0-2])\s?[/.]\s?(20\d\d)\b(?![./]\d)"
)
_ISO = re.compile(r"\b(20\d\d)-(0[1-9]|1[0-2])\b")
_ONE_DAY = re.compile(rf"(?<![\d.]){_DAY}")


@dataclass(frozen=True)
class Person:
    """Somebody of the household."""

    id: UUID
    first_name: str
    last_name: str

    @property
    def name(self) -> str:
        """Return both names."""
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True)
class Asked:
    """What the office has asked for."""

    kind: DocumentKind
    asked_on: date
    about_id: UUID | None = None
    months: tuple[date, date] | None = None


@dataclass(frozen=True)
class Paper:
    """What is known of a document before anybody has looked at it."""

    owner_id: UUID
    received_on: date
    kind: DocumentKind = DocumentKind.OTHER
    title: str = ""
    filename: str = ""
    texts: Sequence[str] = ()
    about_id: UUID | None = None
    months: tuple[date, date] | None = None
    answers: Asked | None = None


@dataclass(frozen=True)
class Guess(Generic[T]):
    """One answer and the sentence that says where it comes from."""

    value: T
    reason: str


@dataclass(frozen=True)
class Suggestion:
    """What stands in the form before anybody types; `is_sure` when the type leaves no doubt."""

    kind: Guess[DocumentKind]
    person: Guess[UUID]
    months: Guess[tuple[date, date]] | None
    title: Guess[str]
    is_sure: bool


@dataclass
class _Score:
    points: float = 0.0
    best: float = 0.0
    reason: str = ""

    def add(self, points: float, reason: str) -> None:
        self.points += points
        if points > self.best:
            self.best, self.reason = points, reason


@dataclass(frozen=True)
class _Page:
    number: int
    text: str
    top: str = field(init=False)

    def __post_init__(self) -> None:
        lines = [line for line in self.text.splitlines() if line.strip()]
        object.__setattr__(self, "top", "\n".join(lines[:TOP_LINES]))


def suggest(
    paper: Paper, *, household: Sequence[Person], waited_for: Sequence[Asked] = ()
) -> Suggestion:
    """Say what a paper probably is; `waited_for` are the open requests of its owner."""
    pages = [_Page(number, folded(text)) for number, text in enumerate(paper.texts, 1)]
    kind, is_sure = _kind(paper, pages, waited_for)
    asked = paper.answers or next((one for one in waited_for if one.kind is kind.value), None)
    months = _months(paper, pages, kind.value, asked)
    return Suggestion(
        kind=kind,
        person=_person(paper, pages, household, asked),
        months=months,
        title=_title(paper, kind.value, months.value if months else None),
        is_sure=is_sure,
    )


# What it is


def _kind(
    paper: Paper, pages: Sequence[_Page], waited_for: Sequence[Asked]
) -> tuple[Guess[DocumentKind], bool]:
    scores = {kind: _score(kind, paper, pages) for kind in SIGNS}
    if paper.kind in scores:
        scores[paper.kind].add(SAID, gettext("So hat es die Person angegeben"))
    if paper.answers and paper.answers.kind in scores:
        scores[paper.answers.kind].add(ASKED, _answers(paper.answers))
    for asked in waited_for:
        if asked.kind in scores and scores[asked.kind].points:
            scores[asked.kind].points += WAITED_FOR
    first, second = sorted(scores, key=lambda kind: -scores[kind].points)[:2]
    best = scores[first]
    if not best.points:
        reason = gettext("Kein bekanntes Wort gefunden")
        return Guess(paper.kind, reason), False
    apart = best.points - scores[second].points
    return Guess(first, best.reason), best.points >= SURE and apart >= APART


def _answers(asked: Asked) -> str:
    day = f"{asked.asked_on:%d.%m.%Y}"
    return str(gettext("Antwortet auf die Anforderung vom %(day)s", day=day))


def _score(kind: DocumentKind, paper: Paper, pages: Sequence[_Page]) -> _Score:
    score = _Score()
    for page in pages:
        _read_page(score, kind, page)
    found = [mark for mark in SIGNS[kind].marks if any(folded(mark) in one.text for one in pages)]
    for mark in found[:MOST_MARKS]:
        score.add(MARK, gettext("„%(word)s“ steht im Text", word=mark))
    for words, reason in (
        (paper.filename, gettext("So heißt die Datei")),
        (_own_title(paper), gettext("So hat es die Person genannt")),
    ):
        names = (folded_name(words), re.sub(r"[_.]+", " ", folded(words)))
        if any(pattern.search(name) for _, pattern in _headings(kind) for name in names):
            score.add(NAMED, reason)
    return score


def _read_page(score: _Score, kind: DocumentKind, page: _Page) -> None:
    """Count the best heading of a page in full, and each further one a little."""
    hits: list[tuple[float, str]] = []
    for word, pattern in _headings(kind):
        if pattern.search(page.top):
            hits.append((TOP if page.number == 1 else PAGE, word))
        elif pattern.search(page.text):
            hits.append((PAGE if page.number == 1 else LATER, word))
    if not hits:
        return
    points, word = max(hits, key=lambda hit: (hit[0], len(hit[1])))
    already = min(score.points, TOP) if page.number > 1 else 0.0
    reason = gettext("„%(word)s“ steht auf Seite %(number)s", word=word, number=page.number)
    score.add(max(points - already, 0.5) + 0.5 * (len(hits) - 1) + len(word) / 100, reason)


@cache
def _headings(kind: DocumentKind) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (_shown(word), re.compile(rf"\b{re.escape(folded(word))}(?:e|en|s|es|n)?\b"))
        for word in SIGNS[kind].headings
    )


def _shown(word: str) -> str:
    return word[:1].upper() + word[1:]


# Whom it concerns


def _person(
    paper: Paper, pages: Sequence[_Page], household: Sequence[Person], asked: Asked | None
) -> Guess[UUID]:
    named = _named(pages, household, owner_id=paper.owner_id)
    if named:
        person, words, number = named
        return Guess(
            person.id,
            gettext("Name %(name)s auf Seite %(number)s gefunden", name=words, number=number),
        )
    if paper.about_id:
        return Guess(paper.about_id, gettext("So hat es die Person angegeben"))
    if asked and asked.about_id:
        return Guess(asked.about_id, _answers(asked))
    return Guess(paper.owner_id, gettext("Von dieser Person abgegeben"))


def _named(
    pages: Sequence[_Page], household: Sequence[Person], *, owner_id: UUID
) -> tuple[Person, str, int] | None:
    """Return who is named in full, most often; else whose last name nobody shares is there."""
    owner_first = sorted(household, key=lambda person: person.id != owner_id)
    counted: Counter[UUID] = Counter()
    first_on: dict[UUID, int] = {}
    for page in pages:
        for person in owner_first:
            count = len(_full_name(person).findall(page.text))
            counted[person.id] += count
            if count:
                first_on.setdefault(person.id, page.number)
    best = max(owner_first, key=lambda person: counted[person.id], default=None)
    if best and counted[best.id]:
        return best, best.name, first_on[best.id]
    last_names = Counter(folded(person.last_name) for person in household)
    for page in pages:
        for person in owner_first:
            last = folded(person.last_name)
            if last_names[last] == 1 and re.search(rf"\b{re.escape(last)}\b", page.text):
                return person, person.last_name, page.number
    return None


def _full_name(person: Person) -> re.Pattern[str]:
    first, last = re.escape(folded(person.first_name)), re.escape(folded(person.last_name))
    return re.compile(rf"\b{first}\s+(?:\w+\s+)?{last}\b|\b{last}\s*[,;]?\s*{first}\b")


# For when it is


def _months(
    paper: Paper, pages: Sequence[_Page], kind: DocumentKind, asked: Asked | None
) -> Guess[tuple[date, date]] | None:
    if kind not in SIGNS or not SIGNS[kind].has_months:
        return None
    periods = [period for page in pages if (period := _period_in(page.text, paper.received_on))]
    if found := _joined(periods):
        return Guess(found, gettext("Zeitraum steht auf dem Papier"))
    if kind is DocumentKind.BANK_STATEMENTS and (found := _days_in(pages, paper.received_on)):
        return Guess(found, gettext("Aus den Buchungstagen"))
    names = f"{folded_name(paper.title)}\n{folded_name(paper.filename)}"
    if found := _period_in(names, paper.received_on):
        return Guess(found, gettext("Aus dem Namen"))
    return _months_said(paper, asked)


def _months_said(paper: Paper, asked: Asked | None) -> Guess[tuple[date, date]] | None:
    if paper.months:
        return Guess(paper.months, gettext("So hat es die Person angegeben"))
    if asked and asked.months:
        return Guess(asked.months, _answers(asked))
    return None


def _joined(periods: Sequence[tuple[date, date]]) -> tuple[date, date] | None:
    """Put the periods of all pages together, unless that would be longer than any paper."""
    if not periods:
        return None
    start, end = min(one[0] for one in periods), max(one[1] for one in periods)
    return (start, end) if _length(start, end) <= LONGEST_PERIOD else periods[0]


def _length(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month + 1


def _period_in(text: str, today: date) -> tuple[date, date] | None:
    for found in _periods(text):
        start, end = found
        if start and end and start <= end and end.year <= today.year + 1:
            return (start, end) if _length(start, end) <= LONGEST_PERIOD else None
    return None


def _periods(text: str) -> Iterator[tuple[date | None, date | None]]:
    """Name what reads like a period, the clearest way of writing one first."""
    for day in _RANGE.finditer(text):
        yield _month(day[3], day[2]), _month(day[6], day[5])
    for names in _NAMES.finditer(text):
        yield (
            _month(names[2] or names[4], _named_month(names[1])),
            _month(names[4], _named_month(names[3])),
        )
    for name in _ONE_NAME.finditer(text):
        one = _month(name[2], _named_month(name[1]))
        yield one, one
    for figures in _FIGURES.finditer(text):
        one = _month(figures[2], figures[1])
        yield one, one
    for iso in _ISO.finditer(text):
        one = _month(iso[1], iso[2])
        yield one, one


def _named_month(name: str) -> int:
    return _NUMBER_OF.get(name) or _NUMBER_OF[name[:3]]


def _month(year: str, month: str | int) -> date | None:
    whole = int(year) + (2000 if int(year) < 100 else 0)
    return date(whole, int(month), 1) if 1 <= int(month) <= 12 and whole >= 2000 else None


def _days_in(pages: Sequence[_Page], today: date) -> tuple[date, date] | None:
    """Return the months of the days that are written down, if they lie close together."""
    days = [
        month
        for page in pages
        for found in _ONE_DAY.finditer(page.text)
        if (month := _month(found[3], found[2])) and month <= today
    ]
    if not days or _length(min(days), max(days)) > LONGEST_STATEMENT:
        return None
    return min(days), max(days)


# What it is called


def _own_title(paper: Paper) -> str:
    """Return the title if somebody has typed it; without one the kind stands there."""
    given = paper.title.strip()
    return "" if given == kinds.german_name(paper.kind) else given


def _title(paper: Paper, kind: DocumentKind, months: tuple[date, date] | None) -> Guess[str]:
    given = _own_title(paper)
    if given and (kind is paper.kind or kind not in SIGNS):
        return Guess(given, gettext("So hat es die Person genannt"))
    short = SIGNS[kind].short if kind in SIGNS else kinds.german_name(kind)
    if months is None:
        return Guess(short, gettext("Aus der Art"))
    return Guess(f"{short} {months_in_words(*months)}", gettext("Aus Art und Zeitraum"))


def months_in_words(start: date, end: date) -> str:
    """Write a period in German, as it stands in the file: `Juli bis September 2026`."""
    first, last = MONTHS[start.month - 1], MONTHS[end.month - 1]
    if start == end:
        return f"{first} {start.year}"
    if start.year == end.year:
        return f"{first} bis {last} {end.year}"
    return f"{first} {start.year} bis {last} {end.year}"


def period_in_words(words: str, *, today: date) -> tuple[date, date] | None:
    """Read a period in any way of writing it that is understood on papers, too."""
    return _period_in(folded(words), today)
