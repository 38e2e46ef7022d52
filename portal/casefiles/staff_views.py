"""Staff pages of the digital file: search, case, one document with its decision.

Opening a case or a document is written down in the trail. These GET views therefore wear
`@commits`: the audit row is the one thing that they write (see `readings`).
"""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.audit import queries as audit_queries
from portal.casefiles import (
    accesses,
    answers,
    asked,
    file_shown,
    filed,
    filing,
    forms,
    holds,
    kinds,
    queries,
    readings,
    rules,
    service,
    shown,
    worker_queries,
)
from portal.casefiles.models import AccessOutcome, Case, Document, Verdict
from portal.core import clock
from portal.core.browser import own_path
from portal.core.db import commits, db
from portal.core.errors import InvalidInput, PortalError
from portal.core.requests import page_number
from portal.office.forms import ConflictForm

blueprint = Blueprint("staff_casefiles", __name__, url_prefix="/amt/akten")

ON_ONE_PAGE = 50
ON_THE_TRAIL = 30
ANSWERS = {"ja": AccessOutcome.GRANTED, "nein": AccessOutcome.REFUSED}
USUAL_PERIOD = timedelta(days=14)


@blueprint.get("")
@staff(Right.READ_FILES)
def index() -> ResponseReturnValue:
    """Find a case by its number or by the name of a person."""
    search = request.args.get("suche", "").strip()[:80]
    here = page_number()
    cases, count = queries.cases_for_staff(
        db.session,
        asker=signed_in_staff(),
        search=search,
        offset=(here - 1) * ON_ONE_PAGE,
        limit=ON_ONE_PAGE,
    )
    return render_template(
        "casefiles/staff/index.html",
        rows=shown.case_rows(cases),
        count=count,
        search=search,
        here=here,
        last=max(1, -(-count // ON_ONE_PAGE)),
    )


@blueprint.get("/<uuid:id>")
@staff(Right.READ_FILES)
@commits
def case(id: UUID) -> ResponseReturnValue:
    """Show a case: its people, documents, requests and what happened; the view is written down."""
    by = signed_in_staff()
    found = queries.case_for_staff(db.session, id, asker=by)
    readings.note_case(db.session, case=found, by=by, now=clock.now())
    here, section = page_number(), filing.plan().section(request.args.get("teil", ""))
    drawers = filed.drawers(
        db.session,
        case=found,
        asker=by,
        section=section,
        offset=(here - 1) * ON_ONE_PAGE,
        limit=ON_ONE_PAGE,
    )
    chosen = sum(one.count for one in drawers if one.section == section)
    events = audit_queries.events_of_case(db.session, case_id=found.id, limit=ON_THE_TRAIL)
    return render_template(
        "casefiles/staff/case.html",
        case=found,
        details=shown.case_details(found),
        drawers=file_shown.drawers(drawers, found, section),
        section=section,
        holds=file_shown.hold_rows(holds.in_force(db.session, case_id=found.id), by),
        event_rows=shown.event_rows(events, queries.titles_of(db.session, events=events, asker=by)),
        count=sum(one.count for one in drawers),
        here=here,
        last=max(1, -(-chosen // ON_ONE_PAGE)),
        request_rows=asked.staff_rows(
            queries.requests_of_case(db.session, case=found, asker=by),
            found,
            today=clock.local_date(clock.now()),
        ),
        may_ask=rules.can_ask(by),
    )


@blueprint.get("/dokument/<uuid:id>")
@staff(Right.READ_FILES)
@commits
def document(id: UUID) -> ResponseReturnValue:
    """Show one document beside what is known about it; the view is written down."""
    by = signed_in_staff()
    found = queries.document_for(db.session, id, by)
    readings.note_document(db.session, document=found, by=by, now=clock.now())
    due_on = clock.local_date(clock.now()) + USUAL_PERIOD
    form = forms.RejectForm(formdata=None, due_on=due_on, reason=kinds.usual_reason(found))
    return _document_page(found, form)


def _document_page(found: Document, form: forms.RejectForm) -> str:
    by = signed_in_staff()
    task = queries.request_after(db.session, document=found)
    known = filed.filed(db.session, document=found, asker=by)
    return render_template(
        "casefiles/staff/document.html",
        document=found,
        form=form,
        state=shown.staff_state(found),
        held=worker_queries.held(db.session) if found.verdict is Verdict.HELD else None,
        details=shown.staff_details(found, task),
        filed=file_shown.filed_rows(found, known),
        versions=file_shown.version_rows(known.versions, found),
        holds=file_shown.hold_rows(known.holds, by),
        openings=file_shown.opening_rows(known),
        pictures=shown.pictures(found, endpoint=".page") if rules.can_open(found, by) else [],
        may_accept=rules.can_accept(found, by),
        may_reject=rules.can_reject(found, by),
        next=request.values.get("next", ""),
    )


@blueprint.get("/dokument/<uuid:id>/seite/<int:number>")
@staff(Right.READ_FILES)
@commits
def page(id: UUID, number: int) -> ResponseReturnValue:
    """Send the picture of one page; outside a reading of the document it is a view of its own."""
    by = signed_in_staff()
    found = queries.page_for(db.session, id, number, by)
    readings.note_document(db.session, document=found.document, by=by, now=clock.now())
    return answers.picture(found.image_file_id)


@blueprint.get("/dokument/<uuid:id>/datei")
@staff(Right.READ_FILES)
@commits
def download(id: UUID) -> ResponseReturnValue:
    """Send the safe copy to be saved; this is written down as a deed of its own."""
    by = signed_in_staff()
    found = queries.document_for(db.session, id, by)
    rules.check_can_open(found, by)
    readings.note_download(db.session, document=found, by=by, now=clock.now())
    return answers.safe_copy(found)


@blueprint.post("/dokument/<uuid:id>/annehmen")
@staff(Right.CHECK_DOCUMENTS)
@commits
def accept(id: UUID) -> ResponseReturnValue:
    """Accept a document and go on to the next item."""
    by = signed_in_staff()
    found = queries.document_to_decide(db.session, id, by)
    service.accept(db.session, document=found, by=by, now=clock.now())
    flash(gettext("„%(title)s“ ist angenommen.", title=found.title), "success")
    return redirect(_next_after(found))


@blueprint.post("/dokument/<uuid:id>/noch-einmal")
@staff(Right.CHECK_DOCUMENTS)
@commits
def reject(id: UUID) -> ResponseReturnValue:
    """Ask for a document again and go on to the next item."""
    by = signed_in_staff()
    found = queries.document_to_decide(db.session, id, by)
    form = forms.RejectForm()
    if not form.validate_on_submit():
        return _document_page(found, form), 422
    service.reject(
        db.session,
        document=found,
        reason=form.sentence,
        due_on=form.due_on.data,
        by=by,
        now=clock.now(),
    )
    flash(gettext("%(name)s hat jetzt eine Aufgabe im Portal.", name=found.owner.name), "success")
    return redirect(_next_after(found))


def _next_after(found: Document) -> str:
    return own_path(request.form.get("next"), url_for("staff_inbox.next_item", von=found.id))


# Files that are closed, and emergencies


@blueprint.get("/<uuid:id>/befangenheit")
@staff(Right.READ_FILES)
def conflict(id: UUID) -> ResponseReturnValue:
    """Ask whose file it is before it is closed to oneself."""
    return _conflict_page(queries.case_for_staff(db.session, id, asker=signed_in_staff()))


@blueprint.post("/<uuid:id>/befangenheit")
@staff(Right.READ_FILES)
@commits
def keep_out(id: UUID) -> ResponseReturnValue:
    """Close the file to oneself at once."""
    by = signed_in_staff()
    found = queries.case_for_staff(db.session, id, asker=by)
    form = ConflictForm().offer(member.citizen for member in found.members)
    if not form.validate_on_submit():
        return _conflict_page(found, form), 422
    accesses.keep_out(
        db.session,
        case=found,
        citizen=next(m.citizen for m in found.members if str(m.citizen_id) == form.citizen.data),
        kind=form.chosen_kind,
        reason=form.reason.data or "",
        by=by,
        now=clock.now(),
    )
    flash(gettext("Die Akte ist jetzt für Sie geschlossen. Danke für Ihre Offenheit."), "success")
    return redirect(url_for(".index"))


def _conflict_page(found: Case, form: ConflictForm | None = None) -> str:
    people = [member.citizen for member in found.members]
    form = form or ConflictForm(formdata=None, citizen=str(people[0].id)).offer(people)
    return render_template("casefiles/staff/conflict.html", form=form, case=found)


@blueprint.get("/notfallzugriff")
@staff(Right.READ_FILES)
def emergency() -> ResponseReturnValue:
    """Ask which file is needed in an emergency, and why."""
    return render_template("casefiles/staff/emergency.html", form=forms.EmergencyForm())


@blueprint.post("/notfallzugriff")
@staff(Right.READ_FILES)
@commits
def ask_in_emergency() -> ResponseReturnValue:
    """Ask a second person for access; the answer is the same whether there is such a file."""
    form = forms.EmergencyForm()
    page = "casefiles/staff/emergency.html"
    if not form.validate_on_submit():
        return render_template(page, form=form), 422
    found = queries.case_to_ask_for(
        db.session,
        reference=form.reference.data or "",
        name=form.name.data or "",
        born=form.born.data,
    )
    try:
        accesses.ask(
            db.session,
            case=found,
            reason=form.reason.data or "",
            by=signed_in_staff(),
            now=clock.now(),
        )
    except PortalError as error:
        form.refuse(error)
        return render_template(page, form=form), error.status
    return redirect(url_for(".emergency", gefragt=1))


@blueprint.get("/freigaben")
@staff(Right.APPROVE_ACCESS)
def approvals() -> ResponseReturnValue:
    """Show the emergencies that wait for a second person."""
    waiting = queries.accesses_waiting(db.session, asker=signed_in_staff())
    return render_template(
        "casefiles/staff/approvals.html",
        waiting=[(access, shown.emergency(access)) for access in waiting],
    )


@blueprint.post("/freigaben/<uuid:id>")
@staff(Right.APPROVE_ACCESS)
@commits
def approve(id: UUID) -> ResponseReturnValue:
    """Grant or refuse access as second person."""
    by = signed_in_staff()
    found = queries.access_to_decide(db.session, id, asker=by)
    outcome = ANSWERS.get(request.form.get("antwort", ""))
    if outcome is None:
        raise InvalidInput(gettext("Sagen Sie bitte ja oder nein."))
    accesses.decide(db.session, access=found, outcome=outcome, by=by, now=clock.now())
    flash(gettext("%(name)s weiß jetzt Bescheid.", name=found.staff_member.name), "success")
    return redirect(url_for(".approvals"))
