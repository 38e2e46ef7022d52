"""Reading applications: a citizen sees the own ones, staff see what was sent."""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Date, Select, cast, exists, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import (
    Session,
    contains_eager,
    joinedload,
    selectinload,
    undefer_group,
)

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Right, StaffMember
from portal.applications import amending, lacking, versions
from portal.applications.definitions import Form
from portal.applications.models import (
    Answer,
    Application,
    ApplicationState,
    Attachment,
    OwnPart,
    PaperAnswer,
    Source,
    Supplement,
)
from portal.applications.places import Kept, Place
from portal.applications.rules import OPENS_BEFORE_END
from portal.applications.sheet import Eyes, Sheet
from portal.audit import queries as audit_queries
from portal.casefiles import queries as casefiles
from portal.casefiles import walls
from portal.casefiles.models import Case, CaseMember, Document, DocumentKind
from portal.core import clock
from portal.core.errors import NotFound

Asker = Citizen | StaffMember


@dataclass(frozen=True)
class Filled:
    """An application with the sheet that belongs to it.

    While a draft its answers, afterwards what was sent with every supplement that followed.
    """

    application: Application
    sheet: Sheet


def _seen_by(session: Session, asker: Asker) -> Select[Application]:
    found = select(Application)
    if isinstance(asker, StaffMember):
        accounts_rules.check(asker, Right.PROCESS_APPLICATIONS)
        return found.where(
            Application.state != ApplicationState.DRAFT,
            walls.opens_case_of(walls.standing_of(session, asker), Application.case_id.expression),
        )
    return found.where(Application.citizen_id == asker.id)


def application_for(session: Session, id: UUID, *, asker: Asker) -> Application:
    """Return one application with its case and its people, or raise `NotFound`."""
    found = session.scalar(
        _seen_by(session, asker)
        .where(Application.id == id)
        .options(
            undefer_group("sent"),
            joinedload(Application.citizen),
            joinedload(Application.case),
            joinedload(Application.reviewer),
        )
    )
    if found is None:
        raise NotFound
    return found


def filled_for(session: Session, id: UUID, *, asker: Asker) -> Filled:
    """Return one application with its sheet, or raise `NotFound`."""
    application = application_for(session, id, asker=asker)
    sheet = sheet_now(session, application=application)
    if isinstance(asker, StaffMember):
        return Filled(application, sheet)
    hidden = casefiles.hidden_kinds(session, asker=asker)
    closed = closed_parts(session, application=application)
    return Filled(application, sheet.seen_with(Eyes(hidden, closed)))


def closed_parts(session: Session, *, application: Application) -> frozenset[UUID]:
    """Return the persons whose private answers are not for who applies.

    These are the persons who fill in their own part, and those who did and gave an answer or a
    paper.
    """
    return _closed_parts(session, [application]).get(application.id, frozenset())


def _closed_parts(
    session: Session, applications: Sequence[Application]
) -> dict[UUID, frozenset[UUID]]:
    """Return these persons for each of several applications, asked for once."""
    answered = exists().where(
        Answer.application_id == OwnPart.application_id,
        Answer.owner_id == OwnPart.owner_id,
        Answer.by_name.is_not(None),
        Answer.source != Source.PROPOSED,
    )
    handed_in = exists().where(
        Attachment.application_id == OwnPart.application_id,
        Attachment.document_id == Document.id,
        Document.owner_id == OwnPart.citizen_id,
    )
    found = session.execute(
        select(OwnPart.application_id, OwnPart.owner_id)
        .where(
            OwnPart.application_id.in_([one.id for one in applications]),
            OwnPart.citizen_id.is_not(None),
            or_(OwnPart.revoked_at.is_(None), answered, handed_in),
        )
        .order_by(OwnPart.application_id, OwnPart.owner_id)
    )
    closed: dict[UUID, frozenset[UUID]] = {}
    for id, owner in found:
        closed[id] = closed.get(id, frozenset()) | {owner}
    return closed


