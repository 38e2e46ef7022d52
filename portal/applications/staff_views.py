"""Staff pages of applications: what was sent, answers and documents side by side.

The decision is made in a room above (`decisions.staff_views`); this page only leads there.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.applications import (
    correction_forms,
    lacking,
    papers,
    part_papers,
    part_queries,
    queries,
    rules,
    service,
    staff_forms,
    status_shown,
    ways,
    wording,
)
from portal.applications.models import Application, ApplicationState, Attachment
from portal.applications.queries import Filled
from portal.casefiles import kinds, shown
from portal.casefiles import rules as casefiles_rules
from portal.casefiles.forms import RejectForm
from portal.casefiles.models import Document
from portal.core import clock
from portal.core.db import commits, db
from portal.core.requests import page_number
from portal.core.templating import short_moment

blueprint = Blueprint("staff_applications", __name__, url_prefix="/amt/antraege")

PAGE = 50
OPEN = (ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW)


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "say": wording.of_request(),
        "words": wording,
        "rules": rules,
        "ways": ways,
        "kinds": kinds,
    }


@blueprint.get("")
@staff(Right.PROCESS_APPLICATIONS)
def index() -> ResponseReturnValue:
    """List what was sent, the oldest first."""
    form = staff_forms.FilterForm(request.args, meta={"csrf": False})
    number = page_number()
    found, count = queries.applications_for_staff(
        db.session,
        asker=signed_in_staff(),
        wanted=form.wanted,
        offset=(number - 1) * PAGE,
        limit=PAGE,
    )
    return render_template(
        "applications/staff/index.html",
        filters=form,
        rows=_rows(found),
        count=count,
        number=number,
        last=-(-count // PAGE),
    )


@blueprint.get("/<uuid:id>")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def show(id: UUID) -> ResponseReturnValue:
    """Show answers and documents side by side; the view is written down."""
    filled, me = _filled(id), signed_in_staff()
    service.record_view(db.session, application=filled.application, by=me, now=clock.now())
    return _detail_page(filled)


@blueprint.post("/<uuid:id>/pruefung")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def take(id: UUID) -> ResponseReturnValue:
    """Take an application into review."""
    application, me = _filled(id).application, signed_in_staff()
    service.take_into_review(db.session, application=application, by=me, now=clock.now())
    flash(gettext("Der Antrag ist jetzt bei Ihnen in Prüfung."), "success")
    return redirect(url_for(".show", id=id))


@blueprint.post("/<uuid:id>/teile/<uuid:part>/blatt")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def note_sheet(id: UUID, part: UUID) -> ResponseReturnValue:
    """Write down that the signed sheet of a part came by post or over the counter."""
    application, me = _filled(id).application, signed_in_staff()
    part_papers.note_sheet(db.session, application=application, id=part, by=me, now=clock.now())
    flash(gettext("Die Unterschrift ist vermerkt."), "success")
    return redirect(url_for(".show", id=id))


def _filled(id: UUID) -> Filled:
    return queries.filled_for(db.session, id, asker=signed_in_staff())


def _rows(found: Sequence[Application]) -> list[dict[str, Any]]:
    """Write applications for the table."""
    waiting = lacking.among(db.session, [one.id for one in found])
    return [_row(one, is_lacking=one.id in waiting) for one in found]


def _row(application: Application, *, is_lacking: bool) -> dict[str, Any]:
    form = queries.form_of(db.session, application=application)
    state = staff_forms.LACKING_WORDS if is_lacking else wording.STATE_WORDS[application.state]
    holder = application.reviewer or (application.case and application.case.benefit_officer)
    return {
        "person": {
            "label": application.citizen.name,
            "href": url_for(".show", id=application.id),
        },
        "form": wording.of_request().text(form.title) if form else application.form,
        "reference": application.case.file_reference if application.case else None,
        "sent": short_moment(application.submitted_at) if application.submitted_at else None,
        "holder": holder.name if holder else None,
        "state": {
            "label": wording.OUTCOME_WORDS[application.outcome] if application.outcome else state,
            "tone": "warning" if is_lacking else wording.STATE_TONES[application.state],
        },
    }


def _detail_page(filled: Filled) -> str:
    application, me, now = filled.application, signed_in_staff(), clock.now()
    attachments = queries.attachments_of(db.session, application=application)
    document = _chosen(attachments)
    due_on = clock.local_date(now) + rules.EVIDENCE_TIME
    may_open = document is not None and casefiles_rules.can_open(document, me)
    return render_template(
        "applications/staff/show.html",
        filled=filled,
        application=application,
        sheet=filled.sheet,
        attachments=attachments,
        own_parts=part_queries.parts_of(db.session, application=application),
        said=papers.said_of(db.session, application=application),
        document=document,
        pictures=shown.pictures(document, endpoint="staff_casefiles.page")
        if document and may_open
        else [],
        may_accept=document is not None and casefiles_rules.can_accept(document, me),
        may_reject=document is not None and casefiles_rules.can_reject(document, me),
        reject_form=RejectForm(formdata=None, due_on=due_on),
        urgency=rules.urgency_of(application, filled.sheet),
        standing=status_shown.of(db.session, filled=filled, asker=me, now=now),
        marks=correction_forms,
        mark_papers=_papers_to_mark(filled, attachments),
        now=now,
        may_take=rules.can_go(application, ApplicationState.IN_REVIEW),
        may_decide=application.state in OPEN,
    )


def _papers_to_mark(filled: Filled, attachments: Sequence[Attachment]) -> list[dict[str, Any]]:
    """Return the papers of an application as rows to mark: those that are here, and the missing."""
    say, sheet = wording.of_request(), filled.sheet
    rows = [
        {
            "term": one.document.title,
            "value": kinds.word_of(one.document),
            "key": f"{correction_forms.DOCUMENT}:{one.document_id}",
        }
        for one in attachments
    ]
    here = {one.requirement for one in attachments}
    missing = (need for need in sheet.needs if need.key not in here)
    return rows + [
        {
            "term": say.need_title(sheet, need),
            "value": gettext("Noch nicht da"),
            "key": f"{correction_forms.NEED}:{need.key}",
        }
        for need in missing
    ]


def _chosen(attachments: Sequence[Attachment]) -> Document | None:
    """Return the document to show: the one asked for, else the first that waits for a decision."""
    documents = [attachment.document for attachment in attachments]
    wanted = request.args.get("unterlage", type=UUID)
    asked = [document for document in documents if document.id == wanted]
    waiting = [document for document in documents if document.decided_at is None]
    return next(iter([*asked, *waiting, *documents]), None)
