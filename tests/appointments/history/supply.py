"""Hours, absences, rooms come and go; what would leave people before a closed door is refused."""

import functools
from datetime import time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.accounts.models import StaffMember
from portal.calendars import away, places
from portal.calendars import service as calendars
from portal.calendars.models import (
    AbsenceReason,
    Availability,
    Channel,
)
from portal.calendars.recurrence import Rule
from portal.core import clock
from tests.appointments.history.brute_force import (
    Again,
    Hours,
    Resource,
    Room,
    minute_of,
)
from tests.appointments.history.world import DAY, WALLS, World


class Planner(World):
    """The deeds on the time of the office."""

    def some_walls(self) -> tuple[time, time]:
        """Return two times of a day; of the night in which the clocks change more than chance."""
        first, last = sorted(self.chance.sample(WALLS, 2))
        if self.chance.random() < 0.3:
            return time(1, 5 * self.chance.randrange(12)), time(4, 5 * self.chance.randrange(12))
        if self.chance.random() < 0.5:
            return time(8, 5 * self.chance.randrange(12)), time(15, 5 * self.chance.randrange(12))
        return first, last

    def open_hours(self) -> None:
        officer = self.chance.choice(self.officers)
        starts, ends = self.some_walls()
        weekdays = self.chance.sample(range(1, 8), self.chance.randrange(1, 6))
        interval = self.chance.choice([1, 1, 1, 2])
        first = self.a_day() - self.chance.choice([0, 30]) * DAY
        last = self.chance.choice([None, None, first + 40 * DAY])
        channels = self.chance.choice(
            [[Channel.VIDEO, Channel.PHONE, Channel.OFFICE], [Channel.VIDEO], [Channel.OFFICE]]
        )
        types = self.chance.choice([[], [], [self.chance.choice(self.kinds)[0]]])
        place = self.chance.choice(self.houses)
        made = self.is_done(
            functools.partial(
                calendars.add_availability,
                self.session,
                officer=officer,
                rule=Rule.weekly(*weekdays, interval=interval),
                starts=starts,
                ends=ends,
                channels=channels,
                types=types,
                valid_from=first,
                valid_until=last,
                place=place,
                by=officer,
                now=self.now,
            )
        )
        if made:
            self.office.hours[made.id] = Hours(
                officer.id,
                frozenset(weekdays),
                interval,
                starts,
                ends,
                first,
                last,
                channels=frozenset(channels),
                kinds=frozenset(one.id for one in types),
                place=place.id if place else None,
            )
            self.office.hours_changed()

    def some_hours(self) -> tuple[Availability, Hours] | None:
        if not self.office.hours:
            return None
        id = self.chance.choice(list(self.office.hours))
        row = self.session.scalars(
            select(Availability)
            .where(Availability.id == id)
            .options(joinedload(Availability.staff_member))
        ).one()
        return row, self.office.hours[id]  # type: ignore[index]

    def close_hours(self) -> None:
        if len(self.office.hours) > 4 and (found := self.some_hours()):
            row, _ = found
            del self.office.hours[row.id]
            calendars.remove_availability(
                self.session, hours=row, by=row.staff_member, now=self.now
            )
            self.office.hours_changed()

    def make_exception(self) -> None:
        found = self.some_hours()
        if found is None:
            return
        row, known = found
        day, out = self.a_day(), self.chance.random() < 0.6
        deed = functools.partial(
            calendars.make_exception,
            self.session,
            hours=row,
            day=day,
            out=out,
            by=row.staff_member,
            now=self.now,
        )
        if self.chance.random() < 0.3:
            undone = functools.partial(
                calendars.undo_exception,
                self.session,
                hours=row,
                day=day,
                by=row.staff_member,
                now=self.now,
            )
            if self.is_done(undone):
                known.out.discard(day)
                known.extra.discard(day)
        elif self.is_done(deed):
            there, back = (known.extra, known.out) if out else (known.out, known.extra)
            if day in there:
                there.discard(day)
            else:
                back.add(day)
        self.office.hours_changed()

    # Absences

    def collides(self, officer: StaffMember, starts: int, ends: int) -> bool:
        now = minute_of(self.now)
        mine = ("staff", officer.id, 0)
        return any(
            one.resource == mine and one.lives(now) and one.meets(max(starts, now), ends)
            for one in self.office.taken
        )

    def be_away(self) -> None:
        officer = self.chance.choice(self.officers)
        minutes = timedelta(minutes=1)
        starts = self.now + self.chance.randrange(-600, 10 * 24 * 60) * minutes
        ends = starts + self.chance.choice([7, 60, 95, 600, 3000]) * minutes
        made = self.is_done(
            functools.partial(
                away.add_absence,
                self.session,
                officer=officer,
                starts_at=starts,
                ends_at=ends,
                reason=AbsenceReason.AWAY,
                by=officer,
                now=self.now,
            )
        )
        span = minute_of(starts), minute_of(ends)
        assert bool(made) == (ends > self.now and not self.collides(officer, *span))
        if made:
            self.office.absences[made.id] = (officer.id, *span)

    def come_back(self) -> None:
        if self.office.absences:
            id = self.chance.choice(list(self.office.absences))
            del self.office.absences[id]
            row = self.session.get(away.Absence, id)
            assert row is not None
            self.session.refresh(row, ["staff_member"])
            away.remove_absence(self.session, absence=row, by=row.staff_member, now=self.now)

    def have_a_break(self) -> None:
        officer = self.chance.choice(self.officers)
        starts, ends = self.some_walls()
        ends = self.chance.choice([one for one in WALLS if one > starts][:12] or [ends])
        weekdays = self.chance.sample(range(1, 8), 2)
        known = Again(officer.id, frozenset(weekdays), 1, starts, ends, self.a_day())
        deed = functools.partial(
            away.add_recurring_absences,
            self.session,
            officers=[officer],
            rule=Rule.weekly(*weekdays),
            starts=starts,
            ends=ends,
            valid_from=known.first,
            valid_until=None,
            reason=AbsenceReason.BREAK,
            by=officer,
            now=self.now,
        )
        today = clock.local_date(self.now)
        ahead = [today + number * DAY for number in range(14)]
        free = not any(self.collides(officer, *span) for span in known.times(ahead))
        made = self.is_done(deed) if starts < ends else None
        assert bool(made) == (starts < ends and free)
        if made:
            self.office.breaks[made[0].id] = known

    def have_no_break(self) -> None:
        if self.office.breaks:
            id = self.chance.choice(list(self.office.breaks))
            del self.office.breaks[id]
            row = self.session.get(away.RecurringAbsence, id)
            assert row is not None
            self.session.refresh(row, ["staff_member"])
            away.remove_recurring_absence(
                self.session, absence=row, by=row.staff_member, now=self.now
            )

    def fall_ill(self) -> None:
        officer = self.chance.choice(self.officers)
        made = away.fall_ill(self.session, officer=officer, by=officer, now=self.now)
        if made:
            span = minute_of(made.starts_at), minute_of(made.ends_at)
            self.office.absences[made.id] = (officer.id, *span)

    # Rooms

    def keep_a_room(self) -> None:
        room = self.chance.choice([None, *self.room_rows.values()])
        if room is None and len(self.room_rows) >= 3:
            return
        place = self.chance.choice(self.houses[:2]) if room is None else room.place
        assert place is not None
        talks, is_active = self.chance.randrange(1, 3), self.chance.random() < 0.8
        seats = self.chance.randrange(2, 4)
        free = True
        if room is not None:
            parts = range(talks if is_active else 0, self.office.rooms[room.id].talks)
            free = not any(self.is_taken(("room", room.id, part)) for part in parts)
        made = self.is_done(
            functools.partial(
                places.save_room,
                self.session,
                place=place,
                room=room,
                name=room.name if room else f"Raum {len(self.room_rows)}",
                talks=talks,
                seats=seats,
                is_step_free=True,
                is_active=is_active,
                by=self.admin,
                now=self.now,
            )
        )
        assert bool(made) == free
        if made:
            self.room_rows[made.id] = made
            known = self.office.rooms.setdefault(made.id, Room(place.id, talks, seats))
            known.talks, known.seats, known.is_active = talks, seats, is_active

    def is_taken(self, resource: Resource) -> bool:
        now = minute_of(self.now)
        return any(
            one.resource == resource and one.lives(now) and one.ends > now
            for one in self.office.taken
        )

    def shut_a_room(self) -> None:
        if not self.room_rows:
            return
        room = self.chance.choice(list(self.room_rows.values()))
        first = self.a_day()
        last = first + self.chance.randrange(0, 3) * DAY
        now = minute_of(self.now)
        shut = Room(None, 1, 1, closures={0: (first, last)})
        free = not any(
            one.resource[:2] == ("room", room.id)
            and one.lives(now)
            and one.ends > now
            and shut.is_shut(one.starts, one.ends)
            for one in self.office.taken
        )
        made = self.is_done(
            functools.partial(
                places.close_room,
                self.session,
                room=room,
                first_day=first,
                last_day=last,
                reason=None,
                by=self.admin,
                now=self.now,
            )
        )
        assert bool(made) == (free and last >= clock.local_date(self.now))
        if made:
            self.office.rooms[room.id].closures[made.id] = (first, last)

    def open_a_room(self) -> None:
        for room in self.office.rooms.values():
            for id in list(room.closures)[:1]:
                del room.closures[id]
                closure = places.closure_by_id(self.session, id)  # type: ignore[arg-type]
                places.reopen_room(self.session, closure=closure, by=self.admin, now=self.now)
                return
