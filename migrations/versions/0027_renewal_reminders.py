"""applications: reminders that an award ends go out once; what is said of papers not there."""

import sqlalchemy as sa
from alembic import op

revision = "0027_renewal_reminders"
down_revision = "0025_instant_applications"


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
    op.create_table(
        "application_paper_answers",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("need", sa.String(), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("answer_on", sa.Date(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_application_paper_answers_application_id_applications"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "application_id", "need", name=op.f("pk_application_paper_answers")
        ),
    )


def downgrade() -> None:
    """Take away."""
    op.drop_table("application_paper_answers")
    op.drop_table("renewal_reminders")
