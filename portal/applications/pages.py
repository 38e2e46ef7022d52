"""What the citizen pages of a draft share: load it, find the page, build its form."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import abort, redirect, request, url_for
from flask_babel import format_time, gettext

from portal.accounts.session import signed_in_citizen
from portal.applications import forms, merging, queries, rules, ways, wording
from portal.applications.queries import Filled
from portal.applications.questions import GroupQuestion, Question
from portal.applications.service import Saved
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
    return forms.page_form(asked, _setting(sheet, step), undecided=undecided or still_open())


def row_form(
    sheet: Sheet, step: Step, row: UUID, *, undecided: Sequence[str] = ()
) -> forms.PageForm:
    """Build the form of one row of a list."""
    asked = sheet.asked_in(group(step), row, step.owner)
    return forms.page_form(asked, _setting(sheet, step, row), undecided=undecided or still_open())


def _setting(sheet: Sheet, step: Step, row: UUID | None = None) -> forms.Setting:
    return forms.Setting(sheet, step, wording.of_request(), sheet.day, row)


def still_open() -> list[str]:
    """Return the questions on which two people differ, as the page sends them back."""
    return [id for id in request.form.get("open", "").split(",") if id]


def told(form: forms.PageForm, saved: Saved, *, now: datetime) -> dict[str, Any]:
    """Say what became of each field that was meant, for a page that keeps itself."""
    fields = {question.id: _state(form, question, saved) for question in form.meant}
    return {"saved_at": format_time(now, "HH:mm"), "fields": fields}


def _state(form: forms.PageForm, question: Question, saved: Saved) -> dict[str, str]:
    """Say what became of one field; the mark is that of what is stored now.

    "same": nothing was changed here, while somebody else has changed it, so theirs stands.
    """
    place = form.setting.place(question)
    kept = saved.filled.sheet.kept.get(place)
    mark = merging.mark(kept.value if kept else None)
    if place in saved.conflicts:
        words = gettext("Auf einem anderen Gerät steht etwas anderes. Drücken Sie „Weiter“.")
        return {"state": "conflict", "mark": mark, "words": words}
    errors = form.field_of(question).errors
    if errors and not form.is_empty(question):
        return {"state": "error", "mark": mark, "words": str(errors[0])}
    is_stored = merging.mark(form.answers()[place]) == mark
    return {"state": "saved" if is_stored else "same", "mark": mark, "words": ""}
