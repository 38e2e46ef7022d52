"""Everything that happened in a case in one line, the newest first.

A new room that has something to tell adds a function to `sources` (or brings its own), an
`EntryKind` with its name, and a line in `SOURCES`; nothing else changes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.casefiles.models import Case
from portal.casework import sources
from portal.casework.entries import NAMES, ON_ONE_PAGE, RANK, Entry, EntryKind, Place, Window
from portal.core.templating import day, hour

Source = Callable[[Session, Window], Iterable[Entry]]

SOURCES: dict[EntryKind, Source] = {
    EntryKind.APPLICATION: sources.applications,
    EntryKind.DOCUMENT: sources.documents,
    EntryKind.REQUEST: sources.requests,
    EntryKind.MESSAGE: sources.messages,
    EntryKind.LETTER: sources.letters,
    EntryKind.APPOINTMENT: sources.appointments,
    EntryKind.CONTACT: sources.contacts,
    EntryKind.NOTE: sources.notes,
    EntryKind.QUESTION: sources.questions,
}
"""All rooms that tell something; `tests/casework/test_time_line.py` asks for each kind."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of the line, and the place after which it goes on, if it does."""

    entries: Sequence[Entry]
    goes_on: Place | None

    @property
    def days(self) -> list[dict[str, Any]]:
        """Return the entries by day, for `event_list`."""
        found: list[dict[str, Any]] = []
        for entry in self.entries:
            heading = day(entry.at)
            if not found or found[-1]["day"] != heading:
                found.append({"day": heading, "entries": []})
            found[-1]["entries"].append(_row(entry))
        return found


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "time": hour(entry.at),
        "kind": NAMES[entry.kind],
        "title": entry.title,
        "href": entry.href,
        "text": entry.text,
        "who": entry.who,
        "status": entry.status,
        "tone": entry.tone,
    }


def stretch(
    session: Session,
    *,
    case: Case,
    asker: StaffMember,
    now: datetime,
    kinds: Iterable[EntryKind] = (),
    after: Place | None = None,
    limit: int = ON_ONE_PAGE,
) -> Stretch:
    """Return what happened until now, or before a place of the line, the newest first.

    `case` was read through the wall. Each source gives one entry more than is shown, so that the
    last of them tells whether the line goes on.
    """
    window = Window(case, asker, now, after, limit + 1)
    wanted = set(kinds) or set(SOURCES)
    found = [
        entry
        for kind, source in SOURCES.items()
        if kind in wanted
        for entry in source(session, window)
        if window.shows(entry)
    ]
    found.sort(key=lambda entry: (RANK[entry.kind], entry.id))
    found.sort(key=lambda entry: entry.at, reverse=True)
    shown = found[:limit]
    return Stretch(shown, shown[-1].place if len(found) > limit else None)
