"""casefiles: words to search by, holds, packages to take away."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0019_keeping"
down_revision = "0018_handed_in"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "case_exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "file_id IS NULL OR finished_at IS NOT NULL",
            name=op.f("ck_case_exports_file_is_finished"),
        ),
        sa.CheckConstraint(
            "finished_at IS NULL OR failed_at IS NULL", name=op.f("ck_case_exports_one_end")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["staff_members.id"], name=op.f("fk_case_exports_asked_by_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_exports_case_id")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_files.id"], name=op.f("fk_case_exports_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_exports")),
    )
    op.create_index("ix_case_exports_case", "case_exports", ["case_id", "asked_at"])
    op.create_table(
        "document_words",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("words", ARRAY(sa.BigInteger()), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.id"],
            name=op.f("fk_document_words_document_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_document_words")),
    )
    op.create_index("ix_document_words_words", "document_words", ["words"], postgresql_using="gin")
    op.create_table(
        "holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by_id", sa.Uuid(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by_id IS NULL)", name=op.f("ck_holds_lifted_pair")
        ),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_holds_has_reason")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_holds_case_id")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_holds_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by_id"], ["staff_members.id"], name=op.f("fk_holds_lifted_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["staff_members.id"], name=op.f("fk_holds_set_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_case", "holds", ["case_id"], postgresql_where="lifted_at IS NULL")


def downgrade() -> None:
    """Take away."""
    op.drop_index("ix_holds_case", table_name="holds")
    op.drop_table("holds")
    op.drop_index("ix_document_words_words", table_name="document_words")
    op.drop_table("document_words")
    op.drop_index("ix_case_exports_case", table_name="case_exports")
    op.drop_table("case_exports")
