"""Free slots of one kind in an office of 1,000 officers and 180 days.

`main(folder)` keeps the filled database in a folder for the next run.
"""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from datetime import time as wall
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.app import create_app
from portal.appointments.models import Booking
from portal.calendars import search
from portal.calendars import service as calendars
from portal.calendars.models import AppointmentType, Channel
from portal.calendars.slots import at_wall
from portal.core import embedded, schema
from portal.core.config import Settings
from portal.core.db import db
from tests.bench.figures import Figure, percentile
from tests.factories import accounts
from tests.factories import appointments as make

MONDAY = date(2026, 11, 16)
NOW = at_wall(MONDAY, wall(7))
OFFICERS, DAYS, ROUNDS, BAR_MS = 1000, 180, 200, 20
FULL_DAYS = 7
KNOWN, STRANGER = "known@example.org", "stranger@example.org"

TEAMS = """
INSERT INTO teams (id, name)
SELECT gen_random_uuid(), 'Bench ' || n FROM generate_series(1, :officers / 20) AS n
"""
PEOPLE = """
INSERT INTO staff_members (id, email, password_hash, first_name, last_name, team_id, is_active)
SELECT gen_random_uuid(), 'bench' || n || '@jobcenter.example', '!', 'Jana', 'Keller ' || n, t.id,
       true
FROM generate_series(1, :officers) AS n
JOIN teams t ON t.name = 'Bench ' || (1 + n % (:officers / 20))
"""
CITIZENS = """
INSERT INTO citizens (id, email, password_hash, first_name, last_name, language, created_at,
                      confirmed_at, level)
SELECT gen_random_uuid(), 'bench' || n || '@example.org', '!', 'Oksana', 'K ' || n, 'de', :now,
       :now, 1
FROM generate_series(1, :officers) AS n
"""
HOURS = """
INSERT INTO availabilities
    (id, staff_member_id, rule, starts, ends, channels, valid_from, days_out, days_extra)
SELECT gen_random_uuid(), s.id, 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', '08:00', '16:00',
       ARRAY['video', 'phone', 'office'], '2026-01-01', '{}', '{}'
FROM staff_members s
"""
# The first week is full, of the other slots three in five are taken.
BOOKINGS = """
INSERT INTO bookings (id, type_id, citizen_id, citizen_number, staff_member_id, staff_number,
                      channel, starts_at, ends_at, blocked_until, state, chosen_by_citizen,
                      booked_at, booked_by, agreed_at, sequence)
SELECT gen_random_uuid(), :type, c.id, c.number, s.id, s.number, 'video', t, t + interval '30 min',
       t + interval '45 min', 'booked', true, :now, 'x', :now, 0
FROM staff_members s
JOIN citizens c ON c.number = s.number
CROSS JOIN generate_series(0, :days - 1) AS day
CROSS JOIN generate_series(11, 20) AS place
CROSS JOIN LATERAL (
  SELECT (CAST(:monday AS date) + day + place * interval '45 min')
         AT TIME ZONE 'Europe/Berlin' AS t
) AS slot
WHERE extract(isodow FROM CAST(:monday AS date) + day) < 6
  AND (day < :full OR abs(hashint4((s.number * 1000 + day) * 100 + place)) % 10 < 6)
"""
OVERLAPS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = 'bookings'::regclass AND contype = 'x' ORDER BY conname
"""


def main(folder: str | None = None) -> Iterator[Figure]:
    """Fill the office and measure what the pages of a citizen ask."""
    home = Path(folder or tempfile.mkdtemp(prefix="portal-bench-"))
    url = embedded.ensure_database(embedded.start(home / "postgres"), "bench")
    schema.upgrade(url)
    app = create_app(Settings(database_url=url, demo=True, data_dir=home))
    with app.test_request_context():
        _fill(db.session)
        yield from _measure(db.session)
        db.session.close()
        db.engine.dispose()


def _fill(session: Session) -> None:
    if session.scalar(select(func.count(Booking.id))):
        return
    kind = calendars.ensure_standard_types(session)["beratung-video"]
    kind.horizon_days = DAYS
    session.flush()  # the statements below name the kind
    values = {
        "officers": OFFICERS,
        "days": DAYS,
        "full": FULL_DAYS,
        "now": NOW,
        "monday": MONDAY,
        "type": kind.id,
    }
    overlaps = session.execute(text(OVERLAPS)).all()
    for name, _ in overlaps:  # checked at once in the end, which is much faster
        session.execute(text(f"ALTER TABLE bookings DROP CONSTRAINT {name}"))
    for statement in (TEAMS, PEOPLE, CITIZENS, HOURS, BOOKINGS):
        session.execute(text(statement), values)
    for name, definition in overlaps:
        session.execute(text(f"ALTER TABLE bookings ADD CONSTRAINT {name} {definition}"))
    _add_the_askers(session)
    session.commit()
    session.execute(text("ANALYZE"))
    session.commit()


def _add_the_askers(session: Session) -> None:
    """Add a citizen with a case and an own officer, and one without."""
    officer = session.scalars(select(StaffMember).order_by(StaffMember.number).limit(1)).one()
    known = accounts.citizen(session, email=KNOWN)
    make.case_of(session, known, integration_officer=officer).team_id = officer.team_id
    accounts.citizen(session, email=STRANGER)


def _measure(session: Session) -> Iterator[Figure]:
    known, stranger = (
        session.scalars(select(Citizen).where(Citizen.email == email)).one()
        for email in (KNOWN, STRANGER)
    )
    kind = session.scalars(
        select(AppointmentType).where(AppointmentType.key == "beratung-video")
    ).one()

    def page(citizen: Citizen, start: date) -> search.SlotPage:
        return search.slot_page(
            session,
            type=kind,
            channel=Channel.VIDEO,
            citizen=citizen,
            start=start,
            asker=citizen,
            now=NOW,
        )

    count = session.scalar(select(func.count(Booking.id)))
    office = f"{OFFICERS} officers, {count} bookings"
    days = random.Random(6)
    for who, citizen in (("with a case", known), ("without", stranger)):
        free = [days.randrange(FULL_DAYS, DAYS - 7) for _ in range(ROUNDS)]
        yield from _figures(
            f"a week of slots, citizen {who}, {office}",
            lambda citizen=citizen, free=free: page(citizen, MONDAY + timedelta(days=free.pop())),
            ROUNDS,
        )
    yield from _figures(
        f"the first week full, all asked, {office}", lambda: page(stranger, MONDAY), ROUNDS // 10
    )


def _figures(what: str, ask: Callable[[], object], rounds: int) -> Iterator[Figure]:
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - begun) * 1000)
    for name, share in (("p50", 0.5), ("p95", 0.95)):
        yield Figure(f"{what}: {name}", percentile(taken, share), "ms")
    yield Figure(f"{what}: p99", percentile(taken, 0.99), "ms", bar=BAR_MS)
