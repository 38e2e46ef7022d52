"""Where one goes from a page of the form: on, back, or to the check page where one came from."""

from typing import Any

from flask import request, url_for

from portal.applications.definitions import Page
from portal.applications.queries import Filled


def leaves() -> bool:
    """Tell whether “save and go on later” was pressed."""
    return request.form.get("then") == "later"


def from_check() -> bool:
    """Tell whether the way leads back to the check page."""
    return request.args.get("nach") == "pruefen"


def here(endpoint: str, **values: Any) -> str:
    """Return an address that still knows whether the way leads back to the check page."""
    return url_for(endpoint, **values, nach="pruefen" if from_check() else None)


def same(filled: Filled, page: Page) -> str:
    """Return the address of this page."""
    return here("applications.page", id=filled.application.id, page_id=page.id)


def after(filled: Filled, page: Page) -> str:
    """Return where to go on: the next page, or back to the check page once nothing is missing."""
    id = filled.application.id
    if leaves():
        return url_for("applications.show", id=id)
    if from_check():
        gap = next(iter(filled.sheet.gaps), None)
        return same(filled, gap.page) if gap else url_for("applications.check", id=id)
    following = filled.sheet.page_after(page)
    if following is None:
        return url_for("applications.documents", id=id)
    return url_for("applications.page", id=id, page_id=following.id)


def before(filled: Filled, page: Page) -> str:
    """Return where one came from."""
    id = filled.application.id
    if from_check():
        return url_for("applications.check", id=id)
    earlier = filled.sheet.page_before(page)
    if earlier is None:
        return url_for("applications.show", id=id)
    return url_for("applications.page", id=id, page_id=earlier.id)
