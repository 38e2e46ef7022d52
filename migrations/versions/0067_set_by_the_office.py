"""appointments: the time of a summons is set by the office, and was not picked online."""

from alembic import op

revision = "0067_set_by_the_office"
down_revision = "0066_changes_of_items"


def upgrade() -> None:
    """Build."""
    op.execute("UPDATE bookings SET arranged = 'office' WHERE is_summons")
    op.create_check_constraint(
        op.f("ck_bookings_summons_by_office"), "bookings", "NOT is_summons OR arranged = 'office'"
    )


def downgrade() -> None:
    """Take away."""
    op.drop_constraint(op.f("ck_bookings_summons_by_office"), "bookings")
