"""core: what jobs have counted; casefiles: what nobody has read by machine yet."""

import sqlalchemy as sa
from alembic import op

revision = "0021_tallies"
down_revision = "0020_intake"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "tallies",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "kind", name=op.f("pk_tallies")),
    )
    op.create_index(
        "ix_documents_unread",
        "documents",
        ["received_at"],
        postgresql_where="text_file_id IS NULL AND page_count IS NOT NULL",
    )


def downgrade() -> None:
    """Take away."""
    op.drop_index("ix_documents_unread", table_name="documents")
    op.drop_table("tallies")
