"""Free slots of one kind and of three people at once, and many hands on few slots.

The bars are for the clock on the wall. Beside it stands what the processor did for one question,
here and in the database: on a machine that does other things too, that is what can be compared.
`main(folder)` keeps the filled database in a folder for the next run.
"""

import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from datetime import time as wall
from pathlib import Path
from uuid import UUID

import psutil
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.app import create_app
from portal.appointments import service
from portal.appointments.models import Booking
from portal.calendars import search, weeks
from portal.calendars import service as calendars
from portal.calendars.models import AppointmentType, CalendarWeek, Channel, TalkRole
from portal.calendars.slots import Slot, at_wall
from portal.calendars.wishes import Filter, Seat
from portal.core import embedded, memory, schema
from portal.core.config import Settings
from portal.core.db import db
from portal.core.errors import Conflict
from tests.bench.figures import Figure, percentile
from tests.factories import accounts
from tests.factories import appointments as make

MONDAY = date(2026, 11, 16)
NOW = at_wall(MONDAY, wall(7))
OFFICERS, DAYS, ROUNDS, BAR_MS = 1000, 180, 200, 20
FULL_DAYS = 7
WARM_UP = 8
JOINT_ROUNDS, JOINT_BAR_MS = 40, 150
ATTEMPTS, SLOTS, HANDS = 10_000, 100, 16
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
# Half of the office sits in joint talks: 400 for money, 90 for work, 10 interpret.
SKILLS = """
INSERT INTO staff_skills (staff_member_id, roles, languages)
SELECT id, ARRAY[CASE WHEN n <= 400 THEN 'benefit' WHEN n <= 490 THEN 'integration'
                      ELSE 'interpreter' END],
       CASE WHEN n > 490 THEN ARRAY['uk'] ELSE ARRAY[]::text[] END
FROM (SELECT id, row_number() OVER (ORDER BY number) AS n FROM staff_members) AS s
WHERE n <= :officers / 2
"""
# The first week is full, of the other slots three in five are taken.
BOOKINGS = """
INSERT INTO bookings (id, type_id, citizen_id, staff_member_id, channel, starts_at, ends_at,
                      blocked_until, state, chosen_by_citizen, arranged, is_summons, booked_at,
                      booked_by, agreed_at, sequence)
SELECT gen_random_uuid(), :type, c.id, s.id, 'video', t, t + interval '30 min',
       t + interval '45 min', 'booked', true, 'online', false, :now, 'x', :now, 0
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
OCCUPANCIES = """
INSERT INTO occupancies (id, resource, taken_by, starts_at, ends_at)
SELECT gen_random_uuid(), (s.number::int8 << 2) | 1, b.id, b.starts_at, b.blocked_until
FROM bookings b JOIN staff_members s ON s.id = b.staff_member_id
UNION ALL
SELECT gen_random_uuid(), (c.number::int8 << 2) | 2, b.id, b.starts_at, b.ends_at
FROM bookings b JOIN citizens c ON c.id = b.citizen_id
"""
OVERLAPS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = 'occupancies'::regclass AND contype = 'x' ORDER BY conname
"""


def main(folder: str | None = None) -> Iterator[Figure]:
    """Fill the office and measure what the pages ask, then let many book at once."""
    home = Path(folder or tempfile.mkdtemp(prefix="portal-bench-"))
    url = embedded.ensure_database(embedded.start(home / "postgres"), "bench")
    schema.upgrade(url)
    app = create_app(Settings(database_url=url, demo=True, data_dir=home, web_threads=HANDS))
    with app.test_request_context():
        yield from _fill(db.session)
        memory.settle()  # as the serving processes do
        yield Figure("load of the machine, of one minute", os.getloadavg()[0], "")
        yield from _measure(db.session)
        yield from _measure_joint(db.session)
        yield from _measure_changes(db.session)
        db.session.close()
    yield from _race(app)
    with app.app_context():
        db.engine.dispose()


