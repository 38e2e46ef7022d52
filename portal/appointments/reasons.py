"""The citizen says why they could not come; an officer looks at it and answers with a reason.

§ 32 (1) sentence 2 SGB II: no cut where an important reason is shown. While a reason is given and
nobody has looked at it, the appointment cannot be called missed (`fairness`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import evidence, rules
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
    by: Citizen,
    now: datetime,
) -> None:
    """Keep why the citizen cannot or could not come, take the papers in and tell the officer.

    A second click within the same words is one reason.
    """
    lock_booking(session, booking)
    rules.check_can_give_reason(booking, by=by)
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
        session, booking=booking, kind=FactKind.REASON_GIVEN, text=text, at=now, said_by=by.name
    )
    open_item(
        session,
        ItemKind.ABSENCE_REASON,
        booking,
        now,
        reason="Hat einen Grund genannt, nicht zu kommen.",
        next_step="Grund prüfen",
    )
    record(session, "appointments.reason_given", booking, by, now, papers=len(papers))


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
        at=max(now, last.at + INSTANT),  # an answer is later than what it answers
        said_by=by.name,
    )
    if accepted and booking.state == BookingState.MISSED:
        booking.state = BookingState.EXCUSED
        booking.recorded_at, booking.recorded_by = now, by.name
        booking.outcome_reason = text
        record(
            session,
            "appointments.outcome_recorded",
            booking,
            by,
            now,
            was=BookingState.MISSED,
            outcome=BookingState.EXCUSED,
        )
    inbox.close_items(session, kind=ItemKind.ABSENCE_REASON, subject_id=booking.id, by=by, now=now)
    record(session, "appointments.reason_decided", booking, by, now, accepted=accepted)
    letters.send(
        session,
        citizen=booking.citizen,
        template="appointment_answered",
        now=now,
        context={"citizen": booking.citizen, "path": f"/termine/{booking.id}"},
    )


def last_word(session: Session, booking: Booking) -> BookingFact | None:
    """Return the last thing said about a reason: given, accepted or refused."""
    said = [one for one in evidence.facts_of(session, booking) if one.kind in REASONS]
    return said[-1] if said else None
