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
from portal.casefiles.models import Case, Document
from portal.core import embedded, schema
from portal.core.config import Settings
from portal.core.db import db
from tests.bench.figures import Figure, percentile
from tests.factories import accounts

DOCUMENTS, EACH_CASE, OF_ONE_TEAM = 1_000_000, 40, 400
VOCABULARY, WORDS_EACH = 200_000, 60
ROUNDS, BAR_MS = 30, 100
SORTS = {
    "rare": (20_000, 150_000),
    "medium": (400, 1_500),
    "common": (1, 20),
}
"""How rare a word is → the ranks it is drawn from: some 100, 7,000 and 500,000 documents."""

_WORD = "hashint8extended({rank}::bigint, 7) & 9223372036854775807"
_FILL = f"""
INSERT INTO teams (id, name)
    SELECT gen_random_uuid(), 'Team ' || n
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
INSERT INTO document_words (document_id, words)
    SELECT one.id, ARRAY(
        SELECT DISTINCT {_WORD.format(rank=f"floor(exp(random() * ln({VOCABULARY})))")}
        FROM generate_series(1, {WORDS_EACH}) WHERE one.id IS NOT NULL)
    FROM documents one;
SET maintenance_work_mem = '512MB';
CREATE INDEX ix_document_words_words ON document_words USING gin (words);
"""
