"""Staff pages about one change of a form: what it changes, who decides, what was decided."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.applications import editions, shelf, versions, wording
from portal.applications.definitions import Form
from portal.applications.editing import forms, queries, report, rules, service, shown
from portal.applications.models import EditState, FormEdit
from portal.audit import queries as audit
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import NotFound, PortalError

blueprint = Blueprint("staff_forms_edits", __name__, url_prefix="/amt/formulare/aenderungen")

PAGE = "applications/editing/edit.html"
REJECTING = "ablehnen"
"""What the names begin with in the second form of the page."""


@blueprint.get("/<uuid:id>")
@staff(Right.EDIT_FORMS)
def show(id: UUID) -> ResponseReturnValue:
    """Show what a change changes, and the way to decide for who may."""
    edit = _edit(id)
    return _page(edit, *_empty(edit))


@blueprint.post("/<uuid:id>/veroeffentlichen")
@staff(Right.PUBLISH_FORMS)
@commits
def publish(id: UUID) -> ResponseReturnValue:
    """Publish a change as the next edition of the form."""
    edit, typed, me = _edit(id), forms.PublishForm(), signed_in_staff()
    if not typed.validate_on_submit():
        return _page(edit, typed, _empty(edit)[1]), 422
    try:
        service.publish(
            db.session,
            edit=edit,
            revision=typed.seen,
            note=typed.note.data,
            by=me,
            now=clock.now(),
        )
    except PortalError as error:
        typed.refuse(error)
        return _page(_edit(id), typed, _empty(edit)[1]), error.status
    flash(gettext("Veröffentlicht. Offene Entwürfe ziehen von selbst um."), "success")
    return redirect(url_for(".show", id=id))


@blueprint.post("/<uuid:id>/ablehnen")
@staff(Right.PUBLISH_FORMS)
@commits
def reject(id: UUID) -> ResponseReturnValue:
    """Refuse a change with a reason."""
    edit, typed, me = _edit(id), forms.RejectForm(prefix=REJECTING), signed_in_staff()
    if not typed.validate_on_submit():
        return _page(edit, _empty(edit)[0], typed), 422
    note = typed.note.data or ""
    try:
        service.reject(
            db.session, edit=edit, revision=typed.seen, note=note, by=me, now=clock.now()
        )
    except PortalError as error:
        typed.refuse(error)
        return _page(_edit(id), _empty(edit)[0], typed), error.status
    flash(gettext("Abgelehnt. Die Begründung steht bei der Änderung."), "success")
    return redirect(url_for(".show", id=id))


@blueprint.post("/<uuid:id>/zurueckholen")
@staff(Right.EDIT_FORMS)
@commits
def take_back(id: UUID) -> ResponseReturnValue:
    """Take a change that waits back to the desk."""
    edit = _edit(id)
    service.take_back(db.session, edit=edit, by=signed_in_staff(), now=clock.now())
    flash(gettext("Die Änderung ist wieder in Arbeit."), "success")
    return redirect(url_for("staff_forms.show", form=edit.form))


@blueprint.post("/<uuid:id>/verwerfen")
@staff(Right.EDIT_FORMS)
@commits
def discard(id: UUID) -> ResponseReturnValue:
    """Put a change away for good."""
    edit = _edit(id)
    service.discard(db.session, edit=edit, by=signed_in_staff(), now=clock.now())
    flash(gettext("Die Änderung ist verworfen. Im Verlauf bleibt sie stehen."), "success")
    return redirect(url_for("staff_forms.show", form=edit.form))


@blueprint.post("/<uuid:id>/wieder-aufnehmen")
@staff(Right.EDIT_FORMS)
@commits
def resume(id: UUID) -> ResponseReturnValue:
    """Begin a new change with what was refused."""
    edit, me, now = _edit(id), signed_in_staff(), clock.now()
    shipped = shelf.current(edit.form, clock.local_date(now))
    if shipped is None or edit.state is not EditState.REJECTED:
        raise NotFound
    service.begin(db.session, form=shipped, by=me, now=now, like=edit)
    return redirect(url_for("staff_forms.show", form=edit.form))


def _edit(id: UUID) -> FormEdit:
    return queries.edit_for(db.session, id, asker=signed_in_staff())


def _empty(edit: FormEdit) -> tuple[forms.PublishForm, forms.RejectForm]:
    known = {"revision": edit.revision}
    return (
        forms.PublishForm(formdata=None, **known),
        forms.RejectForm(formdata=None, prefix=REJECTING, **known),
    )


def _page(edit: FormEdit, publishing: forms.PublishForm, rejecting: forms.RejectForm) -> str:
    me, shipped = signed_in_staff(), _shipped(edit)
    before, after = _before_and_after(edit, shipped)
    wrong = next((one for one in (publishing, rejecting) if one.errors or one.form_errors), None)
    is_open = edit.state in queries.OPEN
    lost = editions.conflicts(shipped, editions.read(edit.changes)) if is_open else ()
    return render_template(
        PAGE,
        edit=edit,
        form=wrong,
        publishing=publishing,
        rejecting=rejecting,
        before=before,
        after=after,
        told=tuple(shown.told(editions.differences(before, after), before, after)),
        report=report.report(shipped, after),
        lost=shown.misfits(lost),
        decides=rules.can_decide(edit, by=me),
        events=audit.events_about(db.session, kind="form_edit", id=edit.id),
        say=wording.german(),
        shown=shown,
        states=EditState,
    )


def _shipped(edit: FormEdit) -> Form:
    """Return the version that a change was made for; if it is not shipped any more, today's."""
    today = clock.local_date(clock.now())
    known = shelf.shipped().get((edit.form, edit.base_version))
    found = known or shelf.current(edit.form, today)
    if found is None:
        raise NotFound
    return found


def _before_and_after(edit: FormEdit, shipped: Form) -> tuple[Form, Form]:
    """Return the form as it was shipped (or as it reads now) and as it reads with the change."""
    if edit.edition is not None:
        published = (edit.form, edit.base_version, edit.edition)
        return shipped, versions.kept(db.session, published)
    after = editions.apply(shipped, editions.fitting(shipped, editions.read(edit.changes)))
    if edit.state not in queries.OPEN:
        return shipped, after
    current = versions.current(db.session, edit.form, clock.local_date(clock.now()))
    return current or shipped, after
