"""appointments: the figures of a care track that count from a day ahead."""

import sqlalchemy as sa
from alembic import op

revision = "0070_care_tracks_ahead"
down_revision = "0069_returned_letters"

CHECKS = {
    "next_together": "num_nonnulls(next_target_ratio, next_contact_days, next_valid_from)"
    " IN (0, 3)",
    "next_ratio_positive": "next_target_ratio > 0",
    "next_rhythm_positive": "next_contact_days > 0",
    "next_later": "next_valid_from > valid_from",
}


def upgrade() -> None:
    """Build."""
    op.add_column("care_tracks", sa.Column("next_target_ratio", sa.Integer()))
    op.add_column("care_tracks", sa.Column("next_contact_days", sa.Integer()))
    op.add_column("care_tracks", sa.Column("next_valid_from", sa.Date()))
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_care_tracks_{name}"), "care_tracks", condition)


def downgrade() -> None:
    """Take away."""
    for column in ("next_valid_from", "next_contact_days", "next_target_ratio"):
        op.drop_column("care_tracks", column)
