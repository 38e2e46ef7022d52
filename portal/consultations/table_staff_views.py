"""What the officer does at the table of a talk: show a paper or the note, say what went wrong."""

from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import queries as casefiles
from portal.casefiles import readings
from portal.consultations import notes, problems, queries, rules, table, table_shown
from portal.consultations.note_forms import ProblemForm
from portal.consultations.queries import Room
from portal.core import clock
from portal.core.db import commits, db

blueprint = Blueprint("staff_consultation_table", __name__, url_prefix="/amt/beratung")


@blueprint.get("/<uuid:id>/tisch")
@staff(Right.HOLD_CONSULTATIONS)
def show(id: UUID) -> ResponseReturnValue:
    """Tell an open call what can be shown, what is shown, and what was handed over."""
    found = _room(id)
    words = render_template(
        "consultations/staff/_table.html",
        room=found,
        state=rules.state_of(found.consultation),
        **table_shown.lies_on(found, asker=signed_in_staff()),
    )
    return jsonify(words=words)


@blueprint.post("/<uuid:id>/zeigen/<uuid:document_id>/<int:number>")
@staff(Right.HOLD_CONSULTATIONS)
@commits
def show_page(id: UUID, document_id: UUID, number: int) -> ResponseReturnValue:
    """Put a page before everybody in the talk."""
    by, now = signed_in_staff(), clock.now()
    document = casefiles.document_for(db.session, document_id, by)
    readings.note_document(db.session, document=document, by=by, now=now)
    table.show_page(
        db.session, booking=_room(id).booking, document=document, number=number, by=by, now=now
    )
    return redirect(url_for("staff_consultations.call", id=id))


@blueprint.post("/<uuid:id>/wegnehmen")
@staff(Right.HOLD_CONSULTATIONS)
@commits
def put_away(id: UUID) -> ResponseReturnValue:
    """Take the page off the table."""
    table.put_away(db.session, booking=_room(id).booking, by=signed_in_staff(), now=clock.now())
    return redirect(url_for("staff_consultations.call", id=id))


@blueprint.get("/<uuid:id>/notiz/stand")
@staff(Right.HOLD_CONSULTATIONS)
def note_state(id: UUID) -> ResponseReturnValue:
    """Tell an open call whether the citizen reads along."""
    return jsonify(words=render_template("consultations/staff/_note_shown.html", room=_room(id)))


@blueprint.post("/<uuid:id>/notiz/zeigen")
@staff(Right.HOLD_CONSULTATIONS)
@commits
def show_note(id: UUID) -> ResponseReturnValue:
    """Let the citizen read along while the note is written."""
    return _show_note(id, shown=True)


@blueprint.post("/<uuid:id>/notiz/verbergen")
@staff(Right.HOLD_CONSULTATIONS)
@commits
def hide_note(id: UUID) -> ResponseReturnValue:
    """Write on without being read."""
    return _show_note(id, shown=False)


@blueprint.get("/<uuid:id>/stoerung")
@staff(Right.HOLD_CONSULTATIONS)
def problem_page(id: UUID) -> ResponseReturnValue:
    """Ask what did not work."""
    return render_template(
        "consultations/staff/problem.html", room=_room(id), form=ProblemForm(formdata=None)
    )


@blueprint.post("/<uuid:id>/stoerung")
@staff(Right.HOLD_CONSULTATIONS)
@commits
def report_problem(id: UUID) -> ResponseReturnValue:
    """Keep what did not work: nobody is blamed for technology."""
    found, form = _room(id), ProblemForm()
    if not form.validate():
        return render_template("consultations/staff/problem.html", room=found, form=form), 422
    problems.report(
        db.session,
        booking=found.booking,
        consultation=found.consultation,
        problem=form.choice,
        text=form.text.data or "",
        by=signed_in_staff(),
        now=clock.now(),
    )
    flash(gettext("Beim Termin vermerkt. Als versäumt kann er damit nicht gelten."), "success")
    return redirect(url_for("staff_consultations.room", id=id))


def _show_note(id: UUID, *, shown: bool) -> ResponseReturnValue:
    notes.show(
        db.session,
        booking=_room(id).booking,
        shown=shown,
        by=signed_in_staff(),
        now=clock.now(),
    )
    return redirect(url_for("staff_consultations.call", id=id))


def _room(id: UUID) -> Room:
    return queries.room_for(db.session, id, asker=signed_in_staff())
