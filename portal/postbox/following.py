"""What becomes of a letter in the portal: its notice was sent, bounced, was not opened, is printed.

The clock walks over unopened letters. The moment at which the notice left the house is copied from
the message: from it the law counts.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.audit.models import SYSTEM
from portal.notifications import service as notifications
from portal.notifications.models import MessageState
from portal.postbox import deadlines, queries, rules
from portal.postbox.models import Letter, PrintReason
from portal.postbox.rules import Step
from portal.postbox.steps import ask_for_print, notice_context, record

WAITING = "letter_waiting"


def follow(session: Session, *, letter: Letter, now: datetime, land: str) -> None:
    """Copy what became of the notice, then do what is due about a letter that nobody opened."""
    _note_notice(session, letter, now=now)
    deadlines.settle(session, letter=letter, now=now, land=land)
    if letter.print_asked_at is not None:
        return
    match rules.next_step(letter, now=now):
        case Step.SECOND_CHANNEL:
            _second_channel(session, letter, now=now)
        case Step.PRINT:
            ask_for_print(session, letter=letter, reason=PrintReason.NOT_VIEWED, now=now)


def _note_notice(session: Session, letter: Letter, *, now: datetime) -> None:
    message = queries.message_of(session, letter.notification_id)
    if message is None:
        return
    if letter.notified_at is None and message.sent_at is not None:  # it may have come back since
        letter.notified_at = message.sent_at
        record(session, "postbox.notified", letter, SYSTEM, now)
    if message.state is MessageState.FAILED and letter.failure is None:
        note_bounce(session, letter=letter, failure=message.failure or "", now=now)


def note_bounce(session: Session, *, letter: Letter, failure: str, now: datetime) -> None:
    """Write down that a notice did not arrive; the letter goes on paper, unless it was read."""
    letter.failure = failure[:500] or "unbekannt"
    record(session, "postbox.bounced", letter, SYSTEM, now)
    if letter.first_viewed_at is None and letter.print_asked_at is None:
        ask_for_print(session, letter=letter, reason=PrintReason.BOUNCED, now=now)


def _second_channel(session: Session, letter: Letter, *, now: datetime) -> None:
    """Tell once more: by short message where the first went by mail and a number is known."""
    citizen = letter.citizen
    address = citizen.mobile if citizen.email and citizen.mobile else citizen.address
    message = notifications.send(
        session,
        template=WAITING,
        address=address,
        recipient_id=citizen.id,
        now=now,
        context=notice_context(letter),
        language=citizen.language,
    )
    letter.second_asked_at = now
    letter.second_notification_id = message.id if message else None
    record(session, "postbox.notified_again", letter, SYSTEM, now)
