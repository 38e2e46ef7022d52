"""The digital file: cases and people, documents with originals and pages, requests for evidence."""

import sqlalchemy as sa
from alembic import op

revision = "0006_casefiles"
down_revision = "0005_inbox"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), sa.Identity(always=True, start=10042), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_officer_id", sa.Uuid(), nullable=True),
        sa.Column("integration_officer_id", sa.Uuid(), nullable=True),
        sa.Column("award_from", sa.Date(), nullable=True),
        sa.Column("award_until", sa.Date(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["benefit_officer_id"], ["staff_members.id"], name=op.f("fk_cases_benefit_officer_id")
        ),
        sa.ForeignKeyConstraint(
            ["integration_officer_id"],
            ["staff_members.id"],
            name=op.f("fk_cases_integration_officer_id"),
        ),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_cases_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
    )
    op.create_table(
        "case_members",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_members_case_id")),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_case_members_citizen_id")
        ),
        sa.PrimaryKeyConstraint("case_id", "citizen_id", name=op.f("pk_case_members")),
        sa.UniqueConstraint("citizen_id", name=op.f("uq_case_members_citizen_id")),
    )
    op.create_table(
        "evidence_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("legal_basis", sa.String(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("rejected_document_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_name", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('settled', 'withdrawn')) = (closed_at IS NOT NULL)",
            name=op.f("ck_evidence_requests_closed_has_time"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_evidence_requests_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["citizens.id"], name=op.f("fk_evidence_requests_owner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_requests")),
    )
    op.create_index(
        "ix_evidence_requests_case", "evidence_requests", ["case_id", "asked_at"], unique=False
    )
    op.create_index(
        "ix_evidence_requests_owner", "evidence_requests", ["owner_id", "state"], unique=False
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("served_key", sa.String(), nullable=True),
        sa.Column("served_content_type", sa.String(), nullable=True),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("preparation_tries", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("from_office", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state <> 'accepted' OR from_office OR decided_at IS NOT NULL",
            name=op.f("ck_documents_accepted_has_decision"),
        ),
        sa.CheckConstraint(
            "state <> 'rejected' OR decided_at IS NOT NULL",
            name=op.f("ck_documents_rejected_has_decision"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('in_review', 'accepted') OR served_key IS NOT NULL",
            name=op.f("ck_documents_shown_is_prepared"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('rejected', 'blocked') OR reason IS NOT NULL",
            name=op.f("ck_documents_refused_has_reason"),
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by_id IS NULL)", name=op.f("ck_documents_decided_pair")
        ),
        sa.CheckConstraint(
            "(served_key IS NULL) = (served_content_type IS NULL)",
            name=op.f("ck_documents_served_pair"),
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_documents_size_positive")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_documents_case_id")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["staff_members.id"], name=op.f("fk_documents_decided_by_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["citizens.id"], name=op.f("fk_documents_owner_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["evidence_requests.id"], name=op.f("fk_documents_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    op.create_index("ix_documents_case", "documents", ["case_id", "received_at"], unique=False)
    op.create_index("ix_documents_owner", "documents", ["owner_id", "received_at"], unique=False)
    op.create_index(
        "ix_documents_unprepared",
        "documents",
        ["received_at"],
        unique=False,
        postgresql_where="state = 'received'",
    )
    op.create_foreign_key(
        "fk_evidence_requests_rejected_document_id",
        "evidence_requests",
        "documents",
        ["rejected_document_id"],
        ["id"],
    )
    op.create_table(
        "document_originals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_document_originals_size_positive")),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.id"],
            name=op.f("fk_document_originals_document_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_originals")),
        sa.UniqueConstraint(
            "document_id", "number", name=op.f("uq_document_originals_document_id_number")
        ),
    )
    op.create_table(
        "document_pages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("image_key", sa.String(), nullable=False),
        sa.Column("thumbnail_key", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.id"],
            name=op.f("fk_document_pages_document_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_pages")),
        sa.UniqueConstraint(
            "document_id", "number", name=op.f("uq_document_pages_document_id_number")
        ),
    )


def downgrade() -> None:
    """Take away."""
    op.drop_table("document_pages")
    op.drop_table("document_originals")
    op.drop_constraint("fk_evidence_requests_rejected_document_id", "evidence_requests")
    op.drop_index(
        "ix_documents_unprepared", table_name="documents", postgresql_where="state = 'received'"
    )
    op.drop_index("ix_documents_owner", table_name="documents")
    op.drop_index("ix_documents_case", table_name="documents")
    op.drop_table("documents")
    op.drop_index("ix_evidence_requests_owner", table_name="evidence_requests")
    op.drop_index("ix_evidence_requests_case", table_name="evidence_requests")
    op.drop_table("evidence_requests")
    op.drop_table("case_members")
    op.drop_table("cases")
