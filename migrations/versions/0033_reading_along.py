"""applications: somebody of the office reads a draft along and proposes answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033_reading_along"
down_revision = "0031_calendars"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "application_readings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_member_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(staff_member_id IS NULL) = (opened_at IS NULL)",
            name=op.f("ck_application_readings_taken_pair"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_application_readings_application_id_applications"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_application_readings_staff_member_id_staff_members"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_readings")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_application_readings_code_hash")),
    )
    op.create_index(
        op.f("ix_application_readings_application_id"), "application_readings", ["application_id"]
    )
    op.create_index(
        op.f("ix_application_readings_staff_member_id"),
        "application_readings",
        ["staff_member_id"],
    )
    op.create_index(
        "uq_application_readings_open",
        "application_readings",
        ["application_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "application_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_application_proposals_application_id_applications"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["staff_members.id"],
            name=op.f("fk_application_proposals_by_id_staff_members"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_proposals")),
        sa.UniqueConstraint(
            "application_id",
            "question_id",
            "row_id",
            "owner_id",
            name="uq_application_proposals_place",
            postgresql_nulls_not_distinct=True,
        ),
    )


def downgrade() -> None:
    """Take away."""
    op.drop_table("application_proposals")
    op.drop_table("application_readings")
