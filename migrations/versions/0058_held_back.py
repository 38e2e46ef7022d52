"""letters: who kept one in the house, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0058_held_back"
down_revision = "0057_talks_go_on"


def upgrade() -> None:
    """Build."""
    op.add_column("letters", sa.Column("held_back_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("letters", sa.Column("held_back_by_name", sa.String(), nullable=True))
    op.create_check_constraint(
        op.f("ck_letters_held_back_pair"),
        "letters",
        "(held_back_at IS NULL) = (held_back_by_name IS NULL)",
    )


def downgrade() -> None:
    """Take away."""
    op.drop_column("letters", "held_back_by_name")
    op.drop_column("letters", "held_back_at")
