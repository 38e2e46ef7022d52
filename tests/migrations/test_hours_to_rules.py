"""Hours by weekday become rules, and weekly rules become weekdays again."""

import psycopg
import pytest

from portal.core import embedded, schema

BEFORE, AFTER = "0031_calendars", "0035_calendars_supply"
PEOPLE = """
INSERT INTO teams (id, name) VALUES (gen_random_uuid(), 'Probe');
INSERT INTO staff_members (id, email, password_hash, first_name, last_name, team_id, is_active)
SELECT gen_random_uuid(), 'jana@jobcenter.example', '!', 'Jana', 'Keller', id, true FROM teams;
INSERT INTO appointment_types (id, key, name, purpose, position, channels, duration_minutes,
    buffer_minutes, start_every_minutes, lead_hours, horizon_days, citizen_can_book,
    move_limit_hours, cancel_limit_hours)
VALUES (gen_random_uuid(), 'k', 'K', '', 0, '{video}', 30, 15, 45, 2, 60, true, 2, 1);
"""


@pytest.fixture
def database(server_url: str, worker_id: str) -> str:
    """Return a database as it was before rules."""
    name = f"portal_{worker_id}_rules"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    url = embedded.ensure_database(server_url, name)
    schema.upgrade(url, BEFORE)
    return url


def test_weekdays_become_rules_and_back(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(PEOPLE)
        connection.execute(
            "INSERT INTO availabilities (id, staff_member_id, weekday, starts, ends, channels,"
            " valid_from) SELECT gen_random_uuid(), s.id, day, '08:00', '12:00', '{video}',"
            " '2026-01-01' FROM staff_members s, generate_series(1, 7) AS day"
        )
        connection.execute(
            "INSERT INTO availability_types SELECT a.id, t.id FROM availabilities a,"
            " appointment_types t WHERE a.weekday = 7"
        )
    schema.upgrade(database, AFTER)
    with psycopg.connect(database, autocommit=True) as connection:
        rules = connection.execute("SELECT rule FROM availabilities ORDER BY rule").fetchall()
        days = ("FR", "MO", "SA", "SU", "TH", "TU", "WE")
        assert [row[0] for row in rules] == [f"FREQ=WEEKLY;BYDAY={day}" for day in days]
        connection.execute(
            "UPDATE availabilities SET rule = 'FREQ=WEEKLY;BYDAY=SA,SU' WHERE rule LIKE '%SU'"
        )
        connection.execute(
            "UPDATE availabilities SET rule = 'FREQ=MONTHLY;BYDAY=1MO' WHERE rule LIKE '%MO'"
        )
    schema.downgrade(database, BEFORE)
    with psycopg.connect(database) as connection:
        weekdays = connection.execute("SELECT weekday FROM availabilities ORDER BY weekday")
        assert [row[0] for row in weekdays] == [2, 3, 4, 5, 6, 6, 7]
        kept = connection.execute(
            "SELECT a.weekday FROM availability_types t JOIN availabilities a"
            " ON a.id = t.availability_id ORDER BY a.weekday"
        )
        assert [row[0] for row in kept] == [6, 7]
