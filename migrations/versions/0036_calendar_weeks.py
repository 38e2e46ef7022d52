"""calendars: weeks as bits for the search, skills of the staff; bookings with several officers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036_calendar_weeks"
down_revision = "0035_calendars_supply"


def upgrade() -> None:
    """Build. The weeks are filled by the nightly job, which the start of the worker runs too."""
    op.create_table(
        "calendar_weeks",
        sa.Column("resource", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("week", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lane", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("type_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.String(40)), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("open", sa.LargeBinary(), nullable=False),
        sa.Column("taken", sa.LargeBinary(), nullable=False),
        sa.Column("longest_free", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "octet_length(open) = 324 AND octet_length(taken) = 324",
            name=op.f("ck_calendar_weeks_nine_days_of_cells"),
        ),
        sa.PrimaryKeyConstraint("resource", "week", "lane", name=op.f("pk_calendar_weeks")),
    )
    op.create_index(
        "ix_calendar_weeks_free",
        "calendar_weeks",
        ["week", "longest_free"],
        postgresql_where=sa.text("longest_free > 0"),
    )
    op.create_table(
        "staff_skills",
        sa.Column("staff_member_id", sa.Uuid(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.String(40)), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_staff_skills_staff_member_id_staff_members"),
        ),
        sa.PrimaryKeyConstraint("staff_member_id", name=op.f("pk_staff_skills")),
    )
    op.create_table(
        "booking_officers",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("staff_member_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(40), nullable=True),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["bookings.id"],
            name=op.f("fk_booking_officers_booking_id_bookings"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_booking_officers_staff_member_id_staff_members"),
        ),
        sa.PrimaryKeyConstraint("booking_id", "staff_member_id", name=op.f("pk_booking_officers")),
    )
    op.create_index("ix_booking_officers_staff_member_id", "booking_officers", ["staff_member_id"])
    op.add_column("bookings", sa.Column("room_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_bookings_room_id_rooms"), "bookings", "rooms", ["room_id"], ["id"]
    )
    op.create_index(op.f("ix_bookings_room_id"), "bookings", ["room_id"])


def downgrade() -> None:
    """Take away."""
    op.drop_index(op.f("ix_bookings_room_id"), "bookings")
    op.drop_constraint(op.f("fk_bookings_room_id_rooms"), "bookings")
    op.drop_column("bookings", "room_id")
    op.drop_table("booking_officers")
    op.drop_table("staff_skills")
    op.drop_table("calendar_weeks")
