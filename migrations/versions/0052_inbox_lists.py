"""inbox: words, Aktenzeichen and stamps of items; kept views; deeds on many items."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0052_inbox_lists"
down_revision = "0051_inbox_engine"

MARKS = "-_./@:<>&+~,;"
RANK = ["(- urgency)", "COALESCE(due_on, '9999-12-31'::date)", "opened_at", "id"]
OPEN = "closed_at IS NULL"
BESIDE = ["kind", "case_id", "changed_at", "urgency", "due_on", "is_private"]
OTHER = {"team_id": "assignee_id", "assignee_id": "team_id"}
RANKED = {
    "ix_work_items_team": ("team_id", RANK, OPEN),
    "ix_work_items_mine": ("assignee_id", RANK, OPEN),
    "ix_work_items_free": ("team_id", RANK, "closed_at IS NULL AND assignee_id IS NULL"),
    "ix_work_items_by_due": ("team_id", [RANK[1], "id", "opened_at"], OPEN),
    "ix_work_items_by_age": ("team_id", ["opened_at", "id"], OPEN),
}
FINISHED = {"ix_work_items_done": "team_id", "ix_work_items_done_by": "assignee_id"}
STAMPED = {"ix_work_items_stamp": "team_id", "ix_work_items_my_stamp": "assignee_id"}
TEAM_WORDS = """
to_tsvector('simple'::regconfig, regexp_replace({words},
    '\\S+', CASE WHEN closed_at IS NULL THEN 'o' ELSE 'd' END || left(team_id::text, 8) || '\\&',
    'g'))
"""
# A page of the list is read from an index alone where the rows are known to be visible to all.
VACUUM_SOON = """
ALTER TABLE work_items SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02)
"""
VACUUM_AS_USUAL = """
ALTER TABLE work_items RESET (
    autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor,
    autovacuum_analyze_scale_factor)
"""
FILL_REFERENCES = """
INSERT INTO case_references (case_id, reference)
SELECT id, 'JC-' || lpad(number::text, 7, '0') FROM cases
"""
TELL_ITEMS = """
UPDATE work_items SET reference = told.reference
FROM case_references told WHERE told.case_id = work_items.case_id
"""


def _plain(column: str) -> str:
    return f"translate(COALESCE({column}, ''), '{MARKS}', '{' ' * len(MARKS)}')"


def _words(column: str, weight: str) -> str:
    return f"setweight(to_tsvector('simple'::regconfig, {_plain(column)}), '{weight}')"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "case_references",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_references")),
    )
    op.execute(FILL_REFERENCES)
    op.add_column("work_items", sa.Column("reference", sa.String(), nullable=True))
    op.execute(TELL_ITEMS)
    op.execute("CREATE SEQUENCE work_item_stamps")
    stamp = sa.text("nextval('work_item_stamps')")
    op.add_column(
        "work_items", sa.Column("stamp", sa.BigInteger(), server_default=stamp, nullable=False)
    )
    columns = {"person": "A", "reference": "B", "title": "C", "reason": "D"}
    words = sa.Computed(" || ".join(_words(*each) for each in columns.items()), persisted=True)
    op.add_column("work_items", sa.Column("words", postgresql.TSVECTOR(), words, nullable=False))
    kind = "'0kind0' || replace(kind, '_', '')"
    told = TEAM_WORDS.format(words=" || ' ' || ".join([kind, *map(_plain, columns)]))
    team_words = sa.Computed(told, persisted=True)
    op.add_column(
        "work_items", sa.Column("team_words", postgresql.TSVECTOR(), team_words, nullable=False)
    )
    op.execute(VACUUM_SOON)
    _indexes()
    _views()


def _indexes() -> None:
    for name in ("ix_work_items_rank", "ix_work_items_team", "ix_work_items_mine"):
        op.drop_index(name, table_name="work_items")
    for name, (column, order, where) in RANKED.items():
        op.create_index(
            name,
            "work_items",
            [column, *map(sa.text, order)],
            postgresql_where=where,
            postgresql_include=[OTHER[column], *BESIDE],
        )
    for name, column in FINISHED.items():
        op.create_index(
            name,
            "work_items",
            [column, "closed_at", "id"],
            postgresql_where="closed_at IS NOT NULL",
            postgresql_include=[OTHER[column], *BESIDE, "opened_at"],
        )
    for name, column in STAMPED.items():
        op.create_index(name, "work_items", [column, "stamp"])
    op.create_index("ix_work_items_words", "work_items", ["team_words"], postgresql_using="gin")


def _views() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "length(name) BETWEEN 1 AND 60", name=op.f("ck_saved_views_name_length")
        ),
        _key("saved_views", "owner_id", "staff_members"),
        _key("saved_views", "team_id", "teams"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
    )
    op.create_index("ix_saved_views_owner", "saved_views", ["owner_id", "name"])
    op.create_index(
        "ix_saved_views_team",
        "saved_views",
        ["team_id", "name"],
        postgresql_where="team_id IS NOT NULL",
    )
    op.create_table(
        "default_views",
        sa.Column("staff_member_id", sa.Uuid(), nullable=False),
        sa.Column("view_id", sa.Uuid(), nullable=False),
        _key("default_views", "staff_member_id", "staff_members"),
        _key("default_views", "view_id", "saved_views"),
        sa.PrimaryKeyConstraint("staff_member_id", name=op.f("pk_default_views")),
    )
    op.create_index(op.f("ix_default_views_view_id"), "default_views", ["view_id"])
    op.create_table(
        "many_deeds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_member_id", sa.Uuid(), nullable=False),
        sa.Column("deed", sa.String(40), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        _key("many_deeds", "staff_member_id", "staff_members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_many_deeds")),
    )
    op.create_index("ix_many_deeds_latest", "many_deeds", ["staff_member_id", "at"])


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    """Take away."""
    for table in ("many_deeds", "default_views", "saved_views"):
        op.drop_table(table)
    op.execute(VACUUM_AS_USUAL)
    for name in (*RANKED, *FINISHED, *STAMPED, "ix_work_items_words"):
        op.drop_index(name, table_name="work_items")
    for column in ("team_words", "words", "stamp", "reference"):
        op.drop_column("work_items", column)
    op.execute("DROP SEQUENCE work_item_stamps")
    op.drop_table("case_references")
    for name, columns in (
        ("ix_work_items_rank", [sa.text(one) for one in RANK]),
        ("ix_work_items_team", ["team_id", "assignee_id"]),
        ("ix_work_items_mine", ["assignee_id"]),
    ):
        op.create_index(name, "work_items", columns, postgresql_where=OPEN)
