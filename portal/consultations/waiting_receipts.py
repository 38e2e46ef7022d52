"""The receipt „was here on time“: what is on record about the waiting of a citizen, as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.consultations import queries, rules
from portal.consultations.models import Presence
from portal.consultations.queries import Room
from portal.core import clock
from portal.core.errors import NotFound


@dataclass(frozen=True)
class WaitingReceipt:
    """From when to when the citizen was there, and the stays in the talk itself."""

    room: Room
    arrived_at: datetime
    last_seen_at: datetime
    on_time: bool
    stays: Sequence[Presence]
    made_at: datetime

    @property
    def waited_minutes(self) -> int:
        """Return for how many whole minutes the waiting or the talk is proven."""
        started = self.room.consultation.started_at if self.room.consultation else None
        until = started if started and started > self.arrived_at else self.last_seen_at
        return max(0, int((until - self.arrived_at).total_seconds() // 60))

    @property
    def filename(self) -> str:
        """Return the name under which the PDF is kept."""
        return f"nachweis-warteraum-{clock.local_date(self.room.booking.starts_at)}.pdf"


def of(session: Session, room: Room, *, now: datetime) -> WaitingReceipt:
    """Put the receipt together; who never came has none."""
    ticket = room.ticket
    if ticket is None or room.consultation is None:
        raise NotFound
    stays = [
        stay
        for stay in queries.presences_of(session, consultation=room.consultation)
        if stay.participant == ticket.participant
    ]
    return WaitingReceipt(
        room=room,
        arrived_at=ticket.arrived_at,
        last_seen_at=ticket.last_seen_at,
        on_time=rules.was_on_time(room.booking, ticket),
        stays=stays,
        made_at=now,
    )
