"""appointments: a booking is born a summons or never is one (§ 59 SGB II)."""

from alembic import op

revision = "0048_born_a_summons"
down_revision = "0047_calendar_outlines"

# The check constraint alone could be passed by changing who chose and what it is in one statement.
BORN = """
CREATE FUNCTION refuse_late_summons() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a booking never becomes a summons: %', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'born_a_summons';
END
$$;
CREATE TRIGGER refuse_late_summons BEFORE UPDATE OF is_summons ON bookings FOR EACH ROW
WHEN (NEW.is_summons AND NOT OLD.is_summons)
EXECUTE FUNCTION refuse_late_summons()
"""


def upgrade() -> None:
    """Build."""
    op.execute(BORN)


def downgrade() -> None:
    """Take away."""
    op.execute("DROP TRIGGER refuse_late_summons ON bookings")
    op.execute("DROP FUNCTION refuse_late_summons()")
