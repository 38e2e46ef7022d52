"""One office as the portal keeps it and as the model knows it, and whether the two agree."""

import itertools
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role
from portal.calendars import search
from portal.calendars.models import (
    AppointmentType,
    BookableBy,
    Channel,
    Occupancy,
    Place,
    StaffSkills,
    TalkRole,
)
from portal.calendars.models import Room as RoomRow
from portal.calendars.resources import of_citizen, of_staff, parts_of
from portal.core import clock
from portal.core.errors import PortalError
from tests.appointments.history.brute_force import (
    Kind,
    Office,
    Resource,
    Taken,
    minute_of,
)
from tests.factories import accounts
from tests.factories import appointments as make

BEGINNINGS = [datetime(2026, 3, 26, 8, tzinfo=UTC), datetime(2026, 10, 22, 8, tzinfo=UTC)]
DAY = timedelta(days=1)
FIVE = timedelta(minutes=5)

KINDS: list[dict[str, Any]] = [
    {
        "channels": [Channel.VIDEO, Channel.PHONE],
        "duration_minutes": 30,
        "buffer_minutes": 15,
        "start_every_minutes": 45,
        "lead_hours": 4,
    },
    {
        "channels": [Channel.OFFICE, Channel.PHONE],
        "duration_minutes": 20,
        "buffer_minutes": 10,
        "buffer_before_minutes": 5,
        "start_every_minutes": 15,
        "lead_hours": 0,
    },
    {
        "channels": [Channel.VIDEO, Channel.OFFICE],
        "duration_minutes": 40,
        "buffer_minutes": 0,
        "start_every_minutes": 20,
        "lead_hours": 1,
        "roles": [TalkRole.BENEFIT, TalkRole.INTEGRATION],
    },
]
SKILLS = [
    [TalkRole.BENEFIT],
    [TalkRole.INTEGRATION],
    [TalkRole.BENEFIT, TalkRole.INTEGRATION],
    [TalkRole.INTERPRETER],
]
WALLS = [time(hour, minute) for hour in range(24) for minute in range(0, 60, 5)]


