"""inbox: the latest changes of an item and not only the last; its next step among its words."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0066_changes_of_items"
down_revision = "0065_kept_from"

MARKS = "-_./@:<>&+~,;"
BEFORE = {"person": "A", "reference": "B", "title": "C", "reason": "D"}
NOW = {**BEFORE, "next_step": "D"}
TEAM_WORDS = """
to_tsvector('simple'::regconfig, regexp_replace({words},
    '\\S+', CASE WHEN closed_at IS NULL THEN 'o' ELSE 'd' END || left(team_id::text, 8) || '\\&',
    'g'))
"""
# Written as Python does, with the offset: the list compares the moments of changes with a look.
KEEP_THE_LAST = """
UPDATE work_items SET changes = jsonb_build_array(jsonb_build_array(
    to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), last_change))
WHERE last_change IS NOT NULL
"""
ONLY_THE_LAST = "UPDATE work_items SET last_change = changes -> -1 ->> 1"


def _plain(column: str) -> str:
    return f"translate(COALESCE({column}, ''), '{MARKS}', '{' ' * len(MARKS)}')"


def _words(column: str, weight: str) -> str:
    return f"setweight(to_tsvector('simple'::regconfig, {_plain(column)}), '{weight}')"


def _find_by(columns: dict[str, str]) -> None:
    """Build the words of each item anew in one pass over the table, and their index.

    PostgreSQL before 17 cannot change what a column is made of, so both go and come again.
    """
    words = " || ".join(_words(*each) for each in columns.items())
    kind = "'0kind0' || replace(kind, '_', '')"
    told = TEAM_WORDS.format(words=" || ' ' || ".join([kind, *map(_plain, columns)]))
    op.drop_index("ix_work_items_words", table_name="work_items")
    op.execute(
        "ALTER TABLE work_items DROP COLUMN team_words, DROP COLUMN words,"
        f" ADD COLUMN words tsvector NOT NULL GENERATED ALWAYS AS ({words}) STORED,"
        f" ADD COLUMN team_words tsvector NOT NULL GENERATED ALWAYS AS ({told}) STORED"
    )
    op.create_index("ix_work_items_words", "work_items", ["team_words"], postgresql_using="gin")


def upgrade() -> None:
    """Build."""
    op.add_column(
        "work_items",
        sa.Column(
            "changes", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
    )
    op.execute(KEEP_THE_LAST)
    op.drop_column("work_items", "last_change")
    _find_by(NOW)


def downgrade() -> None:
    """Take away."""
    _find_by(BEFORE)
    op.add_column("work_items", sa.Column("last_change", sa.String(), nullable=True))
    op.execute(ONLY_THE_LAST)
    op.drop_column("work_items", "changes")
