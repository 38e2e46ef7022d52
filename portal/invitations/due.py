"""What the clock looks for among invitations, summonses and hearings: to change, so locked."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.accounts.models import StaffMember
from portal.appointments.models import Booking
from portal.calendars.models import Absence
from portal.core import clock
from portal.invitations import law, rules
from portal.invitations.models import (
    Hearing,
    HearingState,
    Invitation,
    InvitationState,
    Summons,
    SummonsState,
)
from portal.invitations.queries import PEOPLE, is_booked_otherwise
from portal.postbox.models import Letter

NOTED_AROUND = timedelta(days=31)
"""How long before and after an appointment the delivery of its summons is watched."""


def due_reminders(session: Session, *, now: datetime) -> Sequence[Invitation]:
    """Lock and return invitations to remind of."""
    day = clock.local_date(now)
    found = session.scalars(
        select(Invitation)
        .where(
            Invitation.state == InvitationState.INVITED,
            Invitation.answer_until >= day + law.REMIND_WITH_LEFT,
        )
        .order_by(Invitation.invited_at, Invitation.id)
        .options(*PEOPLE[Invitation])
        .with_for_update(of=Invitation, skip_locked=True)
    )
    return [
        one
        for one in found
        if rules.needs_reminder(one, one.letter.notified_at or one.letter.provided_at, now=now)
    ]


def answered_otherwise(session: Session, *, limit: int = 500) -> Sequence[Invitation]:
    """Lock and return open invitations whose people have booked such a talk by another way."""
    return session.scalars(
        select(Invitation)
        .where(
            Invitation.state.in_(rules.OPEN),
            select(Booking.id).where(is_booked_otherwise()).exists(),
        )
        .order_by(Invitation.invited_at, Invitation.id)
        .options(*PEOPLE[Invitation])
        .limit(limit)
        .with_for_update(of=Invitation, skip_locked=True)
    ).all()


def without_capacity(session: Session, *, now: datetime, limit: int = 200) -> Sequence[Invitation]:
    """Lock and return open invitations whose time nobody keeps: the officer has left or is away."""
    left = select(StaffMember.id).where(~StaffMember.is_active)
    away = select(Absence.id).where(
        Absence.staff_member_id == Booking.staff_member_id,
        Absence.starts_at < Booking.ends_at,
        Absence.ends_at > Booking.starts_at,
    )
    kept = select(Booking.id).where(
        Booking.id == Invitation.held_booking_id,
        Booking.staff_member_id.not_in(left),
        ~away.exists(),
    )
    return session.scalars(
        select(Invitation)
        .where(
            Invitation.state.in_(rules.OPEN),
            Invitation.answer_until >= clock.local_date(now),
            ~kept.exists(),
        )
        .order_by(Invitation.answer_until, Invitation.id)
        .options(*PEOPLE[Invitation])
        .limit(limit)
        .with_for_update(of=Invitation, skip_locked=True)
    ).all()


def run_out(session: Session, *, now: datetime, limit: int = 500) -> Sequence[Invitation]:
    """Lock and return open invitations whose last day is over."""
    return session.scalars(
        select(Invitation)
        .where(Invitation.state.in_(rules.OPEN), Invitation.answer_until < clock.local_date(now))
        .order_by(Invitation.answer_until, Invitation.id)
        .options(*PEOPLE[Invitation])
        .limit(limit)
        .with_for_update(of=Invitation, skip_locked=True)
    ).all()


def overdue_hearings(session: Session, *, now: datetime) -> Sequence[Hearing]:
    """Lock and return open hearings whose last day is over and that nobody was told of."""
    return session.scalars(
        select(Hearing)
        .where(
            Hearing.state == HearingState.OPEN,
            Hearing.overdue_at.is_(None),
            Hearing.answer_until < clock.local_date(now),
        )
        .order_by(Hearing.answer_until, Hearing.id)
        .options(*PEOPLE[Hearing])
        .with_for_update(of=Hearing, skip_locked=True)
    ).all()


def summonses_to_note(session: Session, *, now: datetime) -> Sequence[Summons]:
    """Return summonses that count, from a month before their appointment to a month after it.

    And those of which somebody has learned only later when their letter came.
    """
    return session.scalars(
        select(Summons)
        .join(Summons.booking)
        .join(Summons.letter)
        .where(
            Summons.state == SummonsState.ISSUED,
            or_(
                Booking.starts_at.between(now - NOTED_AROUND, now + NOTED_AROUND),
                Letter.deadline_at >= now - NOTED_AROUND,
                Letter.returned_on >= clock.local_date(now - NOTED_AROUND),
            ),
        )
        .order_by(Booking.starts_at, Summons.id)
        .options(
            contains_eager(Summons.letter),
            contains_eager(Summons.booking),
            joinedload(Summons.citizen),
            joinedload(Summons.issued_by),
        )
    ).all()


def returned_in_vain(session: Session) -> Sequence[Summons]:
    """Return ended summonses whose letters came back, and that still wait to be sent anew."""
    return session.scalars(
        select(Summons)
        .join(Summons.letter)
        .where(
            Summons.state != SummonsState.ISSUED,
            Letter.returned_on.is_not(None),
            Letter.held_back_at.is_(None),
        )
        .order_by(Summons.id)
        .options(contains_eager(Summons.letter))
    ).all()
