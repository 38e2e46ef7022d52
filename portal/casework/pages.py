"""Addresses of pages of the house, for whom they open."""

from typing import Any

from flask import current_app, url_for

from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember
from portal.core.templating import has_endpoint


def page(endpoint: str, asker: StaffMember, **place: Any) -> str | None:
    """Return the address of a page where this process serves it and the asker has its right.

    Whether the thing itself is theirs, the page asks.
    """
    if not has_endpoint(endpoint):
        return None
    view: Any = current_app.view_functions[endpoint]
    right = view.access.right
    if right is not None and not accounts.can(asker, Right(right)):
        return None
    return url_for(endpoint, **place)
