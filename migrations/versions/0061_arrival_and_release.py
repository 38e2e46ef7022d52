"""letters: each answer on their deadline, the day they really came; who releases for whom."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0061_arrival_and_release"
down_revision = "0060_folded_messages"

# What was settled before has one answer; earlier ones stand in the trail only.
FIRST_ANSWERS = """
    INSERT INTO letter_deadlines (letter_id, number, counts_from, remedy_until, reason, settled_at)
    SELECT id, 1, counts_from, remedy_until, deadline_reason, deadline_at
    FROM letters WHERE counts_from IS NOT NULL
"""


def upgrade() -> None:
    """Build."""
    op.add_column("letters", sa.Column("arrived_on", sa.Date(), nullable=True))
    op.create_table(
        "letter_deadlines",
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("counts_from", sa.Date(), nullable=False),
        sa.Column("remedy_until", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"],
            ["letters.id"],
            name=op.f("fk_letter_deadlines_letter_id_letters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("letter_id", "number", name=op.f("pk_letter_deadlines")),
    )
    op.execute(FIRST_ANSWERS)
    op.create_table(
        "letter_arrivals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("arrived_on", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(length=40), nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_by_name", sa.String(), nullable=False),
        sa.CheckConstraint(
            "basis = 'told' OR words IS NOT NULL", name=op.f("ck_letter_arrivals_noted_has_why")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"],
            ["letters.id"],
            name=op.f("fk_letter_arrivals_letter_id_letters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_arrivals")),
    )
    op.create_index("ix_letter_arrivals_letter", "letter_arrivals", ["letter_id", "said_at"])
    op.add_column("work_items", sa.Column("kept_from", postgresql.JSONB(), nullable=True))
    _release_deputies()


def _release_deputies() -> None:
    op.create_table(
        "release_deputies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("deputy_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("named_by_name", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_name", sa.String(), nullable=True),
        sa.CheckConstraint(
            "last_day >= first_day", name=op.f("ck_release_deputies_last_day_later")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by_name IS NULL)",
            name=op.f("ck_release_deputies_ended_pair"),
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_release_deputies_team_id_teams")
        ),
        sa.ForeignKeyConstraint(
            ["deputy_id"],
            ["staff_members.id"],
            name=op.f("fk_release_deputies_deputy_id_staff_members"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_deputies")),
    )
    op.create_index("ix_release_deputies_team", "release_deputies", ["team_id", "first_day"])


def downgrade() -> None:
    """Take away."""
    op.drop_table("release_deputies")
    op.drop_column("work_items", "kept_from")
    op.drop_table("letter_arrivals")
    op.drop_table("letter_deadlines")
    op.drop_column("letters", "arrived_on")
