"""Types of appointments, hours of the staff, bookings that cannot overlap."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007_appointments"
down_revision = "0006_casefiles"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "appointment_types",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.String(40)), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_minutes", sa.Integer(), nullable=False),
        sa.Column("start_every_minutes", sa.Integer(), nullable=False),
        sa.Column("lead_hours", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("citizen_can_book", sa.Boolean(), nullable=False),
        sa.Column("move_limit_hours", sa.Integer(), nullable=False),
        sa.Column("cancel_limit_hours", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "buffer_minutes >= 0 AND buffer_minutes % 5 = 0",
            name=op.f("ck_appointment_types_buffer"),
        ),
        sa.CheckConstraint(
            "cancel_limit_hours >= 0", name=op.f("ck_appointment_types_cancel_limit_not_negative")
        ),
        sa.CheckConstraint(
            "cardinality(channels) > 0", name=op.f("ck_appointment_types_has_channel")
        ),
        sa.CheckConstraint(
            "duration_minutes > 0 AND duration_minutes % 5 = 0",
            name=op.f("ck_appointment_types_duration"),
        ),
        sa.CheckConstraint("horizon_days > 0", name=op.f("ck_appointment_types_horizon_positive")),
        sa.CheckConstraint("lead_hours >= 0", name=op.f("ck_appointment_types_lead_not_negative")),
        sa.CheckConstraint(
            "move_limit_hours >= 0", name=op.f("ck_appointment_types_move_limit_not_negative")
        ),
        sa.CheckConstraint(
            "start_every_minutes > 0 AND start_every_minutes % 5 = 0",
            name=op.f("ck_appointment_types_starts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_types")),
        sa.UniqueConstraint("key", name=op.f("uq_appointment_types_key")),
    )
    op.create_table(
        "absences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_member_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_absences_ends_later")),
        sa.ForeignKeyConstraint(
            ["staff_member_id"], ["staff_members.id"], name=op.f("fk_absences_staff_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    op.create_index(
        "ix_absences_staff_member", "absences", ["staff_member_id", "ends_at"], unique=False
    )
    op.create_table(
        "availabilities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_member_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.String(40)), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.CheckConstraint("cardinality(channels) > 0", name=op.f("ck_availabilities_has_channel")),
        sa.CheckConstraint("ends > starts", name=op.f("ck_availabilities_ends_later")),
        sa.CheckConstraint(
            "extract(epoch FROM starts)::int % 300 = 0 AND extract(epoch FROM ends)::int % 300 = 0",
            name=op.f("ck_availabilities_five_minutes"),
        ),
        sa.CheckConstraint(
            "valid_until >= valid_from", name=op.f("ck_availabilities_valid_until_later")
        ),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_availabilities_weekday_iso")),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_availabilities_staff_member_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availabilities")),
    )
    op.create_index(
        "ix_availabilities_staff_member",
        "availabilities",
        ["staff_member_id", "weekday"],
        unique=False,
    )
    op.create_table(
        "availability_types",
        sa.Column("availability_id", sa.Uuid(), nullable=False),
        sa.Column("type_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["availability_id"],
            ["availabilities.id"],
            name=op.f("fk_availability_types_availability_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["type_id"], ["appointment_types.id"], name=op.f("fk_availability_types_type_id")
        ),
        sa.PrimaryKeyConstraint("availability_id", "type_id", name=op.f("pk_availability_types")),
    )
    op.create_table(
        "bookings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type_id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("citizen_number", sa.Integer(), nullable=False),
        sa.Column("staff_member_id", sa.Uuid(), nullable=False),
        sa.Column("staff_number", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("chosen_by_citizen", sa.Boolean(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_by", sa.String(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=True),
        sa.Column("outcome_reason", sa.String(), nullable=True),
        sa.Column("early_reminder_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late_reminder_at", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("int4range(citizen_number, citizen_number, '[]')"), "&&"),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            where=sa.text("state <> 'cancelled'"),
            using="gist",
            name="ex_bookings_citizen_overlap",
        ),
        postgresql.ExcludeConstraint(
            (sa.text("int4range(staff_number, staff_number, '[]')"), "&&"),
            (sa.text("tstzrange(starts_at, blocked_until)"), "&&"),
            where=sa.text("state <> 'cancelled'"),
            using="gist",
            name="ex_bookings_staff_member_overlap",
        ),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)",
            name=op.f("ck_bookings_cancelled_has_time"),
        ),
        sa.CheckConstraint(
            "(state IN ('came', 'excused', 'missed')) = (recorded_at IS NOT NULL)",
            name=op.f("ck_bookings_outcome_has_time"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('excused', 'missed') OR outcome_reason IS NOT NULL",
            name=op.f("ck_bookings_absence_has_reason"),
        ),
        sa.CheckConstraint(
            "(cancelled_at IS NULL) = (cancelled_by IS NULL)",
            name=op.f("ck_bookings_cancelled_pair"),
        ),
        sa.CheckConstraint(
            "(recorded_at IS NULL) = (recorded_by IS NULL)", name=op.f("ck_bookings_recorded_pair")
        ),
        sa.CheckConstraint("blocked_until >= ends_at", name=op.f("ck_bookings_blocked_until_end")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_bookings_ends_later")),
        sa.CheckConstraint(
            "blocked_until - starts_at < interval '24 hours'",
            name=op.f("ck_bookings_shorter_than_a_day"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_bookings_case_id")),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_bookings_citizen_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_member_id"], ["staff_members.id"], name=op.f("fk_bookings_staff_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["type_id"], ["appointment_types.id"], name=op.f("fk_bookings_type_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
    )
    op.create_index(op.f("ix_bookings_case_id"), "bookings", ["case_id"], unique=False)
    op.create_index("ix_bookings_citizen", "bookings", ["citizen_id", "starts_at"], unique=False)
    op.create_index(
        "ix_bookings_open",
        "bookings",
        ["starts_at"],
        unique=False,
        postgresql_where=sa.text("state = 'booked'"),
    )
    op.create_index(
        "ix_bookings_staff_member", "bookings", ["staff_member_id", "starts_at"], unique=False
    )


def downgrade() -> None:
    """Take away."""
    op.drop_index("ix_bookings_staff_member", table_name="bookings")
    op.drop_index(
        "ix_bookings_open", table_name="bookings", postgresql_where=sa.text("state = 'booked'")
    )
    op.drop_index("ix_bookings_citizen", table_name="bookings")
    op.drop_index(op.f("ix_bookings_case_id"), table_name="bookings")
    op.drop_table("bookings")
    op.drop_table("availability_types")
    op.drop_index("ix_availabilities_staff_member", table_name="availabilities")
    op.drop_table("availabilities")
    op.drop_index("ix_absences_staff_member", table_name="absences")
    op.drop_table("absences")
    op.drop_table("appointment_types")
