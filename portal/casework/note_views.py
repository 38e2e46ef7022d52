"""Staff pages of the notes on a case."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import queries as casefiles
from portal.casefiles import readings
from portal.casefiles.models import Case
from portal.casework import noting, queries, rules, shown
from portal.casework.forms import NoteForm, RewriteForm
from portal.casework.models import CaseNote, NoteScope
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError

blueprint = Blueprint("staff_notes", __name__, url_prefix="/amt/akten/<uuid:case_id>/notizen")


@blueprint.get("")
@staff(Right.READ_FILES)
@commits
def index(case_id: UUID) -> ResponseReturnValue:
    """Show the notes on a case; the view is written down."""
    return _page(_case(case_id), NoteForm(formdata=None, scope=NoteScope.TEAM.value))


@blueprint.post("")
@staff(Right.READ_FILES)
@commits
def write(case_id: UUID) -> ResponseReturnValue:
    """Write a note."""
    case, form = _case(case_id), NoteForm()
    if not form.validate_on_submit():
        return _page(case, form), 422
    noting.write(
        db.session,
        case=case,
        scope=form.chosen_scope,
        text=form.text.data or "",
        by=signed_in_staff(),
        now=clock.now(),
    )
    flash(gettext("Die Notiz ist gespeichert."), "success")
    return redirect(url_for(".index", case_id=case_id))


@blueprint.get("/<uuid:id>")
@staff(Right.READ_FILES)
@commits
def edit(case_id: UUID, id: UUID) -> ResponseReturnValue:
    """Show one note with its earlier wordings, and let its writer write it anew."""
    case = _case(case_id)
    note = queries.note_for(db.session, id, case=case, asker=signed_in_staff())
    return _note_page(case, note, RewriteForm(formdata=None, text=note.text, version=note.version))


@blueprint.post("/<uuid:id>")
@staff(Right.READ_FILES)
@commits
def rewrite(case_id: UUID, id: UUID) -> ResponseReturnValue:
    """Write a note anew."""
    case, form, by = _case(case_id), RewriteForm(), signed_in_staff()
    note = queries.note_for(db.session, id, case=case, asker=by, lock=True)
    if not form.validate_on_submit():
        return _note_page(case, note, form), 422
    words, version = form.text.data or "", form.read_version
    try:
        noting.rewrite(db.session, note=note, text=words, version=version, by=by, now=clock.now())
    except PortalError as error:
        form.refuse(error)
        return _note_page(case, note, form), error.status
    flash(gettext("Die Notiz ist geändert. Der Text von vorher bleibt lesbar."), "success")
    return redirect(url_for(".index", case_id=case_id))


@blueprint.post("/<uuid:id>/anheften")
@staff(Right.READ_FILES)
@commits
def pin(case_id: UUID, id: UUID) -> ResponseReturnValue:
    """Let a note stand at the top."""
    by = signed_in_staff()
    note = queries.note_for(db.session, id, case=_case(case_id), asker=by, lock=True)
    noting.pin(db.session, note=note, by=by, now=clock.now())
    return redirect(url_for(".index", case_id=case_id))


@blueprint.post("/<uuid:id>/loesen")
@staff(Right.READ_FILES)
@commits
def unpin(case_id: UUID, id: UUID) -> ResponseReturnValue:
    """Let a note stand where its day puts it."""
    by = signed_in_staff()
    note = queries.note_for(db.session, id, case=_case(case_id), asker=by, lock=True)
    noting.unpin(db.session, note=note, by=by, now=clock.now())
    return redirect(url_for(".index", case_id=case_id))


def _case(id: UUID) -> Case:
    """Return the case through the wall, and write down that it was opened."""
    by = signed_in_staff()
    found = casefiles.case_for_staff(db.session, id, asker=by)
    readings.note_case(db.session, case=found, by=by, now=clock.now())
    return found


def _page(case: Case, form: NoteForm) -> str:
    notes = queries.notes_of(db.session, case=case, asker=signed_in_staff())
    return render_template(
        "casework/staff/notes.html", case=case, form=form, notes=shown.notes(notes, case)
    )


def _note_page(case: Case, note: CaseNote, form: RewriteForm) -> str:
    return render_template(
        "casework/staff/note.html",
        case=case,
        note=note,
        earlier=shown.earlier(note),
        form=form,
        can_change=rules.can_change(note, signed_in_staff()),
    )
