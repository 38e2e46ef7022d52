"""The card „Was Sie brauchen“: what somebody needs for a talk, and whom the office finds for it.

Some of it speaks of health. The words stay on the card: the trail, the inbox and the mails say that
something was said, and not what.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import Person, StaffMember
from portal.appointments import queries, rules
from portal.appointments.models import Booking, BookingState, TalkCard
from portal.appointments.steps import lock_booking, open_item, record
from portal.audit.models import Acting
from portal.core.errors import InvalidInput
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind


@dataclass(frozen=True)
class Needs:
    """What somebody needs, by the columns of `TalkCard`."""

    brings_somebody: bool = False
    interpreter_language: str | None = None
    sign_language: bool = False
    calm: bool = False
    without_camera: bool = False
    step_free: bool = False
    rather_by_phone: bool = False

    @classmethod
    def on(cls, card: TalkCard | None) -> "Needs":
        """Return what stands on a card; without one, nothing is needed."""
        if card is None:
            return cls()
        return cls(**{name: getattr(card, name) for name in asdict(cls())})


def write(session: Session, *, booking: Booking, needs: Needs, by: Person, now: datetime) -> None:
    """Write down what is needed; whoever is to translate is looked for by the officer."""
    rules.check_can_say_needs(booking, by=by, now=now)
    card = queries.card_of(session, booking)
    before = Needs.on(card)
    if card is None:
        card = TalkCard(booking_id=booking.id, changed_at=now, **asdict(needs))
        session.add(card)
    for name, value in asdict(needs).items():
        setattr(card, name, value)
    card.changed_at = now
    if _translated(before) != _translated(needs):
        card.interpreter = card.arranged_at = card.arranged_by = None
    session.flush()  # the items read the card
    if booking.state == BookingState.BOOKED:
        if before != needs:
            record(session, "appointments.needs_said", booking, by, now)
        look_for_interpreter(session, booking=booking, by=by, now=now)


def look_for_interpreter(session: Session, *, booking: Booking, by: Acting, now: datetime) -> None:
    """Put before the officer that somebody must translate, unless that is arranged or not needed.

    The words of the item name no language: it is read by the team.
    """
    card = queries.card_of(session, booking)
    is_on = booking.state == BookingState.BOOKED
    if card is not None and card.needs_interpreter and not card.interpreter and is_on:
        open_item(
            session,
            ItemKind.INTERPRETER_WANTED,
            booking,
            now,
            reason="Für das Gespräch wird jemand zum Dolmetschen gebraucht.",
            next_step="Dolmetschen vereinbaren",
        )
    else:
        inbox.close_items(
            session, kind=ItemKind.INTERPRETER_WANTED, subject_id=booking.id, by=by, now=now
        )


def ask_interpreter_anew(session: Session, *, booking: Booking, by: Acting, now: datetime) -> None:
    """Forget what was arranged for another time: the interpreter may not be free at the new one."""
    card = queries.card_of(session, booking)
    if card is not None and card.needs_interpreter:
        card.interpreter = card.arranged_at = card.arranged_by = None
        look_for_interpreter(session, booking=booking, by=by, now=now)


def arrange(
    session: Session, *, booking: Booking, interpreter: str, by: StaffMember, now: datetime
) -> None:
    """Write down who translates and how to reach them; the item is done."""
    lock_booking(session, booking)
    rules.check_can_say_needs(booking, by=by, now=now)
    card = queries.card_of(session, booking)
    if card is None or not card.needs_interpreter:
        raise InvalidInput("Für diesen Termin ist kein Dolmetschen gewünscht.", field="interpreter")
    card.interpreter, card.arranged_at, card.arranged_by = interpreter, now, by.actor.name
    record(session, "appointments.interpreter_found", booking, by, now)
    look_for_interpreter(session, booking=booking, by=by, now=now)


def _translated(needs: Needs) -> tuple[str | None, bool]:
    return needs.interpreter_language, needs.sign_language
