"""consultations: the tables of this room."""

import sqlalchemy as sa
from alembic import op

revision = "0009_consultations"
down_revision = "0008_applications"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "consultations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("callback_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("callback_phone", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("agreed", sa.String(), nullable=False),
        sa.Column("note_saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note_document_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'ended') = (ended_at IS NOT NULL)",
            name=op.f("ck_consultations_ended_has_time"),
        ),
        sa.CheckConstraint(
            "state <> 'running' OR started_at IS NOT NULL",
            name=op.f("ck_consultations_running_has_start"),
        ),
        sa.CheckConstraint(
            "(callback_at IS NULL) = (callback_phone IS NULL)",
            name=op.f("ck_consultations_callback_has_phone"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by_id IS NULL)", name=op.f("ck_consultations_ended_pair")
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_consultations_booking_id")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["staff_members.id"], name=op.f("fk_consultations_ended_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["note_document_id"], ["documents.id"], name=op.f("fk_consultations_note_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultations")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_consultations_booking_id")),
    )
    op.create_table(
        "chat_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "length(text) BETWEEN 1 AND 2000", name=op.f("ck_chat_messages_text_length")
        ),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_chat_messages_consultation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_messages")),
        sa.UniqueConstraint(
            "consultation_id",
            "author",
            "client_id",
            name=op.f("uq_chat_messages_consultation_id_author_client_id"),
        ),
    )
    op.create_index(
        "ix_chat_messages_order", "chat_messages", ["consultation_id", "at", "id"], unique=False
    )
    op.create_table(
        "consultation_presences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("participant", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "left_at IS NULL OR left_at >= joined_at",
            name=op.f("ck_consultation_presences_left_later"),
        ),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_consultation_presences_consultation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation_presences")),
    )
    op.create_index(
        "ix_consultation_presences_order",
        "consultation_presences",
        ["consultation_id", "joined_at", "id"],
        unique=False,
    )
    op.create_table(
        "waiting_tickets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("person_kind", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("taking_part", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("admitted_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'admitted') = (admitted_at IS NOT NULL)",
            name=op.f("ck_waiting_tickets_admitted_has_time"),
        ),
        sa.CheckConstraint(
            "(admitted_at IS NULL) = (admitted_by_id IS NULL)",
            name=op.f("ck_waiting_tickets_admitted_pair"),
        ),
        sa.ForeignKeyConstraint(
            ["admitted_by_id"], ["staff_members.id"], name=op.f("fk_waiting_tickets_admitted_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_waiting_tickets_consultation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_tickets")),
        sa.UniqueConstraint(
            "consultation_id",
            "person_kind",
            "person_id",
            name=op.f("uq_waiting_tickets_consultation_id_person_kind_person_id"),
        ),
    )
    op.create_index(
        "ix_waiting_tickets_waiting",
        "waiting_tickets",
        ["state"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'sent_back')"),
    )


def downgrade() -> None:
    """Take away."""
    op.drop_index(
        "ix_waiting_tickets_waiting",
        table_name="waiting_tickets",
        postgresql_where=sa.text("state IN ('waiting', 'sent_back')"),
    )
    op.drop_table("waiting_tickets")
    op.drop_index("ix_consultation_presences_order", table_name="consultation_presences")
    op.drop_table("consultation_presences")
    op.drop_index("ix_chat_messages_order", table_name="chat_messages")
    op.drop_table("chat_messages")
    op.drop_table("consultations")
