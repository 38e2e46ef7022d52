"""How files leave the house: as pictures of pages or as a safe copy to save, never as they came."""

from uuid import UUID

from flask import Response

from portal.casefiles.models import Document
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.vault import service as vault
from portal.papers import filenames

NOTHING_RUNS = "default-src 'none'; sandbox"

_EXTENSIONS = {"application/pdf": ".pdf", "image/jpeg": ".jpg"}


def picture(file_id: UUID) -> Response:
    """Send the picture of a page."""
    answer = Response(vault.stream(db.session, file_id), content_type="image/jpeg")
    answer.headers["Content-Security-Policy"] = NOTHING_RUNS
    return answer


def safe_copy(document: Document) -> Response:
    """Send the safe copy to be saved: with its type, under its name, in a sandbox."""
    if document.served_file_id is None or document.served_content_type is None:
        raise NotFound
    extension = _EXTENSIONS[document.served_content_type]
    name = filenames.with_extension(document.filename, extension)
    answer = Response(
        vault.stream(db.session, document.served_file_id),
        content_type=document.served_content_type,
    )
    answer.headers["Content-Security-Policy"] = NOTHING_RUNS
    answer.headers["Content-Disposition"] = filenames.disposition(name)
    return answer


def receipt(file_id: UUID, code: str) -> Response:
    """Send a receipt to be looked at or saved: a PDF that the house itself has made."""
    answer = Response(vault.stream(db.session, file_id), content_type="application/pdf")
    answer.headers["Content-Security-Policy"] = NOTHING_RUNS
    answer.headers["Content-Disposition"] = filenames.disposition(f"Quittung-{code}.pdf")
    return answer
