"""A scanner that says what it is told to, and other things that break a pipeline."""

import contextlib
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pikepdf
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.casefiles.models import Case, Document, DocumentState
from portal.core import clock
from portal.core.malware import Finding, NoVerdict
from portal.inbox.models import WorkItem
from portal.papers import sandbox
from tests.client import PortalClient
from tests.factories import casefiles, papers

NOW = clock.now()
RECEIVED = DocumentState.RECEIVED


class Scanner:
    """A scanner that says what it is told to; it reads the whole file first."""

    def __init__(self) -> None:
        self.is_there = True
        self.answer: Finding | None = None
        self.fault: Callable[[bytes], NoVerdict | None] = lambda content: None
        self.scans = 0

    def scan(self, chunks: Iterable[bytes]) -> Finding | None:
        self.ping()
        self.scans += 1
        if fault := self.fault(b"".join(chunks)):
            raise fault
        return self.answer

    def ping(self) -> None:
        if not self.is_there:
            raise NoVerdict("it is switched off")


def handed_in(session: Session, content: bytes | None = None, **more: Any) -> Document:
    file = {} if content is None else {"file": casefiles.upload(content)}
    return casefiles.document(session, prepared=False, **file, **more)


def pdf_enclosing(content: bytes) -> bytes:
    """Put a file into a PDF, packed, as a mail program or malware does."""
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(papers.pdf())) as paper:
        paper.attachments["rechnung.txt"] = content
        paper.save(written)
    assert content not in written.getvalue()
    return written.getvalue()


def photo_with(content: bytes) -> bytes:
    """Hide bytes in a photo, where a JPEG has room for comments."""
    photo = papers.picture()
    comment = b"\xff\xfe" + (len(content) + 2).to_bytes(2, "big") + content
    return photo[:2] + comment + photo[2:]


def queue(session: Session) -> list[str]:
    found = session.execute(text("SELECT task_name FROM procrastinate_jobs ORDER BY id"))
    return list(found.scalars())


def people(session: Session, document: Document) -> tuple[Citizen, StaffMember]:
    """Return the owner of a document and an officer of the case."""
    owner = session.get_one(Citizen, document.owner_id)
    officer = casefiles.officer(session, session.get_one(Case, document.case_id))
    session.flush()
    return owner, officer


def refuses_everything(client: PortalClient, session: Session, document: Document) -> None:
    """Ask on every path for something of the document, as its owner and as staff."""
    owner, officer = people(session, document)
    id = document.id
    client.sign_in(owner)
    for path in ("seite/1", "seite/1/klein", "datei"):
        assert client.get(f"/unterlagen/{id}/{path}").status_code == 404, path
    assert f"/unterlagen/{id}/seite" not in client.get(f"/unterlagen/{id}").text
    assert f"/unterlagen/{id}/seite" not in client.get("/unterlagen").text
    client.sign_in(officer)
    for path in ("seite/1", "datei"):
        assert client.get(f"/amt/akten/dokument/{id}/{path}").status_code == 404, path
    assert "/seite/" not in client.get(f"/amt/akten/dokument/{id}").text


@contextlib.contextmanager
def dies(
    monkeypatch: pytest.MonkeyPatch, deed: str, *, of: Callable[[bytes], bool]
) -> Iterator[None]:
    """Let the process of one deed crash over some files."""
    usual = sandbox.run

    def run(asked: str, folder: Any, *rest: Any, **more: Any) -> dict[str, Any]:
        if asked == deed and of((folder / "in-1").read_bytes()):
            raise sandbox.Died("ended with -11")
        return usual(asked, folder, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(sandbox, "run", run)
        yield


def item_of(session: Session, document: Document) -> WorkItem:
    return session.scalars(
        select(WorkItem).where(WorkItem.subject_id == document.id, WorkItem.closed_at.is_(None))
    ).one()
