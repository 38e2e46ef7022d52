"""What no message says: mails and short messages cross many hands, and telephones lie on tables.

Every message is written with a world in which each fact says its own name. Only the facts of
`MAY_STAND` come out harmless: names of people, times, numbers to ask for, addresses. Whoever lets a
message say more has to add a word here, and to answer for it.

The kind of an appointment is none of them: „Schuldnerberatung“ or „Erstantrag“ says what somebody
comes for, and its words „vorher“ and its papers do as well. Both stand in the portal.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from jinja2 import meta
from sqlalchemy.orm import Session

from portal.core.paths import TEMPLATES
from portal.notifications import service

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
ID = UUID("11111111-1111-4111-8111-111111111111")
MARK = "⟦"

PEOPLE = (
    "person", "citizen", "reader", "owner", "asker", "about", "second", "principal",
    "representative", "absent", "staff_member",
)  # fmt: skip
MAY_STAND: dict[str, Any] = {
    **{f"{who}.name": "Oksana Kovalenko" for who in PEOPLE},
    **{
        f"{what}.{when}": NOW
        for what in ("booking", "offer", "event", "access", "representation", "application")
        for when in ("starts_at", "ends_at", "moved_from", "expires_at", "received_at")
    },
    **{f"{what}.id": ID for what in ("booking", "offer", "event", "application", "link", "edit")},
    "substitution.first_day": date(2026, 12, 1),
    "substitution.last_day": date(2026, 12, 3),
    "application.number": "A-1042",  # what the person asks for; it says nothing to others
    "room.name": "2.11",
    "where.line": "Rathausplatz 1, 35390 Lindenau, Raum 2.11",  # without the name of the house
    "where.directions": "Der Eingang ist im Hof.",
    "change.address": "neu@example.org",
}
PLAIN: dict[str, Any] = {
    "name": "Oksana Kovalenko",
    "path": "/weiter",
    "url": "http://localhost/weiter",
    "secret": "x" * 43,
    "device": "Firefox auf Android",
    "what": "Mein Telefon",
    "sent_by": "Ruth Sander",
    "now": NOW,
    "until": NOW,
    "starts_at": NOW,
    "colleague": "Jana Keller",
    "officers": "Jana Keller",
    "can_change": True,
    **dict.fromkeys(("overdue", "due_today", "fresh", "unassigned", "talks"), 3),  # bare numbers
}
NEVER = re.compile(
    r"bürgergeld|grundsicherung|grundgeld|sozialgeld|sozialhilfe|arbeitslos|SGB|regelbedarf|mehrbed"
    r"|bedarfsgem|miete|unterkunft|heizung|bescheid|sanktion|minderung|rechtsfolge|meldeauff"
    r"|eingliederung|vermittlung|einkommen|vermögen|schulden|sucht|krank|gesund|kontoauszu"
    r"|aktenzeichen|kundennummer|JC-\d|leistung \d|leistungs|€|\beuro\b|benefit|allowance|sanction"
    r"|\brent\b|welfare|unemploy|income",
    re.IGNORECASE,
)


class World:
    """A thing of which every fact says its own name, unless it may stand in a message."""

    def __init__(self, name: str, *, truth: bool) -> None:
        self._name, self._truth = name, truth

    def __getattr__(self, fact: str) -> Any:
        if fact.startswith("__"):
            raise AttributeError(fact)
        known = MAY_STAND.get(f"{self._name}.{fact}")
        return known if known is not None else World(fact, truth=self._truth)

    def __bool__(self) -> bool:
        return self._truth

    def __iter__(self) -> Iterator["World"]:
        yield World(f"one of {self._name}", truth=self._truth)

    def __call__(self, *_: object) -> "World":
        return self

    def __str__(self) -> str:
        return f"{MARK}{self._name}⟧"

    __html__ = __str__


def templates() -> list[str]:
    return sorted(path.name for path in (TEMPLATES / "messages").iterdir() if path.is_dir())


def names_in(app: Flask, template: str) -> set[str]:
    """Return what the files of a message ask for."""
    found: set[str] = set()
    for path in (TEMPLATES / "messages" / template).iterdir():
        found |= meta.find_undeclared_variables(app.jinja_env.parse(path.read_text("utf-8")))
    return found - {"_", "language", "direction"} | {"now"}  # some are globals, too


def written(
    app: Flask, session: Session, template: str, *, truth: bool, address: str, language: str
) -> Any:
    context = {
        name: PLAIN[name] if name in PLAIN else World(name, truth=truth)
        for name in names_in(app, template)
    }
    context.update({name: truth for name in ("can_change",) if name in context})
    return service.send(
        session,
        template=template,
        address=address,
        recipient_id=None,
        now=NOW,
        context=context,
        language=language,
    )


@pytest.mark.parametrize("template", templates())
@pytest.mark.parametrize("language", ["de", "en"])
def test_a_message_says_nothing_but_what_may_stand(
    app: Flask, session: Session, template: str, language: str
) -> None:
    for truth in (True, False):
        for address in ("oksana@example.org", "+4915123456789"):
            sent = written(app, session, template, truth=truth, address=address, language=language)
            whole = f"{sent.subject}\n{sent.text}\n{sent.html}"
            assert MARK not in whole, whole
            assert sent.subject
            assert not NEVER.search(re.sub(r"<style>.*?</style>", "", whole, flags=re.DOTALL))


@pytest.mark.parametrize("template", templates())
def test_no_branch_of_a_message_has_such_a_word(template: str) -> None:
    for path in (TEMPLATES / "messages" / template).iterdir():
        assert not NEVER.search(path.read_text("utf-8")), path


def test_the_world_tells_what_it_is_asked() -> None:
    """The test of the test: a kind, a team and an amount would be found."""
    booking = World("booking", truth=True)
    assert str(booking.type.name).startswith(MARK)
    assert str(booking.staff_member.team.name).startswith(MARK)
    assert str(booking.case.file_reference).startswith(MARK)
    assert booking.staff_member.name == "Oksana Kovalenko"
    assert NEVER.search("Ihr Bescheid über 563 €")
