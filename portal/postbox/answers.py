"""How the PDF of a letter leaves the house: the very bytes that lie in the digital file."""

from flask import Response
from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.casefiles.answers import NOTHING_RUNS
from portal.casefiles.models import Document
from portal.core.errors import NotFound
from portal.core.vault import service as vault
from portal.papers import filenames
from portal.postbox.models import Letter


def pdf_of(session: Session, letter: Letter) -> Response:
    """Send the PDF of a letter to be looked at or saved."""
    if letter.document_id is None:
        raise NotFound(gettext("Der Brief wird gerade geschrieben. Laden Sie die Seite neu."))
    document = session.get_one(Document, letter.document_id)
    if document.served_file_id is None:
        raise NotFound
    answer = Response(
        vault.stream(session, document.served_file_id), content_type="application/pdf"
    )
    answer.headers["Content-Security-Policy"] = NOTHING_RUNS
    answer.headers["Content-Disposition"] = filenames.disposition(document.filename)
    return answer
