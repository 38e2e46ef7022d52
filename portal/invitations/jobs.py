"""What the clock does: remind, let run out, say what is overdue, watch over free times."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.audit.models import SYSTEM
from portal.core.jobs import every
from portal.invitations import answering, due, hearings, inviting, keeping, summoning, supply
from portal.postbox import service as postbox


@every("7 8-17 * * *", "invitations.remind")
def remind(session: Session, *, now: datetime) -> None:
    """Remind of invitations on their third day, each once, by day."""
    for invitation in due.due_reminders(session, now=now):
        inviting.remind(session, invitation=invitation, now=now)


@every("*/5 * * * *", "invitations.notice_bookings")
def notice_bookings(session: Session, *, now: datetime) -> None:
    """Let invitations end whose people have booked such a talk by another way."""
    for invitation in due.answered_otherwise(session):
        answering.notice_booking(session, invitation=invitation, now=now)


@every("4-59/15 * * * *", "invitations.keep_capacity")
def keep_capacity(session: Session, *, now: datetime) -> None:
    """Hold times anew whose officers have left or are away, or say that there is none."""
    for invitation in due.without_capacity(session, now=now):
        keeping.keep(session, invitation=invitation, now=now)


@every("*/10 * * * *", "invitations.expire")
def expire(session: Session, *, now: datetime) -> None:
    """Let invitations run out whose last day is over."""
    for invitation in due.run_out(session, now=now):
        inviting.expire(session, invitation=invitation, now=now)


@every("27 3 * * *", "invitations.note_overdue")
def note_overdue(session: Session, *, now: datetime) -> None:
    """Put hearings before the office that nobody has answered in time."""
    for hearing in due.overdue_hearings(session, now=now):
        hearings.note_overdue(session, hearing=hearing, now=now)


@every("42 5 * * *", "invitations.watch_supply")
def watch_supply(session: Session, *, now: datetime) -> None:
    """Say to the office where times run short before somebody who is invited finds none."""
    supply.watch(session, now=now)


@every("3-59/10 * * * *", "invitations.note_deliveries")
def note_deliveries(session: Session, *, now: datetime) -> None:
    """Write down at appointments when their summonses came to count as made known."""
    for summons in due.summonses_to_note(session, now=now):
        summoning.note_delivery(session, summons=summons, now=now)
    for summons in due.returned_in_vain(session):
        postbox.hold_back(session, letter=summons.letter, by=SYSTEM, now=now)
