"""notifications: a message that an earlier one about the same thing has told already."""

import sqlalchemy as sa
from alembic import op

revision = "0060_folded_messages"
down_revision = "0059_escalated_items"


def upgrade() -> None:
    """Build."""
    op.add_column("messages", sa.Column("folded_into", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_messages_folded_into_messages"), "messages", "messages", ["folded_into"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_messages_folded_pair"),
        "messages",
        "(folded_into IS NOT NULL) = (state = 'folded')",
    )


def downgrade() -> None:
    """Take away; what was folded was told by another, and was never sent."""
    op.drop_constraint(op.f("ck_messages_folded_pair"), "messages")
    op.execute("UPDATE messages SET state = 'withdrawn' WHERE state = 'folded'")
    op.drop_column("messages", "folded_into")
