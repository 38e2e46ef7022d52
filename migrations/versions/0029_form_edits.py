"""applications: what the office changes in forms, with four eyes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029_form_edits"
down_revision = "0028_supplements"

PEOPLE = ("prepared_by_id", "submitted_by_id", "decided_by_id")


def upgrade() -> None:
    """Build."""
    op.create_table(
        "form_edits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("prepared_by_id", sa.Uuid(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("editors", postgresql.JSONB(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("submitted_by_id", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR (decided_by_id <> prepared_by_id"
            " AND NOT editors @> to_jsonb(decided_by_id::text))",
            name=op.f("ck_form_edits_four_eyes"),
        ),
        sa.CheckConstraint(
            "(state IN ('published', 'superseded')) = (edition IS NOT NULL)",
            name=op.f("ck_form_edits_has_number"),
        ),
        sa.CheckConstraint(
            "(state IN ('published', 'rejected', 'superseded')) = (decided_at IS NOT NULL)"
            " AND num_nonnulls(decided_at, decided_by_id) IN (0, 2)",
            name=op.f("ck_form_edits_decided_is_whole"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'discarded')"
            " OR num_nonnulls(submitted_at, submitted_by_id, title, why, valid_from) = 5",
            name=op.f("ck_form_edits_submitted_is_whole"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [who], ["staff_members.id"], name=op.f(f"fk_form_edits_{who}_staff_members")
            )
            for who in PEOPLE
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_edits")),
        sa.UniqueConstraint("form", "base_version", "edition", name="uq_form_edits_edition"),
    )
    op.create_index(
        "uq_form_edits_open",
        "form_edits",
        ["form"],
        unique=True,
        postgresql_where=sa.text("state IN ('draft', 'submitted')"),
    )


def downgrade() -> None:
    """Take away."""
    op.drop_table("form_edits")
