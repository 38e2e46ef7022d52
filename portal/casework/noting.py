"""The deeds of notes: write, write anew, pin. Nothing is ever deleted here.

The trail says that there was a note, never what stands in it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.audit import service as audit
from portal.casefiles.models import Case
from portal.casework import rules
from portal.casework.models import CaseNote, CaseNoteVersion, NoteScope
from portal.core.db import new_id


def write(
    session: Session, *, case: Case, scope: NoteScope, text: str, by: StaffMember, now: datetime
) -> CaseNote:
    """Write a note on a case that the writer sees."""
    note = CaseNote(
        id=new_id(),
        case_id=case.id,
        scope=scope,
        team_id=by.team_id,
        author_id=by.id,
        author_name=by.name,
        text=text,
        version=1,
        written_at=now,
        changed_at=now,
    )
    session.add(note)
    _record(session, note, by, now, deed="casework.note_written", scope=scope)
    return note


def rewrite(
    session: Session, *, note: CaseNote, text: str, version: int, by: StaffMember, now: datetime
) -> None:
    """Write a note anew; the wording before is kept. `version` is the one that was read."""
    rules.check_can_change(note, by)
    rules.check_version(note, version)
    if text == note.text:
        return
    session.add(
        CaseNoteVersion(
            note_id=note.id,
            number=note.version,
            text=note.text,
            written_at=note.changed_at,
            replaced_at=now,
        )
    )
    note.text, note.version, note.changed_at = text, note.version + 1, now
    _record(session, note, by, now, deed="casework.note_changed", version=note.version)


def pin(session: Session, *, note: CaseNote, by: StaffMember, now: datetime) -> None:
    """Let a note stand at the top for everybody who reads it; pinning twice is pinning once."""
    if note.pinned_at is None:
        note.pinned_at, note.pinned_by_name = now, by.name
        _record(session, note, by, now, deed="casework.note_pinned")


def unpin(session: Session, *, note: CaseNote, by: StaffMember, now: datetime) -> None:
    """Let a note stand where its day puts it."""
    if note.pinned_at is not None:
        note.pinned_at = note.pinned_by_name = None
        _record(session, note, by, now, deed="casework.note_unpinned")


def _record(
    session: Session, note: CaseNote, by: StaffMember, now: datetime, *, deed: str, **facts: Any
) -> None:
    audit.record(
        session,
        deed=deed,
        subject=("case_note", note.id),
        by=by,
        now=now,
        case_id=note.case_id,
        **facts,
    )
