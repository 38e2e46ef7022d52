"""Staff pages of paper: print a cover sheet, sort what came without one, read its note."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Citizen, Right
from portal.accounts.pages import again
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import answers
from portal.casefiles import queries as casefiles
from portal.casefiles.models import Case, DocumentKind, EvidenceRequest, RequestState
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import InvalidInput, NotFound, PortalError
from portal.core.requests import page_number
from portal.intake import queries, rules, service, sheets, shown, sorting
from portal.intake.forms import AssignForm
from portal.intake.models import Scan
from portal.papers import filenames

blueprint = Blueprint("staff_intake", __name__, url_prefix="/amt/posteingang")

ON_ONE_PAGE = 25
FOUND_AT_MOST = 5
SCAN = "intake/staff/scan.html"


@blueprint.get("")
@staff(Right.SORT_PAPER)
def index() -> ResponseReturnValue:
    """Show the scans that wait for somebody who knows whose they are."""
    here = page_number()
    scans, count = queries.scans_waiting(
        db.session,
        asker=signed_in_staff(),
        offset=(here - 1) * ON_ONE_PAGE,
        limit=ON_ONE_PAGE,
    )
    return render_template(
        "intake/staff/index.html",
        rows=shown.scan_rows(scans),
        count=count,
        here=here,
        last=max(1, -(-count // ON_ONE_PAGE)),
    )


@blueprint.get("/<uuid:id>")
@staff(Right.SORT_PAPER)
def scan(id: UUID) -> ResponseReturnValue:
    """Show the pages of one scan, and the people whom `?suche=` finds."""
    found = queries.scan_for(db.session, id, asker=signed_in_staff())
    form = AssignForm(formdata=None)
    return render_template(SCAN, form=form, **_page(found, form))


@blueprint.post("/<uuid:id>")
@staff(Right.SORT_PAPER)
@commits
def assign(id: UUID) -> ResponseReturnValue:
    """File pages for a person; the rest of the scan goes on waiting."""
    by = signed_in_staff()
    found = queries.scan_for(db.session, id, asker=by, lock=True)
    form = AssignForm()
    more = _page(found, form)
    if not form.validate_on_submit():
        return again(SCAN, form, **more)
    try:
        case, owner = _person(more["cases"], form.owner.data)
        sorting.assign(
            db.session,
            scan=found,
            pages=rules.pages_named(form.pages.data or "", waiting=[p.number for p in found.pages]),
            case=case,
            owner=owner,
            kind=DocumentKind(form.kind.data),
            title=form.title.data,
            request=_request(more["requests"], form.request.data, owner.id),
            by=by,
            now=clock.now(),
        )
    except PortalError as error:
        return again(SCAN, form, error, **more)
    flash(gettext("Die Seiten liegen jetzt in der Akte von %(name)s.", name=owner.name), "success")
    return redirect(url_for(".scan", id=id) if found.pages else url_for(".index"))


def _page(found: Scan, form: AssignForm) -> dict[str, Any]:
    """Find the people of the search and offer them; nobody is found behind the wall."""
    search = request.values.get("suche", "").strip()
    by = signed_in_staff()
    cases, count = (
        casefiles.cases_for_staff(db.session, asker=by, search=search, limit=FOUND_AT_MOST)
        if search
        else ([], 0)
    )
    requests = [
        asked
        for case in cases
        for asked in casefiles.requests_of_case(db.session, case=case, asker=by)
        if asked.state is RequestState.OPEN
    ]
    form.offer(list(cases), requests)
    return {
        "scan": found,
        "search": search,
        "cases": cases,
        "requests": requests,
        "more": count > FOUND_AT_MOST,
        "pictures": shown.pictures(found),
        "details": shown.details(found),
    }


def _person(cases: list[Case], id: str) -> tuple[Case, Citizen]:
    for case in cases:
        for member in case.members:
            if str(member.citizen_id) == id:
                return case, member.citizen
    raise InvalidInput(gettext("Wählen Sie eine Person aus."), field="owner")


def _request(
    requests: list[EvidenceRequest], id: str | None, owner_id: UUID
) -> EvidenceRequest | None:
    if not id:
        return None
    asked = next((one for one in requests if str(one.id) == id), None)
    if asked is None or asked.owner_id != owner_id:
        raise InvalidInput(
            gettext("Diese Anforderung gehört zu einer anderen Person."), field="request"
        )
    return asked


@blueprint.get("/<uuid:id>/seite/<int:number>")
@staff(Right.SORT_PAPER)
def page(id: UUID, number: int) -> ResponseReturnValue:
    """Send the picture of a page that waits."""
    found = queries.page_for(db.session, id, number, asker=signed_in_staff())
    return answers.picture(found.image_file_id)


@blueprint.post("/deckblatt/<uuid:case_id>")
@staff(Right.CHECK_DOCUMENTS)
@commits
def print_sheet(case_id: UUID) -> ResponseReturnValue:
    """Make a cover sheet for a person of the case, or for the answer to a request, as PDF."""
    by = signed_in_staff()
    case = casefiles.case_for_staff(db.session, case_id, asker=by)
    asked = request.form.get("request", type=UUID)
    wanted = casefiles.request_for(db.session, asked, by) if asked else None
    owner_id = wanted.owner_id if wanted else request.form.get("owner", type=UUID)
    owner = next((m.citizen for m in case.members if m.citizen_id == owner_id), None)
    if owner is None:
        raise NotFound
    sheet = service.print_sheet(
        db.session, case=case, owner=owner, request=wanted, by=by, now=clock.now()
    )
    db.session.flush()  # the PDF names the row
    answer = Response(sheets.cover_sheet(sheet), content_type="application/pdf")
    answer.headers["Content-Disposition"] = filenames.disposition(
        f"Deckblatt-{case.file_reference}.pdf"
    )
    return answer
