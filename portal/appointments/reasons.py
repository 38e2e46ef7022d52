"""The citizen says why they could not come; an officer looks at it and answers with a reason.

The reason of a summons is not taken here: it has one way, through `invitations.summoning`, which
needs another right and ends the summons. What follows from accepting is the same (`excuse`).

§ 32 (1) sentence 2 SGB II: no cut where an important reason is shown. While a reason is given and
nobody has looked at it, the appointment cannot be called missed (`fairness`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Right, StaffMember
from portal.appointments import evidence, heard, rules
from portal.appointments.heard import Speaker
from portal.appointments.models import Booking, BookingFact, BookingState, FactKind
from portal.appointments.steps import lock_booking, open_item, record
from portal.casefiles import service as casefiles
from portal.casefiles.models import DocumentKind
from portal.core.errors import Conflict, InvalidInput
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.representation import letters
from portal.uploads.models import Upload

INSTANT = timedelta(microseconds=1)
REASONS = (FactKind.REASON_GIVEN, FactKind.REASON_ACCEPTED, FactKind.REASON_REFUSED)


def give_reason(
    session: Session,
    *,
    booking: Booking,
    text: str,
    groups: Sequence[Sequence[Upload]],
    by: Speaker,
    now: datetime,
) -> None:
    """Keep why the citizen cannot or could not come, take the papers in and tell the officer.

    A second click within the same words is one reason.
    """
    lock_booking(session, booking)
    rules.check_can_give_reason(booking, by=heard.person(by))
    heard.check(
        by,
        right=Right.MANAGE_APPOINTMENTS,
        citizen=booking.citizen,
        since=booking.booked_at,
        now=now,
    )
    if not text:
        raise InvalidInput(gettext("Schreiben Sie kurz, warum Sie nicht kommen."), field="text")
    last = last_word(session, booking)
    if last is not None and last.kind == FactKind.REASON_GIVEN and last.text == text:
        return
    papers = (
        casefiles.hand_in(
            session,
            owner=booking.citizen,
            groups=groups,
            kind=DocumentKind.OTHER,
            title=gettext("Nachweis zum Termin am %(day)s", day=f"{booking.day:%d.%m.%Y}"),
            request=None,
            now=now,
        )
        if groups
        else []
    )
    evidence.note_fact(
        session,
        booking=booking,
        kind=FactKind.REASON_GIVEN,
        text=text,
        at=moment_of_word(session, booking, at=heard.said_at(by, now=now)),
        said_by=heard.said_by(by),
    )
    open_item(
        session,
        ItemKind.ABSENCE_REASON,
        booking,
        now,
        reason="Hat einen Grund genannt, nicht zu kommen.",
        next_step="Grund prüfen",
    )
    said = heard.facts(by)
    record(session, "appointments.reason_given", booking, by, now, papers=len(papers), **said)


def decide_on_reason(
    session: Session,
    *,
    booking: Booking,
    accepted: bool,
    text: str,
    by: StaffMember,
    now: datetime,
) -> None:
    """Accept or refuse the reason; an accepted one turns 'missed' into 'excused' at once."""
    lock_booking(session, booking)
    rules.check_can_note(booking, by=by)
    rules.check_reason_is_asked_here(booking)
    last = last_word(session, booking)
    if last is None or last.kind != FactKind.REASON_GIVEN:
        raise Conflict(gettext("Über diesen Grund ist schon entschieden."))
    if not text:
        raise InvalidInput(gettext("Begründen Sie Ihre Entscheidung."), field="text")
    evidence.note_fact(
        session,
        booking=booking,
        kind=FactKind.REASON_ACCEPTED if accepted else FactKind.REASON_REFUSED,
        text=text,
        at=moment_of_word(session, booking, at=now),
        said_by=by.name,
    )
    if accepted:
        excuse(session, booking=booking, reason=text, by=by, now=now)
    inbox.close_items(session, kind=ItemKind.ABSENCE_REASON, subject_id=booking.id, by=by, now=now)
    record(session, "appointments.reason_decided", booking, by, now, accepted=accepted)
    tell_of_answer(session, citizen=booking.citizen, path=f"/termine/{booking.id}", now=now)


def excuse(
    session: Session, *, booking: Booking, reason: str, by: StaffMember, now: datetime
) -> None:
    """Turn 'missed' into 'excused', because a reason was accepted; `booking` is locked.

    Any other outcome stays. A later word corrects this one too (`service.record_outcome`), but
    „missed“ is refused while the reason counts.
    """
    if booking.state != BookingState.MISSED:
        return
    booking.state = BookingState.EXCUSED
    booking.recorded_at, booking.recorded_by = now, by.name
    booking.outcome_reason = reason
    record(
        session,
        "appointments.outcome_recorded",
        booking,
        by,
        now,
        was=BookingState.MISSED,
        outcome=BookingState.EXCUSED,
    )
    inbox.close_items(session, kind=ItemKind.OUTCOME_DOUBTED, subject_id=booking.id, by=by, now=now)


def tell_of_answer(session: Session, *, citizen: Citizen, path: str, now: datetime) -> None:
    """Tell the citizen that the answer to their reason stands on a page."""
    letters.send(
        session,
        citizen=citizen,
        template="appointment_answered",
        now=now,
        context={"citizen": citizen, "path": path},
    )


def moment_of_word(session: Session, booking: Booking, *, at: datetime) -> datetime:
    """Return when a word about a reason counts: `at`, and never before what was said last.

    The order of the words decides (`fairness`), and an answer is later than what it answers.
    """
    last = last_word(session, booking)
    return at if last is None else max(at, last.at + INSTANT)


def last_word(session: Session, booking: Booking) -> BookingFact | None:
    """Return the last thing said about a reason: given, accepted or refused."""
    said = [one for one in evidence.facts_of(session, booking) if one.kind in REASONS]
    return said[-1] if said else None
