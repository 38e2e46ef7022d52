"""The one blueprint of these pages, and the list as its pages remember it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, request, session, url_for

from portal.core.requests import page_number
from portal.inbox.forms import arguments_of, filters_from

blueprint = Blueprint("staff_inbox", __name__, url_prefix="/amt/eingang")

LAST_LIST = "inbox"
LAST_THING = "inbox_thing"


@blueprint.app_context_processor
def way_back() -> dict[str, Any]:
    """Give the pages of the things the way back into the list as it was.

    A page to which many ways lead asks whether it was reached through the list.
    """
    return {
        "inbox_address": lambda: url_for("staff_inbox.index", **last_list()),
        "is_from_list": lambda subject_id: session.get(LAST_THING) == str(subject_id),
    }


def last_list() -> dict[str, Any]:
    """Return the filters of the list from which something was opened last."""
    return dict(session.get(LAST_LIST, {}))


def remember_list() -> None:
    """Remember the filters that stand in the address."""
    session[LAST_LIST] = arguments_of(filters_from(request.args))


def remember_thing(subject_id: UUID) -> None:
    """Remember what was reached through the list last."""
    session[LAST_THING] = str(subject_id)


def list_as_it_was() -> str:
    """Return the list with the filters and the page that stand in the address."""
    given: dict[str, Any] = dict(arguments_of(filters_from(request.args)))
    if (page := page_number()) > 1:
        given["seite"] = page
    return url_for("staff_inbox.index", **given)
