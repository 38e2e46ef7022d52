"""Who of the office sits in a talk, and for what: read from a booking, for verbs and for words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from portal.accounts.models import StaffMember
from portal.appointments.models import Booking, BookingOfficer
from portal.calendars import wishes
from portal.calendars.kind_forms import SPOKEN, TALK_ROLES
from portal.calendars.models import TalkRole
from portal.calendars.slots import Slot
from portal.calendars.wishes import Seat


@dataclass(frozen=True)
class Sitting:
    """Somebody in a talk; without a role it is the person who was looked for."""

    officer: StaffMember
    role: TalkRole | None
    language: str | None

    @property
    def function(self) -> str:
        """Say for what somebody is there, or nothing."""
        words = [str(TALK_ROLES[self.role])] if self.role else []
        if self.language in SPOKEN:
            words.append(str(SPOKEN[self.language]))
        return ", ".join(words)

    @property
    def words(self) -> str:
        """Return the name, with the function where there is one."""
        return f"{self.officer.name} ({self.function})" if self.function else self.officer.name


def sittings(booking: Booking, others: Sequence[BookingOfficer] | None = None) -> list[Sitting]:
    """Return everybody of the office in a talk, the one who leads first."""
    joining = booking.others if others is None else others
    return [
        Sitting(booking.staff_member, booking.lead_role, booking.lead_language),
        *(Sitting(one.staff_member, one.role, one.language) for one in joining),
    ]


def names(booking: Booking, others: Sequence[BookingOfficer] | None = None) -> str:
    """Name everybody of the office in a talk; alone, somebody needs no function."""
    found = sittings(booking, others)
    return found[0].officer.name if len(found) == 1 else ", ".join(one.words for one in found)


def seats_of(booking: Booking, others: Sequence[BookingOfficer]) -> Sequence[Seat]:
    """Return what the people of a booking were looked for by: another time asks for the same.

    Alone, and for nothing in particular, it may be another person; of several everybody is meant.
    """
    if booking.staff_member_id is None:
        return wishes.seats_of(booking.type)
    if not others:
        return [Seat(task=booking.lead_role, language=booking.lead_language)]
    return [_seat(one) for one in sittings(booking, others)]


def with_instead(
    booking: Booking, others: Sequence[BookingOfficer], gone: UUID, colleague: UUID
) -> tuple[Slot, Sequence[Seat]]:
    """Return the slot of a booking with somebody else on one of its seats, and its seats."""
    seats = seats_of(booking, others)
    ids = [booking.staff_member_id, *(one.staff_member_id for one in others)]
    changed = [colleague if id == gone else id for id in ids]
    asked = [
        replace(seat, person=id) if seat.person is not None else seat
        for seat, id in zip(seats, changed, strict=True)
    ]
    return Slot(booking.starts_at, changed[0], tuple(changed[1:])), asked


def seat_of(sitting: Sequence[Sitting], officer: UUID) -> Seat:
    """Return what whoever takes the place of one of these officers is asked for."""
    found = next((one for one in sitting if one.officer.id == officer), None)
    return Seat(task=found.role, language=found.language) if found else Seat()


def _seat(one: Sitting) -> Seat:
    seat = Seat(task=one.role, language=one.language)
    return seat if seat != Seat() else Seat(person=one.officer.id)
