"""consultations: hold and lock outlive a media process; the next talk is arranged at the end."""

import sqlalchemy as sa
from alembic import op

revision = "0057_talks_go_on"
down_revision = "0056_casework"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "talk_holds",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("participant", sa.String(), nullable=False),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_talk_holds_consultation_id_consultations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("consultation_id", "participant", name=op.f("pk_talk_holds")),
    )
    op.add_column(
        "consultations",
        sa.Column("is_locked", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.alter_column("consultations", "is_locked", server_default=None)
    op.add_column(
        "consultations", sa.Column("lock_changed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_check_constraint(
        op.f("ck_consultations_locked_has_time"),
        "consultations",
        "NOT is_locked OR lock_changed_at IS NOT NULL",
    )
    for column, table in (("next_booking_id", "bookings"), ("next_invitation_id", "invitations")):
        op.add_column("consultations", sa.Column(column, sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_consultations_{column}_{table}"),
            "consultations",
            table,
            [column],
            ["id"],
            ondelete="SET NULL",
        )
    op.create_check_constraint(
        op.f("ck_consultations_one_next"),
        "consultations",
        "num_nonnulls(next_booking_id, next_invitation_id) <= 1",
    )


def downgrade() -> None:
    """Take away."""
    for column in ("next_invitation_id", "next_booking_id", "lock_changed_at", "is_locked"):
        op.drop_column("consultations", column)
    op.drop_table("talk_holds")
