"""An upload as the list of the browser and the page show it."""

from typing import Any

from portal.papers.limits import Fault, Flaw
from portal.uploads import taking
from portal.uploads.models import Upload


def row(upload: Upload) -> dict[str, Any]:
    """Return what the person may know of an upload; `file` must be loaded."""
    return {
        "id": str(upload.id),
        "filename": upload.filename,
        "size": upload.length,
        "offset": upload.file.size,
        "state": upload.state.value,
        "fault": upload.fault,
        "sentence": _sentence(upload),
        "warnings": [
            {"word": word, "sentence": str(taking.FLAWS[Flaw(word)])} for word in upload.warnings
        ],
        "type": upload.content_type,
        "pages": upload.page_count,
        "position": upload.position,
        "redacted": upload.is_redacted,
        "sha256": upload.declared_sha256,
        "expires": upload.expires_at.isoformat(),
    }


def _sentence(upload: Upload) -> str | None:
    if upload.fault is None:
        return None
    return taking.sentence(Fault(upload.fault), taking.shown_name(upload), kind=upload.kind)
