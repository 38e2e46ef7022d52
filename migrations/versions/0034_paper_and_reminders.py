"""applications: parts signed on paper, reminders of rounds of questions."""

import sqlalchemy as sa
from alembic import op

revision = "0034_paper_and_reminders"
down_revision = "0033_reading_along"


def upgrade() -> None:
    """Build."""
    op.add_column(
        "application_parts", sa.Column("on_paper_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("application_parts", sa.Column("paper_sha256", sa.String(), nullable=True))
    op.add_column(
        "application_parts",
        sa.Column("paper_came_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_check_constraint(
        op.f("ck_application_parts_paper_is_whole"),
        "application_parts",
        "(on_paper_at IS NULL) = (paper_sha256 IS NULL)"
        " AND (paper_came_at IS NULL OR on_paper_at IS NOT NULL)",
    )
    op.create_check_constraint(
        op.f("ck_application_parts_signed_one_way"),
        "application_parts",
        "on_paper_at IS NULL OR (opened_at IS NOT NULL AND confirmed_at IS NULL)",
    )
    op.add_column("correction_rounds", sa.Column("reminded_for", sa.Date(), nullable=True))


def downgrade() -> None:
    """Take away."""
    op.drop_column("correction_rounds", "reminded_for")
    for name in ("signed_one_way", "paper_is_whole"):
        op.drop_constraint(op.f(f"ck_application_parts_{name}"), "application_parts")
    for column in ("paper_came_at", "paper_sha256", "on_paper_at"):
        op.drop_column("application_parts", column)
