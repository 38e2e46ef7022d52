"""identity: letters with a code, numbers for the counter."""

import sqlalchemy as sa
from alembic import op

revision = "0014_identity"
down_revision = "0013_case_access"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "code_letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("printed_by_name", sa.String(), nullable=True),
        sa.Column("code_hash", sa.String(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("customer_number", sa.String(), nullable=True),
        sa.Column("recipient", sa.String(), nullable=True),
        sa.Column("street", sa.String(), nullable=True),
        sa.Column("postcode", sa.String(), nullable=True),
        sa.Column("city", sa.String(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(printed_at, printed_by_name, code_hash, expires_at, customer_number,"
            " recipient, street, postcode, city) IN (0, 9)",
            name=op.f("ck_code_letters_printed_together"),
        ),
        sa.CheckConstraint("expires_at > printed_at", name=op.f("ck_code_letters_expires_later")),
        sa.CheckConstraint(
            "used_at IS NULL OR printed_at IS NOT NULL",
            name=op.f("ck_code_letters_used_after_print"),
        ),
        sa.CheckConstraint(
            "used_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_code_letters_one_end")
        ),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name=op.f("ck_code_letters_tries")),
        sa.ForeignKeyConstraint(
            ["citizen_id"],
            ["citizens.id"],
            name=op.f("fk_code_letters_citizen_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_letters")),
    )
    op.create_index(
        "ix_code_letters_citizen_id", "code_letters", ["citizen_id", "asked_at"], unique=False
    )
    op.create_index(
        "uq_code_letters_open",
        "code_letters",
        ["citizen_id"],
        unique=True,
        postgresql_where=sa.text("used_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_table(
        "counter_numbers",
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("expires_at > shown_at", name=op.f("ck_counter_numbers_expires_later")),
        sa.CheckConstraint("number ~ '^[0-9]{6}$'", name=op.f("ck_counter_numbers_six_digits")),
        sa.ForeignKeyConstraint(
            ["citizen_id"],
            ["citizens.id"],
            name=op.f("fk_counter_numbers_citizen_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("citizen_id", name=op.f("pk_counter_numbers")),
        sa.UniqueConstraint("number", name=op.f("uq_counter_numbers_number")),
    )


def downgrade() -> None:
    """Take away."""
    op.drop_table("counter_numbers")
    op.drop_index(
        "uq_code_letters_open",
        table_name="code_letters",
        postgresql_where=sa.text("used_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.drop_index("ix_code_letters_citizen_id", table_name="code_letters")
    op.drop_table("code_letters")
