"""Finding a case, seeing what lies in it, asking its people for documents."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.audit import queries as audit_queries
from portal.casefiles import (
    forms,
    kinds,
    queries,
    readings,
    rules,
    service,
    shown,
)
from portal.casefiles.models import Case, DocumentKind
from portal.casefiles.staff_views.blueprint import USUAL_PERIOD, blueprint
from portal.core import clock
from portal.core.db import commits, db
from portal.core.requests import page_number

ON_ONE_PAGE = 50
ON_THE_TRAIL = 30


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
    here = page_number()
    documents, count = queries.documents_of_case(
        db.session, case=found, asker=by, offset=(here - 1) * ON_ONE_PAGE, limit=ON_ONE_PAGE
    )
    events = audit_queries.events_of_case(db.session, case_id=found.id, limit=ON_THE_TRAIL)
    return render_template(
        "casefiles/staff/case.html",
        case=found,
        details=shown.case_details(found),
        document_rows=shown.document_rows(documents, found),
        event_rows=shown.event_rows(events, queries.titles_of(db.session, events=events, asker=by)),
        count=count,
        here=here,
        last=max(1, -(-count // ON_ONE_PAGE)),
        requests=queries.requests_of_case(db.session, case=found, asker=by),
        may_ask=rules.can_ask(by),
        kinds=kinds,
        today=clock.local_date(clock.now()),
    )


@blueprint.get("/<uuid:id>/anfordern")
@staff(Right.CHECK_DOCUMENTS)
def ask(id: UUID) -> ResponseReturnValue:
    """Show the form that asks a person of the case for a document."""
    found = queries.case_for_staff(db.session, id, asker=signed_in_staff())
    form = forms.AskForm(due_on=clock.local_date(clock.now()) + USUAL_PERIOD)
    _offer_people(form, found)
    form.owner.data = str(found.members[0].citizen_id)
    return render_template("casefiles/staff/ask.html", form=form, case=found)


@blueprint.post("/<uuid:id>/anfordern")
@staff(Right.CHECK_DOCUMENTS)
@commits
def send_request(id: UUID) -> ResponseReturnValue:
    """Ask a person of the case for a document."""
    by = signed_in_staff()
    found = queries.case_for_staff(db.session, id, asker=by)
    form = forms.AskForm()
    _offer_people(form, found)
    if not form.validate_on_submit():
        return render_template("casefiles/staff/ask.html", form=form, case=found), 422
    owner = next(m.citizen for m in found.members if str(m.citizen_id) == form.owner.data)
    kind = DocumentKind(form.kind.data)
    service.ask(
        db.session,
        case=found,
        owner=owner,
        kind=kind,
        title=form.title.data,
        why=(form.why.data or "").strip() or kinds.usual_why(kind),
        due_on=form.due_on.data,
        by=by,
        now=clock.now(),
    )
    flash(gettext("%(name)s hat jetzt eine Aufgabe im Portal.", name=owner.name), "success")
    return redirect(url_for(".case", id=found.id))


def _offer_people(form: forms.AskForm, found: Case) -> None:
    form.owner.choices = [(str(m.citizen_id), m.citizen.name) for m in found.members]


@blueprint.post("/anforderung/<uuid:id>/zuruecknehmen")
@staff(Right.CHECK_DOCUMENTS)
@commits
def withdraw(id: UUID) -> ResponseReturnValue:
    """Take a request back."""
    by = signed_in_staff()
    found = queries.request_for(db.session, id, by)
    service.withdraw(db.session, request=found, by=by, now=clock.now())
    flash(gettext("Die Anforderung ist zurückgenommen."), "success")
    return redirect(url_for(".case", id=found.case_id))
