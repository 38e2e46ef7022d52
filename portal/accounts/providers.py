"""The identity provider of this office, and what a browser keeps while its owner is there.

What is kept lies on this side, as a step that serves once; the browser holds the tokens of the last
three, one for each tab.
"""

from collections.abc import Mapping

from flask import Flask, current_app, session

from portal.accounts.keys import StepKind
from portal.accounts.oidc import provider as oidc
from portal.accounts.oidc import signin
from portal.accounts.oidc.errors import StartExpired
from portal.accounts.oidc.provider import Provider
from portal.accounts.oidc.signin import STARTS_AT_ONCE, Kept
from portal.accounts.service import steps
from portal.core import clock
from portal.core.db import db
from portal.core.errors import Expired, NotFound

CALLBACK = "/anmelden/anbieter/zurueck"
_TOKENS = "provider"


def provider() -> Provider:
    """Return the provider of this office; where there is none, there is no such page."""
    found: Provider | None = current_app.extensions["oidc_provider"]
    if found is None:
        raise NotFound
    return found


def keep(kept: Kept) -> None:
    """Keep what a sign-in that begins needs when the browser comes back."""
    token = steps.begin_step(
        db.session, kind=StepKind.PROVIDER, now=clock.now(), **kept.model_dump(mode="json")
    )
    session[_TOKENS] = [*session.get(_TOKENS, []), token][-STARTS_AT_ONCE:]


def take(query: Mapping[str, str]) -> Kept:
    """Return what was kept for this answer and use it up, or raise `StartExpired`."""
    for token in session.get(_TOKENS, []):
        try:
            step = steps.look_at_step(
                db.session, token=token, kind=StepKind.PROVIDER, now=clock.now()
            )
            box = {"oidc": [step.kept]}
            kept = signin.take(box, query)
            steps.take_step(db.session, token=token, kind=StepKind.PROVIDER, now=clock.now())
        except (Expired, StartExpired):
            continue
        session[_TOKENS] = [other for other in session[_TOKENS] if other != token]
        return kept
    raise StartExpired("no such sign-in was started in this browser")


def init_app(app: Flask) -> None:
    """Build the provider once: it remembers its description and its keys."""
    app.extensions["oidc_provider"] = oidc.from_settings(app.config["SETTINGS"], callback=CALLBACK)
