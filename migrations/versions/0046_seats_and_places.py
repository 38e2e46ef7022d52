"""appointments: for what and in which language everybody sits there, and at which place."""

import sqlalchemy as sa
from alembic import op

revision = "0046_seats_and_places"
down_revision = "0045_reminders"


def upgrade() -> None:
    """Build; who led a talk of a kind with roles sat there for the first of them."""
    op.add_column("booking_officers", sa.Column("language", sa.String(), nullable=True))
    op.add_column("bookings", sa.Column("lead_role", sa.String(40), nullable=True))
    op.add_column("bookings", sa.Column("lead_language", sa.String(), nullable=True))
    op.add_column("bookings", sa.Column("place_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_bookings_place_id_places"), "bookings", "places", ["place_id"], ["id"]
    )
    op.execute(
        "UPDATE bookings SET lead_role = kind.roles[1] FROM appointment_types AS kind"
        " WHERE kind.id = bookings.type_id AND cardinality(kind.roles) > 0"
    )
    op.execute(
        "UPDATE bookings SET place_id = rooms.place_id FROM rooms WHERE rooms.id = bookings.room_id"
    )


def downgrade() -> None:
    """Take away."""
    op.drop_constraint(op.f("fk_bookings_place_id_places"), "bookings", type_="foreignkey")
    op.drop_column("bookings", "place_id")
    op.drop_column("bookings", "lead_language")
    op.drop_column("bookings", "lead_role")
    op.drop_column("booking_officers", "language")
