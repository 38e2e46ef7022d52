"""Papers that go along with a message: those of citizens, and those that the office sends.

All lie in the digital file of the person; the thread only names them. The office sends what the
person could open there anyway: the thread opens no second door.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts import rules as accounts
from portal.accounts.models import Citizen, Right, StaffMember
from portal.casefiles import service as casefiles
from portal.casefiles.models import Channel, Document, DocumentKind
from portal.core.errors import InvalidInput
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.messages.models import Entry, EntryPaper, Thread
from portal.papers.limits import MAX_FILES
from portal.uploads.models import Upload
from portal.uploads.taking import FormFile


@dataclass(frozen=True)
class Papers:
    """What an officer sends along: documents of the file, and files from the own device."""

    documents: Sequence[Document] = ()
    files: Sequence[FormFile] = ()


NOTHING = Papers()


def of_citizen(
    session: Session,
    *,
    thread: Thread,
    entry: Entry,
    groups: Sequence[Sequence[Upload]],
    by: Citizen,
    now: datetime,
) -> None:
    """Put what came along into the digital file; it is checked there like every paper."""
    if not groups:
        return
    documents = casefiles.receive_all(
        session,
        case=thread.case,
        owner=thread.citizen,
        groups=groups,
        kind=DocumentKind.OTHER,
        title=thread.subject,
        by=by,
        now=now,
    )
    _name(entry, documents)


def of_office(
    session: Session,
    *,
    thread: Thread,
    entry: Entry,
    papers: Papers,
    by: StaffMember,
    now: datetime,
) -> None:
    """Name what the officer sends; a file goes into the digital file first.

    There it is looked at like any other, for viruses too: until then nobody can open it.
    """
    if len(papers.documents) + len(papers.files) > MAX_FILES:
        words = gettext("Bitte höchstens %(most)d Unterlagen auf einmal.", most=MAX_FILES)
        raise InvalidInput(words, field="papers")
    if any(one.owner_id != thread.citizen_id for one in papers.documents):
        raise InvalidInput(
            gettext("Eine dieser Unterlagen gehört einer anderen Person der Akte."), field="papers"
        )
    taken = [_take(session, thread=thread, file=one, by=by, now=now) for one in papers.files]
    _name(entry, [*papers.documents, *taken])


def _take(
    session: Session, *, thread: Thread, file: FormFile, by: StaffMember, now: datetime
) -> Document:
    citizen, case = thread.citizen, thread.case
    document = casefiles.receive_from_office(
        session,
        case=case,
        owner=citizen,
        file=file,
        by=by,
        now=now,
        channel=Channel.OFFICE,
        announce=False,  # the message tells the person, and the item below the office
    )
    checks = accounts.can(by, Right.CHECK_DOCUMENTS)
    inbox.open_item(
        session,
        kind=ItemKind.DOCUMENT,
        subject_id=document.id,
        case_id=case.id,
        title=document.title,
        person=citizen.name,
        reason=gettext("%(name)s hat es mit einer Nachricht geschickt.", name=by.name),
        next_step=gettext("Dokument prüfen"),
        team_id=case.team_id,
        assignee_id=by.id if checks else case.benefit_officer_id,
        now=now,
    )
    return document


def _name(entry: Entry, documents: Sequence[Document]) -> None:
    entry.papers = [
        EntryPaper(document_id=id, position=position)
        for position, id in enumerate(dict.fromkeys(document.id for document in documents))
    ]
