"""What the citizen pages of a draft share: load it, find the page, build its form."""

from collections.abc import Sequence
from uuid import UUID

from flask import abort, redirect, request, url_for
from flask_babel import gettext

from portal.accounts.session import signed_in_citizen
from portal.applications import forms, queries, rules, ways, wording
from portal.applications.queries import Filled
from portal.applications.questions import GroupQuestion
from portal.applications.sheet import Sheet, Step
from portal.core.db import db
from portal.core.errors import NotFound


def filled(id: UUID) -> Filled:
    """Return an application of the citizen."""
    return queries.filled_for(db.session, id, asker=signed_in_citizen())


def draft(id: UUID) -> Filled:
    """Return a draft; one that is sent already is shown where it stands now."""
    found = filled(id)
    if not rules.can_edit(found.application) and request.method == "GET":
        abort(redirect(url_for("applications.show", id=id)))
    rules.check_can_edit(found.application)
    return found


def step(sheet: Sheet, page_id: str) -> Step:
    """Return a page as it is asked now, for the person whom the address names."""
    found = sheet.step(page_id, ways.whose())
    if found is None:
        raise NotFound(
            gettext("Diese Frage gehört nicht zu Ihrem Antrag, so wie er jetzt ausgefüllt ist.")
        )
    return found


def group(step: Step) -> GroupQuestion:
    """Return the list of a page; a page without one has no rows."""
    if step.page.group is None:
        raise NotFound
    return step.page.group


def form_of(sheet: Sheet, step: Step, *, undecided: Sequence[str] = ()) -> forms.PageForm:
    """Build the form of a page."""
    asked = sheet.asked_on(step)
    return forms.page_form(asked, _setting(sheet, step), undecided=undecided or _open())


def row_form(
    sheet: Sheet, step: Step, row: UUID, *, undecided: Sequence[str] = ()
) -> forms.PageForm:
    """Build the form of one row of a list."""
    asked = sheet.asked_in(group(step), row, step.owner)
    return forms.page_form(asked, _setting(sheet, step, row), undecided=undecided or _open())


def _setting(sheet: Sheet, step: Step, row: UUID | None = None) -> forms.Setting:
    return forms.Setting(sheet, step, wording.of_request(), sheet.day, row)


def _open() -> list[str]:
    """Return the questions on which two people differ, as the page sends them back."""
    return [id for id in request.form.get("open", "").split(",") if id]
