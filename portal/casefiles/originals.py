"""Files exactly as they arrived, the proof of what was handed in: the very files of the uploads."""

import hashlib
from collections.abc import Sequence

from sqlalchemy.orm import Session

from portal.casefiles.models import Original
from portal.core.vault import service as vault
from portal.uploads.models import Upload


def of(uploads: Sequence[Upload]) -> list[Original]:
    """Make the originals of one document out of ready uploads; no byte is written."""
    return [
        Original(
            number=number,
            filename=upload.filename,
            content_type=upload.content_type,
            size=upload.file.size,
            sha256=vault.sha256_of(upload.file),
            file_id=upload.file_id,
        )
        for number, upload in enumerate(uploads, 1)
    ]


def sha256_of_all(session: Session, originals: Sequence[Original]) -> str:
    """Return the SHA-256 over the bytes of all originals in their order."""
    if len(originals) == 1:
        return originals[0].sha256
    digest = hashlib.sha256()
    for original in originals:
        for chunk in vault.stream(session, original.file_id):
            digest.update(chunk)
    return digest.hexdigest()


def warnings_of(uploads: Sequence[Upload]) -> list[str]:
    """Return each warning about the files once, in the order in which they came up."""
    return list(dict.fromkeys(word for upload in uploads for word in upload.warnings))
