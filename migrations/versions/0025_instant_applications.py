"""instant: applications without form and sign-in; what proves them and from when they count."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0025_instant_applications"
down_revision = "0024_applications"


def upgrade() -> None:
    """Build."""
    _lodgements()
    _instant_applications()


def _lodgements() -> None:
    op.create_table(
        "lodgements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("check_code", sa.String(), nullable=False),
        sa.Column("content_sha256", sa.String(), nullable=False),
        sa.Column("receipt_sha256", sa.String(), nullable=True),
        sa.Column("citizen_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lodgements")),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_lodgements_citizen_id")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_lodgements_number")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_lodgements_code_hash")),
        sa.UniqueConstraint("check_code", name=op.f("uq_lodgements_check_code")),
        sa.CheckConstraint("number ~ '^[0-9]{8}$'", name=op.f("ck_lodgements_eight_digits")),
        sa.CheckConstraint("withdrawn_at >= at", name=op.f("ck_lodgements_withdrawn_later")),
    )
    op.create_index("ix_lodgements_citizen", "lodgements", ["citizen_id", "at"])
    op.create_index("ix_lodgements_receipt", "lodgements", ["receipt_sha256"])


def _instant_applications() -> None:
    op.create_table(
        "instant_applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("content", JSONB(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by_name", sa.String(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_case", sa.Boolean(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_name", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("receipt_file_id", sa.Uuid(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instant_applications")),
        sa.ForeignKeyConstraint(["id"], ["lodgements.id"], name=op.f("fk_instant_applications_id")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_instant_applications_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["citizens.id"], name=op.f("fk_instant_applications_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_file_id"],
            ["stored_files.id"],
            name=op.f("fk_instant_applications_receipt_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_instant_applications_document_id")
        ),
        sa.UniqueConstraint("key", name=op.f("uq_instant_applications_key")),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_instant_applications_{name}"))
            for name, rule in (
                ("seen_pair", "num_nonnulls(seen_at, seen_by_name) IN (0, 2)"),
                ("linked_pair", "num_nonnulls(linked_at, case_id, person_id) IN (0, 3)"),
                ("answered", "num_nonnulls(answered_at, answered_by_name) IN (0, 2)"),
                ("answered_time", "(state = 'answered') <= (answered_at IS NOT NULL)"),
                ("seen_time", "(state = 'seen') <= (seen_at IS NOT NULL)"),
            )
        ),
    )
    op.create_index(
        "ix_instant_applications_state", "instant_applications", ["state", "urgency", "id"]
    )
    op.create_index("ix_instant_applications_case", "instant_applications", ["case_id"])


def downgrade() -> None:
    """Take away."""
    op.drop_table("instant_applications")
    op.drop_table("lodgements")