class World:
    """The office, and what is compared after each deed."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.chance = session, random.Random(seed)
        self.now = BEGINNINGS[seed % 2]
        self.office = Office()
        team = accounts.team(session)
        self.officers = [
            accounts.staff_member(
                session, Role.INTEGRATION_OFFICER, team=team if place < 2 else None
            )
            for place in range(len(SKILLS))
        ]
        self.admin = accounts.staff_member(session, Role.ADMINISTRATOR)
        self.citizens = [accounts.citizen(session) for _ in range(3)]
        self.case = make.case_of(session, self.citizens[0], integration_officer=self.officers[0])
        self.case.team_id = team.id
        self.kinds = [self._kind(place, facts) for place, facts in enumerate(KINDS)]
        houses = [Place(name=name, address="Weg 1") for name in ("Haus", "Filiale")]
        session.add_all(houses)
        session.add_all(
            StaffSkills(staff_member_id=one.id, roles=roles, languages=[])
            for one, roles in zip(self.officers, SKILLS, strict=True)
        )
        session.flush()
        self.houses: list[Place | None] = [*houses, None]
        self.office.roles = {
            one.id: frozenset(roles) for one, roles in zip(self.officers, SKILLS, strict=True)
        }
        self.room_rows: dict[UUID, RoomRow] = {}
        self.rules_of = {kind.id: rules for kind, rules in self.kinds}

    def _kind(self, place: int, facts: dict[str, Any]) -> tuple[AppointmentType, Kind]:
        kind = AppointmentType(
            key=f"history-{place}",
            name="Gespräch",
            purpose="Ein Gespräch",
            horizon_days=9,
            bookable_by=BookableBy.CITIZENS,
            move_limit_hours=2,
            cancel_limit_hours=2,
            **facts,
        )
        self.session.add(kind)
        self.session.flush()
        return kind, Kind(
            kind.id,
            frozenset(kind.channels),
            kind.duration_minutes,
            kind.buffer_before_minutes,
            kind.buffer_minutes,
            kind.start_every_minutes,
            kind.lead_hours,
            kind.horizon_days,
            kind.move_limit_hours,
            tuple(kind.roles),
        )

    # What is compared

    def resources(self) -> list[int]:
        rooms = [part for room in self.room_rows.values() for part in parts_of(room)]
        return [*map(of_staff, self.officers), *rooms]

    def names(self) -> dict[int, Resource]:
        named: dict[int, Resource] = {of_staff(one): ("staff", one.id, 0) for one in self.officers}
        named |= {of_citizen(one): ("citizen", one.id, 0) for one in self.citizens}
        for id, room in self.room_rows.items():
            named |= {part: ("room", id, place) for place, part in enumerate(parts_of(room))}
        return named

    def rows_of(self, taken_by: UUID | None = None) -> list[Taken]:
        named = self.names()
        asked = select(Occupancy).execution_options(populate_existing=True)
        if taken_by is not None:
            asked = asked.where(Occupancy.taken_by == taken_by)
        return [
            Taken(
                named[row.resource],
                row.taken_by,
                minute_of(row.starts_at),
                minute_of(row.ends_at),
                minute_of(row.held_until) if row.held_until else None,
            )
            for row in self.session.scalars(asked)
        ]

    def compare_taken(self) -> None:
        rows = self.rows_of()
        assert sorted(map(repr, rows)) == sorted(map(repr, self.office.taken))
        for one, other in itertools.combinations(rows, 2):
            assert one.resource != other.resource or not one.meets(other.starts, other.ends)

    def compare_offers(self) -> None:
        (kind, rules), citizen = self.chance.choice(self.kinds), self.chance.choice(self.citizens)
        channel = self.chance.choice(kind.channels)
        by = self.chance.choice([citizen, self.officers[0]])
        first = self.now + self.chance.randrange(0, 9 * 24) * timedelta(hours=1)
        last = first + self.chance.randrange(1, 48) * timedelta(hours=1)
        moved = self.chance.choice([None, *self.bookings(citizen)])
        found = search.free_slots(
            self.session,
            type=kind,
            channel=channel,
            citizen=citizen,
            first=first,
            last=last,
            asker=by,
            now=self.now,
            instead_of=moved.id if moved else None,
        )
        others = [one for one in self.office.taken if not moved or one.by != moved.id]
        mine = ("citizen", citizen.id, 0)
        now = minute_of(self.now)
        due = self.office.offered(
            rules,
            channel,
            max(minute_of(first), now + rules.lead_hours * 60 * isinstance(by, Citizen)),
            min(minute_of(last), now + rules.horizon_days * 24 * 60),
            taken=others,
            own_time=[one for one in others if one.resource == mine and one.lives(now)],
        )
        assert [minute_of(slot.starts_at) for slot in found] == sorted(due)
        for slot in found:
            possible = due[minute_of(slot.starts_at)]
            assert slot.officers in possible
            if not rules.roles and channel != Channel.OFFICE:
                best = min(self.rank(citizen, officer) for [officer] in possible)
                assert self.rank(citizen, slot.officer) == best

    def rank(self, citizen: Citizen, officer: object) -> int:
        """Return 0 for the own officer, 1 for the own team, 2 for everybody else."""
        if citizen is not self.citizens[0]:
            return 2
        place = [one.id for one in self.officers].index(officer)  # type: ignore[arg-type]
        return min(place, 1) if place < 2 else 2

    def is_done(self, deed: Callable[[], Any]) -> Any:
        """Return what a deed has made, nothing when it was refused and changed nothing."""
        try:
            with self.session.begin_nested():
                return deed() or True
        except PortalError:
            self.session.expire_all()
            return None

    def a_day(self) -> date:
        return clock.local_date(self.now) + self.chance.randrange(-2, 11) * DAY
