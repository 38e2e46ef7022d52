"""Staff pages of the waiting list: who waits, in the order of the offers, and whom it hurries."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.appointments import waiting
from portal.appointments.forms import WORDS
from portal.appointments.waiting_forms import UrgentForm
from portal.core import clock
from portal.core.db import commits, db

blueprint = Blueprint("staff_waiting_list", __name__, url_prefix="/amt/termine/warteliste")


@blueprint.get("")
@staff(Right.MANAGE_APPOINTMENTS)
def index() -> ResponseReturnValue:
    """Show who waits, first whoever is offered the next time."""
    entries = waiting.waiting_for(db.session, asker=signed_in_staff())
    return render_template("appointments/waiting/staff_index.html", entries=entries, words=WORDS)


@blueprint.get("/<uuid:id>")
@staff(Right.MANAGE_APPOINTMENTS)
def entry(id: UUID) -> ResponseReturnValue:
    """Show one entry and ask why it hurries."""
    return _page(id, UrgentForm(formdata=None))


@blueprint.post("/<uuid:id>")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def mark_urgent(id: UUID) -> ResponseReturnValue:
    """Let an entry go first."""
    form, by = UrgentForm(), signed_in_staff()
    if not form.validate():
        return _page(id, form), 422
    found = waiting.waiting_entry(db.session, id, asker=by)
    reason = form.reason.data or ""
    waiting.mark_urgent(db.session, entry=found, reason=reason, by=by, now=clock.now())
    flash(_("Diese Person bekommt das nächste Angebot."))
    return redirect(url_for(".index"))


def _page(id: UUID, form: UrgentForm) -> str:
    found = waiting.waiting_entry(db.session, id, asker=signed_in_staff())
    return render_template(
        "appointments/waiting/staff_entry.html", entry=found, form=form, words=WORDS
    )
