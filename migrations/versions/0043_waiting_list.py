"""appointments: the waiting list, offers of freed times, and times that wait to be offered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0043_waiting_list"
down_revision = "0042_outcomes"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "slot_wishes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("type_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("channels", postgresql.ARRAY(sa.String(40)), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("weekdays", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("from_hour", sa.Time(), nullable=False),
        sa.Column("until_hour", sa.Time(), nullable=False),
        sa.Column("need", sa.SmallInteger(), nullable=False),
        sa.Column("need_reason", sa.String(), nullable=True),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_slot_wishes_last_day_later")),
        sa.CheckConstraint("until_hour > from_hour", name=op.f("ck_slot_wishes_hours_forward")),
        sa.CheckConstraint(
            "need <> 1 OR deadline IS NOT NULL", name=op.f("ck_slot_wishes_deadline_is_named")
        ),
        sa.CheckConstraint(
            "need <> 2 OR need_reason IS NOT NULL", name=op.f("ck_slot_wishes_urgency_has_reason")
        ),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_slot_wishes_citizen_id_citizens")
        ),
        sa.ForeignKeyConstraint(
            ["type_id"],
            ["appointment_types.id"],
            name=op.f("fk_slot_wishes_type_id_appointment_types"),
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_slot_wishes_booking_id_bookings")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["staff_members.id"],
            name=op.f("fk_slot_wishes_officer_id_staff_members"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_wishes")),
    )
    op.create_index(
        "uq_slot_wishes_open",
        "slot_wishes",
        ["citizen_id", "type_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'offered')"),
    )
    op.create_index(
        "ix_slot_wishes_type",
        "slot_wishes",
        ["type_id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "slot_offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wish_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (answered_at IS NULL)",
            name=op.f("ck_slot_offers_answered_has_time"),
        ),
        sa.ForeignKeyConstraint(
            ["wish_id"], ["slot_wishes.id"], name=op.f("fk_slot_offers_wish_id_slot_wishes")
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["bookings.id"],
            name=op.f("fk_slot_offers_booking_id_bookings"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["staff_members.id"],
            name=op.f("fk_slot_offers_officer_id_staff_members"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_offers")),
    )
    op.create_index("ix_slot_offers_wish", "slot_offers", ["wish_id", "offered_at"])
    op.create_index(
        "ix_slot_offers_open",
        "slot_offers",
        ["expires_at"],
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "uq_slot_offers_open",
        "slot_offers",
        ["wish_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "freed_times",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("freed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["type_id"],
            ["appointment_types.id"],
            name=op.f("fk_freed_times_type_id_appointment_types"),
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["staff_members.id"],
            name=op.f("fk_freed_times_officer_id_staff_members"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freed_times")),
    )


def downgrade() -> None:
    """Take away."""
    op.drop_table("freed_times")
    op.drop_table("slot_offers")
    op.drop_table("slot_wishes")
