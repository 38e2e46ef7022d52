"""The page of a case, its time line, its appointments. Each view is written down."""

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import queries as casefiles
from portal.casefiles import readings
from portal.casefiles import shown as casefiles_shown
from portal.casefiles.models import Case
from portal.casework import overview as overviews
from portal.casework import overview_shown, shown, time_line
from portal.casework.entries import NAMES, EntryKind, Place
from portal.core import clock
from portal.core.db import commits, db

blueprint = Blueprint("staff_casework", __name__, url_prefix="/amt/akten")

LATEST = 8


@blueprint.get("/<uuid:id>/ueberblick")
@staff(Right.READ_FILES)
@commits
def overview(id: UUID) -> ResponseReturnValue:
    """Show a case on one page."""
    by, case, now = signed_in_staff(), _case(id), clock.now()
    found = overviews.overview(db.session, case=case, asker=by, now=now)
    lately = time_line.stretch(db.session, case=case, asker=by, now=now, limit=LATEST)
    return render_template(
        "casework/staff/overview.html",
        case=case,
        names=casefiles_shown.people(case),
        step=overview_shown.step(found.step, case, by),
        items=overview_shown.items(found.items, by, today=found.today),
        missing=overview_shown.missing(found.missing, case, by, today=found.today),
        people=overview_shown.people(found.people, now=now),
        sides=overview_shown.sides(found.sides, by, found),
        documents=overview_shown.documents(found.documents, by),
        coming=overview_shown.bookings(found.coming),
        agreed=overview_shown.agreed(found.agreed),
        notes=shown.notes(found.notes, case),
        questions=shown.questions(found.questions),
        lately=lately.days,
    )


@blueprint.get("/<uuid:id>/verlauf")
@staff(Right.READ_FILES)
@commits
def line(id: UUID) -> ResponseReturnValue:
    """Show everything that happened in a case."""
    by, case = signed_in_staff(), _case(id)
    kinds = [kind for kind in EntryKind if kind.value in request.args.getlist("art")]
    found = time_line.stretch(
        db.session,
        case=case,
        asker=by,
        now=clock.now(),
        kinds=kinds,
        after=Place.read(request.args.get("vor", "")),
    )
    return render_template(
        "casework/staff/time_line.html",
        case=case,
        days=found.days,
        goes_on=str(found.goes_on) if found.goes_on else None,
        names=NAMES,
        chosen=[kind.value for kind in kinds],
    )


@blueprint.get("/<uuid:id>/termine")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def appointments(id: UUID) -> ResponseReturnValue:
    """Show the appointments of a case and every way to make one."""
    by, case, now = signed_in_staff(), _case(id), clock.now()
    given: dict[str, Any] = {"case": case, "asker": by, "now": now}
    coming = overviews.bookings(db.session, **given, is_coming=True)
    over = overviews.bookings(db.session, **given, is_coming=False)
    return render_template(
        "casework/staff/appointments.html",
        case=case,
        coming=overview_shown.bookings(coming),
        over=overview_shown.bookings(over),
    )


def _case(id: UUID) -> Case:
    """Return the case through the wall, and write down that it was opened."""
    by = signed_in_staff()
    found = casefiles.case_for_staff(db.session, id, asker=by)
    readings.note_case(db.session, case=found, by=by, now=clock.now())
    return found
