"""inbox: words, Aktenzeichen and stamps of items; kept views; deeds on many items."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0052_inbox_lists"
down_revision = "0050_talk_table"

MARKS = "-_./@:<>&+~,;"
RANK = ["(- urgency)", "COALESCE(due_on, '9999-12-31'::date)", "opened_at", "id"]
OPEN = "closed_at IS NULL"
RANKED = {
    "ix_work_items_team": (["team_id"], OPEN),
    "ix_work_items_mine": (["assignee_id"], OPEN),
    "ix_work_items_kind": (["team_id", "kind"], OPEN),
    "ix_work_items_free": (["team_id"], "closed_at IS NULL AND assignee_id IS NULL"),
}
PLAIN = {
    "ix_work_items_done": ["team_id", "closed_at", "id"],
    "ix_work_items_done_by": ["assignee_id", "closed_at", "id"],
    "ix_work_items_stamp": ["team_id", "stamp"],
    "ix_work_items_my_stamp": ["assignee_id", "stamp"],
}
FILL_REFERENCES = """
INSERT INTO case_references (case_id, reference)
SELECT id, 'JC-' || lpad(number::text, 7, '0') FROM cases
"""
TELL_ITEMS = """
UPDATE work_items SET reference = told.reference
FROM case_references told WHERE told.case_id = work_items.case_id
"""


def _words(column: str, weight: str) -> str:
    plain = f"translate(COALESCE({column}, ''), '{MARKS}', '{' ' * len(MARKS)}')"
    return f"setweight(to_tsvector('simple'::regconfig, {plain}), '{weight}')"


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
    for name in ("ix_work_items_rank", "ix_work_items_team", "ix_work_items_mine"):
        op.drop_index(name, table_name="work_items")
    for name, (before, where) in RANKED.items():
        rank = [sa.text(one) for one in RANK]
        op.create_index(name, "work_items", [*before, *rank], postgresql_where=where)
    for name, those in PLAIN.items():
        op.create_index(name, "work_items", those)
    op.create_index(
        "ix_work_items_team_due",
        "work_items",
        ["team_id", "due_on"],
        postgresql_where="closed_at IS NULL AND due_on IS NOT NULL",
    )
    op.create_index("ix_work_items_words", "work_items", ["words"], postgresql_using="gin")
    _views()


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
    for name in (*RANKED, *PLAIN, "ix_work_items_team_due", "ix_work_items_words"):
        op.drop_index(name, table_name="work_items")
    for column in ("words", "stamp", "reference"):
        op.drop_column("work_items", column)
    op.execute("DROP SEQUENCE work_item_stamps")
    op.drop_table("case_references")
    for name, columns in (
        ("ix_work_items_rank", [sa.text(one) for one in RANK]),
        ("ix_work_items_team", ["team_id", "assignee_id"]),
        ("ix_work_items_mine", ["assignee_id"]),
    ):
        op.create_index(name, "work_items", columns, postgresql_where=OPEN)
