"""What the queue and the clock do for the file as a whole: hash words anew, pack, forget packages.

`jobs` has what they do for single documents.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.casefiles import exports, words
from portal.core.jobs import every, job

AT_ONCE = 200


@job("casefiles.index_words")
def index_words(session: Session, *, now: datetime) -> None:
    """Hash the words of the next documents that have none, or an older key's; then go on."""
    found = words.unindexed(session, limit=AT_ONCE)
    for document in found:
        words.index_anew(session, document=document)
    if len(found) == AT_ONCE:
        index_words.enqueue(session)


@every("50 2 * * *", "casefiles.index_forgotten")
def index_forgotten(session: Session, *, now: datetime) -> None:
    """Look every night for documents without words under the first key of the ring."""
    index_words.enqueue(session)


@job("casefiles.make_export", tries=3)
def make_export(session: Session, *, now: datetime, export_id: str) -> None:
    """Make the package that somebody has asked for."""
    export = exports.export_to_make(session, UUID(export_id))
    if export is not None:
        exports.make(session, export=export, now=now)


@every("35 * * * *", "casefiles.forget_exports")
def forget_exports(session: Session, *, now: datetime) -> None:
    """Forget packages that nobody may fetch any more."""
    exports.forget_expired(session, now=now)
