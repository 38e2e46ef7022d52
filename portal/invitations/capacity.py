"""Capacity for the invited: a real time is held for each, or nobody is invited.

Times are searched for whole groups and given out one by one: the integration officer's own people
first, then whoever is free. Each hold is checked like any booking, so that a time that is not free
any more is passed over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import holding
from portal.appointments import queries as appointments
from portal.appointments.models import Booking, HeldFor
from portal.appointments.steps import lock_citizen
from portal.calendars import search
from portal.calendars.models import AppointmentType, Channel
from portal.calendars.rules import latest_start
from portal.calendars.slots import Slot
from portal.casefiles.models import Case
from portal.core.errors import Conflict

TRIES = 12
MORNING = timedelta(hours=7)
"""How long after midnight the first held time may begin, where a line works at night."""


class NoCapacity(Conflict):
    """There are fewer free times than people; `missing` says how many fewer."""

    def __init__(self, missing: int, wanted: int) -> None:
        times = "ein freier Termin" if missing == 1 else f"{missing} freie Termine"
        super().__init__(
            f"Für {wanted} Personen {'fehlt' if missing == 1 else 'fehlen'} noch {times}."
            " Es ist niemand eingeladen. Öffnen Sie mehr Sprechzeiten oder laden Sie weniger"
            " Personen ein.",
            field="type",
        )
        self.missing = missing


@dataclass(frozen=True)
class Guest:
    """Somebody to invite, with their file."""

    case: Case
    citizen: Citizen


@dataclass
class Pool:
    """Free times after the last day for answers, of one officer or of all, as they are used up."""

    session: Session
    type: AppointmentType
    channel: Channel
    first: datetime
    by: StaffMember
    now: datetime
    officer: UUID | None = None
    last: datetime | None = None
    slots: list[Slot] = field(default_factory=list)
    is_empty: bool = False

    def hold(self, guest: Guest, *, until: datetime) -> Booking | None:
        """Hold the next time that this person can take; nothing when there is none."""
        busy = appointments.next_bookings(self.session, asker=guest.citizen, now=self.now)
        refilled = False
        for _ in range(TRIES):
            if not self.slots and (refilled or not self._refill(guest.citizen)):
                return None
            refilled = refilled or not self.slots
            slot = next((one for one in self.slots if not self._clashes(one, busy)), None)
            if slot is None:
                return None
            self.slots.remove(slot)
            try:
                return holding.hold(
                    self.session,
                    citizen=guest.citizen,
                    type=self.type,
                    channel=self.channel,
                    slot=slot,
                    by=self.by,
                    now=self.now,
                    held_for=HeldFor.INVITATION,
                    until=until,
                )
            except Conflict:  # taken by now, or kept apart by a conflict of interest
                continue
        return None

    def _refill(self, citizen: Citizen) -> bool:
        if self.is_empty:
            return False
        self.slots = search.free_slots(
            self.session,
            type=self.type,
            channel=self.channel,
            citizen=citizen,
            first=self.first,
            last=self.last or latest_start(self.type, now=self.now),
            asker=self.by,
            now=self.now,
            officer=self.officer,
        )
        self.is_empty = not self.slots
        return not self.is_empty

    def _clashes(self, slot: Slot, busy: object) -> bool:
        ends_at = slot.starts_at + self.type.duration
        return any(
            one.starts_at < ends_at and slot.starts_at < one.ends_at
            for one in busy  # type: ignore[attr-defined]
        )


def wait_for_others(session: Session, citizens: Sequence[Citizen]) -> None:
    """Let rounds of invitations queue up, and keep others from booking for these people."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("invitations", 0))))
    for citizen in sorted(citizens, key=lambda one: one.id):
        lock_citizen(session, citizen)


def hold_again(
    session: Session,
    *,
    guest: Guest,
    type: AppointmentType,
    channel: Channel,
    until: datetime,
    same: datetime | None,
    by: StaffMember,
    now: datetime,
) -> Booking | None:
    """Hold a time for somebody whose own is gone: at the `same` moment, else the next there is."""
    own = guest.case.integration_officer_id
    spans = [(same, same)] if same else []
    for first, last in [*spans, (until + MORNING, None)]:
        for officer in [own, None] if own else [None]:
            pool = Pool(session, type, channel, first, by, now, officer=officer, last=last)
            if held := pool.hold(guest, until=until):
                return held
    return None


def reserve(
    session: Session,
    *,
    guests: list[Guest],
    type: AppointmentType,
    channel: Channel,
    until: datetime,
    by: StaffMember,
    now: datetime,
) -> dict[UUID, Booking]:
    """Hold a time for every guest after `until`, or raise `NoCapacity` and hold none.

    Rounds of invitations wait for each other, and all people are locked before the first officer:
    so no two transactions can wait for each other in a circle.
    """
    wait_for_others(session, [guest.citizen for guest in guests])
    first = until + MORNING
    common = Pool(session, type, channel, first, by, now)
    own: dict[UUID, Pool] = {}
    held: dict[UUID, Booking] = {}
    with session.begin_nested():
        for guest in guests:
            officer = guest.case.integration_officer_id
            found = None
            if officer is not None:
                pool = own.setdefault(
                    officer, Pool(session, type, channel, first, by, now, officer=officer)
                )
                found = pool.hold(guest, until=until)
            found = found or common.hold(guest, until=until)
            if found is not None:
                held[guest.citizen.id] = found
        missing = len(guests) - len(held)
        if missing:
            raise NoCapacity(missing, len(guests))
    return held


def free_times(
    session: Session,
    *,
    type: AppointmentType,
    channel: Channel,
    citizen: Citizen,
    last: datetime,
    asker: StaffMember | Citizen,
    now: datetime,
) -> int:
    """Count the starts at which this person could still choose, until `last`."""
    return len(
        search.free_slots(
            session,
            type=type,
            channel=channel,
            citizen=citizen,
            first=now,
            last=last,
            asker=asker,
            now=now,
        )
    )