def _fill(session: Session) -> Iterator[Figure]:
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
        session.execute(text(f"ALTER TABLE occupancies DROP CONSTRAINT {name}"))
    for statement in (TEAMS, PEOPLE, CITIZENS, HOURS, SKILLS, BOOKINGS, OCCUPANCIES):
        session.execute(text(statement), values)
    for name, definition in overlaps:
        session.execute(text(f"ALTER TABLE occupancies ADD CONSTRAINT {name} {definition}"))
    _add_the_askers(session)
    session.commit()
    begun = time.perf_counter()
    everybody = weeks.everybody(session)
    for place in range(0, len(everybody), weeks.BATCH):
        batch = everybody[place : place + weeks.BATCH]
        weeks.refresh(session, touched=batch, weeks=weeks.ahead(NOW))
        session.commit()
    count = session.scalar(select(func.count()).select_from(CalendarWeek))
    yield Figure(f"all weeks made anew (nightly), {count} rows", time.perf_counter() - begun, "s")
    session.commit()
    _settle(session)


def _settle(session: Session) -> None:
    """Let the database tidy up behind the filling now, and not while we measure."""
    engine = session.get_bind().engine
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))


def _add_the_askers(session: Session) -> None:
    """Add a citizen with a case and an own officer, and one without."""
    officer = session.scalars(select(StaffMember).order_by(StaffMember.number).limit(1)).one()
    known = accounts.citizen(session, email=KNOWN)
    make.case_of(session, known, integration_officer=officer).team_id = officer.team_id
    accounts.citizen(session, email=STRANGER)


def _askers(session: Session) -> tuple[Citizen, Citizen, AppointmentType]:
    known, stranger = (
        session.scalars(select(Citizen).where(Citizen.email == email)).one()
        for email in (KNOWN, STRANGER)
    )
    kind = session.scalars(
        select(AppointmentType).where(AppointmentType.key == "beratung-video")
    ).one()
    return known, stranger, kind


def _measure(session: Session) -> Iterator[Figure]:
    known, stranger, kind = _askers(session)

    def page(citizen: Citizen, start: date) -> search.SlotPage:
        found = search.slot_page(
            session,
            type=kind,
            channel=Channel.VIDEO,
            citizen=citizen,
            start=start,
            asker=citizen,
            now=NOW,
        )
        if not found.days:
            raise AssertionError(f"nothing is free from {start} on")
        return found

    count = session.scalar(select(func.count(Booking.id)))
    office = f"{OFFICERS} officers, {count} bookings"
    days = random.Random(6)
    for who, citizen in (("with a case", known), ("without", stranger)):
        free = [days.randrange(FULL_DAYS, DAYS - 7) for _ in range(WARM_UP + ROUNDS)]
        yield from _figures(
            f"a week of slots, citizen {who}, {office}",
            lambda citizen=citizen, free=free: page(citizen, MONDAY + timedelta(days=free.pop())),
            ROUNDS,
            session,
        )
    yield from _figures(
        f"the first week full, {office}", lambda: page(stranger, MONDAY), ROUNDS, session
    )

    def whole(weekdays: frozenset[int] = frozenset()) -> list[Slot]:
        return search.free_slots(
            session,
            type=kind,
            channel=Channel.VIDEO,
            citizen=stranger,
            first=NOW,
            last=NOW + timedelta(days=DAYS),
            asker=stranger,
            now=NOW,
            filter=Filter(weekdays=weekdays),
        )

    slots = len(whole())
    yield from _figures(f"all {slots} slots of {DAYS} days, {office}", whole, ROUNDS, session)
    yield from _figures(
        f"nothing on any Sunday of {DAYS} days, {office}",
        lambda: whole(frozenset({7})),
        ROUNDS,
        session,
    )


def _measure_joint(session: Session) -> Iterator[Figure]:
    known, _, kind = _askers(session)
    officer = session.scalars(select(StaffMember).order_by(StaffMember.number).limit(1)).one()
    seats = [
        Seat(TalkRole.BENEFIT),
        Seat(TalkRole.INTEGRATION),
        Seat(TalkRole.INTERPRETER, language="uk"),
    ]

    def all_slots() -> None:
        found = search.free_slots(
            session,
            type=kind,
            channel=Channel.VIDEO,
            citizen=known,
            first=NOW,
            last=NOW + timedelta(weeks=26),
            asker=officer,
            now=NOW,
            seats=seats,
        )
        if not found:
            raise AssertionError("nothing is free for three")

    yield from _figures(
        f"every slot of three roles, {OFFICERS // 2} people, 26 weeks",
        all_slots,
        JOINT_ROUNDS,
        session,
        share=0.95,
        bar=JOINT_BAR_MS,
    )