def own_sheet_of(session: Session, *, application: Application) -> Sheet:
    """Return the sheet of an application as who applies may see it."""
    closed = closed_parts(session, application=application)
    return sheet_of(session, application=application).seen_with(Eyes(closed=closed))


def own_sheets_now(session: Session, *, applications: Sequence[Application]) -> list[Sheet]:
    """Return sent applications with their supplements as who applies may see them."""
    closed = _closed_parts(session, applications)
    sheets = sheets_now(session, applications=applications)
    return [
        sheet.seen_with(Eyes(closed=closed.get(application.id, frozenset())))
        for application, sheet in zip(applications, sheets, strict=True)
    ]


def sheet_of(session: Session, *, application: Application) -> Sheet:
    """Return the sheet of an application: its answers as sent, or as they stand in the draft."""
    if application.sent_definition is not None and application.submitted_at is not None:
        form = versions.sent_form(application)
        day = clock.local_date(application.submitted_at)
        sources = application.sent_sources or {}
        return Sheet.of_sent(form, application.sent_answers or {}, day=day, sources=sources)
    form = versions.form_of(session, application=application)
    answers = answers_of(session, application=application)
    return Sheet(form, answers, day=clock.local_date(clock.now()))


def sheet_now(session: Session, *, application: Application) -> Sheet:
    """Return the answers that count now: what was sent, with the supplements in their order."""
    return sheets_now(session, applications=[application])[0]


def sheets_now(session: Session, *, applications: Sequence[Application]) -> list[Sheet]:
    """Return the answers that count now of each of these applications."""
    sent = [one.id for one in applications if one.submitted_at is not None]
    found = supplements_to(session, ids=sent) if sent else {}
    sheets = []
    for application in applications:
        sheet = sheet_of(session, application=application)
        for supplement in found.get(application.id, ()):
            sheet = amending.applied(sheet, amending.read(supplement.changes))
        sheets.append(sheet)
    return sheets


def supplements_to(session: Session, *, ids: Sequence[UUID]) -> dict[UUID, list[Supplement]]:
    """Return the supplements that were sent to these applications, in their order."""
    found: dict[UUID, list[Supplement]] = {}
    for one in session.scalars(
        select(Supplement)
        .where(Supplement.application_id.in_(ids), Supplement.sent_at.is_not(None))
        .order_by(Supplement.application_id, Supplement.number)
    ):
        found.setdefault(one.application_id, []).append(one)
    return found


def sheet_as_sent(session: Session, *, filled: Filled, asker: Asker) -> Sheet:
    """Return what was sent, without the supplements, as far as the asker may see it."""
    sheet = sheet_of(session, application=filled.application)
    return sheet.without(casefiles.hidden_kinds(session, asker=asker))


def form_of(session: Session, *, application: Application) -> Form | None:
    """Return the form of an application for a list, as far as its words are at hand."""
    try:
        return versions.form_of(session, application=application)
    except NotFound:
        return None


def answers_of(session: Session, *, application: Application) -> dict[Place, Kept]:
    """Return every answer of a draft by its place."""
    return answers_of_many(session, applications=[application.id])[application.id]


def answers_of_many(
    session: Session, *, applications: Sequence[UUID]
) -> dict[UUID, dict[Place, Kept]]:
    """Return every answer of these drafts by its place, by draft."""
    # One row for each draft: a thousand answers as one text cost a quarter of a thousand rows.
    places = (Answer.question_id, Answer.row_id, Answer.owner_id)
    answer = func.json_build_array(
        *places, Answer.value, Answer.source, Answer.by_name, Answer.confirmed_at.is_not(None)
    )
    rows = session.execute(
        select(
            Answer.application_id,
            func.json_agg(aggregate_order_by(answer, *places), type_=JSON),
        )
        .where(Answer.application_id.in_(applications))
        .group_by(Answer.application_id)
        .order_by(Answer.application_id)
    )
    found: dict[UUID, dict[Place, Kept]] = {id: {} for id in applications}
    for id, answers in rows:
        found[id] = dict(_read(answers))
    return found


