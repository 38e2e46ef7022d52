"""What somebody wants to plan: an event before it is one, as plain values."""

from dataclasses import dataclass
from datetime import datetime

from portal.accounts.models import StaffMember, Team
from portal.appointments.group_models import Audience
from portal.calendars.models import AppointmentType, Channel, Place, Room


@dataclass(frozen=True)
class Plan:
    """All facts of an event; `place` follows from the room when there is one."""

    type: AppointmentType
    title: str
    channel: Channel
    lead: StaffMember
    starts_at: datetime
    ends_at: datetime
    seats: int
    opens_at: datetime
    closes_at: datetime
    description: str | None = None
    bring: str | None = None
    language: str = "de"
    others: tuple[StaffMember, ...] = ()
    place: Place | None = None
    room: Room | None = None
    where_else: str | None = None
    audience: Audience = Audience.EVERYBODY
    team: Team | None = None

    @property
    def officers(self) -> tuple[StaffMember, ...]:
        """Return everybody of the office who takes part, the one who leads first."""
        return (self.lead, *self.others)

    @property
    def house(self) -> Place | None:
        """Return the place of the office at which it is."""
        return self.room.place if self.room else self.place
