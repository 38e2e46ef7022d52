"""consultations: what was said while somebody was on hold stays hidden from them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0065_kept_from"
down_revision = "0064_lag_of_nodes"


def upgrade() -> None:
    """Build."""
    op.add_column(
        "chat_messages",
        sa.Column(
            "kept_from",
            postgresql.ARRAY(sa.String()),
            nullable=False,
            server_default=sa.text("'{}'"),
        ),
    )
    op.alter_column("chat_messages", "kept_from", server_default=None)


def downgrade() -> None:
    """Take away."""
    op.drop_column("chat_messages", "kept_from")
