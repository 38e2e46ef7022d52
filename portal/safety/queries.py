"""Reading calls for help and incidents, filtered by the asker. Not yours is not found."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, false, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.accounts.models import StaffMember
from portal.appointments.models import Booking
from portal.core.errors import NotFound
from portal.safety import rules
from portal.safety.models import SafetyAlert, SafetyIncident


def booking_of(session: Session, id: UUID, *, asker: StaffMember) -> Booking:
    """Return an appointment that the asker sits in, whoever else may see it."""
    booking = session.scalar(
        select(Booking)
        .where(Booking.id == id)
        .options(
            joinedload(Booking.citizen),
            joinedload(Booking.staff_member),
            selectinload(Booking.others),
        )
    )
    if booking is None or asker.id not in {
        booking.staff_member_id,
        *(other.staff_member_id for other in booking.others),
    }:
        raise NotFound
    return booking


def open_alerts(session: Session, *, asker: StaffMember, now: datetime) -> Sequence[SafetyAlert]:
    """Return the calls that the asker should answer, the oldest first.

    Those of the own team at once, those of other teams when nobody has seen them for a minute.
    """
    if not rules.leads(asker):
        return []
    unseen = and_(SafetyAlert.seen_at.is_(None), SafetyAlert.raised_at < now - rules.WIDENS_AFTER)
    return session.scalars(
        _alerts()
        .where(
            SafetyAlert.ended_at.is_(None),
            SafetyAlert.raised_by_id != asker.id,
            or_(SafetyAlert.team_id == asker.team_id, unseen),
        )
        .order_by(SafetyAlert.raised_at, SafetyAlert.id)
    ).all()


def alert_for(session: Session, id: UUID, *, asker: StaffMember, lock: bool = False) -> SafetyAlert:
    """Return one call: to who raised it, and to who leads a team."""
    wanted = _alerts().where(SafetyAlert.id == id)
    found = session.scalar(wanted.with_for_update(of=SafetyAlert) if lock else wanted)
    if found is None or not (rules.leads(asker) or found.raised_by_id == asker.id):
        raise NotFound
    return found


def own_alert(session: Session, *, booking: Booking, asker: StaffMember) -> SafetyAlert | None:
    """Return the latest call of the asker in an appointment."""
    return session.scalar(
        _alerts()
        .where(SafetyAlert.booking_id == booking.id, SafetyAlert.raised_by_id == asker.id)
        .order_by(SafetyAlert.raised_at.desc())
        .limit(1)
    )


def incidents_for(
    session: Session, *, asker: StaffMember, offset: int = 0, limit: int = 50
) -> Sequence[SafetyIncident]:
    """Return what the asker has told, and what their team has told if they lead it."""
    own = SafetyIncident.reported_by_id == asker.id
    team = SafetyIncident.team_id == asker.team_id if rules.leads(asker) else false()
    return session.scalars(
        _incidents()
        .where(or_(own, team))
        .order_by(SafetyIncident.happened_at.desc(), SafetyIncident.id)
        .offset(offset)
        .limit(limit)
    ).all()


def incident_for(
    session: Session, id: UUID, *, asker: StaffMember, lock: bool = False
) -> SafetyIncident:
    """Return one incident to who may read it."""
    wanted = _incidents().where(SafetyIncident.id == id)
    found = session.scalar(wanted.with_for_update(of=SafetyIncident) if lock else wanted)
    if found is None or not rules.may_read(found, by=asker):
        raise NotFound
    return found


def _alerts() -> Select[SafetyAlert]:
    return select(SafetyAlert).options(
        joinedload(SafetyAlert.booking).joinedload(Booking.citizen),
        joinedload(SafetyAlert.booking).joinedload(Booking.room),
        joinedload(SafetyAlert.raised_by),
        joinedload(SafetyAlert.seen_by),
    )


def _incidents() -> Select[SafetyIncident]:
    return select(SafetyIncident).options(
        joinedload(SafetyIncident.reported_by), joinedload(SafetyIncident.answered_by)
    )
