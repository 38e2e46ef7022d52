"""applications: the tables of this room."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008_applications"
down_revision = "0007_appointments"

KEEP_WHAT_WAS_SENT = """
CREATE FUNCTION keep_sent_application() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a sent application does not change: %', OLD.id;
END
$$;
CREATE TRIGGER keep_sent_application BEFORE UPDATE ON applications FOR EACH ROW
WHEN (
    OLD.submitted_at IS NOT NULL AND (
        OLD.citizen_id, OLD.form, OLD.version, OLD.submitted_at, OLD.submit_key,
        OLD.effective_from, OLD.sent_definition, OLD.sent_answers, OLD.content_sha256
    ) IS DISTINCT FROM (
        NEW.citizen_id, NEW.form, NEW.version, NEW.submitted_at, NEW.submit_key,
        NEW.effective_from, NEW.sent_definition, NEW.sent_answers, NEW.content_sha256
    )
)
EXECUTE FUNCTION keep_sent_application()
"""


def upgrade() -> None:
    """Build."""
    op.create_table(
        "applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submit_key", sa.Uuid(), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column(
            "sent_definition",
            postgresql.JSONB(),
            nullable=True,
        ),
        sa.Column("sent_answers", postgresql.JSONB(), nullable=True),
        sa.Column("content_sha256", sa.String(), nullable=True),
        sa.Column("receipt_document_id", sa.Uuid(), nullable=True),
        sa.Column("review_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewer_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(40), nullable=True),
        sa.Column("decision_note", sa.String(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'decided') = (decided_at IS NOT NULL)"
            " AND num_nonnulls(decided_at, decided_by_id, outcome) IN (0, 3)",
            name=op.f("ck_applications_decided_is_whole"),
        ),
        sa.CheckConstraint(
            "(state = 'draft') = (submitted_at IS NULL)", name=op.f("ck_applications_sent_has_time")
        ),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)",
            name=op.f("ck_applications_withdrawn_time"),
        ),
        sa.CheckConstraint(
            "(review_started_at IS NULL) = (reviewer_id IS NULL)",
            name=op.f("ck_applications_review_pair"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(submitted_at, case_id, submit_key, effective_from, sent_definition,"
            " sent_answers, content_sha256) IN (0, 7)",
            name=op.f("ck_applications_sent_is_whole"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_applications_case_id")),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_applications_citizen_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["staff_members.id"], name=op.f("fk_applications_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_document_id"],
            ["documents.id"],
            name=op.f("fk_applications_receipt_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["staff_members.id"], name=op.f("fk_applications_reviewer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("submit_key", name=op.f("uq_applications_submit_key")),
    )
    op.create_index(op.f("ix_applications_case_id"), "applications", ["case_id"], unique=False)
    op.create_index(
        "ix_applications_citizen", "applications", ["citizen_id", "started_at"], unique=False
    )
    op.create_index(
        "ix_applications_state", "applications", ["state", "submitted_at"], unique=False
    )
    op.create_index(
        "uq_applications_open_draft",
        "applications",
        ["citizen_id", "form"],
        unique=True,
        postgresql_where="state = 'draft'",
    )
    op.create_table(
        "application_answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=True),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_application_answers_application_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_answers")),
        sa.UniqueConstraint(
            "application_id",
            "question_id",
            "row_id",
            name="uq_application_answers_place",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "application_attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("requirement", sa.String(), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_application_attachments_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_application_attachments_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_attachments")),
        sa.UniqueConstraint(
            "application_id", "document_id", name="uq_application_attachments_once"
        ),
    )
    op.create_index(
        op.f("ix_application_attachments_document_id"),
        "application_attachments",
        ["document_id"],
        unique=False,
    )
    op.execute(KEEP_WHAT_WAS_SENT)


def downgrade() -> None:
    """Take away."""
    op.drop_index(
        op.f("ix_application_attachments_document_id"), table_name="application_attachments"
    )
    op.drop_table("application_attachments")
    op.drop_table("application_answers")
    op.drop_index(
        "uq_applications_open_draft", table_name="applications", postgresql_where="state = 'draft'"
    )
    op.drop_index("ix_applications_state", table_name="applications")
    op.drop_index("ix_applications_citizen", table_name="applications")
    op.drop_index(op.f("ix_applications_case_id"), table_name="applications")
    op.drop_table("applications")
    op.execute("DROP FUNCTION keep_sent_application()")
