"""casefiles: access of one person to one file; indices of the wall around files."""

import sqlalchemy as sa
from alembic import op

revision = "0013_case_access"
down_revision = "0012_office"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "case_accesses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("staff_member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "ground",
            sa.String(length=40),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "outcome",
            sa.String(length=40),
            nullable=True,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "CASE ground WHEN 'break_glass'"
            " THEN (starts_at IS NOT NULL) = (outcome IS NOT DISTINCT FROM 'granted')"
            " ELSE starts_at IS NOT NULL AND decided_at IS NULL END",
            name=op.f("ck_case_accesses_granted_by_somebody"),
        ),
        sa.CheckConstraint(
            "(starts_at IS NULL) = (ends_at IS NULL)", name=op.f("ck_case_accesses_time_pair")
        ),
        sa.CheckConstraint(
            "decided_by_id <> staff_member_id", name=op.f("ck_case_accesses_two_people")
        ),
        sa.CheckConstraint("ends_at >= starts_at", name=op.f("ck_case_accesses_ends_later")),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_case_accesses_has_reason")),
        sa.CheckConstraint(
            "num_nonnulls(decided_at, decided_by_id, outcome) IN (0, 3)",
            name=op.f("ck_case_accesses_decided_together"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_accesses_case_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["staff_members.id"], name=op.f("fk_case_accesses_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_case_accesses_staff_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_accesses")),
    )
    op.create_index(op.f("ix_case_accesses_case_id"), "case_accesses", ["case_id"], unique=False)
    op.create_index(
        "ix_case_accesses_staff_member",
        "case_accesses",
        ["staff_member_id", "case_id", "ends_at"],
        unique=False,
    )
    op.create_index("ix_case_accesses_subject", "case_accesses", ["subject_id"], unique=False)
    op.create_index(
        "uq_case_accesses_waiting",
        "case_accesses",
        ["case_id", "staff_member_id"],
        unique=True,
        postgresql_where="ground = 'break_glass' AND decided_at IS NULL",
    )
    op.create_index("ix_cases_benefit_officer", "cases", ["benefit_officer_id"], unique=False)
    op.create_index(
        "ix_cases_integration_officer", "cases", ["integration_officer_id"], unique=False
    )
    op.create_index("ix_cases_team", "cases", ["team_id", "number"], unique=False)
    op.create_index(
        "ix_work_items_case",
        "work_items",
        ["case_id"],
        unique=False,
        postgresql_where="closed_at IS NULL",
    )


def downgrade() -> None:
    """Take away."""
    op.drop_index("ix_work_items_case", table_name="work_items")
    op.drop_index("ix_cases_team", table_name="cases")
    op.drop_index("ix_cases_integration_officer", table_name="cases")
    op.drop_index("ix_cases_benefit_officer", table_name="cases")
    op.drop_index("uq_case_accesses_waiting", table_name="case_accesses")
    op.drop_index("ix_case_accesses_subject", table_name="case_accesses")
    op.drop_index("ix_case_accesses_staff_member", table_name="case_accesses")
    op.drop_index("ix_case_accesses_case_id", table_name="case_accesses")
    op.drop_table("case_accesses")
