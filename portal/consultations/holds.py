"""Hold and lock of a talk, kept in the database so that they outlive a media process.

Media decides and reports; what it reported goes back to it with each ticket. A node that has the
room knows better and goes by its own memory; one that was started again, or took the room over,
goes by the ticket.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Interval, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.consultations.hold_models import TalkHold
from portal.consultations.models import Consultation, Presence, WaitingState, WaitingTicket

BACK_WITHIN = timedelta(minutes=2)
"""Whoever was inside so lately comes back to a locked room; later they ask to be let in."""


@dataclass(frozen=True)
class Standing:
    """How somebody stands in a room: sent to the lobby, or inside until a moment ago."""

    is_held: bool
    was_inside: bool


def keep(
    session: Session,
    consultation: Consultation,
    *,
    participant: str,
    is_held: bool,
    at: datetime,
) -> None:
    """Keep whether somebody is on hold; an older report changes nothing."""
    said = insert(TalkHold).values(
        consultation_id=consultation.id, participant=participant, is_held=is_held, at=at
    )
    session.execute(
        said.on_conflict_do_update(
            index_elements=[TalkHold.consultation_id, TalkHold.participant],
            set_={"is_held": said.excluded.is_held, "at": said.excluded.at},
            where=TalkHold.at <= said.excluded.at,
        )
    )


def let_in(
    session: Session, consultation: Consultation, *, participant: str, now: datetime
) -> None:
    """Keep that the portal let somebody in, whatever a node reported before by a clock that is
    ahead: its reports of what came before stay the older ones.
    """
    said = insert(TalkHold).values(
        consultation_id=consultation.id, participant=participant, is_held=False, at=now
    )
    moment = literal(timedelta(microseconds=1), Interval())
    after = func.greatest(TalkHold.at + moment, said.excluded.at)
    session.execute(
        said.on_conflict_do_update(
            index_elements=[TalkHold.consultation_id, TalkHold.participant],
            set_={"is_held": False, "at": after},
        )
    )


def keep_lock(consultation: Consultation, *, is_locked: bool, at: datetime) -> None:
    """Keep whether the room is locked; `consultation` is locked as a row."""
    if consultation.lock_changed_at is None or consultation.lock_changed_at <= at:
        consultation.is_locked, consultation.lock_changed_at = is_locked, at


def is_held(session: Session, consultation: Consultation, participant: str) -> bool:
    """Tell whether somebody is on hold."""
    held = select(TalkHold.is_held).where(
        TalkHold.consultation_id == consultation.id, TalkHold.participant == participant
    )
    return bool(session.scalar(held))


def kept_out(session: Session, consultation: Consultation) -> list[str]:
    """Return who is not to learn what is said now: who is on hold, and who was sent out."""
    held = select(TalkHold.participant).where(
        TalkHold.consultation_id == consultation.id, TalkHold.is_held
    )
    sent_back = select(WaitingTicket).where(
        WaitingTicket.consultation_id == consultation.id,
        WaitingTicket.state == WaitingState.SENT_BACK,
    )
    outside = {ticket.participant for ticket in session.scalars(sent_back)}
    return sorted(outside.union(session.scalars(held)))


def standing_of(
    session: Session, consultation: Consultation, participant: str, *, now: datetime
) -> Standing:
    """Return what a node has to know of somebody whom it meets for the first time."""
    stayed = exists().where(
        Presence.consultation_id == consultation.id,
        Presence.participant == participant,
        or_(Presence.left_at.is_(None), Presence.left_at > now - BACK_WITHIN),
    )
    return Standing(
        is_held(session, consultation, participant), bool(session.scalar(select(stayed)))
    )
