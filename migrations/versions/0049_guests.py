"""consultations: guests, sentences for who waits, device profiles, media nodes and pinned rooms."""

import sqlalchemy as sa
from alembic import op

revision = "0049_guests"
down_revision = "0048_born_a_summons"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Build."""
    _guests()
    _waiting()
    _devices()
    _nodes()


def _guests() -> None:
    op.create_table(
        "guests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("called", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("staff_member_id", sa.Uuid(), nullable=True),
        sa.Column("secret_hash", sa.String(), nullable=True),
        sa.Column("invited_by_kind", sa.String(), nullable=False),
        sa.Column("invited_by_id", sa.Uuid(), nullable=False),
        sa.Column("invited_by", sa.String(), nullable=False),
        sa.Column("invited_at", TIME, nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("told_at", TIME, nullable=True),
        sa.Column("agreed_at", TIME, nullable=True),
        sa.Column("device_hash", sa.String(), nullable=True),
        sa.Column("device_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(secret_hash, staff_member_id) = 1",
            name=op.f("ck_guests_link_or_account"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(name, agreed_at) IN (0, 2)", name=op.f("ck_guests_agreed_with_name")
        ),
        sa.CheckConstraint(
            "num_nonnulls(device_hash, device_at) IN (0, 2)", name=op.f("ck_guests_device_pair")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_guests_ended_pair")
        ),
        sa.CheckConstraint(
            "(address IS NULL) OR (told_at IS NOT NULL)", name=op.f("ck_guests_address_was_told")
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["bookings.id"],
            name=op.f("fk_guests_booking_id_bookings"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_guests_staff_member_id_staff_members"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guests")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_guests_secret_hash")),
    )
    op.create_index("ix_guests_booking", "guests", ["booking_id", "invited_at", "id"])
    op.create_index("ix_guests_staff_member_id", "guests", ["staff_member_id"])


def _waiting() -> None:
    op.add_column(
        "waiting_tickets",
        sa.Column("wants_call", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.alter_column("waiting_tickets", "wants_call", server_default=None)
    op.add_column("waiting_tickets", sa.Column("called_at", TIME, nullable=True))
    op.create_table(
        "waiting_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_waiting_notices_consultation_id_consultations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["staff_members.id"], name=op.f("fk_waiting_notices_by_id_staff_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_notices")),
    )
    op.create_index("ix_waiting_notices_order", "waiting_notices", ["consultation_id", "at", "id"])


def _devices() -> None:
    op.create_table(
        "device_profiles",
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("camera_ok", sa.Boolean(), nullable=False),
        sa.Column("sound_ok", sa.Boolean(), nullable=False),
        sa.Column("rung", sa.String(40), nullable=False),
        sa.Column("rtt_ms", sa.Integer(), nullable=True),
        sa.Column("loss_percent", sa.Float(), nullable=True),
        sa.Column("kbit_s", sa.Integer(), nullable=True),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("measured_at", TIME, nullable=False),
        sa.CheckConstraint("rtt_ms BETWEEN 0 AND 60000", name=op.f("ck_device_profiles_rtt")),
        sa.CheckConstraint("loss_percent BETWEEN 0 AND 100", name=op.f("ck_device_profiles_loss")),
        sa.CheckConstraint("kbit_s BETWEEN 0 AND 10000000", name=op.f("ck_device_profiles_rate")),
        sa.ForeignKeyConstraint(
            ["citizen_id"],
            ["citizens.id"],
            name=op.f("fk_device_profiles_citizen_id_citizens"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("citizen_id", name=op.f("pk_device_profiles")),
    )
    op.create_index(op.f("ix_device_profiles_measured_at"), "device_profiles", ["measured_at"])


def _nodes() -> None:
    op.create_table(
        "media_nodes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("internal_url", sa.String(), nullable=False),
        sa.Column("load", sa.Float(), nullable=False),
        sa.Column("rooms", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("heartbeat_at", TIME, nullable=False),
        sa.Column("draining", sa.Boolean(), nullable=False),
        sa.Column("leaving", sa.Boolean(), nullable=False),
        sa.CheckConstraint("load >= 0", name=op.f("ck_media_nodes_load")),
        sa.CheckConstraint("rooms >= 0 AND people >= 0", name=op.f("ck_media_nodes_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_nodes")),
    )
    op.create_table(
        "room_pins",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("node_id", sa.String(), nullable=False),
        sa.Column("pinned_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_room_pins_consultation_id_consultations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["node_id"],
            ["media_nodes.id"],
            name=op.f("fk_room_pins_node_id_media_nodes"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("consultation_id", name=op.f("pk_room_pins")),
    )
    op.create_index("ix_room_pins_node_id", "room_pins", ["node_id"])


def downgrade() -> None:
    """Take away."""
    for table in ("room_pins", "media_nodes", "device_profiles", "waiting_notices", "guests"):
        op.drop_table(table)
    op.drop_column("waiting_tickets", "called_at")
    op.drop_column("waiting_tickets", "wants_call")
