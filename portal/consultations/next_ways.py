"""What the next talk can be: a kind by one channel, at a time or by an invitation."""

from dataclasses import dataclass

from portal.calendars.models import AppointmentType, Channel
from portal.calendars.slots import Slot


@dataclass(frozen=True)
class Way:
    """A kind of talk by one channel."""

    type: AppointmentType
    channel: Channel

    @property
    def key(self) -> str:
        """Return the word that names it in a form."""
        return f"{self.type.key}:{self.channel}"


@dataclass(frozen=True)
class Wanted:
    """What comes next: at this time, or without one by a voluntary invitation."""

    way: Way
    slot: Slot | None
