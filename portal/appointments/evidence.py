"""What is known about an appointment, written down once and put together for the fairness check."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.appointments import fairness
from portal.appointments.fairness import Circumstances
from portal.appointments.models import Booking, BookingFact, BookingState, FactKind
from portal.appointments.steps import lock_booking, open_item
from portal.calendars.models import Absence
from portal.inbox.models import ItemKind

SPEAK_AGAINST = frozenset(
    {
        FactKind.NOT_DELIVERED,
        FactKind.WAITED,
        FactKind.TRIED_TO_JOIN,
        FactKind.CONNECTION_FAILED,
        FactKind.CONTACT,
        FactKind.OFFICE_AWAY,
        FactKind.OUTAGE,
    }
)  # a reason has its own work item (`reasons`)


def note_fact(
    session: Session,
    *,
    booking: Booking,
    kind: FactKind,
    text: str,
    at: datetime,
    said_by: str,
    day: date | None = None,
) -> None:
    """Write one fact down; the same fact reported twice is one.

    `day` is the day on which a summons counts as made known (§ 37 (2) SGB X), nothing for others.
    """
    session.execute(
        insert(BookingFact)
        .values(booking_id=booking.id, kind=kind, at=at, day=day, text=text, said_by=said_by)
        .on_conflict_do_nothing(index_elements=["booking_id", "kind", "at"])
    )
    if booking.state == BookingState.MISSED and _speaks_against(session, booking, kind, now=at):
        lock_booking(session, booking)  # brings its people
        doubt(session, booking=booking, now=at)


def _speaks_against(session: Session, booking: Booking, kind: FactKind, *, now: datetime) -> bool:
    """Tell whether a new fact speaks against „missed“; a day of delivery does if it is too late."""
    if kind != FactKind.SUMMONED:
        return kind in SPEAK_AGAINST
    known = circumstances(session, booking=booking, now=now)
    found = fairness.findings(known)
    return any(one.speaks_against for one in found if one.key in fairness.OF_THE_LETTER)


def doubt(session: Session, *, booking: Booking, now: datetime) -> None:
    """Put an appointment called missed before its officer again: something speaks against it."""
    open_item(
        session,
        ItemKind.OUTCOME_DOUBTED,
        booking,
        now,
        reason="Nach dem Ergebnis ist etwas bekannt geworden, das dagegen spricht.",
        next_step="Ergebnis prüfen",
    )


def summoned_on(session: Session, booking: Booking) -> date | None:
    """Return the day on which the summons to an appointment counts as made known, as last noted.

    There is none before the first day is noted, and none since the letter is known not to have
    arrived.
    """
    return session.scalar(
        select(BookingFact.day)
        .where(
            BookingFact.booking_id == booking.id,
            BookingFact.kind.in_((FactKind.SUMMONED, FactKind.NOT_DELIVERED)),
        )
        .order_by(BookingFact.at.desc(), BookingFact.id)
        .limit(1)
    )


def video_reason_of(session: Session, booking: Booking) -> BookingFact | None:
    """Return why a first talk is by video and who said so."""
    return session.scalar(
        select(BookingFact)
        .where(BookingFact.booking_id == booking.id, BookingFact.kind == FactKind.VIDEO_JUSTIFIED)
        .order_by(BookingFact.at, BookingFact.id)
        .limit(1)
    )


def facts_of(session: Session, booking: Booking) -> Sequence[BookingFact]:
    """Return what is known about an appointment, the oldest first."""
    return session.scalars(
        select(BookingFact)
        .where(BookingFact.booking_id == booking.id)
        .order_by(BookingFact.at, BookingFact.id)
    ).all()


def circumstances(session: Session, *, booking: Booking, now: datetime) -> Circumstances:
    """Put together what the fairness check asks about."""
    away = session.scalar(
        select(Absence.id)
        .where(
            Absence.staff_member_id == booking.staff_member_id,
            Absence.starts_at < booking.ends_at,
            Absence.ends_at > booking.starts_at,
        )
        .limit(1)
    )
    return Circumstances(
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        chosen_by_citizen=booking.chosen_by_citizen,
        facts=facts_of(session, booking),
        is_summons=booking.is_summons,
        officer_was_away=away is not None,
        now=now,
    )
