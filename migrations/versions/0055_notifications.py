"""notifications: bounces, the pace of sending, web push, wishes by topic, digests of the staff."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0055_notifications"
down_revision = "0054_messages"


def upgrade() -> None:
    """Build."""
    op.add_column("messages", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("ck_messages_sent_has_time"), "messages")
    op.create_check_constraint(
        op.f("ck_messages_sent_has_time"),
        "messages",
        "(sent_at IS NOT NULL) = (state = 'sent' OR bounced_at IS NOT NULL)",
    )
    op.create_check_constraint(
        op.f("ck_messages_bounced_has_failed"),
        "messages",
        "bounced_at IS NULL OR state = 'failed'",
    )
    op.create_index(
        "ix_messages_waiting",
        "messages",
        ["created_at"],
        postgresql_where="state = 'waiting'",
    )
    op.create_table(
        "send_paces",
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("way", name=op.f("pk_send_paces")),
    )
    op.create_table(
        "push_subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("browser_key", sa.String(), nullable=False),
        sa.Column("browser_secret", sa.String(), nullable=False),
        sa.Column("office_key", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscriptions_endpoint")),
    )
    op.create_index("ix_push_subscriptions_recipient", "push_subscriptions", ["recipient_id"])
    op.add_column(
        "message_wishes",
        sa.Column("by_topic", postgresql.JSONB(), nullable=False, server_default="{}"),
    )
    op.alter_column("message_wishes", "by_topic", server_default=None)
    op.create_table(
        "digest_wishes",
        sa.Column("staff_member_id", sa.Uuid(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.CheckConstraint("hour BETWEEN 6 AND 10", name=op.f("ck_digest_wishes_morning")),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_digest_wishes_staff_member_id_staff_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("staff_member_id", name=op.f("pk_digest_wishes")),
    )


def downgrade() -> None:
    """Take away; a message that came back counts as sent again, as before anybody could know."""
    op.drop_table("digest_wishes")
    op.drop_column("message_wishes", "by_topic")
    op.drop_table("push_subscriptions")
    op.drop_table("send_paces")
    op.drop_index("ix_messages_waiting", "messages")
    op.drop_constraint(op.f("ck_messages_bounced_has_failed"), "messages")
    op.drop_constraint(op.f("ck_messages_sent_has_time"), "messages")
    op.execute("UPDATE messages SET state = 'sent' WHERE bounced_at IS NOT NULL")
    op.create_check_constraint(
        op.f("ck_messages_sent_has_time"), "messages", "(state = 'sent') = (sent_at IS NOT NULL)"
    )
    op.drop_column("messages", "bounced_at")
