"""Summonses: issue one, hear the reason not to come, decide on it, take it back."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Right, StaffMember
from portal.appointments import evidence, heard, reasons, steps
from portal.appointments import summoning as calendar
from portal.appointments.heard import Speaker
from portal.appointments.models import BookingState, FactKind
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
from portal.invitations import law, letters, rules
from portal.invitations.models import Purpose, Summons, SummonsState
from portal.postbox import addressing
from portal.postbox import rules as delivery
from portal.postbox import service as postbox
from portal.postbox.models import Letter, LetterKind
from portal.uploads.models import Upload

SUBJECT = "Meldeaufforderung"


def expected_day(session: Session, citizen: Citizen, *, now: datetime, land: str) -> date:
    """Return the day on which a summons written today would count for this person."""
    to = addressing.route(session, kind=LetterKind.SUMMONS, citizen=citizen, now=now)
    return delivery.expected_day(to.way, today=clock.local_date(now), land=land)


def summon(
    session: Session,
    *,
    case: Case,
    citizen: Citizen,
    purpose: Purpose,
    about: str,
    is_first_talk: bool,
    type: AppointmentType,
    slot: Slot,
    by: StaffMember,
    now: datetime,
    land: str,
) -> Summons:
    """Summon somebody in person: take the time, write the letter with the notice of consequences.

    The letter must come to count long enough before the appointment, and names the place that the
    calendar gives. There is no way from a booking to a summons: this makes a new one, and the
    database refuses it for a time a citizen chose.
    """
    expected = expected_day(session, citizen, now=now, land=land)
    rules.check_can_summon(slot.starts_at, expected, about, by=by, land=land)
    booking = calendar.take(
        session, case=case, citizen=citizen, type=type, slot=slot, by=by, now=now
    )
    id, consequences = new_id(), law.consequences(booking.day)
    content = letters.summons(
        purpose=purpose,
        about=about,
        booking=booking,
        consequences=consequences,
        is_first_talk=is_first_talk,
        path=f"{letters.SUMMONS_PATH}/{id}",
    )
    letter = postbox.write(
        session,
        case=case,
        citizen=citizen,
        kind=LetterKind.SUMMONS,
        subject=f"{SUBJECT} für den {booking.day:%d.%m.%Y}",
        template=letters.SUMMONS,
        version=letters.SUMMONS_VERSION,
        content=content,
        by=by,
        now=now,
    )
    summons = Summons(
        id=id,
        case_id=case.id,
        citizen=citizen,
        purpose=purpose,
        about=about,
        place="\n".join(content["place"]),
        law_from=consequences.valid_from,
        booking=booking,
        letter=letter,
        state=SummonsState.ISSUED,
        issued_at=now,
        issued_by=by,
        reason_papers=[],
    )
    session.add(summons)
    session.flush()  # the trail names the row
    record(
        session,
        "invitations.summoned",
        summons,
        by,
        now,
        purpose=purpose.value,
        starts_at=booking.starts_at.isoformat(),
        law_from=consequences.valid_from.isoformat(),
    )
    return summons


def give_reason(
    session: Session,
    *,
    summons: Summons,
    words: str,
    groups: Sequence[Sequence[Upload]],
    by: Speaker,
    now: datetime,
) -> None:
    """Keep why somebody cannot come, or could not, with what proves it; `summons` is locked.

    Whoever gives out appointments takes it down from a call: to decide on it is another right.
    """
    rules.check_can_give_reason(summons)
    heard.check(
        by,
        right=Right.MANAGE_APPOINTMENTS,
        citizen=summons.citizen,
        since=summons.issued_at,
        now=now,
    )
    summons.reason, summons.reason_at = words, heard.said_at(by, now=now)
    summons.reason_by_name = heard.said_by(by)
    if groups:
        papers = casefiles.receive_all(
            session,
            case=summons.case,
            owner=summons.citizen,
            groups=groups,
            kind=DocumentKind.SICK_NOTE,
            title="Zum Grund, nicht zum Termin zu kommen",
            by=by,
            now=now,
            announce=False,
        )
        summons.reason_papers = [*summons.reason_papers, *(str(one.id) for one in papers)]
    papers_given, said = len(summons.reason_papers), heard.facts(by)
    record(session, "invitations.reason_given", summons, by, now, papers=papers_given, **said)
    at, name = heard.said_at(by, now=now), heard.said_by(by)
    _note(session, summons, FactKind.REASON_GIVEN, words, said_by=name, at=at)
    _open_item(
        session,
        summons,
        reason="Die Person hat einen Grund genannt, nicht zu kommen.",
        next_step="Grund ansehen und entscheiden",
        now=now,
    )


def decide_reason(
    session: Session, *, summons: Summons, is_accepted: bool, by: StaffMember, now: datetime
) -> None:
    """Accept a reason as important, which ends the summons, or not; `summons` is locked.

    Accepted after „missed“ it excuses. The citizen is told: of the time that is given back, or
    that there is an answer.
    """
    rules.check_can_decide(summons, by=by)
    steps.lock_booking(session, summons.booking)
    summons.is_accepted = is_accepted
    summons.decided_at, summons.decided_by_name = now, by.name
    record(session, "invitations.reason_decided", summons, by, now, accepted=is_accepted)
    kind = FactKind.REASON_ACCEPTED if is_accepted else FactKind.REASON_REFUSED
    _note(session, summons, kind, summons.reason or "", said_by=by.name, at=now)
    if is_accepted:
        booking, reason = summons.booking, summons.reason or ""
        reasons.excuse(session, booking=booking, reason=reason, by=by, now=now)
        _end(session, summons, SummonsState.EXCUSED, by=by, now=now)
    _close_item(session, summons, by=by, now=now)
    if summons.booking.state != BookingState.CANCELLED:
        path = f"{letters.SUMMONS_PATH}/{summons.id}"
        reasons.tell_of_answer(session, citizen=summons.citizen, path=path, now=now)


def withdraw(session: Session, *, summons: Summons, by: StaffMember, now: datetime) -> None:
    """Take a summons back before its time; `summons` is locked."""
    rules.check_can_withdraw(summons, by=by, now=now)
    _end(session, summons, SummonsState.WITHDRAWN, by=by, now=now)
    postbox.hold_back(session, letter=summons.letter, by=by, now=now)
    record(session, "invitations.summons_withdrawn", summons, by, now)
    _close_item(session, summons, by=by, now=now)


def note_delivery(session: Session, *, summons: Summons, now: datetime) -> None:
    """Write down at the appointment when its letter counts as made known, and each change of it.

    A change is a later day, and also that it counts no more: it came back, or its notice did. What
    then speaks against „missed“ puts an outcome that says so before its officer again.
    """
    booking, letter = summons.booking, summons.letter
    counted = delivery.delivery(letter)
    day = counted.day if counted else None
    if day == evidence.summoned_on(session, booking):
        return
    steps.lock_booking(session, booking)  # an outcome of this moment is seen, or sees this
    evidence.note_fact(
        session,
        booking=booking,
        kind=FactKind.SUMMONED if day else FactKind.NOT_DELIVERED,
        text=letter.subject if day else _why_not_arrived(letter),
        at=now,
        said_by=SYSTEM.actor.name,
        day=day,
    )
    if letter.returned_on is not None:
        _take_care_of_return(session, summons, now=now)
    elif summons.reason_at is None or summons.decided_at is not None:
        _close_item(session, summons, by=SYSTEM, now=now)


def _why_not_arrived(letter: Letter) -> str:
    if letter.returned_on is not None:
        return f"Der Brief kam am {letter.returned_on:%d.%m.%Y} von der Post zurück."
    return "Die Nachricht über den Brief kam zurück, und geöffnet ist er nicht."


def _take_care_of_return(session: Session, summons: Summons, *, now: datetime) -> None:
    """Tell who has summoned; once the time has begun, the letter is not sent anew."""
    if now >= summons.booking.starts_at:
        postbox.hold_back(session, letter=summons.letter, by=SYSTEM, now=now)
        return
    _open_item(
        session,
        summons,
        reason="Der Brief kam von der Post zurück. Er ist nicht bekannt gegeben: Aus diesem Termin"
        " darf nichts folgen.",
        next_step="Noch einmal abschicken, oder zurücknehmen und neu auffordern",
        now=now,
    )


def _note(
    session: Session,
    summons: Summons,
    kind: FactKind,
    text: str,
    *,
    said_by: str,
    at: datetime,
) -> None:
    booking = summons.booking
    at = reasons.moment_of_word(session, booking, at=at)
    evidence.note_fact(session, booking=booking, kind=kind, text=text, at=at, said_by=said_by)


def _end(
    session: Session, summons: Summons, state: SummonsState, *, by: StaffMember, now: datetime
) -> None:
    summons.state, summons.ended_at = state, now
    if now < summons.booking.starts_at:
        calendar.call_off(session, booking=summons.booking, by=by, now=now)
        steps.tell_citizen(session, summons.booking, "booking_cancelled", now)


def _open_item(
    session: Session, summons: Summons, *, reason: str, next_step: str, now: datetime
) -> None:
    inbox.open_item(
        session,
        kind=ItemKind.SUMMONS,
        subject_id=summons.id,
        case_id=summons.case_id,
        title=SUBJECT,
        person=summons.citizen.name,
        reason=reason,
        next_step=next_step,
        team_id=summons.issued_by.team_id,
        assignee_id=summons.issued_by_id,
        due_on=summons.booking.day,
        now=now,
    )


def _close_item(session: Session, summons: Summons, *, by: Acting, now: datetime) -> None:
    inbox.close_items(session, kind=ItemKind.SUMMONS, subject_id=summons.id, by=by, now=now)


def record(
    session: Session, deed: str, summons: Summons, by: Acting, now: datetime, **facts: Any
) -> None:
    """Write one deed on a summons into the trail of its case."""
    audit.record(
        session,
        deed=deed,
        subject=("summons", summons.id),
        by=by,
        now=now,
        case_id=summons.case_id,
        **facts,
    )
