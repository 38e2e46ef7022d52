"""Rounds of questions about a sent application: open, give more time, accept, take back.

A round asks, it never threatens: what follows from silence is the matter of a written notice
(§ 66 (3) SGB I), not of this page. Several rounds may be open at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.applications import correction_queries, items, queries, round_ends, rules, service
from portal.applications.models import (
    Application,
    ApplicationState,
    CorrectionMark,
    CorrectionRound,
    MarkReason,
    RoundEnd,
)
from portal.applications.places import Place
from portal.applications.sheet import Sheet
from portal.applications.wording import MARK_WORDS
from portal.audit import service as audit
from portal.audit.models import Acting
from portal.casefiles import asking
from portal.casefiles import rules as casefiles_rules
from portal.casefiles import service as casefiles
from portal.casefiles.models import Document, EvidenceRequest
from portal.casefiles.wishes import Wish
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.representation import letters

LONGEST_NOTE = 600


@dataclass(frozen=True)
class Mark:
    """What is asked about: an answer by its place, a paper that is here, or one still to come."""

    reason: MarkReason
    note: str | None = None
    place: Place | None = None
    document: Document | None = None
    wish: Wish | None = None
    pages: tuple[int, ...] = ()
    asked_of: Citizen | None = None

    @property
    def why(self) -> str:
        """Return the reason in words, in the language of the file."""
        words = str(MARK_WORDS[self.reason])
        return f"{words}. {self.note}" if self.note else f"{words}."


def open_round(
    session: Session,
    *,
    application: Application,
    marks: Sequence[Mark],
    words: str | None,
    due_on: date,
    by: StaffMember,
    now: datetime,
    instead_of: CorrectionRound | None = None,
) -> CorrectionRound:
    """Ask the citizen about marked answers and papers; one mail says that there is something.

    Who asks has the application in review from then on. `instead_of` is a round that is asked
    again with this one.
    """
    application = queries.to_change(session, application=application)
    rules.check_can_ask(application)
    sheet = queries.sheet_now(session, application=application)
    _check(sheet, marks)
    if application.state is ApplicationState.SUBMITTED:
        service.take_into_review(session, application=application, by=by, now=now)
    if instead_of is not None:
        _close(session, round=instead_of, to=RoundEnd.ASKED_AGAIN, by=by, now=now)
    number = correction_queries.next_round(session, application=application)
    round = CorrectionRound(
        application_id=application.id,
        number=number,
        words=words or None,
        due_on=due_on,
        opened_at=now,
        opened_by_id=by.id,
        opened_by_name=by.name,
    )
    round.marks = [
        _written(session, application, sheet, mark, position, due_on, by, now)
        for position, mark in enumerate(marks)
    ]
    session.add(round)
    session.flush()  # the audit line and the item name it
    application.changed_at = now
    _record(
        session,
        round,
        application,
        deed="applications.correction_opened",
        by=by,
        now=now,
        number=number,
        answers=sum(mark.place is not None for mark in marks),
        papers=sum(mark.place is None for mark in marks),
        due_on=due_on,
    )
    _put(session, application=application, sheet=sheet, now=now)
    _tell(session, application=application, template="correction_asked", now=now)
    return round


def _check(sheet: Sheet, marks: Sequence[Mark]) -> None:
    if not marks:
        raise InvalidInput("Markieren Sie zuerst, worum es geht: Angaben oder Unterlagen.")
    for mark in marks:
        if mark.place is None:
            continue
        question = sheet.form.find(mark.place.question)
        if question is None or not sheet.is_asked(question, mark.place.row, mark.place.owner):
            raise Conflict(
                "Eine der markierten Angaben gehört nicht mehr zu diesem Antrag. Laden Sie die "
                "Seite neu und markieren Sie noch einmal."
            )


def _written(  # noqa: PLR0917 (one line of a round)
    session: Session,
    application: Application,
    sheet: Sheet,
    mark: Mark,
    position: int,
    due_on: date,
    by: StaffMember,
    now: datetime,
) -> CorrectionMark:
    made = CorrectionMark(position=position, reason=mark.reason, note=mark.note or None)
    if mark.place is None:
        made.request_id = _ask_for(session, application, mark, due_on, by, now).id
        return made
    kept = sheet.kept.get(mark.place)
    made.question_id, made.row_id, made.owner_id = mark.place
    made.before = kept.value if kept else None
    return made


def _ask_for(  # noqa: PLR0917 (a mark and who asks)
    session: Session,
    application: Application,
    mark: Mark,
    due_on: date,
    by: StaffMember,
    now: datetime,
) -> EvidenceRequest:
    """Ask for a paper, or for one that is here again: the mail about the round speaks for it."""
    document = mark.document
    if document is not None and (known := _asked_already(session, application, document)):
        asking.ask_again(
            session, request=known, why=mark.why, due_on=due_on, by=by, now=now, tell=False
        )
        return known
    if document is not None and casefiles_rules.can_reject(document, by):
        return casefiles.reject(
            session,
            document=document,
            reason=mark.why,
            due_on=due_on,
            by=by,
            now=now,
            marked_pages=mark.pages,
            tell=document.owner_id != application.citizen_id,
        )
    if application.case is None:
        raise NotFound
    wish = mark.wish
    if document is not None:
        wish = Wish(document.kind, mark.why, document.title)
    if wish is None:
        raise NotFound
    # The mail about the round goes to who applies; another of the household hears of the own paper.
    owner = document.owner if document else mark.asked_of or application.citizen
    [request] = asking.ask_all(
        session,
        case=application.case,
        owner=owner,
        wishes=[wish],
        due_on=due_on,
        by=by,
        now=now,
        tell=owner.id != application.citizen_id,
    )
    return request


def _asked_already(
    session: Session, application: Application, document: Document
) -> EvidenceRequest | None:
    """Return the open request that asks for this paper again: nobody is asked for it twice."""
    requests = correction_queries.open_requests(session, application=application)
    return next((one for one in requests if one.rejected_document_id == document.id), None)


def extend(
    session: Session, *, round: CorrectionRound, land: str, by: Citizen, now: datetime
) -> CorrectionRound:
    """Give the citizen more time, once, without asking anybody: as much again."""
    round = correction_queries.round_to_change(session, round=round)
    rules.check_can_extend(round, now=now)
    round.extended_to = rules.more_time(round, land=land)
    for mark in round.marks:
        if mark.request is not None and mark.request.due_on is not None:
            mark.request.due_on = max(mark.request.due_on, round.extended_to)
    application = queries.application_for(session, round.application_id, asker=by)
    _record(
        session,
        round,
        application,
        deed="applications.correction_extended",
        by=by,
        now=now,
        due_on=round.extended_to,
    )
    sheet = queries.sheet_now(session, application=application)
    _put(session, application=application, sheet=sheet, now=now)
    return round


def accept(session: Session, *, round: CorrectionRound, by: StaffMember, now: datetime) -> None:
    """Close a round: what came back is enough."""
    application = _end(session, round=round, to=RoundEnd.ACCEPTED, by=by, now=now)
    _tell(session, application=application, template="application_news", now=now)


def withdraw(session: Session, *, round: CorrectionRound, by: StaffMember, now: datetime) -> None:
    """Take a round back; its tasks disappear, those for papers with it."""
    locked = correction_queries.round_to_change(session, round=round)
    for mark in locked.marks:
        if mark.request is not None and casefiles_rules.can_close(mark.request, by):
            asking.withdraw(session, request=mark.request, by=by, now=now)
    application = _end(session, round=locked, to=RoundEnd.WITHDRAWN, by=by, now=now)
    _tell(session, application=application, template="application_news", now=now)


def _end(
    session: Session, *, round: CorrectionRound, to: RoundEnd, by: StaffMember, now: datetime
) -> Application:
    application = queries.application_for(session, round.application_id, asker=by)
    application = queries.to_change(session, application=application)
    _close(session, round=round, to=to, by=by, now=now)
    sheet = queries.sheet_now(session, application=application)
    _put(session, application=application, sheet=sheet, now=now)
    return application


def _close(
    session: Session, *, round: CorrectionRound, to: RoundEnd, by: StaffMember, now: datetime
) -> None:
    locked = correction_queries.round_to_change(session, round=round)
    rules.check_can_close(locked)
    round_ends.close(session, round=locked, to=to, by=by, now=now)
    application = queries.application_for(session, round.application_id, asker=by)
    deeds = {
        RoundEnd.ACCEPTED: "applications.correction_accepted",
        RoundEnd.ASKED_AGAIN: "applications.correction_asked_again",
        RoundEnd.WITHDRAWN: "applications.correction_withdrawn",
    }
    _record(session, locked, application, deed=deeds[to], by=by, now=now, number=locked.number)


def _put(session: Session, *, application: Application, sheet: Sheet, now: datetime) -> None:
    """Let the item of the application rest, or come back, as its rounds say."""
    if application.state is not ApplicationState.IN_REVIEW:
        return
    session.flush()  # the rounds are read anew
    rounds = correction_queries.rounds_of(session, application=application)
    items.put(session, application=application, sheet=sheet, rounds=rounds, now=now)


def _record(
    session: Session,
    round: CorrectionRound,
    application: Application,
    *,
    deed: str,
    by: Acting,
    now: datetime,
    **facts: Any,
) -> None:
    audit.record(
        session,
        deed=deed,
        subject=("correction_round", round.id),
        by=by,
        now=now,
        case_id=application.case_id,
        **facts,
    )


def _tell(session: Session, *, application: Application, template: str, now: datetime) -> None:
    """Send a mail that says only that there is something to see."""
    letters.send(
        session,
        citizen=application.citizen,
        template=template,
        now=now,
        context={"citizen": application.citizen, "application": application, "now": now},
    )
