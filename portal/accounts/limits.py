"""How often something may be done: one table, and the decorator with which a view asks it.

The limits stop programs, not people: nobody who types meets one, and in a library or a shelter
sixty people share one address. Who is signed in is counted as this person, so that nobody else can
use the limit up; the network is counted besides, because accounts cost nothing. What was refused is
not counted: after the wait that the answer names, it works.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from portal.accounts import queries, slowdown
from portal.accounts.pages import network
from portal.accounts.session import whoever_is_signed_in
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import TooMany

P = ParamSpec("P")
R = TypeVar("R")

PEOPLE_BEHIND_ONE_ADDRESS = 60
_NEVER_SENT_BACK = ("csrf_token", "password", "current", "code")


@dataclass(frozen=True)
class Limit:
    """How many times `within` a time, by one person and from one network; `hint` says what helps.

    Nothing is kept longer than a day (`accounts.jobs`), so no `within` may be longer.
    """

    person: int
    network: int
    within: timedelta
    hint: Any


_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)

LIMITS: dict[str, Limit] = {
    "upload": Limit(120, 2000, _HOUR, _("Was schon angekommen ist, liegt sicher in Ihrer Akte.")),
    "upload_begun": Limit(
        600, 12_000, _HOUR, _("Was schon angekommen ist, bleibt. Senden Sie danach weiter.")
    ),
    "booking": Limit(30, 600, _HOUR, _("Ihre Termine bleiben, wie sie sind.")),
    # A time is held for ten minutes: who holds one after the other takes them from everybody.
    "hold": Limit(
        40, 2400, timedelta(days=1), _("Was Sie gebucht haben, bleibt. Oder rufen Sie uns an.")
    ),
    "application": Limit(30, 600, _HOUR, _("Ihr Entwurf ist gespeichert.")),
    # Over it, the page names other ways to apply in the same minute (`instant.views`), and the wait
    # is short: who is held up at the end of a month must not lose it.
    "instant": Limit(
        10, 300, 10 * _MINUTE, _("Ein Anruf oder ein Besuch zählt genauso wie dieses Formular.")
    ),
    "link": Limit(
        10, 300, _HOUR, _("Sehen Sie nach, ob die Nachricht schon da ist, auch unter Spam.")
    ),
    "key": Limit(60, 3000, _HOUR, _("Mit dem Passwort kommen Sie weiterhin hinein.")),
    "invitation": Limit(20, 600, _HOUR, _("Ein Code, der noch gilt, bleibt gültig.")),
    "reading": Limit(60, 2000, _HOUR, _("Bitten Sie die Person um einen neuen Code.")),
    "export": Limit(
        10, 600, timedelta(days=1), _("Eine Kopie, die fertig ist, können Sie weiter abrufen.")
    ),
    "verification": Limit(60, 1200, _HOUR, _("Die Quittung bleibt gültig.")),
    "search": Limit(
        120, 2400, _MINUTE, _("Suchen Sie genauer, dann brauchen Sie weniger Anläufe.")
    ),
    "message": Limit(60, 1200, _MINUTE, _("Ihre bisherigen Nachrichten sind angekommen.")),
    "letter_to_office": Limit(
        60, 1200, _HOUR, _("Was Sie schon geschrieben haben, ist angekommen.")
    ),
    "call": Limit(60, 1200, 10 * _MINUTE, _("Ihr Platz im Gespräch bleibt frei.")),
    # A program asks every few minutes; each secret is counted by itself, a wrong one by network.
    "calendar": Limit(300, 6000, _HOUR, _("Der Kalender holt die Termine später wieder ab.")),
    "guest": Limit(60, 600, 10 * _MINUTE, _("Ihr Platz im Gespräch bleibt frei.")),
    # Each sends a message to an address that somebody typed.
    "guest_invited": Limit(20, 300, _HOUR, _("Wer schon eingeladen ist, bleibt es.")),
    "rehearsal": Limit(30, 600, _HOUR, _("Das Ergebnis der letzten Probe bleibt.")),
    "push": Limit(20, 300, _HOUR, _("Nachrichten kommen weiter wie bisher.")),
    "callback": Limit(10, 300, _HOUR, _("Wir rufen Sie unter der Nummer an, die wir haben.")),
}


def limited(action: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let the view run as often as the table says; else answer 429 with what was typed.

    Stands below who may enter and above `@commits`: the try is written down in a transaction of its
    own, which is over before the work begins, so that nobody waits for somebody else's.
    """
    if action not in LIMITS:
        raise KeyError(action)

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(view)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                _count(action)
            except TooMany as refused:
                refused.typed = _typed()
                raise
            return view(*args, **kwargs)

        return wrapped

    return decorate


@commits
def _count(action: str) -> None:
    limit, person = LIMITS[action], whoever_is_signed_in()
    counted = {slowdown.key_of("limit", action, "network", network()): limit.network}
    if person is not None:
        mine = slowdown.key_of("limit", action, "person", str(person.id))
        counted = {mine: limit.person, **counted}
    take(db.session, counted, limit, now=clock.now())


def take(session: Session, counted: dict[str, int], limit: Limit, *, now: datetime) -> None:
    """Count one try under each of these keys, or raise `TooMany` and count none.

    Every caller locks the person before the network, so two of them never wait for each other.
    """
    for key, times in counted.items():
        slowdown.take_turn(session, key)
        oldest = queries.nth_newest_attempt(session, key, times)
        if oldest is not None and now - oldest < limit.within:
            left = int((oldest + limit.within - now).total_seconds()) + 1
            raise TooMany(_sentence(left, limit), retry_after=left)
    slowdown.count(session, *counted, now=now)


def _sentence(seconds: int, limit: Limit) -> str:
    wait = (
        gettext("%(count)d Sekunden", count=seconds)
        if seconds <= 90
        else gettext("%(count)d Minuten", count=-(-seconds // 60))
    )
    sentence = gettext("Das war sehr oft in kurzer Zeit. Bitte warten Sie %(wait)s.", wait=wait)
    return f"{sentence} {limit.hint}"


def _typed() -> list[tuple[str, str]]:
    """Return what was typed, so that the page can send it again; no secret goes back."""
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in _NEVER_SENT_BACK
    ]
