"""One document at a time: its pages beside what is known of it, and the decision.

What stands in the form is a suggestion with its reason; who checks takes it with one key.
"""

from datetime import datetime
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import (
    checking,
    duplicates,
    file_shown,
    filed,
    forms,
    kinds,
    paging,
    queries,
    readings,
    rules,
    service,
    shown,
    waiting,
    worker_queries,
)
from portal.casefiles.models import Document, Verdict
from portal.casefiles.processing_forms import DetailsForm
from portal.casefiles.staff_views.blueprint import USUAL_PERIOD, blueprint
from portal.core import clock
from portal.core.browser import own_path
from portal.core.db import commits, db
from portal.core.errors import InvalidInput, NotFound


@blueprint.get("/dokument/<uuid:id>")
@staff(Right.READ_FILES)
@commits
def document(id: UUID) -> ResponseReturnValue:
    """Show one document beside what is known about it; the view is written down."""
    by = signed_in_staff()
    found = queries.document_for(db.session, id, by)
    readings.note_document(db.session, document=found, by=by, now=clock.now())
    return _page(found)


def _page(
    found: Document,
    *,
    details: DetailsForm | None = None,
    again: forms.RejectForm | None = None,
    is_preview: bool = False,
) -> str:
    by = signed_in_staff()
    may_accept = rules.can_accept(found, by)
    if may_accept and details is None:
        suggestion = waiting.suggestion_for(db.session, found)
        details = DetailsForm.prefilled(suggestion).offer(_people(found))
    again = again or forms.RejectForm(
        formdata=None,
        due_on=clock.local_date(clock.now()) + USUAL_PERIOD,
        reason=kinds.usual_reason(found),
    ).offer(found.page_count)
    task = queries.request_after(db.session, document=found)
    known = filed.filed(db.session, document=found, asker=by)
    return render_template(
        "casefiles/staff/document.html",
        document=found,
        form=again if details is None or again.errors else details,
        details_form=details,
        reject_form=again,
        is_preview=is_preview,
        state=shown.staff_state(found),
        held=worker_queries.held(db.session) if found.verdict is Verdict.HELD else None,
        details=shown.staff_details(found, task),
        filed=file_shown.filed_rows(found, known),
        versions=file_shown.version_rows(known.versions, found),
        holds=file_shown.hold_rows(known.holds, by),
        openings=file_shown.opening_rows(known),
        pictures=shown.pictures(found, endpoint=".page") if rules.can_open(found, by) else [],
        may_accept=may_accept,
        may_reject=rules.can_reject(found, by),
        may_arrange=rules.can_arrange(found, by),
        may_move=rules.can_move(found, by),
        is_being_remade=paging.is_being_remade(db.session, document=found),
        twins=duplicates.twins_of(db.session, document=found, asker=by),
        undo=shown.undo(waiting.accepted_lately(db.session, asker=by, now=clock.now())),
        next=request.values.get("next", ""),
    )


def _people(found: Document) -> list[tuple[str, str]]:
    return [(str(member.citizen_id), member.citizen.name) for member in found.case.members]


@blueprint.post("/dokument/<uuid:id>/annehmen")
@staff(Right.CHECK_DOCUMENTS)
@commits
def accept(id: UUID) -> ResponseReturnValue:
    """Accept a document as what the form says it is, and go on to the next item."""
    by = signed_in_staff()
    found = queries.document_to_decide(db.session, id, by)
    if "kind" not in request.form:  # a page of another room accepts it as it is
        service.accept(db.session, document=found, by=by, now=clock.now())
        return _accepted(found)
    form = DetailsForm().offer(_people(found))
    if not form.validate_on_submit():
        return _page(found, details=form), 422
    details = checking.Details(
        form.document_kind, UUID(form.person.data), form.title.data or "", form.period
    )
    checking.accept(db.session, document=found, details=details, by=by, now=clock.now())
    return _accepted(found)


def _accepted(found: Document) -> ResponseReturnValue:
    flash(gettext("„%(title)s“ ist angenommen.", title=found.title), "success")
    return redirect(_next_after(found))


@blueprint.post("/dokument/<uuid:id>/noch-einmal")
@staff(Right.CHECK_DOCUMENTS)
@commits
def reject(id: UUID) -> ResponseReturnValue:
    """Ask for a document again and go on to the next item, or only show what would be read."""
    by = signed_in_staff()
    found = queries.document_to_decide(db.session, id, by)
    form = forms.RejectForm().offer(found.page_count)
    if not form.validate_on_submit():
        return _page(found, again=form), 422
    if "vorschau" in request.form:
        return _page(found, again=form, is_preview=True)
    service.reject(
        db.session,
        document=found,
        reason=form.sentence,
        due_on=form.due_on.data,
        marked_pages=form.marked_pages,
        by=by,
        now=clock.now(),
    )
    flash(gettext("%(name)s hat jetzt eine Aufgabe im Portal.", name=found.owner.name), "success")
    return redirect(_next_after(found))


@blueprint.post("/dokument/<uuid:id>/dasselbe")
@staff(Right.CHECK_DOCUMENTS)
@commits
def same(id: UUID) -> ResponseReturnValue:
    """Set a document aside that is the same as another one, and go on to the next item."""
    by = signed_in_staff()
    found = queries.document_to_decide(db.session, id, by)
    twins = duplicates.twins_of(db.session, document=found, asker=by).seen
    twin = next((one for one in twins if str(one.id) == request.form.get("wie")), None)
    if twin is None:
        raise NotFound
    paging.set_aside_as_same(db.session, document=found, twin=twin, by=by, now=clock.now())
    flash(gettext("Das Dokument liegt jetzt bei „%(title)s“.", title=twin.title), "success")
    return redirect(_next_after(found))


@blueprint.post("/dokumente/zuruecknehmen")
@staff(Right.CHECK_DOCUMENTS)
@commits
def take_back() -> ResponseReturnValue:
    """Take back what was accepted at one moment, and open the first of it again."""
    by, now = signed_in_staff(), clock.now()
    found = waiting.accepted_lately(db.session, asker=by, now=now, at=_moment())
    if not found:
        raise NotFound
    for one in found:
        checking.take_back(db.session, document=one, by=by, now=now)
    flash(gettext("Zurückgenommen. Es wartet wieder auf Prüfung."), "success")
    if len(found) > 1:
        return redirect(url_for(".waiting_documents"))
    return redirect(url_for(".document", id=found[0].id))


def _moment() -> datetime:
    try:
        return datetime.fromisoformat(request.form.get("um", ""))
    except ValueError as error:
        raise InvalidInput(gettext("Was soll zurückgenommen werden?")) from error


def _next_after(found: Document) -> str:
    return own_path(request.form.get("next"), url_for("staff_inbox.next_item", von=found.id))
