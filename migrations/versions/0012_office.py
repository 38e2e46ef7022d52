"""office: substitutions and conflicts of interest."""

import sqlalchemy as sa
from alembic import op

revision = "0012_office"
down_revision = "0011_keys"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "conflicts_of_interest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_member_id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.String(length=40),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declared_by_name", sa.String(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_name", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by_name IS NULL)",
            name=op.f("ck_conflicts_of_interest_lifted_pair"),
        ),
        sa.ForeignKeyConstraint(
            ["citizen_id"],
            ["citizens.id"],
            name=op.f("fk_conflicts_of_interest_citizen_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_conflicts_of_interest_staff_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflicts_of_interest")),
    )
    op.create_index(
        op.f("ix_conflicts_of_interest_citizen_id"),
        "conflicts_of_interest",
        ["citizen_id"],
        unique=False,
    )
    op.create_index(
        "uq_conflicts_of_interest_in_force",
        "conflicts_of_interest",
        ["staff_member_id", "citizen_id"],
        unique=True,
        postgresql_where="lifted_at IS NULL",
    )
    op.create_table(
        "substitutions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("absent_id", sa.Uuid(), nullable=False),
        sa.Column("substitute_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_name", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_name", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by_name IS NULL)", name=op.f("ck_substitutions_ended_pair")
        ),
        sa.CheckConstraint("absent_id <> substitute_id", name=op.f("ck_substitutions_two_people")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_substitutions_last_day_later")),
        sa.ForeignKeyConstraint(
            ["absent_id"], ["staff_members.id"], name=op.f("fk_substitutions_absent_id")
        ),
        sa.ForeignKeyConstraint(
            ["substitute_id"], ["staff_members.id"], name=op.f("fk_substitutions_substitute_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitutions")),
    )
    op.create_index(
        "ix_substitutions_absent", "substitutions", ["absent_id", "last_day"], unique=False
    )
    op.create_index(
        "ix_substitutions_substitute", "substitutions", ["substitute_id", "last_day"], unique=False
    )


def downgrade() -> None:
    """Take away."""
    op.drop_index("ix_substitutions_substitute", table_name="substitutions")
    op.drop_index("ix_substitutions_absent", table_name="substitutions")
    op.drop_table("substitutions")
    op.drop_index("uq_conflicts_of_interest_in_force", table_name="conflicts_of_interest")
    op.drop_index("ix_conflicts_of_interest_citizen_id", table_name="conflicts_of_interest")
    op.drop_table("conflicts_of_interest")
