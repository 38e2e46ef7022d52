"""The pages of a document: their pictures, and the safe copy of all of them."""

from uuid import UUID

from flask.typing import ResponseReturnValue

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import (
    answers,
    queries,
    readings,
    rules,
)
from portal.casefiles.staff_views.blueprint import blueprint
from portal.core import clock
from portal.core.db import commits, db


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
