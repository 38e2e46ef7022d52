"""uploads: files on their way in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017_uploads"
down_revision = "0016_vault"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("basket", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("declared_type", sa.String(), nullable=False),
        sa.Column("declared_sha256", sa.String(), nullable=True),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("content_type", sa.String(), nullable=True),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("warnings", JSONB(), nullable=False),
        sa.Column("is_redacted", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'ready') = (content_type IS NOT NULL AND page_count IS NOT NULL)",
            name=op.f("ck_uploads_ready_is_known"),
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (fault IS NOT NULL)", name=op.f("ck_uploads_refused_has_fault")
        ),
        sa.CheckConstraint("length > 0", name=op.f("ck_uploads_length_positive")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_uploads_file_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["citizens.id"], name=op.f("fk_uploads_owner_id")),
        sa.ForeignKeyConstraint(["sender_id"], ["citizens.id"], name=op.f("fk_uploads_sender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index("ix_uploads_expires", "uploads", ["expires_at"])
    op.create_index("ix_uploads_owner", "uploads", ["owner_id", "basket", "position"])


def downgrade() -> None:
    """Take away."""
    op.drop_index("ix_uploads_owner", table_name="uploads")
    op.drop_index("ix_uploads_expires", table_name="uploads")
    op.drop_table("uploads")
