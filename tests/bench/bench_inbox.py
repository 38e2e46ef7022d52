"""The list of the inbox with three filters, of 10,000 items and of 1,000,000, all of them open.

The asker's team has a tenth of all items, 20 colleagues and an own share; 40 other teams have the
rest. Each figure is the whole page through the portal, signed in, as a browser asks for it. The
filters fit much, little and nothing: what is rare is found by its words, what is frequent in the
order of the index, and words that never stand together with a kind by both. Both offices are asked
in turn: what the machine does besides falls on both, and so does what is still to be written down
of a million new rows.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import psycopg
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.accounts.models import Role
from portal.app import create_app
from portal.core import embedded, schema
from portal.core.config import Settings
from portal.core.db import db
from tests.bench.figures import Figure, percentile
from tests.client import cookie_secret
from tests.factories import accounts
from tests.queries import counted_queries

FEW, MANY = 10_000, int(os.environ.get("ITEMS", "1000000"))
TEAMS, COLLEAGUES, ROUNDS = 40, 20, 25
BAR_RATIO, BAR_MS, BAR_LIVE_MS = 1.5, 100, 2_000
BETWEEN_ASKING = 1_200  # ms, `EVERY` in static/js/components/live_list.js
SHOWN = "/amt/eingang"

_OTHERS = f"""
INSERT INTO teams (id, name)
    SELECT gen_random_uuid(), 'Lindenau ' || n FROM generate_series(1, {TEAMS}) n;
INSERT INTO staff_members (id, email, first_name, last_name, team_id, is_active)
    SELECT gen_random_uuid(), n || '@jobcenter.example', 'Tobias', 'Brandt ' || n, %(team)s, true
    FROM generate_series(1, {COLLEAGUES}) n;
"""
_FILL = """
SELECT setseed(0.4711);
INSERT INTO work_items (
        id, kind, subject_id, case_id, reference, title, person, reason, next_step, urgency,
        urgency_reason, due_on, team_id, assignee_id, opened_at, changed_at,
        is_private, base_urgency, alarm)
    SELECT gen_random_uuid(),
        (ARRAY['document', 'document', 'application', 'correction', 'callback_wanted'])
            [1 + floor(5 * a)::int],
        gen_random_uuid(), gen_random_uuid(), 'JC-' || lpad((n / 4)::text, 7, '0'),
        (ARRAY['Mietvertrag', 'Kontoauszug', 'Antrag auf Bürgergeld', 'Lohnabrechnung',
            'Rückruf'])[1 + floor(5 * a)::int],
        'Oksana Kovalenko' || floor(5000 * b)::int,
        (ARRAY['Das Dokument ist neu angekommen.', 'Die Miete ist am Freitag fällig.',
            'Die Person bittet um einen Anruf.'])[1 + floor(3 * c)::int],
        'Prüfen', (d < 0.14)::int + (d < 0.02)::int, NULL,
        CASE WHEN e < 0.7 THEN current_date - 20 + floor(100 * e)::int END,
        CASE WHEN n % 10 = 0 THEN '{team}'::uuid ELSE ('{{{teams}}}'::uuid[])[1 + n % 40] END,
        CASE WHEN n % 10 = 0 THEN ('{{{people}}}'::uuid[])[1 + floor(21 * f)::int] END,
        now() - make_interval(mins => floor(40000 * g)::int), now(), false, 0, 0
    FROM (SELECT n, random() a, random() b, random() c, random() d, random() e, random() f,
            random() g FROM generate_series(1, {count}) n) drawn
