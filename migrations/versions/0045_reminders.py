"""reminders as rows, wishes about messages, messages that keep quiet or expire, calendar feeds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0045_reminders"
down_revision = "0044_groups"


def upgrade() -> None:
    """Build."""
    _messages()
    op.create_table(
        "message_wishes",
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("route", sa.String(40), nullable=False),
        sa.Column("leads", postgresql.JSONB(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen_id"],
            ["citizens.id"],
            name=op.f("fk_message_wishes_citizen_id_citizens"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("citizen_id", name=op.f("pk_message_wishes")),
    )
    op.create_table(
        "booking_reminders",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lead", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_sent", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["bookings.id"],
            name=op.f("fk_booking_reminders_booking_id_bookings"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "booking_id", "starts_at", "lead", name=op.f("pk_booking_reminders")
        ),
    )
    for lead, column in (("two_days", "early_reminder_at"), ("two_hours", "late_reminder_at")):
        op.execute(
            "INSERT INTO booking_reminders (booking_id, starts_at, lead, at, is_sent)"
            f" SELECT id, starts_at, '{lead}', {column}, true FROM bookings"
            f" WHERE {column} IS NOT NULL"
        )
        op.drop_column("bookings", column)
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_member_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reader", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(read_at IS NULL) = (reader IS NULL)", name=op.f("ck_calendar_feeds_read_pair")
        ),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_calendar_feeds_staff_member_id_staff_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("staff_member_id", name=op.f("uq_calendar_feeds_staff_member_id")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_calendar_feeds_secret_hash")),
    )


def _messages() -> None:
    for column in (
        sa.Column("language", sa.String(), nullable=False, server_default="de"),
        sa.Column("keeps_quiet", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("about_kind", sa.String(), nullable=True),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("messages", column)
    for name in ("language", "keeps_quiet"):
        op.alter_column("messages", name, server_default=None)
    op.create_check_constraint(
        op.f("ck_messages_about_pair"), "messages", "(about_kind IS NULL) = (about_id IS NULL)"
    )
    op.create_index(
        "ix_messages_untold",
        "messages",
        ["created_at"],
        postgresql_where=sa.text("state = 'failed' AND told_at IS NULL"),
    )
    op.create_index("ix_messages_about", "messages", ["about_id"])


def downgrade() -> None:
    """Take away."""
    op.drop_table("calendar_feeds")
    for column, lead in (("early_reminder_at", "two_days"), ("late_reminder_at", "two_hours")):
        op.add_column("bookings", sa.Column(column, sa.DateTime(timezone=True), nullable=True))
        op.execute(
            f"UPDATE bookings SET {column} = sent.at FROM booking_reminders AS sent"
            " WHERE sent.booking_id = bookings.id AND sent.starts_at = bookings.starts_at"
            f" AND sent.lead = '{lead}'"
        )
    op.drop_table("booking_reminders")
    op.drop_table("message_wishes")
    op.drop_index("ix_messages_about", "messages")
    op.drop_index("ix_messages_untold", "messages")
    op.execute("UPDATE messages SET state = 'failed' WHERE state = 'withdrawn'")
    op.drop_constraint(op.f("ck_messages_about_pair"), "messages", type_="check")
    for name in ("told_at", "about_id", "about_kind", "expires_at", "keeps_quiet", "language"):
        op.drop_column("messages", name)