def _read(answers: list[Any]) -> Iterator[tuple[Place, Kept]]:
    ids = functools.cache(UUID)  # a row has many answers
    for question, row, owner, value, source, by, is_confirmed in answers:
        place = Place(question, row and ids(row), owner and ids(owner))
        yield place, Kept(value, Source(source), by, is_confirmed)


def applications_of(session: Session, *, asker: Citizen) -> Sequence[Application]:
    """Return the applications of the citizen, the newest first."""
    return session.scalars(
        _seen_by(session, asker).order_by(Application.started_at.desc(), Application.id)
    ).all()


def latest_of(session: Session, *, asker: Citizen) -> Application | None:
    """Return the application of the citizen that moved last, if there is one."""
    return session.scalar(
        _seen_by(session, asker).order_by(Application.changed_at.desc(), Application.id).limit(1)
    )


def open_draft(session: Session, *, form: str, asker: Citizen) -> Application | None:
    """Return the draft of a form that the citizen has begun, if there is one."""
    return session.scalar(
        _seen_by(session, asker)
        .where(Application.form == form, Application.state == ApplicationState.DRAFT)
        .order_by(Application.id)
    )


def sent_lately(session: Session, *, asker: Citizen, limit: int = 12) -> Sequence[Application]:
    """Return what the citizen has sent, the newest first, with definition and answers."""
    return session.scalars(
        _seen_by(session, asker)
        .where(
            Application.submitted_at.is_not(None),
            Application.state != ApplicationState.WITHDRAWN,
        )
        .options(undefer_group("sent"))
        .order_by(Application.submitted_at.desc(), Application.id)
        .limit(limit)
    ).all()


def open_drafts(session: Session, *, form: str | None = None) -> Sequence[Application]:
    """Return every draft, or those of one form, the oldest change first: for the house itself."""
    found = select(Application).where(Application.state == ApplicationState.DRAFT)
    if form is not None:
        found = found.where(Application.form == form)
    return session.scalars(found.order_by(Application.changed_at, Application.id)).all()


def ending_awards(
    session: Session, *, first: date, last: date, form: str
) -> list[tuple[Case, list[Citizen]]]:
    """Return the cases whose award ends in these days and for which nobody has sent this form.

    What was sent before the renewal opened belongs to an earlier award.
    """
    opened = Case.award_until - OPENS_BEFORE_END.days
    was_sent = exists().where(
        Application.case_id == Case.id,
        Application.form == form,
        Application.state != ApplicationState.WITHDRAWN,
        cast(Application.submitted_at, Date) >= opened,
    )
    found = session.execute(
        select(Case, Citizen)
        .join(CaseMember, CaseMember.case_id == Case.id)
        .join(Citizen, Citizen.id == CaseMember.citizen_id)
        .where(Case.award_until.between(first, last), ~was_sent)
        .order_by(Case.number, CaseMember.joined_at, Citizen.number)
    )
    people: dict[UUID, tuple[Case, list[Citizen]]] = {}
    for case, citizen in found:
        people.setdefault(case.id, (case, []))[1].append(citizen)
    return list(people.values())


def to_change(session: Session, *, application: Application) -> Application:
    """Return the application as it is now, locked until this transaction ends."""
    return session.scalars(
        select(Application)
        .where(Application.id == application.id)
        .options(
            undefer_group("sent"),
            joinedload(Application.citizen),
            joinedload(Application.case),
            joinedload(Application.reviewer),
        )
        .with_for_update(of=Application)
        .execution_options(populate_existing=True)
    ).one()


