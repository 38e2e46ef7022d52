"""applications: forms that repeat for persons, their words kept, answers with their source."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024_applications"
down_revision = "0023_search"

PLACE = "uq_application_answers_place"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "form_versions",
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("definition", JSONB(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("form", "version", "edition", name=op.f("pk_form_versions")),
    )
    op.add_column(
        "applications", sa.Column("edition", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("applications", sa.Column("sent_sources", JSONB(), nullable=True))
    op.add_column("applications", sa.Column("moved", JSONB(), nullable=True))
    op.add_column("application_answers", sa.Column("owner_id", sa.Uuid(), nullable=True))
    op.add_column("application_answers", sa.Column("by_name", sa.String(), nullable=True))
    op.add_column(
        "application_answers",
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.drop_constraint(PLACE, "application_answers")
    op.create_unique_constraint(
        PLACE,
        "application_answers",
        ["application_id", "question_id", "row_id", "owner_id"],
        postgresql_nulls_not_distinct=True,
    )


def downgrade() -> None:
    """Take away."""
    op.execute("DELETE FROM application_answers WHERE owner_id IS NOT NULL")
    op.drop_constraint(PLACE, "application_answers")
    op.create_unique_constraint(
        PLACE,
        "application_answers",
        ["application_id", "question_id", "row_id"],
        postgresql_nulls_not_distinct=True,
    )
    op.drop_column("application_answers", "confirmed_at")
    op.drop_column("application_answers", "by_name")
    op.drop_column("application_answers", "owner_id")
    op.drop_column("applications", "moved")
    op.drop_column("applications", "sent_sources")
    op.drop_column("applications", "edition")
    op.drop_table("form_versions")
