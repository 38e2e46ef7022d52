"""applications: supplements to what was sent, rounds of questions about it, how long it takes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0028_supplements"
down_revision = "0027_renewal_reminders"

KEEP_WHAT_WAS_SENT = """
CREATE FUNCTION keep_sent_supplement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a sent supplement does not change: %', OLD.id;
END
$$;
CREATE TRIGGER keep_sent_supplement BEFORE UPDATE ON supplements FOR EACH ROW
WHEN (
    OLD.sent_at IS NOT NULL AND (
        OLD.application_id, OLD.round_id, OLD.number, OLD.sent_at, OLD.submit_key,
        OLD.changes, OLD.words, OLD.by_name, OLD.content_sha256
    ) IS DISTINCT FROM (
        NEW.application_id, NEW.round_id, NEW.number, NEW.sent_at, NEW.submit_key,
        NEW.changes, NEW.words, NEW.by_name, NEW.content_sha256
    )
)
EXECUTE FUNCTION keep_sent_supplement()
"""

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Build."""
    op.create_table(
        "correction_rounds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extended_to", sa.Date(), nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("opened_by_id", sa.Uuid(), nullable=False),
        sa.Column("opened_by_name", sa.String(), nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("closed_by_name", sa.String(), nullable=True),
        sa.Column("end_kind", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(closed_at, end_kind, closed_by_name) IN (0, 3)",
            name=op.f("ck_correction_rounds_closed_is_whole"),
        ),
        sa.CheckConstraint(
            "extended_to > due_on", name=op.f("ck_correction_rounds_extended_is_later")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_correction_rounds_application_id_applications"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"],
            ["staff_members.id"],
            name=op.f("fk_correction_rounds_opened_by_id_staff_members"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_rounds")),
        sa.UniqueConstraint("application_id", "number", name="uq_correction_rounds_number"),
    )
    op.create_index(
        op.f("ix_correction_rounds_application_id"), "correction_rounds", ["application_id"]
    )
    op.create_table(
        "correction_marks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=True),
        sa.Column("row_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("before", JSONB(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(question_id, request_id) = 1",
            name=op.f("ck_correction_marks_answer_or_paper"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["correction_rounds.id"],
            name=op.f("fk_correction_marks_round_id_correction_rounds"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["evidence_requests.id"],
            name=op.f("fk_correction_marks_request_id_evidence_requests"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_marks")),
    )
    op.create_index(op.f("ix_correction_marks_round_id"), "correction_marks", ["round_id"])
    op.create_index(op.f("ix_correction_marks_request_id"), "correction_marks", ["request_id"])
    op.create_table(
        "supplements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("submit_key", sa.Uuid(), nullable=True),
        sa.Column("changes", JSONB(), nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("content_sha256", sa.String(), nullable=True),
        sa.Column("receipt_document_id", sa.Uuid(), nullable=True),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.Column("seen_by_name", sa.String(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(number, sent_at, submit_key, content_sha256) IN (0, 4)",
            name=op.f("ck_supplements_sent_is_whole"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(seen_at, seen_by_name) IN (0, 2)", name=op.f("ck_supplements_seen_pair")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_supplements_application_id_applications"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["correction_rounds.id"],
            name=op.f("fk_supplements_round_id_correction_rounds"),
        ),
        sa.ForeignKeyConstraint(
            ["receipt_document_id"],
            ["documents.id"],
            name=op.f("fk_supplements_receipt_document_id_documents"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplements")),
        sa.UniqueConstraint("application_id", "number", name="uq_supplements_number"),
        sa.UniqueConstraint("submit_key", name=op.f("uq_supplements_submit_key")),
    )
    op.create_index(op.f("ix_supplements_application_id"), "supplements", ["application_id"])
    op.create_index(op.f("ix_supplements_round_id"), "supplements", ["round_id"])
    op.create_index(
        "uq_supplements_open_draft",
        "supplements",
        ["application_id", "round_id"],
        unique=True,
        postgresql_where="sent_at IS NULL",
        postgresql_nulls_not_distinct=True,
    )
    op.execute(KEEP_WHAT_WAS_SENT)
    op.create_table(
        "processing_times",
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("decided", sa.Integer(), nullable=False),
        sa.Column("half_days", sa.Integer(), nullable=False),
        sa.Column("most_days", sa.Integer(), nullable=False),
        sa.Column("computed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("form", name=op.f("pk_processing_times")),
    )


def downgrade() -> None:
    """Take away."""
    for table in ("processing_times", "supplements", "correction_marks", "correction_rounds"):
        op.drop_table(table)
    op.execute("DROP FUNCTION keep_sent_supplement()")
