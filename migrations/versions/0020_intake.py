"""intake: cover sheets and scans."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020_intake"
down_revision = "0019_keeping"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "scans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("note", JSONB(), nullable=False),
        sa.Column("number", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filed_by_name", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'filed') = (num_nonnulls(filed_at, filed_by_name) = 2)",
            name=op.f("ck_scans_filed_by_somebody"),
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (fault IS NOT NULL)", name=op.f("ck_scans_refused_has_fault")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_scans_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scans")),
        sa.UniqueConstraint("number", name=op.f("uq_scans_number")),
        sa.UniqueConstraint("sha256", name=op.f("uq_scans_sha256")),
    )
    op.create_index(
        "ix_scans_unassigned", "scans", ["taken_at"], postgresql_where="state = 'unassigned'"
    )
    op.create_table(
        "scan_pages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("image_file_id", sa.Uuid(), nullable=False),
        sa.Column("thumbnail_file_id", sa.Uuid(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_file_id"], ["stored_files.id"], name=op.f("fk_scan_pages_image_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["scan_id"], ["scans.id"], name=op.f("fk_scan_pages_scan_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["thumbnail_file_id"],
            ["stored_files.id"],
            name=op.f("fk_scan_pages_thumbnail_file_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_pages")),
        sa.UniqueConstraint("scan_id", "number", name=op.f("uq_scan_pages_scan_id_number")),
    )
    op.create_table(
        "cover_sheets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_cover_sheets_case_id")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["citizens.id"], name=op.f("fk_cover_sheets_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["evidence_requests.id"], name=op.f("fk_cover_sheets_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cover_sheets")),
    )


def downgrade() -> None:
    """Take away."""
    op.drop_table("cover_sheets")
    op.drop_table("scan_pages")
    op.drop_index("ix_scans_unassigned", table_name="scans")
    op.drop_table("scans")
