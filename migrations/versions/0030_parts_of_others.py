"""applications: others of the household fill in their own part of a draft."""

import sqlalchemy as sa
from alembic import op

revision = "0030_parts_of_others"
down_revision = "0029_form_edits"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "application_parts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(citizen_id IS NULL) = (opened_at IS NULL)",
            name=op.f("ck_application_parts_taken_pair"),
        ),
        sa.CheckConstraint(
            "confirmed_at IS NULL OR opened_at IS NOT NULL",
            name=op.f("ck_application_parts_confirmed_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_application_parts_application_id_applications"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_application_parts_citizen_id_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_parts")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_application_parts_code_hash")),
    )
    op.create_index(op.f("ix_application_parts_citizen_id"), "application_parts", ["citizen_id"])
    op.create_index(
        "uq_application_parts_open",
        "application_parts",
        ["application_id", "owner_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def downgrade() -> None:
    """Take away."""
    op.drop_table("application_parts")
