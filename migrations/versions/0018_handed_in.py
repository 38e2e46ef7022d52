"""casefiles: hand-ins with receipts, verdicts, months, page sources, answers to requests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0018_handed_in"
down_revision = "0017_uploads"

CHECKS = (
    (
        "shown_is_clean",
        "documents",
        "served_file_id IS NULL OR from_office OR verdict = 'clean'",
    ),
    (
        "verdict_has_time",
        "documents",
        "(verdict IN ('clean', 'infected')) = (scanned_at IS NOT NULL)",
    ),
    ("months_in_order", "documents", "months_until >= months_from"),
    ("answer_has_time", "evidence_requests", "(answer IS NULL) = (answered_at IS NULL)"),
    ("only_later_has_day", "evidence_requests", "answer_on IS NULL OR answer = 'later'"),
    ("months_in_order", "evidence_requests", "months_until >= months_from"),
)


def upgrade() -> None:
    """Build."""
    op.create_table(
        "hand_ins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("manifest_sha256", sa.String(), nullable=False),
        sa.Column("receipt_file_id", sa.Uuid(), nullable=True),
        sa.Column("receipt_sha256", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(receipt_file_id IS NULL) = (receipt_sha256 IS NULL)",
            name=op.f("ck_hand_ins_receipt_pair"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_hand_ins_case_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["citizens.id"], name=op.f("fk_hand_ins_owner_id")),
        sa.ForeignKeyConstraint(
            ["receipt_file_id"], ["stored_files.id"], name=op.f("fk_hand_ins_receipt_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_ins")),
        sa.UniqueConstraint("code", name=op.f("uq_hand_ins_code")),
    )
    op.create_index("ix_hand_ins_owner", "hand_ins", ["owner_id", "at"])
    op.create_index("ix_hand_ins_receipt", "hand_ins", ["receipt_sha256"])
    op.add_column("documents", sa.Column("hand_in_id", sa.Uuid(), nullable=True))
    op.add_column("documents", sa.Column("about_id", sa.Uuid(), nullable=True))
    op.add_column("documents", sa.Column("months_from", sa.Date(), nullable=True))
    op.add_column("documents", sa.Column("months_until", sa.Date(), nullable=True))
    op.add_column(
        "documents",
        sa.Column("verdict", sa.String(length=40), server_default="clean", nullable=False),
    )
    op.add_column("documents", sa.Column("finding", sa.String(), nullable=True))
    op.add_column("documents", sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("documents", sa.Column("archive_file_id", sa.Uuid(), nullable=True))
    op.add_column("documents", sa.Column("text_file_id", sa.Uuid(), nullable=True))
    op.add_column("documents", sa.Column("derived_from_id", sa.Uuid(), nullable=True))
    op.add_column("documents", sa.Column("merged_into_id", sa.Uuid(), nullable=True))
    op.add_column(
        "documents", sa.Column("is_redacted", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("documents", sa.Column("warnings", JSONB(), server_default="[]", nullable=False))
    op.create_index("ix_documents_hand_in", "documents", ["hand_in_id"])
    op.create_index(
        "ix_documents_held", "documents", ["received_at"], postgresql_where="verdict = 'held'"
    )
    op.create_index("ix_documents_sha256", "documents", ["sha256"])
    op.create_foreign_key(
        op.f("fk_documents_merged_into_id"), "documents", "documents", ["merged_into_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_documents_archive_file_id"),
        "documents",
        "stored_files",
        ["archive_file_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_documents_text_file_id"), "documents", "stored_files", ["text_file_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_documents_hand_in_id"), "documents", "hand_ins", ["hand_in_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_documents_derived_from_id"), "documents", "documents", ["derived_from_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_documents_about_id"), "documents", "citizens", ["about_id"], ["id"]
    )
    op.add_column("evidence_requests", sa.Column("about_id", sa.Uuid(), nullable=True))
    op.add_column("evidence_requests", sa.Column("months_from", sa.Date(), nullable=True))
    op.add_column("evidence_requests", sa.Column("months_until", sa.Date(), nullable=True))
    op.add_column(
        "evidence_requests", sa.Column("marked_pages", JSONB(), server_default="[]", nullable=False)
    )
    op.add_column("evidence_requests", sa.Column("answer", sa.String(length=40), nullable=True))
    op.add_column("evidence_requests", sa.Column("answer_words", sa.String(), nullable=True))
    op.add_column("evidence_requests", sa.Column("answer_on", sa.Date(), nullable=True))
    op.add_column(
        "evidence_requests", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_foreign_key(
        op.f("fk_evidence_requests_about_id"), "evidence_requests", "citizens", ["about_id"], ["id"]
    )

    for table, column in (
        ("documents", "verdict"),
        ("documents", "is_redacted"),
        ("documents", "warnings"),
        ("evidence_requests", "marked_pages"),
    ):
        op.alter_column(table, column, server_default=None)
    # What is shown already stays shown; that nobody has scanned it stands beside it.
    op.execute(
        "UPDATE documents SET scanned_at = now(), finding = 'vor der Virenprüfung eingegangen'"
        " WHERE served_file_id IS NOT NULL"
    )
    op.execute("UPDATE documents SET verdict = 'waiting' WHERE served_file_id IS NULL")
    for name, table, condition in CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def downgrade() -> None:
    """Take away."""
    for name, table, _ in CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.drop_constraint(
        op.f("fk_evidence_requests_about_id"), "evidence_requests", type_="foreignkey"
    )
    op.drop_column("evidence_requests", "answered_at")
    op.drop_column("evidence_requests", "answer_on")
    op.drop_column("evidence_requests", "answer_words")
    op.drop_column("evidence_requests", "answer")
    op.drop_column("evidence_requests", "marked_pages")
    op.drop_column("evidence_requests", "months_until")
    op.drop_column("evidence_requests", "months_from")
    op.drop_column("evidence_requests", "about_id")
    op.drop_constraint(op.f("fk_documents_about_id"), "documents", type_="foreignkey")
    op.drop_constraint(op.f("fk_documents_derived_from_id"), "documents", type_="foreignkey")
    op.drop_constraint(op.f("fk_documents_hand_in_id"), "documents", type_="foreignkey")
    op.drop_constraint(op.f("fk_documents_text_file_id"), "documents", type_="foreignkey")
    op.drop_constraint(op.f("fk_documents_archive_file_id"), "documents", type_="foreignkey")
    op.drop_constraint(op.f("fk_documents_merged_into_id"), "documents", type_="foreignkey")
    op.drop_index("ix_documents_sha256", table_name="documents")
    op.drop_index("ix_documents_held", table_name="documents")
    op.drop_index("ix_documents_hand_in", table_name="documents")
    op.drop_column("documents", "warnings")
    op.drop_column("documents", "is_redacted")
    op.drop_column("documents", "merged_into_id")
    op.drop_column("documents", "derived_from_id")
    op.drop_column("documents", "text_file_id")
    op.drop_column("documents", "archive_file_id")
    op.drop_column("documents", "scanned_at")
    op.drop_column("documents", "finding")
    op.drop_column("documents", "verdict")
    op.drop_column("documents", "months_until")
    op.drop_column("documents", "months_from")
    op.drop_column("documents", "about_id")
    op.drop_column("documents", "hand_in_id")
    op.drop_index("ix_hand_ins_receipt", table_name="hand_ins")
    op.drop_index("ix_hand_ins_owner", table_name="hand_ins")
    op.drop_table("hand_ins")
