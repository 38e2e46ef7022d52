"""calendars: places, rooms, and one table of all time that is taken; bookings can be held."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031_calendars"
down_revision = "0030_parts_of_others"

# The numbers of `portal.calendars.taking`: kind in the lowest two bits, staff 1, citizens 2.
FILL = """
INSERT INTO occupancies (id, resource, taken_by, starts_at, ends_at)
SELECT gen_random_uuid(), (staff_number::int8 << 2) | 1, id, starts_at, blocked_until
FROM bookings WHERE state <> 'cancelled'
UNION ALL
SELECT gen_random_uuid(), (citizen_number::int8 << 2) | 2, id, starts_at, ends_at
FROM bookings WHERE state <> 'cancelled'
"""
NUMBERS = """
UPDATE bookings SET staff_number = s.number, citizen_number = c.number
FROM staff_members s, citizens c
WHERE s.id = bookings.staff_member_id AND c.id = bookings.citizen_id
"""
OVERLAPS = (
    """
    ALTER TABLE bookings ADD CONSTRAINT ex_bookings_citizen_overlap EXCLUDE USING gist (
        int4range(citizen_number, citizen_number, '[]') WITH &&,
        tstzrange(starts_at, ends_at) WITH &&
    ) WHERE (state <> 'cancelled')
    """,
    """
    ALTER TABLE bookings ADD CONSTRAINT ex_bookings_staff_member_overlap EXCLUDE USING gist (
        int4range(staff_number, staff_number, '[]') WITH &&,
        tstzrange(starts_at, blocked_until) WITH &&
    ) WHERE (state <> 'cancelled')
    """,
)


def upgrade() -> None:
    """Build."""
    op.create_table(
        "places",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("directions", sa.String(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
        sa.UniqueConstraint("name", name=op.f("uq_places_name")),
    )
    op.create_table(
        "rooms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("talks", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("is_step_free", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("seats >= 1", name=op.f("ck_rooms_seats")),
        sa.CheckConstraint("talks BETWEEN 1 AND 64", name=op.f("ck_rooms_talks")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_rooms_place_id_places")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
        sa.UniqueConstraint("number", name=op.f("uq_rooms_number")),
    )
    op.create_index("uq_rooms_name", "rooms", ["place_id", "name"], unique=True)
    op.create_table(
        "occupancies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resource", sa.BigInteger(), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(resource, resource, '[]')"), "&&"),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            name="ex_occupancies_overlap",
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_occupancies_ends_later")),
        sa.CheckConstraint(
            "ends_at - starts_at < interval '24 hours'",
            name=op.f("ck_occupancies_shorter_than_a_day"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occupancies")),
    )
    op.create_index("ix_occupancies_resource", "occupancies", ["resource", "starts_at"])
    op.create_index(op.f("ix_occupancies_taken_by"), "occupancies", ["taken_by"])
    op.create_index(
        "ix_occupancies_held",
        "occupancies",
        ["held_until"],
        postgresql_where=sa.text("held_until IS NOT NULL"),
    )
    op.execute(FILL)
    op.drop_constraint("ex_bookings_staff_member_overlap", "bookings")
    op.drop_constraint("ex_bookings_citizen_overlap", "bookings")
    op.drop_column("bookings", "staff_number")
    op.drop_column("bookings", "citizen_number")
    op.add_column("bookings", sa.Column("held_for", sa.String(40), nullable=True))
    op.add_column("bookings", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_bookings_held_has_time"),
        "bookings",
        "(state = 'held') = (held_until IS NOT NULL)",
    )
    op.create_check_constraint(
        op.f("ck_bookings_held_pair"), "bookings", "(held_for IS NULL) = (held_until IS NULL)"
    )
    op.create_index(
        "ix_bookings_held", "bookings", ["held_until"], postgresql_where=sa.text("state = 'held'")
    )
    op.create_index(
        "uq_bookings_choice",
        "bookings",
        ["citizen_id"],
        unique=True,
        postgresql_where=sa.text("held_for = 'choice'"),
    )


def downgrade() -> None:
    """Take away."""
    op.execute("DELETE FROM bookings WHERE state = 'held'")
    op.drop_index("uq_bookings_choice", "bookings")
    op.drop_index("ix_bookings_held", "bookings")
    op.drop_constraint(op.f("ck_bookings_held_pair"), "bookings")
    op.drop_constraint(op.f("ck_bookings_held_has_time"), "bookings")
    op.drop_column("bookings", "held_until")
    op.drop_column("bookings", "held_for")
    op.add_column("bookings", sa.Column("citizen_number", sa.Integer(), nullable=True))
    op.add_column("bookings", sa.Column("staff_number", sa.Integer(), nullable=True))
    op.execute(NUMBERS)
    op.alter_column("bookings", "citizen_number", nullable=False)
    op.alter_column("bookings", "staff_number", nullable=False)
    for constraint in OVERLAPS:
        op.execute(constraint)
    op.drop_table("occupancies")
    op.drop_table("rooms")
    op.drop_table("places")
