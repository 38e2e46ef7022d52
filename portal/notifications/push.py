"""The way out to browsers: a push service of the browser's maker, called over HTTPS (RFC 8030).

A push says that there is something new, to an officer how many wait, to a lead that the portal is
to be opened at once, and nothing else; mail or short message go out as ever.
"""

import json
from dataclasses import dataclass
from datetime import datetime

import requests
from flask import Flask, current_app
from flask_babel import force_locale, gettext, ngettext

from portal.core.config import Settings
from portal.core.outbound import Outbound, Reach, origin
from portal.notifications import limits, push_crypto
from portal.notifications.models import PushSubscription
from portal.notifications.transport import NotSent

LONGEST_ADDRESS = 2000
_KEPT_FOR = 24 * 3600  # seconds for which the push service tries


@dataclass(frozen=True)
class Word:
    """What a browser says: that there is news or, to an officer, how many people are `waiting`.

    An `alarm` calls a lead to the portal. `path` is the page that a click opens; without one it is
    the start page.
    """

    waiting: int = 0
    path: str = ""
    alarm: bool = False

    @property
    def topic(self) -> str:
        """Return what the word is about: a later one takes its place (RFC 8030 5.4)."""
        if self.alarm:
            return "alarm"
        return "waiting" if self.waiting else "news"

    @property
    def is_urgent(self) -> bool:
        """Tell whether somebody waits for it: the push service wakes a sleeping device for it."""
        return self.topic != "news"

    @property
    def kept_for(self) -> int:
        """Return the seconds for which the push service tries to bring it (RFC 8030 5.2)."""
        return int(limits.RINGS_FOR.total_seconds()) if self.is_urgent else _KEPT_FOR


def reach_of(settings: Settings) -> Reach:
    """Return what may be called: no address of the own house, but this machine in the demo."""
    return Reach(loopback=settings.demo)


def is_push_service(endpoint: str, settings: Settings) -> bool:
    """Tell whether an address, which any browser may name, is one of a known push service."""
    if len(endpoint) > LONGEST_ADDRESS or not endpoint.isascii() or not endpoint.isprintable():
        return False
    scheme, _, rest = origin(endpoint).partition("://")
    host = rest.rpartition(":")[0]
    if settings.demo and host in {"127.0.0.1", "localhost"}:
        return True
    return scheme == "https" and any(
        host == known or (known.startswith(".") and host.endswith(known))
        for known in settings.push_hosts
    )


class PushServices:
    """Tell browsers that there is something new."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def tell(
        self,
        subscription: PushSubscription,
        *,
        language: str,
        now: datetime,
        word: Word = Word(),
    ) -> None:
        """Call the push service of one browser; raise `NotSent` unless it has taken the word.

        `is_final` says that this browser is not there any more (RFC 8030 7.3).
        """
        keys = push_crypto.office_keys()
        key = keys.get(subscription.office_key)
        if key is None:
            raise NotSent("the key for which the browser has asked is gone", is_final=True)
        if not is_push_service(subscription.endpoint, self._settings):
            raise NotSent("the address is none of a known push service", is_final=True)
        at = origin(subscription.endpoint)
        answer = self._answer(
            subscription,
            at,
            headers={
                "Authorization": push_crypto.authorization(
                    audience=at.removesuffix(":443"),
                    subject=f"mailto:{self._settings.mail_from}",
                    key=key,
                    now=now,
                ),
                "Content-Encoding": "aes128gcm",
                "Content-Type": "application/octet-stream",
                "TTL": str(word.kept_for),
                "Topic": word.topic,
                "Urgency": "high" if word.is_urgent else "normal",
            },
            body=_sealed(subscription, word, language),
        )
        if not answer.ok:
            is_gone = answer.status_code in {404, 410}
            raise NotSent(f"the push service answers {answer.status_code}", is_final=is_gone)

    def _answer(
        self, subscription: PushSubscription, at: str, *, headers: dict[str, str], body: bytes
    ) -> requests.Response:
        calls = Outbound(
            [at], reach=reach_of(self._settings), ca_file=self._settings.outbound_ca_file
        )
        try:
            return calls.post(subscription.endpoint, data=body, headers=headers)
        except requests.RequestException as error:
            raise NotSent(f"{type(error).__name__}: {error}") from error


def _sealed(subscription: PushSubscription, word: Word, language: str) -> bytes:
    with force_locale(language):
        text = gettext("Es gibt etwas Neues.")
        if word.alarm:
            text = gettext("Bitte öffnen Sie sofort das Portal")
        elif word.waiting:
            text = ngettext(
                "Im Warteraum wartet eine Person.",
                "Im Warteraum warten %(num)d Personen.",
                word.waiting,
            )
    said = {"text": text, "language": language}
    if word.is_urgent:
        said |= {"tag": word.topic, "path": word.path}
    return push_crypto.encrypted(
        json.dumps(said).encode(),
        browser_key=subscription.browser_key,
        browser_secret=subscription.browser_secret,
    )


def init_app(app: Flask) -> None:
    """Keep the way out to browsers."""
    app.extensions["push_services"] = PushServices(app.config["SETTINGS"])


def services() -> PushServices:
    """Return the way out of the current application."""
    found: PushServices = current_app.extensions["push_services"]
    return found
