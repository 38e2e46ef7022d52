"""What the pages share on which somebody lets a browser tell of news."""

from typing import Any

from flask import current_app, request
from flask_babel import gettext

from portal.accounts import devices
from portal.accounts.forms import PushForm
from portal.accounts.models import Person
from portal.core import clock
from portal.core.config import Settings
from portal.core.db import db
from portal.core.errors import InvalidInput
from portal.core.templating import static_url
from portal.notifications import push_crypto, queries, subscribing


def browsers_of(me: Person) -> dict[str, Any]:
    """Return what a browser needs to tell of news, unless the office has turned that off."""
    settings: Settings = current_app.config["SETTINGS"]
    browsers = queries.subscriptions_of(db.session, me.id)
    return {
        "push_key": next(iter(push_crypto.office_keys())) if settings.push_hosts else "",
        "worker": static_url("js/push_worker.js"),
        "browsers": browsers,
        "known": [subscribing.digest(browser) for browser in browsers],
    }


def subscribe(me: Person) -> None:
    """Let the browser that has sent the form tell of news."""
    form = PushForm()
    if not form.validate_on_submit():
        raise InvalidInput(gettext("Dieser Browser lässt sich nicht benachrichtigen."))
    subscribing.subscribe(
        db.session,
        recipient_id=me.id,
        **form.given,
        device=devices.name_of(request.user_agent.string),
        settings=current_app.config["SETTINGS"],
        now=clock.now(),
    )