def _measure_changes(session: Session) -> Iterator[Figure]:
    """Book and cancel: what keeping the weeks true costs."""
    _, stranger, kind = _askers(session)

    def book_and_cancel() -> None:
        page = search.slot_page(
            session,
            type=kind,
            channel=Channel.VIDEO,
            citizen=stranger,
            start=MONDAY + timedelta(days=21),
            asker=stranger,
            now=NOW,
        )
        slot = next(iter(page.days.values()))[0]
        booking = _book(session, stranger, kind, slot)
        service.cancel(session, booking=booking, by=stranger, now=NOW)
        session.rollback()

    yield from _figures(
        "find, book and cancel one talk", book_and_cancel, 30, session, share=0.95, bar=None
    )


def _book(session: Session, citizen: Citizen, kind: AppointmentType, slot: Slot) -> Booking:
    return service.book(
        session,
        citizen=citizen,
        type=kind,
        channel=Channel.VIDEO,
        slot=slot,
        note=None,
        by=citizen,
        now=NOW,
    )


def _race(app: Flask) -> Iterator[Figure]:
    """Let hands grab at a hundred slots: ten thousand attempts, each in its own transaction."""
    with app.test_request_context():
        _, stranger, kind = _askers(db.session)
        found = search.free_slots(
            db.session,
            type=kind,
            channel=Channel.VIDEO,
            citizen=stranger,
            first=NOW + timedelta(weeks=4),
            last=NOW + timedelta(weeks=25),
            asker=stranger,
            now=NOW,
        )
        wanted = found[:SLOTS]
        before = db.session.scalar(select(func.count(Booking.id))) or 0
        grabbers = db.session.scalars(
            select(Citizen.id).order_by(Citizen.number.desc()).limit(OFFICERS)
        ).all()
        db.session.rollback()
    chance = random.Random(7)
    attempts = [(chance.choice(grabbers), chance.choice(wanted)) for _ in range(ATTEMPTS)]

    def attempt(who: tuple[UUID, Slot]) -> str:
        with app.test_request_context():
            citizen_id, slot = who
            try:
                kind = _askers(db.session)[2]
                _book(db.session, db.session.get_one(Citizen, citizen_id), kind, slot)
                db.session.commit()
            except Conflict as error:
                db.session.rollback()
                return error.message
            return "done"

    begun = time.perf_counter()
    with ThreadPoolExecutor(max_workers=HANDS) as pool:
        results = Counter(pool.map(attempt, attempts))
    seconds = time.perf_counter() - begun
    with app.test_request_context():
        made = (db.session.scalar(select(func.count(Booking.id))) or 0) - before
        touched = weeks.everybody(db.session)[:50]
        stale = len(weeks.stale(db.session, touched=touched))
        taken = len({(one.staff_member_id, one.starts_at) for one in _made(db.session, wanted)})
    what = f"{ATTEMPTS} attempts on {SLOTS} slots by {HANDS} hands"
    yield Figure(f"{what}: bookings too many", made - SLOTS, "", bar=0)
    yield Figure(f"{what}: slots booked", taken, "", bar=SLOTS, at_least=True)
    yield Figure(f"{what}: rows of weeks not true (50 officers)", stale, "", bar=0)
    yield Figure(f"{what}: {len(results)} kinds of answer, a second", ATTEMPTS / seconds, "")


def _made(session: Session, wanted: list[Slot]) -> list[Booking]:
    slots = {(slot.officer, slot.starts_at) for slot in wanted}
    made = session.scalars(
        select(Booking).where(Booking.starts_at.in_({slot.starts_at for slot in wanted}))
    )
    return [one for one in made if (one.staff_member_id, one.starts_at) in slots]


def _figures(
    what: str,
    ask: Callable[[], object],
    rounds: int,
    session: Session,
    *,
    share: float = 0.99,
    bar: float | None = BAR_MS,
) -> Iterator[Figure]:
    """Ask a few times so that plans and pages are at hand, then measure."""
    for _ in range(WARM_UP):
        ask()
    backend = psutil.Process(session.scalar(select(func.pg_backend_pid())))
    there, here = _cpu_of(backend), time.process_time()
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - begun) * 1000)
    here, there = time.process_time() - here, _cpu_of(backend) - there
    yield Figure(f"{what}: p50", percentile(taken, 0.5), "ms")
    yield Figure(f"{what}: p{share * 100:.0f}", percentile(taken, share), "ms", bar=bar)
    yield Figure(f"{what}: processor, here", here / rounds * 1000, "ms")
    yield Figure(f"{what}: processor, database", there / rounds * 1000, "ms")


def _cpu_of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
