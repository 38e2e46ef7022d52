"""consultations: how late the loop of a media node was, and which talks were sent there lately."""

import sqlalchemy as sa
from alembic import op

revision = "0064_lag_of_nodes"
down_revision = "0063_seen_by_all"


def upgrade() -> None:
    """Build."""
    op.add_column("media_nodes", sa.Column("lag", sa.Float(), nullable=False, server_default="0"))
    op.alter_column("media_nodes", "lag", server_default=None)
    op.create_check_constraint(op.f("ck_media_nodes_lag"), "media_nodes", "lag >= 0")
    op.create_index("ix_room_pins_pinned_at", "room_pins", ["pinned_at"])


def downgrade() -> None:
    """Take away."""
    op.drop_index("ix_room_pins_pinned_at", table_name="room_pins")
    op.drop_constraint(op.f("ck_media_nodes_lag"), "media_nodes")
    op.drop_column("media_nodes", "lag")
