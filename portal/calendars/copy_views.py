"""Staff pages on which a team lead gives hours of one person to many."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.models import Right, StaffMember
from portal.accounts.session import signed_in_staff, staff
from portal.calendars import copying, queries, shown
from portal.calendars.forms import WORDS, CopyForm
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.core.fields import blame

blueprint = Blueprint(
    "staff_hours_copy", __name__, url_prefix="/amt/termine/verfuegbarkeit/<uuid:id>/kopieren"
)


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"words": WORDS, **shown.words()}


@blueprint.get("")
@staff(Right.SEE_TEAM)
def choose(id: UUID) -> ResponseReturnValue:
    """Ask which hours and for whom; with both in the address, show what would happen."""
    officer = _officer(id)
    asked = bool(request.args)
    form = _form(officer, request.args if asked else None)
    if asked and not form.validate():
        return _page(officer, form, []), 422
    rows, people = form.chosen if asked else ([], [])
    copies = copying.preview(db.session, rows=rows, officers=people)
    return _page(officer, form, copies)


@blueprint.post("")
@staff(Right.SEE_TEAM)
@commits
def copy(id: UUID) -> ResponseReturnValue:
    """Give all of it to all of them, or nothing."""
    officer = _officer(id)
    form = _form(officer, request.form)
    if not form.validate():
        return _page(officer, form, []), 422
    rows, people = form.chosen
    try:
        with db.session.begin_nested():  # what fails in the middle leaves nothing
            count = copying.copy_hours(
                db.session, rows=rows, officers=people, by=signed_in_staff(), now=clock.now()
            )
    except PortalError as error:
        blame(form, error)
        copies = copying.preview(db.session, rows=rows, officers=people)
        return _page(officer, form, copies), error.status
    flash(_("%(count)s Sprechzeiten sind eingetragen.", count=count))
    return redirect(url_for("staff_calendars.hours", wer=id))


def _officer(id: UUID) -> StaffMember:
    return queries.officer_to_plan(db.session, id, asker=signed_in_staff())


def _form(officer: StaffMember, sent: Any) -> CopyForm:
    rows = queries.availabilities_of(db.session, officer=officer)
    others = queries.colleagues_to_plan(db.session, asker=signed_in_staff())
    form = CopyForm(sent, meta={"csrf": request.method == "POST"})
    return form.offer(
        [(hours, shown.hours_in_words(hours)) for hours in rows],
        [one for one in others if one.id != officer.id],
    )


def _page(officer: StaffMember, form: CopyForm, copies: list[copying.Copy]) -> str:
    return render_template(
        "calendars/copy.html",
        officer=officer,
        form=form,
        copies=copies,
        has_clash=any(copy.clash for copy in copies),
    )