"""
_DEED = text("""
UPDATE work_items SET changed_at = now(), stamp = nextval('work_item_stamps')
WHERE id = (SELECT id FROM work_items WHERE assignee_id = CAST(:person AS uuid) LIMIT 1)
""")
FILTERS: Mapping[str, list[str]] = {
    "kind, urgency, words of many": ["art=document&dringend=ja&suche=mietvertrag"],
    "kind, due, words of few": [f"art=document&frist=woche&suche=kovalenko{n}0" for n in range(20)],
    "owner, due, age": ["bei=PERSON&frist=ueberfaellig&alter=woche"],
    "kind, news, due": ["art=application&neu=neu&frist=morgen"],
    "person, state, order": [f"person=kovalenko{n}&stand=offen&ordnung=frist" for n in range(20)],
    "kind and words that never meet": ["art=application&frist=woche&suche=mietvertrag"],
    "case number, kind, due": [f"akte={n}&art=document&frist=woche" for n in range(25, 45)],
}


@dataclass(frozen=True)
class Office:
    """A portal with so many items: who asks, and the colleague whose items are looked for."""

    client: FlaskClient
    person: str

    def ask(self, filters: str) -> float:
        """Ask for the list once; return the milliseconds it took."""
        return _time(self.client, f"{SHOWN}?{filters}".replace("PERSON", self.person))

    def tell_of_change(self) -> float:
        """Change an item of the team; return the milliseconds until an open list has its rows."""
        stamp = self.client.get(f"{SHOWN}/stand").json["stamp"]
        with self.client.application.app_context():
            db.session.execute(_DEED, {"person": self.person})
            db.session.commit()
        taken = _time(self.client, f"{SHOWN}/stand?seit={stamp}")
        assert self.client.get(f"{SHOWN}/stand").json["stamp"] != stamp
        return taken

    def queries(self) -> int:
        """Count the queries of a page."""
        with counted_queries() as statements:
            self.ask(FILTERS["owner, due, age"][0])
        return len(statements)


def main(folder: str | None = None) -> Iterator[Figure]:
    """Fill two offices, then ask both in turn."""
    home = Path(folder or tempfile.mkdtemp(prefix="portal-bench-"))
    server = embedded.start(home / "postgres")
    few, many = (_office(server, home, count) for count in (FEW, MANY))
    for what, some in FILTERS.items():
        turns = [(few.ask(one), many.ask(one)) for one in islice(cycle(some), ROUNDS)]
        with_few, with_many = zip(*turns[3:], strict=True)  # the first ones fill caches
        halves = percentile(with_few, 0.5), percentile(with_many, 0.5)
        yield Figure(f"{what}, {FEW:,}, p50", halves[0], "ms")
        yield Figure(f"{what}, {MANY:,}, p50", halves[1], "ms")
        yield Figure(f"{what}, times as long", halves[1] / halves[0], "×", bar=BAR_RATIO)
        yield Figure(f"{what}, {MANY:,}, p95", percentile(with_many, 0.95), "ms", bar=BAR_MS)
    more = many.queries() - few.queries()
    yield Figure("queries of a page, more than with few", more, "", bar=0)
    stamp = many.client.get(f"{SHOWN}/stand").json["stamp"]
    asked = [_time(many.client, f"{SHOWN}/stand?seit={stamp}") for _ in range(ROUNDS)]
    yield Figure("question of an open list, nothing moved, p95", percentile(asked, 0.95), "ms")
    told = percentile([many.tell_of_change() for _ in range(ROUNDS)], 0.95)
    yield Figure("a deed until a second browser has it", BETWEEN_ASKING + told, "ms", BAR_LIVE_MS)
    for office in (few, many):
        with office.client.application.app_context():
            db.engine.dispose()


def _office(server: str, home: Path, count: int) -> Office:
    url = embedded.ensure_database(server, f"bench_{count}")
    schema.upgrade(url)
    app = create_app(Settings(database_url=url, demo=True, data_dir=home))
    with app.app_context():
        jana = accounts.staff_member(db.session, Role.BENEFIT_OFFICER)
        db.session.commit()
        team, me, secret = jana.team_id, jana.id, cookie_secret(jana)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["secret"] = secret
    return Office(client, _fill(url, team=team, me=me, count=count))


def _fill(url: str, *, team: object, me: object, count: int) -> str:
    """Write the teams and their items; return a colleague of the asker."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in filter(str.strip, _OTHERS.split(";\n")):
            connection.execute(statement, {"team": team} if "%(" in statement else None)
        people = connection.execute(
            "SELECT id FROM staff_members WHERE team_id = %s ORDER BY id <> %s, id", (team, me)
        ).fetchall()
        teams = connection.execute("SELECT id FROM teams WHERE id <> %s", (team,)).fetchall()
        connection.execute("SET session_replication_role = replica")  # the rows fit each other
        for statement in _FILL.split(";\n"):
            connection.execute(
                statement.format(
                    count=count,
                    team=team,
                    people=",".join(str(row[0]) for row in people),
                    teams=",".join(str(row[0]) for row in teams),
                )
            )
        connection.execute("VACUUM ANALYZE work_items")
        connection.execute("CHECKPOINT")
    return str(people[1][0])


def _time(client: FlaskClient, path: str) -> float:
    begun = time.perf_counter()
    answer = client.get(path)
    taken = (time.perf_counter() - begun) * 1000
    assert answer.status_code in {200, 204}, answer.status
    return taken
