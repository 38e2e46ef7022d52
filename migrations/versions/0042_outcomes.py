"""appointments: more ways for an appointment to end, and the facts that speak for and against."""

import sqlalchemy as sa
from alembic import op

revision = "0042_outcomes"
down_revision = "0031_calendars"

OUTCOMES = ("came", "came_later", "excused", "office_fault", "technical_failure", "missed")
WITH_REASON = ("excused", "office_fault", "technical_failure", "missed")


def _among(states: tuple[str, ...]) -> str:
    return ", ".join(f"'{state}'" for state in states)


def upgrade() -> None:
    """Build."""
    op.create_table(
        "booking_facts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("said_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind <> 'summoned' OR day IS NOT NULL", name=op.f("ck_booking_facts_summons_has_day")
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["bookings.id"],
            name=op.f("fk_booking_facts_booking_id_bookings"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_facts")),
    )
    op.create_index("ix_booking_facts_booking", "booking_facts", ["booking_id", "at"])
    op.create_index(
        "uq_booking_facts_once", "booking_facts", ["booking_id", "kind", "at"], unique=True
    )
    _bind(OUTCOMES, WITH_REASON)


def downgrade() -> None:
    """Take away."""
    op.execute("UPDATE bookings SET state = 'came' WHERE state = 'came_later'")
    op.execute(
        "UPDATE bookings SET state = 'excused' WHERE state IN ('office_fault', 'technical_failure')"
    )
    _bind(("came", "excused", "missed"), ("excused", "missed"))
    op.drop_table("booking_facts")


def _bind(outcomes: tuple[str, ...], with_reason: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_bookings_outcome_has_time"), "bookings")
    op.drop_constraint(op.f("ck_bookings_absence_has_reason"), "bookings")
    op.create_check_constraint(
        op.f("ck_bookings_outcome_has_time"),
        "bookings",
        f"(state IN ({_among(outcomes)})) = (recorded_at IS NOT NULL)",
    )
    op.create_check_constraint(
        op.f("ck_bookings_absence_has_reason"),
        "bookings",
        f"state NOT IN ({_among(with_reason)}) OR outcome_reason IS NOT NULL",
    )
