"""representations: who acts for whom, and the invitations to help."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010_representations"
down_revision = "0009_consultations"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "representations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("representative_id", sa.Uuid(), nullable=False),
        sa.Column("powers", postgresql.JSONB(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=True),
        sa.Column("task_areas", sa.String(), nullable=True),
        sa.Column("consent_reserved", sa.Boolean(), nullable=False),
        sa.Column("proof", sa.String(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by_name", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_name", sa.String(), nullable=True),
        sa.CheckConstraint(
            "kind NOT IN ('helper', 'helper_organisation') OR ends_at IS NOT NULL",
            name=op.f("ck_representations_helpers_for_a_time"),
        ),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by_name IS NULL)",
            name=op.f("ck_representations_revoked_pair"),
        ),
        sa.CheckConstraint(
            "ends_at IS NULL OR ends_at > starts_at", name=op.f("ck_representations_ends_later")
        ),
        sa.CheckConstraint(
            "principal_id <> representative_id", name=op.f("ck_representations_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["principal_id"],
            ["citizens.id"],
            name=op.f("fk_representations_principal_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["representative_id"],
            ["citizens.id"],
            name=op.f("fk_representations_representative_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_representations")),
    )
    op.create_index(
        "ix_representations_principal",
        "representations",
        ["principal_id", "starts_at"],
        unique=False,
    )
    op.create_index(
        "ix_representations_representative",
        "representations",
        ["representative_id", "starts_at"],
        unique=False,
    )
    op.create_table(
        "helper_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("powers", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("help_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("representation_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(accepted_at IS NULL) = (representation_id IS NULL)",
            name=op.f("ck_helper_invitations_accepted_pair"),
        ),
        sa.CheckConstraint(
            "expires_at > created_at", name=op.f("ck_helper_invitations_expires_later")
        ),
        sa.CheckConstraint(
            "help_ends_at > created_at", name=op.f("ck_helper_invitations_help_ends_later")
        ),
        sa.ForeignKeyConstraint(
            ["principal_id"],
            ["citizens.id"],
            name=op.f("fk_helper_invitations_principal_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["representation_id"],
            ["representations.id"],
            name=op.f("fk_helper_invitations_representation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_helper_invitations")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_helper_invitations_code_hash")),
    )
    op.create_index(
        "ix_helper_invitations_principal",
        "helper_invitations",
        ["principal_id", "created_at"],
        unique=False,
    )


def downgrade() -> None:
    """Take away."""
    op.drop_index("ix_helper_invitations_principal", table_name="helper_invitations")
    op.drop_table("helper_invitations")
    op.drop_index("ix_representations_representative", table_name="representations")
    op.drop_index("ix_representations_principal", table_name="representations")
    op.drop_table("representations")
