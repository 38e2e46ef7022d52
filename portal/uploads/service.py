"""The verbs of uploads: begin one, look at it, put it in order, remove it, hand it to a case.

The bytes of an upload come in by `receiving`. Every verb that changes an upload which is there
already holds the row of its file meanwhile, and never while something is read or looked at.
"""

import hashlib
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.core.errors import InvalidInput
from portal.core.vault import service as vault
from portal.papers.limits import Fault
from portal.uploads import queries, rules, taking
from portal.uploads.models import Upload, UploadState
from portal.uploads.protocol import Announced

BY_FORM = "formular"
"""The basket of files that came with a form, in one request."""


def begin(
    session: Session, *, owner: Citizen, sender: Citizen, said: Announced, now: datetime
) -> Upload:
    """Make room for a file that comes in parts."""
    _lock(session, f"uploads of {sender.id}")  # two at once must not both take the last place
    rules.check_can_begin(said, queries.sent_by(session, sender=sender))
    file = vault.begin(session, holder=owner.id, now=now)
    upload = Upload(
        id=file.id,
        owner_id=owner.id,
        sender_id=sender.id,
        basket=said.basket,
        position=queries.next_position(session, owner=owner, basket=said.basket),
        filename=taking.shown_name(said),
        declared_type=said.declared_type,
        declared_sha256=said.sha256,
        length=said.length,
        file_id=file.id,
        file=file,
        is_redacted=said.is_redacted,
        started_at=now,
        changed_at=now,
        expires_at=now + rules.LIFETIME,
    )
    session.add(upload)
    session.flush()  # the answer names it
    return upload


def look_at(session: Session, *, upload: Upload, now: datetime) -> None:
    """Look at an upload whose last byte is here: it is ready then, or refused with the reason.

    What the other side has summed up is compared first. Another process opens the file, for some
    seconds; nothing is locked meanwhile, and who comes second changes nothing.
    """
    if upload.state != UploadState.RECEIVING or not upload.is_whole:
        return
    fault: Fault | None = None
    seen: taking.Seen | None = None
    kind = None
    with tempfile.TemporaryDirectory(prefix="looking-") as name:
        sha256 = _copy(session, upload, Path(name) / "in-1")
        try:
            _check_sum(upload, sha256)
            [seen] = taking.look(Path(name), [upload])
        except taking.Refused as refused:
            fault, kind = refused.fault, refused.kind
    for one in queries.locked(session, [upload.id]):
        if one.state == UploadState.RECEIVING:
            one.file.sha256 = sha256
            one.changed_at, one.expires_at = now, now + rules.LIFETIME
            if seen is not None:
                _is_ready(one, seen)
            else:
                one.state, one.fault = UploadState.REFUSED, fault
                one.content_type = kind.content_type if kind else None
    session.flush()  # the next question sees it


def _check_sum(upload: Upload, sha256: str) -> None:
    if upload.declared_sha256 not in {None, sha256}:
        raise taking.Refused(Fault.WRONG_SUM)


def _copy(session: Session, upload: Upload, path: Path) -> str:
    """Write the file to where the other process finds it; return the SHA-256 of its bytes."""
    digest = hashlib.sha256()
    with path.open("xb") as copy:
        for chunk in vault.stream(session, upload.file_id):
            digest.update(chunk)
            copy.write(chunk)
    return digest.hexdigest()


def _is_ready(upload: Upload, seen: taking.Seen) -> None:
    upload.state = UploadState.READY
    upload.filename = seen.filename
    upload.content_type = seen.kind.content_type
    upload.page_count = seen.pages
    upload.warnings = seen.warnings


def receive_form_files(
    session: Session,
    *,
    owner: Citizen,
    sender: Citizen,
    files: Sequence[taking.FormFile],
    now: datetime,
) -> list[Upload]:
    """Keep the files of a form, each once; raise `InvalidInput` for the first that cannot be taken.

    All are looked at before the first is kept: of a refused form nothing stays.
    """
    uploads = []
    with taking.looked_at(files) as taken:
        for position, one in enumerate(taken):
            file = vault.keep(session, holder=owner.id, chunks=one.chunks(), now=now)
            upload = Upload(
                id=file.id,
                owner_id=owner.id,
                sender_id=sender.id,
                basket=BY_FORM,
                position=position,
                declared_type=one.declared_type,
                length=file.size,
                file_id=file.id,
                file=file,
                started_at=now,
                changed_at=now,
                expires_at=now + rules.LIFETIME,
            )
            _is_ready(upload, one)
            session.add(upload)
            uploads.append(upload)
    session.flush()  # who takes them finds them
    return uploads


def picked(
    session: Session,
    *,
    owner: Citizen,
    sender: Citizen,
    ids: Sequence[UUID],
    files: Sequence[taking.FormFile],
    together: bool,
    now: datetime,
) -> list[list[Upload]]:
    """Return what a form names as the documents that it shall become.

    `ids` are uploads that a script has sent before, in order; `files` came with the form and follow
    them. Raise `InvalidInput` when one is no longer here, not whole, or cannot be taken.
    """
    mine = queries.waiting(session, owner=owner, sender=sender, now=now)
    by_id = {upload.id: upload for upload in mine}
    wanted = list(dict.fromkeys(ids))
    if not by_id.keys() >= set(wanted):
        raise InvalidInput(rules.NOT_WAITING, field="files")
    found = [by_id[id] for id in wanted]
    for upload in found:
        look_at(session, upload=upload, now=now)
    if found:
        rules.check_can_hand_in(found)
    if files or not found:
        found += receive_form_files(session, owner=owner, sender=sender, files=files, now=now)
    return taking.grouped(found, together=together)


def put_in_order(
    session: Session, *, waiting: Sequence[Upload], ids: Sequence[UUID], now: datetime
) -> None:
    """Put the named uploads of a basket first, in this order; the others follow as they were."""
    rank = {id: place for place, id in enumerate(ids)}
    ordered = sorted(waiting, key=lambda upload: rank.get(upload.id, len(rank)))
    for position, upload in enumerate(ordered):
        upload.position = position
        upload.expires_at = now + rules.LIFETIME


def remove(session: Session, *, upload: Upload) -> None:
    """Forget an upload and its bytes, wherever it stands."""
    forget(session, ids=[upload.id])


def forget(session: Session, *, ids: Sequence[UUID]) -> None:
    """Forget uploads with their bytes; those that are gone already are no error."""
    found = queries.locked(session, ids)
    file_ids = [upload.file_id for upload in found]
    for upload in found:
        session.delete(upload)
    session.flush()  # the files are named by the rows
    vault.forget(session, file_ids=file_ids)


def take(session: Session, *, uploads: Sequence[Upload], to: UUID, now: datetime) -> None:
    """Hand the files of ready uploads over to a case; the uploads are over, no byte moves.

    Raise `InvalidInput` when one is not ready, or was handed in or removed meanwhile.
    """
    found = queries.locked(session, [upload.id for upload in uploads])
    if len(found) != len(uploads):
        raise InvalidInput(rules.NOT_WAITING, field="files")
    rules.check_can_hand_in(found)
    vault.hand_over(session, files=[upload.file for upload in found], to=to, now=now)
    for upload in found:
        session.delete(upload)
    session.flush()  # what comes next counts on the rows being gone


def _lock(session: Session, what: str) -> None:
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0))))
