"""Packages of whole files to take away: asked for, made by the worker, fetched within a day."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import force_locale, gettext
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.casefiles import packing, queries, rules
from portal.casefiles.keeping import CaseExport
from portal.casefiles.models import Case
from portal.core.crypto import Tampered
from portal.core.db import new_id
from portal.core.errors import Conflict, Expired, NotFound, PortalError
from portal.core.vault import service as vault
from portal.core.vault.models import StoredFile

log = logging.getLogger(__name__)

TO_FETCH = timedelta(hours=24)


def can_export(by: StaffMember) -> bool:
    """Tell whether `by` may take whole files away: a right, and no paper in it closed to them."""
    return accounts.can(by, Right.EXPORT_FILES) and not rules.kinds_closed_to(by)


def check_can_export(by: StaffMember) -> None:
    """Raise unless `by` may take whole files away."""
    accounts.check(by, Right.EXPORT_FILES)
    if rules.kinds_closed_to(by):
        raise NotFound


def ask(session: Session, *, case: Case, by: StaffMember, now: datetime) -> CaseExport:
    """Ask for a package of the file; who asks twice while one is made waits for that one.

    The caller queues the job.
    """
    check_can_export(by)
    waiting = next((one for one in of_case(session, case=case, asker=by) if is_waiting(one)), None)
    if waiting is not None and waiting.expires_at > now:
        raise Conflict(gettext("Der Export wird schon erstellt. Laden Sie die Seite neu."))
    export = CaseExport(
        id=new_id(),
        case_id=case.id,
        asked_by_id=by.id,
        asked_at=now,
        expires_at=now + TO_FETCH,
    )
    session.add(export)
    _record(session, "casefiles.export_asked", export, by=by, now=now)
    return export


def make(session: Session, *, export: CaseExport, now: datetime) -> None:
    """Pack the file into the vault; a package that cannot be made is marked as failed."""
    if not is_waiting(export):
        return
    try:
        with session.begin_nested(), force_locale("de"):
            chunks = packing.packed(session, case=export.case, now=now)
            file = vault.keep(session, holder=export.case_id, chunks=chunks, now=now)
    except (PortalError, Tampered, OSError) as error:
        log.warning("The package %s could not be made: %s", export.id, type(error).__name__)
        export.failed_at = now
        _record(session, "casefiles.export_failed", export, by=SYSTEM, now=now)
        return
    export.file_id, export.finished_at, export.expires_at = file.id, now, now + TO_FETCH
    facts = {"size": file.size, "sha256": vault.sha256_of(file)}
    _record(session, "casefiles.export_made", export, by=SYSTEM, now=now, **facts)


def note_fetched(session: Session, *, export: CaseExport, by: StaffMember, now: datetime) -> UUID:
    """Write down that the package leaves the house; return the file to send."""
    check_can_export(by)
    if export.file_id is None or now >= export.expires_at:
        raise Expired(gettext("Diesen Export gibt es nicht mehr. Fordern Sie einen neuen an."))
    _record(session, "casefiles.export_fetched", export, by=by, now=now)
    return export.file_id


def forget_expired(session: Session, *, now: datetime, limit: int = 100) -> None:
    """Forget packages whose day is over, and give up on those that were never made."""
    over = session.scalars(
        select(CaseExport)
        .where(
            CaseExport.expires_at <= now,
            CaseExport.file_id.is_not(None)
            | (CaseExport.finished_at.is_(None) & CaseExport.failed_at.is_(None)),
        )
        .order_by(CaseExport.expires_at, CaseExport.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for export in over:
        file_id, export.file_id = export.file_id, None
        if file_id is None:
            export.failed_at = now
            _record(session, "casefiles.export_failed", export, by=SYSTEM, now=now)
            continue
        session.flush()  # nothing may name the file when it goes
        vault.forget(session, file_ids=[file_id])
        _record(session, "casefiles.export_forgotten", export, by=SYSTEM, now=now)


def is_waiting(export: CaseExport) -> bool:
    """Tell whether the worker has still to make the package."""
    return export.finished_at is None and export.failed_at is None


def _record(
    session: Session, deed: str, export: CaseExport, *, by: Acting, now: datetime, **facts: Any
) -> None:
    audit.record(
        session,
        deed=deed,
        subject=("case", export.case_id),
        by=by,
        now=now,
        case_id=export.case_id,
        export=str(export.id),
        **facts,
    )


# Reading


def of_case(
    session: Session, *, case: Case, asker: StaffMember, limit: int = 20
) -> Sequence[CaseExport]:
    """Return the packages of a case that the asker has asked for, newest first."""
    return session.scalars(
        select(CaseExport)
        .where(CaseExport.case_id == case.id, CaseExport.asked_by_id == asker.id)
        .order_by(CaseExport.asked_at.desc(), CaseExport.id)
        .limit(limit)
    ).all()


def files_of(session: Session, exports: Sequence[CaseExport]) -> dict[UUID, StoredFile]:
    """Return the files of packages by their ids."""
    ids = [one.file_id for one in exports if one.file_id]
    found = session.scalars(
        select(StoredFile).where(StoredFile.id.in_(ids)).order_by(StoredFile.id)
    )
    return {file.id: file for file in found}


def export_to_fetch(session: Session, id: UUID, *, asker: StaffMember) -> CaseExport:
    """Return a package that the asker has asked for, of a file that is still open to them."""
    found = session.scalar(
        select(CaseExport).where(CaseExport.id == id, CaseExport.asked_by_id == asker.id)
    )
    if found is None:
        raise NotFound
    queries.case_for_staff(session, found.case_id, asker=asker)
    return found


def export_to_make(session: Session, id: UUID) -> CaseExport | None:
    """Return a package for the worker, locked until it is made."""
    return session.scalar(
        select(CaseExport)
        .where(CaseExport.id == id)
        .options(joinedload(CaseExport.case))
        .with_for_update(of=CaseExport)
    )
