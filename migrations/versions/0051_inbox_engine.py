"""inbox: owners, clocks, rest, alarms, follow-ups; office: part-time work, caseloads, absences."""

import sqlalchemy as sa
from alembic import op

revision = "0051_inbox_engine"
down_revision = "0050_talk_table"

STAFF, ITEM = "staff_members", "work_items"
OPEN = "closed_at IS NULL"


def _columns() -> tuple[sa.Column, ...]:
    return (
        sa.Column("closed_why", sa.String()),
        sa.Column("is_private", sa.Boolean(), nullable=False, server_default="false"),
        sa.Column("given", sa.String(40)),
        sa.Column("given_at", sa.DateTime(timezone=True)),
        sa.Column("base_urgency", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("base_reason", sa.String()),
        sa.Column("given_due_on", sa.Date()),
        sa.Column("clock_days", sa.Integer()),
        sa.Column("weighed_on", sa.Date()),
        sa.Column("rests_since", sa.Date()),
        sa.Column("rests_for", sa.String(40)),
        sa.Column("due_before", sa.Date()),
        sa.Column("woke_on", sa.Date()),
        sa.Column("limit_on", sa.Date()),
        sa.Column("limit_said_at", sa.DateTime(timezone=True)),
        sa.Column("alarm", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("alarmed_at", sa.DateTime(timezone=True)),
        sa.Column("alarmed_to_id", sa.Uuid()),
    )


CHECKS = {
    "rests_until_a_day": "rests_since IS NULL OR due_on IS NOT NULL",
    "clock_positive": "clock_days > 0",
    "alarm": "alarm BETWEEN 0 AND 2",
}
INDEXES = {
    "ix_work_items_to_take_in": (
        ["opened_at", "id"],
        f"{OPEN} AND (assignee_id IS NULL OR weighed_on IS NULL)",
    ),
    "ix_work_items_due": (["due_on"], OPEN),
    "ix_work_items_limit": (["limit_on"], f"{OPEN} AND limit_on IS NOT NULL"),
    "ix_work_items_resting": (["due_on"], f"{OPEN} AND rests_since IS NOT NULL"),
}
# § 88 SGG runs for what is open already: six months from the day an application came in.
KNOWN_ITEMS = """
UPDATE work_items SET base_urgency = urgency, base_reason = urgency_reason, given_due_on = due_on,
  limit_on = CASE WHEN kind = 'application'
    THEN ((opened_at AT TIME ZONE 'Europe/Berlin') + interval '6 months')::date END
WHERE closed_at IS NULL
"""


def upgrade() -> None:
    """Build."""
    for column in _columns():
        op.add_column(ITEM, column)
    op.execute(KNOWN_ITEMS)
    for name in ("is_private", "base_urgency", "alarm"):
        op.alter_column(ITEM, name, server_default=None)
    op.create_foreign_key(
        op.f("fk_work_items_alarmed_to_id_staff_members"), ITEM, STAFF, ["alarmed_to_id"], ["id"]
    )
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_work_items_{name}"), ITEM, condition)
    for name, (columns, where) in INDEXES.items():
        op.create_index(name, ITEM, columns, postgresql_where=sa.text(where))
    _steps()
    _follow_ups()
    _workload()


def _steps() -> None:
    op.create_table(
        "item_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("to_id", sa.Uuid()),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        _key("item_steps", "item_id", ITEM, ondelete="CASCADE"),
        _key("item_steps", "to_id", STAFF),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_steps")),
    )
    op.create_index("ix_item_steps_item", "item_steps", ["item_id", "at"])


def _follow_ups() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid()),
        sa.Column("item_id", sa.Uuid()),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("came_back_at", sa.DateTime(timezone=True)),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("done_by_name", sa.String()),
        sa.CheckConstraint(
            "length(note) BETWEEN 1 AND 500", name=op.f("ck_follow_ups_note_length")
        ),
        sa.CheckConstraint(
            "(done_at IS NULL) = (done_by_name IS NULL)", name=op.f("ck_follow_ups_done_pair")
        ),
        _key("follow_ups", "owner_id", STAFF),
        _key("follow_ups", "team_id", "teams"),
        _key("follow_ups", "item_id", ITEM, ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
    )
    for name, columns, where in (
        ("ix_follow_ups_day", ["day"], "came_back_at IS NULL"),
        ("ix_follow_ups_owner", ["owner_id", "day"], "done_at IS NULL"),
        ("ix_follow_ups_team", ["team_id", "day"], "done_at IS NULL"),
        ("ix_follow_ups_case", ["case_id"], "case_id IS NOT NULL"),
    ):
        op.create_index(name, "follow_ups", columns, postgresql_where=sa.text(where))
    op.create_index(op.f("ix_follow_ups_item_id"), "follow_ups", ["item_id"])


def _workload() -> None:
    op.create_table(
        "work_shares",
        sa.Column("staff_member_id", sa.Uuid(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("takes_items", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("set_by_name", sa.String(), nullable=False),
        sa.CheckConstraint("percent BETWEEN 5 AND 100", name=op.f("ck_work_shares_percent")),
        _key("work_shares", "staff_member_id", STAFF, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("staff_member_id", name=op.f("pk_work_shares")),
    )
    op.create_table(
        "caseloads",
        sa.Column("staff_member_id", sa.Uuid(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("share >= 0 AND cases >= 0", name=op.f("ck_caseloads_not_negative")),
        _key("caseloads", "staff_member_id", STAFF, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("staff_member_id", name=op.f("pk_caseloads")),
    )
    op.create_table(
        "away_times",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_member_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_away_times_ends_later")),
        _key("away_times", "staff_member_id", STAFF, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_away_times")),
    )
    op.create_index("ix_away_times_staff_member", "away_times", ["staff_member_id", "ends_at"])


def _key(table: str, column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=ondelete)


def downgrade() -> None:
    """Take away. What came back as a follow-up goes: the older portal has no such kind."""
    op.execute("DELETE FROM work_items WHERE kind = 'follow_up'")
    for table in ("away_times", "caseloads", "work_shares", "follow_ups", "item_steps"):
        op.drop_table(table)
    for name in INDEXES:
        op.drop_index(name, ITEM)
    for column in reversed(_columns()):
        op.drop_column(ITEM, column.name)
