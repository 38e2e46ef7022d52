"""Searching 1,000,000 documents by their words, as a caseworker and as the whole house.

The words are drawn as Zipf has it: the word of rank r stands in about five of r documents. What the
server hashes here stands for the keyed hashes of `casefiles.words`; how long those take is measured
apart.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.app import create_app
from portal.casefiles import search, words
from portal.casefiles.models import Case
from portal.core import embedded, schema
from portal.core.config import Settings
from portal.core.db import db
from tests.bench.figures import Figure, percentile
from tests.factories import accounts

DOCUMENTS, EACH_CASE, OF_ONE_TEAM = 1_000_000, 40, 400
VOCABULARY, WORDS_EACH = 200_000, 60
ROUNDS, BAR_MS = 20, 100
SORTS = {
    "rare": (20_000, 150_000),
    "medium": (400, 1_500),
    "frequent": (60, 400),
    "common": (1, 20),
}
"""How rare a word is → the ranks it is drawn from: 100, 7,000, 30,000 and 500,000 documents."""

_WORD = "hashint8extended({rank}::bigint, 7) & 9223372036854775807"
_FILL = f"""
INSERT INTO teams (id, name)
    SELECT gen_random_uuid(), 'Lindenau ' || n
    FROM generate_series(1, {DOCUMENTS // EACH_CASE // OF_ONE_TEAM}) n;
INSERT INTO citizens (id, email, first_name, last_name, created_at, confirmed_at, language, level)
    SELECT gen_random_uuid(), n || '@example.org', 'Oksana', 'Kovalenko' || n, now(), now(), 'de', 1
    FROM generate_series(1, {DOCUMENTS // EACH_CASE}) n;
INSERT INTO cases (id, team_id, opened_at)
    SELECT gen_random_uuid(), team.id, now()
    FROM (SELECT id, row_number() OVER () - 1 AS place FROM teams) team,
         generate_series(1, {OF_ONE_TEAM}) n;
INSERT INTO case_members (case_id, citizen_id, joined_at)
    SELECT one.id, owner.id, now()
    FROM (SELECT id, row_number() OVER (ORDER BY number) AS place FROM cases) one
    JOIN (SELECT id, row_number() OVER (ORDER BY number) AS place FROM citizens) owner
        USING (place);
INSERT INTO documents (
        id, case_id, owner_id, kind, title, filename, content_type, size, sha256, verdict,
        is_redacted, warnings, preparation_tries, state, from_office, received_at)
    SELECT gen_random_uuid(), member.case_id, member.citizen_id,
        (ARRAY['payslips', 'rental_contract', 'bank_statements_3m', 'sick_note'])[1 + n % 4],
        'Lohnabrechnung', 'lohn.pdf', 'application/pdf', 1000, md5(n::text), 'waiting', false,
        '[]', 0, 'received', false, now() - random() * interval '3 years'
    FROM case_members member, generate_series(1, {EACH_CASE}) n
    ORDER BY random();
DROP INDEX ix_document_words_words;
INSERT INTO document_words (document_id, case_id, received_at, key_mark, words)
    SELECT one.id, one.case_id, one.received_at, 1, ARRAY(
        SELECT DISTINCT {_WORD.format(rank=f"floor(exp(random() * ln({VOCABULARY})))")}
        FROM generate_series(1, {WORDS_EACH}) WHERE one.id IS NOT NULL)
    FROM documents one;
SET maintenance_work_mem = '512MB';
CREATE INDEX ix_document_words_words ON document_words USING gin (words);
"""


def main(folder: str | None = None) -> Iterator[Figure]:
    """Fill the index, then search it as both."""
    home = Path(folder or tempfile.mkdtemp(prefix="portal-bench-"))
    url = embedded.ensure_database(embedded.start(home / "postgres"), "bench")
    schema.upgrade(url)
    _fill(url)
    app = create_app(Settings(database_url=url, demo=True, data_dir=home))
    with app.app_context():
        yield from _measure(db.session)
        db.session.rollback()
        db.session.close()
        db.engine.dispose()


def _fill(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # the rows fit each other
        found = connection.execute("SELECT EXISTS (SELECT FROM document_words)").fetchone()
        if found == (False,):
            for statement in filter(str.strip, _FILL.split(";\n")):
                connection.execute(statement)
            connection.execute("VACUUM ANALYZE")


def _measure(session: Session) -> Iterator[Figure]:
    team = session.scalars(select(Case).order_by(Case.number).limit(1)).one().team
    askers = {
        f"one team ({OF_ONE_TEAM} cases)": accounts.staff_member(
            session, Role.BENEFIT_OFFICER, team=team
        ),
        "the whole house": accounts.staff_member(session, Role.MAILROOM),
    }
    session.flush()
    begun = time.perf_counter()
    for _ in range(ROUNDS):
        words.hashes(session, "Lohnabrechnung Oktober")
    each = (time.perf_counter() - begun) * 1000 / ROUNDS
    yield Figure("hash the words of a query", each, "ms")
    for who, asker in askers.items():
        for sort, ranks in SORTS.items():
            yield from _figures(session, asker, f"{who}: a {sort} word", [ranks])
        common, medium = SORTS["common"], SORTS["medium"]
        yield from _figures(session, asker, f"{who}: two common words", [common, common])
        yield from _figures(session, asker, f"{who}: common and medium", [common, medium])


def _figures(
    session: Session, asker: StaffMember, what: str, ranks: Sequence[tuple[int, int]]
) -> Iterator[Figure]:
    taken = []
    for number in range(ROUNDS):
        asked = [low + (high - low) * number // ROUNDS for low, high in ranks]
        hashed = [_hash(session, rank + place) for place, rank in enumerate(asked)]
        wanted = search.Wanted(words=[hashed])
        session.expunge_all()
        begun = time.perf_counter()
        search.search(session, wanted, asker=session.merge(asker, load=False))
        taken.append((time.perf_counter() - begun) * 1000)
    yield Figure(f"{what}, p50", percentile(taken, 0.5), "ms")
    yield Figure(f"{what}, p95", percentile(taken, 0.95), "ms", bar=BAR_MS)


def _hash(session: Session, rank: int) -> int:
    return session.scalar(select(func.hashint8extended(rank, 7).op("&")(2**63 - 1))) or 0
