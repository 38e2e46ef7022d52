"""Booking, holding, moving and cancelling: what the rules allow is done, the rest is refused."""

import functools
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import holding, queries, service
from portal.appointments.models import Booking, BookingState, HeldFor
from portal.calendars import search
from portal.calendars.models import (
    AppointmentType,
    Channel,
)
from portal.calendars.slots import Slot
from tests.appointments.history.brute_force import (
    Kind,
    Taken,
    minute_of,
    moment_of,
)
from tests.appointments.history.world import DAY, World


class Booker(World):
    """The deeds on appointments."""

    def bookings(self, citizen: Citizen | None = None, *, held: bool = False) -> list[Booking]:
        state = BookingState.HELD if held else BookingState.BOOKED
        asked = (
            select(Booking)
            .where(Booking.state == state)
            .order_by(Booking.starts_at, Booking.id)
            .options(*queries.PEOPLE)
            .execution_options(populate_existing=True)
        )
        if citizen is not None:
            asked = asked.where(Booking.citizen_id == citizen.id)
        return list(self.session.scalars(asked))

    def a_slot(self, kind: AppointmentType, rules: Kind, channel: Channel, who: Citizen) -> Slot:
        """Return a time that is offered, or one out of the blue, or one that is taken."""
        if self.chance.random() < 0.6:
            first = self.now + self.chance.randrange(0, 9) * DAY
            found = search.free_slots(
                self.session,
                type=kind,
                channel=channel,
                citizen=who,
                first=first,
                last=first + 2 * DAY,
                asker=who,
                now=self.now,
            )
            if found:
                return self.chance.choice(found)
        taken = [one.starts + rules.before for one in self.office.taken]
        start = minute_of(self.now) // 5 * 5 + 5 * self.chance.randrange(-50, 10 * 288)
        if taken and self.chance.random() < 0.5:
            start = self.chance.choice(taken) + 5 * self.chance.randrange(-12, 12)
        officers = self.chance.sample([one.id for one in self.officers], len(rules.roles) or 1)
        return Slot(moment_of(start), officers[0], tuple(officers[1:]))

    def can_take(
        self, rules: Kind, channel: Channel, slot: Slot, who: Citizen, *, besides: set[UUID]
    ) -> bool:
        """Tell whether the rules allow this talk; `besides` are those that make way for it."""
        now, start = minute_of(self.now), minute_of(slot.starts_at)
        alive = [one for one in self.office.taken if one.lives(now)]
        others = [one for one in alive if one.by not in besides]
        mine = [one for one in others if one.resource == ("citizen", who.id, 0)]
        return (
            slot.officers in set(self.office.seatings(rules))
            and self.office.suits(rules, channel, slot.officers, start, others)
            and not any(one.meets(start, start + rules.duration) for one in mine)
        )

    def in_time(self, rules: Kind, slot: Slot, by: Citizen | StaffMember) -> bool:
        lead = timedelta(hours=rules.lead_hours) if isinstance(by, Citizen) else timedelta()
        latest = self.now + timedelta(days=rules.horizon_days)
        return self.now < slot.starts_at and self.now + lead <= slot.starts_at <= latest

    def adopt(
        self, booking: Booking, rules: Kind, *, gone: set[UUID], is_promised: bool = False
    ) -> None:
        """Check what a booking has taken against the rules, and let the model know it.

        What was promised keeps its room, even one that has lost seats since.
        """
        start = minute_of(booking.starts_at)
        until = minute_of(booking.held_until) if booking.held_until else None
        officers = [booking.staff_member_id]
        officers += [one.staff_member_id for one in queries.others_of(self.session, booking)]
        quiet = start - rules.before, start + rules.duration + rules.after
        due = [Taken(("staff", one, 0), booking.id, *quiet, until) for one in officers]
        if booking.held_for in {None, HeldFor.CHOICE}:
            mine = ("citizen", booking.citizen_id, 0)
            due.append(Taken(mine, booking.id, start, start + rules.duration, until))
        now = minute_of(self.now)
        promised = {one.resource for one in self.office.taken if one.by == booking.id}
        self.office.taken = [one for one in self.office.taken if one.by not in gone]
        rows = self.rows_of(booking.id)
        in_room = [row for row in rows if row.resource[0] == "room"]
        if is_promised:
            assert {row.resource for row in in_room} == {
                one for one in promised if one[0] == "room"
            }
        elif booking.channel == Channel.OFFICE:
            alive = [one for one in self.office.taken if one.lives(now)]
            at_each = [
                self.office.officer_places(one, rules, booking.channel, start, alive)
                for one in officers
            ]
            rooms = self.office.rooms_for(rules, start, at_each, alive)
            assert [row.resource[1] in (rooms or []) for row in in_room] == [True] * bool(rooms)
        due += [Taken(row.resource, booking.id, *quiet, until) for row in in_room]
        assert sorted(map(repr, rows)) == sorted(map(repr, due))
        for one in due:  # holds that have run out make way
            self.office.taken = [
                other
                for other in self.office.taken
                if other.lives(now)
                or other.resource != one.resource
                or not other.meets(one.starts, one.ends)
            ]
        self.office.taken += due

    def who_and_what(self) -> tuple[AppointmentType, Kind, Channel, Citizen]:
        kind, rules = self.chance.choice(self.kinds)
        return kind, rules, self.chance.choice(kind.channels), self.chance.choice(self.citizens)

    def book(self) -> None:
        kind, rules, channel, citizen = self.who_and_what()
        by = self.chance.choice([citizen, self.officers[0]])
        slot = self.a_slot(kind, rules, channel, citizen)
        twins = [
            one
            for one in self.bookings(citizen)
            if one.type_id == kind.id and one.starts_at == slot.starts_at
        ]
        allowed = self.in_time(rules, slot, by) and (
            twins or self.can_take(rules, channel, slot, citizen, besides=set())
        )
        made = self.is_done(
            functools.partial(
                service.book,
                self.session,
                citizen=citizen,
                type=kind,
                channel=channel,
                slot=slot,
                note=None,
                by=by,
                now=self.now,
            )
        )
        assert bool(made) == bool(allowed), (slot, channel, kind.key)
        if made and not twins:
            self.adopt(made, rules, gone=set())

    def hold(self) -> None:
        kind, rules, channel, citizen = self.who_and_what()
        self._hold(kind, rules, channel, citizen, instead_of=None)

    def _hold(
        self,
        kind: AppointmentType,
        rules: Kind,
        channel: Channel,
        citizen: Citizen,
        *,
        instead_of: Booking | None,
    ) -> Booking | None:
        slot = self.a_slot(kind, rules, channel, citizen)
        choice = {
            one.id for one in self.bookings(citizen, held=True) if one.held_for == HeldFor.CHOICE
        }
        twins = [
            one
            for one in [*self.bookings(citizen), *self.bookings(citizen, held=True)]
            if (one.type_id, one.starts_at, one.staff_member_id, one.channel)
            == (kind.id, slot.starts_at, slot.officer, channel)
            and (one.state == BookingState.BOOKED or self.is_alive(one))
        ]
        allowed = self.in_time(rules, slot, citizen) and (
            twins or self.can_take(rules, channel, slot, citizen, besides=choice)
        )
        if instead_of is not None:
            allowed = allowed and self.may_change(instead_of, rules, citizen)
        made = self.is_done(
            functools.partial(
                holding.hold,
                self.session,
                citizen=citizen,
                type=kind,
                channel=channel,
                slot=slot,
                by=citizen,
                now=self.now,
                instead_of=instead_of,
            )
        )
        assert bool(made) == bool(allowed), (slot, channel, kind.key)
        if made and not twins:
            self.adopt(made, rules, gone=choice)
        return made if made and made.state == BookingState.HELD else None

    def is_alive(self, held: Booking) -> bool:
        return held.held_until is not None and held.held_until > self.now

    def may_change(self, booking: Booking, rules: Kind, by: Citizen | StaffMember) -> bool:
        limit = timedelta(hours=rules.limit_hours) if isinstance(by, Citizen) else timedelta()
        return self.now < booking.starts_at and self.now <= booking.starts_at - limit

    def confirm(self) -> None:
        held = self.bookings(held=True)
        if not held:
            return
        one = self.chance.choice(held)
        id, rules = one.id, self.rules_of[one.type_id]
        allowed = self.is_alive(one) and one.starts_at > self.now
        allowed = allowed and one.staff_member_id not in self.office.gone
        done = self.is_done(
            functools.partial(
                holding.confirm, self.session, held=one, note=None, by=one.citizen, now=self.now
            )
        )
        assert bool(done) == allowed
        if done:
            self.adopt(one, rules, gone={id}, is_promised=True)

    def release(self) -> None:
        held = self.bookings(held=True)
        if held:
            one = self.chance.choice(held)
            self.forget({one.id})
            holding.release(self.session, held=one)

    def forget(self, gone: set[UUID]) -> None:
        self.office.taken = [one for one in self.office.taken if one.by not in gone]

    def move(self) -> None:
        booked = self.bookings()
        if not booked:
            return
        one = self.chance.choice(booked)
        rules = self.rules_of[one.type_id]
        by = self.chance.choice([one.citizen, self.officers[0]])
        slot = self.a_slot(one.type, rules, one.channel, one.citizen)
        allowed = (
            self.may_change(one, rules, by)
            and self.in_time(rules, slot, by)
            and self.can_take(rules, one.channel, slot, one.citizen, besides={one.id})
        )
        done = self.is_done(
            functools.partial(
                service.move, self.session, booking=one, slot=slot, by=by, now=self.now
            )
        )
        assert bool(done) == allowed, (slot, one.channel)
        if done:
            self.adopt(one, rules, gone={one.id})

    def move_to_held(self) -> None:
        booked = self.bookings()
        if not booked:
            return
        one = self.chance.choice(booked)
        rules = self.rules_of[one.type_id]
        held = self._hold(one.type, rules, one.channel, one.citizen, instead_of=one)
        if held is None or self.chance.random() < 0.3:
            return
        held_id = held.id
        holding.confirm_move(self.session, booking=one, held=held, by=one.citizen, now=self.now)
        self.adopt(one, rules, gone={one.id, held_id})

    def cancel(self) -> None:
        booked = self.bookings()
        if not booked:
            return
        one = self.chance.choice(booked)
        by = self.chance.choice([one.citizen, self.officers[0]])
        allowed = self.may_change(one, self.rules_of[one.type_id], by)
        done = self.is_done(
            functools.partial(service.cancel, self.session, booking=one, by=by, now=self.now)
        )
        assert bool(done) == allowed
        if done:
            self.forget({one.id})