def attachments_of(
    session: Session, *, application: Application, asker: Asker | None = None
) -> Sequence[Attachment]:
    """Return the papers of an application with their documents and pages, in order of arrival.

    Who applies sees the own ones; what another person of the household has handed in for the own
    part stays with that person and the office (`keys_of_others`). Of who acts for somebody as
    `asker`, some kinds are kept; without asker it is the house itself.
    """
    hidden = casefiles.hidden_kinds(session, asker=asker) if asker else frozenset()
    found = (
        select(Attachment)
        .join(Attachment.document)
        .where(Attachment.application_id == application.id, Document.kind.not_in(hidden))
        .options(
            contains_eager(Attachment.document).options(
                selectinload(Document.pages),
                joinedload(Document.request),
                joinedload(Document.owner),
            )
        )
        .order_by(Attachment.attached_at, Attachment.id)
    )
    if isinstance(asker, Citizen):
        found = found.where(Document.owner_id == asker.id)
    return session.scalars(found).all()


def keys_of_others(session: Session, *, application: Application) -> frozenset[str]:
    """Return for which papers another person of the household has handed something in."""
    found = session.scalars(
        select(Attachment.requirement)
        .join(Attachment.document)
        .where(
            Attachment.application_id == application.id,
            Document.owner_id != application.citizen_id,
        )
        .order_by(Attachment.requirement)
    )
    return frozenset(found)


def paper_answers(session: Session, *, application: Application) -> Sequence[PaperAnswer]:
    """Return what was said of papers that are not there."""
    return session.scalars(
        select(PaperAnswer)
        .where(PaperAnswer.application_id == application.id)
        .order_by(PaperAnswer.need)
    ).all()


@dataclass(frozen=True)
class Wanted:
    """What a staff list is filtered by."""

    state: ApplicationState | None = None
    whose: str = "team"
    is_lacking: bool = False


def applications_for_staff(
    session: Session, *, asker: StaffMember, wanted: Wanted, offset: int = 0, limit: int = 50
) -> tuple[Sequence[Application], int]:
    """Return one page of what was sent, the oldest open one first, and how many there are."""
    found = _filtered(session, asker, wanted)
    count = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    page = session.scalars(
        found.options(
            joinedload(Application.citizen),
            joinedload(Application.case).joinedload(Case.benefit_officer),
            joinedload(Application.reviewer),
        )
        .order_by(Application.submitted_at, Application.id)
        .offset(offset)
        .limit(limit)
    ).all()
    return page, count


def _filtered(session: Session, asker: StaffMember, wanted: Wanted) -> Select[Application]:
    found = _seen_by(session, asker)
    if wanted.state is None:
        open_states = (ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW)
        found = found.where(Application.state.in_(open_states))
    else:
        found = found.where(Application.state == wanted.state)
    if wanted.is_lacking:
        found = found.where(lacking.is_lacking())
    of_case = exists().where(Case.id == Application.case_id)
    if wanted.whose == "mine":
        officer = of_case.where(Case.benefit_officer_id == asker.id)
        return found.where(or_(Application.reviewer_id == asker.id, officer))
    if wanted.whose == "team":
        return found.where(of_case.where(Case.team_id == asker.team_id))
    return found


def receipt_of(session: Session, *, application: Application, asker: Asker) -> Document | None:
    """Return the receipt of an application, once it is written and if the asker may have it."""
    return receipt_document(session, application.receipt_document_id, asker=asker)


def receipt_document(session: Session, id: UUID | None, *, asker: Asker) -> Document | None:
    """Return a receipt by its document, once it is written and if the asker may have it."""
    if id is None or DocumentKind.RECEIPT in casefiles.hidden_kinds(session, asker=asker):
        return None
    return session.get(Document, id)


def sent_by_other(session: Session, *, application: Application) -> str | None:
    """Name who sent an application for the citizen, if somebody did."""
    for event in audit_queries.events_about(session, kind="application", id=application.id):
        if event.deed == "applications.submitted" and "for" in event.facts:
            return event.actor_name
    return None
