"""Finding a case, and seeing what lies in it."""

from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.audit import queries as audit_queries
from portal.casefiles import (
    asked,
    file_shown,
    filed,
    filing,
    holds,
    queries,
    readings,
    rules,
    shown,
)
from portal.casefiles.staff_views.blueprint import blueprint
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
