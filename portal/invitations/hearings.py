"""Hearings (§ 24 SGB X): ask somebody before a decision, give time, take the answer or a talk."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Right, StaffMember
from portal.appointments import heard
from portal.appointments import service as appointments
from portal.appointments.heard import Speaker
from portal.appointments.models import Booking
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.calendars.models import AppointmentType
from portal.calendars.slots import Slot
from portal.casefiles import service as casefiles
from portal.casefiles.models import Case, DocumentKind
from portal.core import clock
from portal.core.db import new_id
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.invitations import letters, queries, rules
from portal.invitations.models import Hearing, HearingState
from portal.postbox import addressing
from portal.postbox import rules as delivery
from portal.postbox import service as postbox
from portal.postbox.models import LetterKind
from portal.uploads.models import Upload

SUBJECT = "Anhörung: Sagen Sie uns Ihre Sicht"


def ask(
    session: Session,
    *,
    case: Case,
    citizen: Citizen,
    planned: str,
    facts: str,
    basis: str,
    is_personal: bool,
    type: AppointmentType,
    by: StaffMember,
    now: datetime,
    land: str,
) -> Hearing:
    """Write to somebody what is planned and by which facts, and until when they can answer."""
    rules.check_can_hear(planned, facts, by=by)
    to = addressing.route(session, kind=LetterKind.HEARING, citizen=citizen, now=now)
    expected = delivery.expected_day(to.way, today=clock.local_date(now), land=land)
    until, id = rules.hearing_until(expected, land=land), new_id()
    letter = postbox.write(
        session,
        case=case,
        citizen=citizen,
        kind=LetterKind.HEARING,
        subject=SUBJECT,
        template=letters.HEARING,
        version=letters.HEARING_VERSION,
        content=letters.hearing(
            planned=planned,
            facts=facts,
            basis=basis,
            answer_until=until,
            is_personal=is_personal,
            path=f"{letters.HEARING_PATH}/{id}",
        ),
        by=by,
        now=now,
    )
    hearing = Hearing(
        id=id,
        case_id=case.id,
        citizen=citizen,
        planned=planned,
        facts=facts,
        basis=basis,
        is_personal=is_personal,
        type=type,
        answer_until=until,
        letter=letter,
        state=HearingState.OPEN,
        asked_at=now,
        asked_by=by,
        answer_papers=[],
    )
    session.add(hearing)
    session.flush()  # the trail names the row
    record(session, "invitations.hearing_asked", hearing, by, now, until=until.isoformat())
    return hearing


def extend(session: Session, *, hearing: Hearing, by: Speaker, now: datetime, land: str) -> None:
    """Give more time, once, by one tap or a call of the citizen; `hearing` is locked."""
    rules.check_can_extend(hearing)
    _check_heard(hearing, by, now=now)
    today = clock.local_date(now)
    hearing.answer_until = rules.extended_until(hearing, today=today, land=land)
    hearing.extended_at, hearing.overdue_at = heard.said_at(by, now=now), None
    until, said = hearing.answer_until.isoformat(), heard.facts(by)
    record(session, "invitations.hearing_extended", hearing, by, now, until=until, **said)
    inbox.close_items(session, kind=ItemKind.HEARING, subject_id=hearing.id, by=by, now=now)


def answer(
    session: Session,
    *,
    hearing: Hearing,
    words: str,
    groups: Sequence[Sequence[Upload]],
    by: Speaker,
    now: datetime,
) -> None:
    """Keep the answer in its words with what was handed in; `hearing` is locked."""
    rules.check_answerable(hearing)
    _check_heard(hearing, by, now=now)
    if groups:
        papers = casefiles.receive_all(
            session,
            case=hearing.case,
            owner=hearing.citizen,
            groups=groups,
            kind=DocumentKind.OTHER,
            title="Zur Anhörung",
            by=by,
            now=now,
            announce=False,
        )
        hearing.answer_papers = [str(one.id) for one in papers]
    hearing.answer, hearing.answered_at = words, heard.said_at(by, now=now)
    hearing.answered_by_name = heard.said_by(by)
    hearing.state = HearingState.ANSWERED
    record(session, "invitations.hearing_answered", hearing, by, now, **heard.facts(by))
    _open_item(session, hearing, "Die Person hat auf die Anhörung geantwortet.", now=now)


def _check_heard(hearing: Hearing, by: Speaker, *, now: datetime) -> None:
    heard.check(by, right=Right.SUMMON, citizen=hearing.citizen, since=hearing.asked_at, now=now)


def choose_talk(
    session: Session, *, hearing: Hearing, slot: Slot, by: Citizen, now: datetime
) -> Booking:
    """Book a talk in which the person answers; the hearing stays open for words in writing."""
    if done := queries.booking_made(session, hearing.booking_id):
        return done
    rules.check_answerable(hearing)
    booking = appointments.book(
        session,
        citizen=hearing.citizen,
        type=hearing.type,
        channel=hearing.type.channels[0],
        slot=slot,
        note="Gespräch zur Anhörung",
        by=by,
        now=now,
    )
    hearing.booking = booking
    record(session, "invitations.hearing_talk_booked", hearing, by, now)
    _open_item(session, hearing, "Die Person möchte im Gespräch antworten.", now=now)
    return booking


def note_overdue(session: Session, *, hearing: Hearing, now: datetime) -> None:
    """Put a hearing before the office whose last day has passed without an answer."""
    hearing.overdue_at = now
    record(session, "invitations.hearing_overdue", hearing, SYSTEM, now)
    _open_item(session, hearing, "Die Frist der Anhörung ist vorbei, ohne Antwort.", now=now)


def close(session: Session, *, hearing: Hearing, by: StaffMember, now: datetime) -> None:
    """End a hearing: the office has read what there is; `hearing` is locked."""
    if hearing.state == HearingState.CLOSED:
        return
    hearing.state = HearingState.CLOSED
    hearing.closed_at, hearing.closed_by_name = now, by.name
    record(session, "invitations.hearing_closed", hearing, by, now)
    inbox.close_items(session, kind=ItemKind.HEARING, subject_id=hearing.id, by=by, now=now)


def _open_item(session: Session, hearing: Hearing, reason: str, *, now: datetime) -> None:
    inbox.open_item(
        session,
        kind=ItemKind.HEARING,
        subject_id=hearing.id,
        case_id=hearing.case_id,
        title="Anhörung",
        person=hearing.citizen.name,
        reason=reason,
        next_step="Anhörung ansehen",
        team_id=hearing.asked_by.team_id,
        assignee_id=hearing.asked_by_id,
        now=now,
    )


def record(
    session: Session, deed: str, hearing: Hearing, by: Acting, now: datetime, **facts: Any
) -> None:
    """Write one deed on a hearing into the trail of its case."""
    audit.record(
        session,
        deed=deed,
        subject=("hearing", hearing.id),
        by=by,
        now=now,
        case_id=hearing.case_id,
        **facts,
    )
