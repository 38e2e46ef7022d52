"""The form with which items are handed over, and its page for when something is wrong with it."""

from collections.abc import Sequence

from flask import render_template, request

from portal.accounts import queries as accounts
from portal.core.db import db
from portal.inbox import rules
from portal.inbox.forms import HandOverForm, arguments_of, filters_from
from portal.inbox.models import WorkItem

NAMED = 5
"""How many of the items are named on a page that asks about them."""


def hand_over_form(items: Sequence[WorkItem]) -> HandOverForm:
    """Offer those to whom at least one of these can go; each stays in its team."""
    members = accounts.members_of(db.session, teams={item.team_id for item in items})
    offered = (one for one in members if any(rules.may_get(item, one) for item in items))
    return HandOverForm().offer(offered)


def ask_whom(form: HandOverForm, items: Sequence[WorkItem], *, together: bool = False) -> str:
    """Ask again to whom these go; what was chosen and written stands there as it was."""
    arguments = arguments_of(filters_from(request.args))
    return render_template(
        "inbox/staff/hand_over.html",
        form=form,
        items=items,
        named=NAMED,
        together=together,
        arguments=arguments,
    )
