"""casefiles: what a search over words needs to read one table alone, newest first."""

import sqlalchemy as sa
from alembic import op

revision = "0023_search"
down_revision = "0022_receipt_manifest"


def upgrade() -> None:
    """Build. Rows go: the nightly job hashes the words of every document without them anew."""
    op.execute("DELETE FROM document_words")
    op.add_column("document_words", sa.Column("case_id", sa.Uuid(), nullable=False))
    op.add_column(
        "document_words", sa.Column("received_at", sa.DateTime(timezone=True), nullable=False)
    )
    op.add_column("document_words", sa.Column("key_mark", sa.BigInteger(), nullable=False))
    op.create_index(
        "ix_document_words_newest", "document_words", [sa.text("received_at DESC"), "document_id"]
    )
    op.create_index("ix_document_words_key_mark", "document_words", ["key_mark"])
    # The planner must tell rare words from common ones, or it walks all documents for a rare one.
    op.execute("ALTER TABLE document_words ALTER COLUMN words SET STATISTICS 1000")


def downgrade() -> None:
    """Take away."""
    op.execute("ALTER TABLE document_words ALTER COLUMN words SET STATISTICS -1")
    op.drop_index("ix_document_words_key_mark", table_name="document_words")
    op.drop_index("ix_document_words_newest", table_name="document_words")
    op.drop_column("document_words", "key_mark")
    op.drop_column("document_words", "received_at")
    op.drop_column("document_words", "case_id")
