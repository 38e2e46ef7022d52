"""applications: each reminder that an award ends goes out once."""

import sqlalchemy as sa
from alembic import op

revision = "0027_renewal_reminders"
down_revision = "0024_applications"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "renewal_reminders",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("award_until", sa.Date(), nullable=False),
        sa.Column("days_before", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_renewal_reminders_case_id_cases")
        ),
        sa.PrimaryKeyConstraint(
            "case_id", "award_until", "days_before", name=op.f("pk_renewal_reminders")
        ),
    )


def downgrade() -> None:
    """Take away."""
    op.drop_table("renewal_reminders")
