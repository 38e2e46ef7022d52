"""Papers of a part that another person of the household fills in, and signing it on paper.

What that person hands in belongs to the person: it lies in the file of the application, and who
applies learns only that it is there. A part may be signed on a sheet of paper instead of with a
click; the sheet may come whenever it comes, nothing waits for it. What somebody said about health
or safety is not printed on it, because a sheet lies about in the same household: the hash on it
covers those answers too.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.applications import papers, part_queries, parts, queries, rules, versions, wording
from portal.applications.definitions import Requirement
from portal.applications.models import Application, ApplicationState, OwnPart
from portal.applications.queries import Filled
from portal.applications.questions import Text
from portal.applications.sheet import Need, Sheet
from portal.audit.models import Acting
from portal.casefiles import queries as files
from portal.casefiles import service as casefiles
from portal.casefiles.models import (
    Case,
    Channel,
    Document,
    DocumentKind,
    DocumentState,
    EvidenceAnswer,
)
from portal.core import pdf
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.uploads.models import Upload

SIGNED = "unterschrift"
PAPERS_TO_NAME = 30
LOST = frozenset({DocumentState.REJECTED, DocumentState.BLOCKED})

_SHEET = Requirement(
    key=SIGNED,
    kind=DocumentKind.OTHER,
    title=Text(de="Unterschriebenes Blatt von {person}", en="Signed sheet of {person}"),
    reason=Text(
        de="Damit bestätigen Sie Ihre Angaben mit Ihrer Unterschrift.",
        en="With it you confirm your answers by your signature.",
    ),
    legal_basis="§ 60 SGB I",
)


def need_of(part: OwnPart, sheet: Sheet, key: str) -> Need | None:
    """Return one of the papers of a part; the signed sheet is one while it is waited for."""
    if key == SIGNED:
        return signed_sheet(part) if part.on_paper_at is not None else None
    return sheet.need(key)


def signed_sheet(part: OwnPart) -> Need:
    """Return the signed sheet of a part as a paper; its key names the person."""
    return Need(f"{SIGNED}-{part.owner_id.hex}", _SHEET, owner=part.owner_id)


def case_of(session: Session, *, part: OwnPart) -> Case | None:
    """Return the file that the application goes into, if it is there already."""
    return files.case_of(session, asker=part.application.citizen)


def papers_to_name(session: Session, *, part: OwnPart, asker: Citizen) -> list[Document]:
    """Return the papers of the asker that lie in the file of the application already."""
    case = case_of(session, part=part)
    found = files.documents_of(session, asker=asker, limit=PAPERS_TO_NAME)
    return [
        one
        for one in found
        if case and one.case_id == case.id and not one.from_office and one.state not in LOST
    ]


def attach(
    session: Session,
    *,
    part: OwnPart,
    filled: Filled,
    need: Need,
    groups: Sequence[Sequence[Upload]],
    by: Citizen,
    now: datetime,
) -> None:
    """Take papers of this person in, each group of files as one, into the file of the household."""
    application = _to_attach(session, part, by)
    case = casefiles.case_for(session, citizen=application.citizen, now=now, by=by)
    documents = casefiles.receive_all(
        session,
        case=case,
        owner=by,
        groups=groups,
        kind=need.requirement.kind,
        title=wording.german().need_title(filled.sheet, need),
        by=by,
        now=now,
        announce=application.state is not ApplicationState.DRAFT,
        channel=Channel.APPLICATION,
    )
    papers.attach(session, application=application, need=need, documents=documents, now=now)
    if need.requirement.key == SIGNED:
        _note_sheet(session, part, by=by, now=now)


def name_known(
    session: Session,
    *,
    part: OwnPart,
    filled: Filled,
    need: Need,
    document: Document,
    by: Citizen,
    now: datetime,
) -> None:
    """Use a paper of this person that lies in the file of the household already."""
    _to_attach(session, part, by)
    if document.id not in {one.id for one in papers_to_name(session, part=part, asker=by)}:
        raise NotFound
    papers.name_known(session, filled=filled, need=need, document=document, by=by, now=now)


def say(
    session: Session,
    *,
    part: OwnPart,
    filled: Filled,
    need: Need,
    answer: EvidenceAnswer,
    words: str | None,
    day: date | None,
    by: Citizen,
    now: datetime,
) -> None:
    """Say why a paper of this part is not there; the latest word counts."""
    _to_attach(session, part, by)
    papers.say(
        session,
        filled=filled,
        need=need,
        answer=answer,
        words=words,
        day=day,
        by=by,
        now=now,
    )


def _to_attach(session: Session, part: OwnPart, by: Citizen) -> Application:
    """Lock the application, then the part: what was taken back meanwhile takes nothing in."""
    application = queries.to_change(session, application=part.application)
    rules.check_can_attach(application)
    parts.check_is_theirs(part_queries.to_change(session, part=part), by)
    return application


def sign_on_paper(
    session: Session, *, part: OwnPart, filled: Filled, by: Citizen, now: datetime
) -> None:
    """Write down that the person signs a sheet of paper; the hash of the answers stands on it."""
    known = filled.application.revision
    application = queries.to_change(session, application=filled.application)
    rules.check_can_edit(application)
    if application.revision != known:
        raise Conflict(gettext("Eine Angabe hat sich gerade geändert. Laden Sie neu."))
    if filled.sheet.gaps:
        raise InvalidInput(gettext("Beantworten Sie bitte zuerst die offenen Fragen."))
    part = part_queries.to_change(session, part=part)
    parts.check_is_theirs(part, by)
    if part.on_paper_at is None:
        part.confirmed_at = None
        part.on_paper_at, part.paper_sha256 = now, versions.digest(filled.sheet.sent)
        parts.record(session, "part_on_paper", part, by=by, now=now, sha256=part.paper_sha256)


def printed(part: OwnPart, filled: Filled) -> bytes:
    """Return the sheet to sign as a tagged PDF: this part only, without what is private in it."""
    if part.on_paper_at is None:
        raise NotFound
    open_part = filled.sheet.seen_with(
        replace(filled.sheet.eyes, closed=frozenset({part.owner_id}))
    )
    say = wording.german()
    return pdf.render(
        "part_to_sign",
        part=part,
        application=filled.application,
        person=say.person(filled.sheet, part.owner_id),
        form_title=say.text(filled.sheet.form.title),
        readings=say.parts(open_part),
        unprinted=_number_private(filled.sheet),
    )


def _number_private(sheet: Sheet) -> int:
    """Count the answers of a part about health or safety, which are not printed."""
    places = (place for step in sheet.steps for place in sheet.places_on(step))
    questions = (sheet.form.find(place.question) for place in places)
    return sum(one is not None and one.private is not None for one in questions)


def note_sheet(
    session: Session, *, application: Application, id: UUID, by: StaffMember, now: datetime
) -> None:
    """Write down that the signed sheet came by post or over the counter."""
    queries.to_change(session, application=application)
    given = part_queries.parts_of(session, application=application)
    part = next((one for one in given if one.id == id and one.on_paper_at is not None), None)
    if part is None:
        raise NotFound
    _note_sheet(session, part, by=by, now=now)


def _note_sheet(session: Session, part: OwnPart, *, by: Acting, now: datetime) -> None:
    part = part_queries.to_change(session, part=part)
    if part.paper_came_at is None:
        part.paper_came_at = now
        parts.record(session, "part_sheet_came", part, by=by, now=now)


def signing(session: Session, *, application: Application) -> list[OwnPart]:
    """Return the parts that are signed on paper; the caller may see the application."""
    given = part_queries.parts_of(session, application=application)
    return [one for one in given if one.on_paper_at is not None]
