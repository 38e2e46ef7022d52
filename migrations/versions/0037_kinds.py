"""Kinds of appointments complete as data; how a booking came about; what somebody needs for it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037_kinds"
down_revision = "0036_calendar_weeks"

EMPTY_LIST, EMPTY_TEXTS = sa.text("'[]'::jsonb"), sa.text("'{}'::jsonb")
COLUMNS = (
    ("bookable_by", sa.String(40), sa.text("'staff'")),
    ("buffer_before_minutes", sa.Integer(), sa.text("0")),
    ("format", sa.String(40), sa.text("'single'")),
    ("seats", sa.Integer(), sa.text("1")),
    ("roles", postgresql.ARRAY(sa.String(40)), sa.text("'{}'")),
    ("needs_room", sa.Boolean(), sa.false()),
    ("starts_in_person", sa.Boolean(), sa.false()),
    ("languages", postgresql.JSONB(), EMPTY_LIST),
    ("documents", postgresql.JSONB(), EMPTY_LIST),
    ("text_before", postgresql.JSONB(), EMPTY_TEXTS),
    ("text_after", postgresql.JSONB(), EMPTY_TEXTS),
    ("is_active", sa.Boolean(), sa.true()),
)
CHECKS = {
    "horizon": "horizon_days BETWEEN 1 AND 182",
    "buffer_before": "buffer_before_minutes >= 0 AND buffer_before_minutes % 5 = 0",
    "seats": "seats >= 1",
}


def upgrade() -> None:
    """Build."""
    for name, kind, old_rows in COLUMNS:
        column = sa.Column(name, kind, nullable=False, server_default=old_rows)
        op.add_column("appointment_types", column)
        op.alter_column("appointment_types", name, server_default=None)
    op.execute("UPDATE appointment_types SET bookable_by = 'citizens' WHERE citizen_can_book")
    op.drop_column("appointment_types", "citizen_can_book")
    op.execute("UPDATE appointment_types SET horizon_days = 182 WHERE horizon_days > 182")
    op.drop_constraint(op.f("ck_appointment_types_horizon_positive"), "appointment_types")
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_appointment_types_{name}"), "appointment_types", rule)
    op.add_column("bookings", sa.Column("arranged", sa.String(40), nullable=True))
    op.execute(
        "UPDATE bookings SET arranged = CASE WHEN chosen_by_citizen THEN 'online' ELSE 'office' END"
    )
    op.alter_column("bookings", "arranged", nullable=False)
    op.create_table(
        "talk_cards",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("brings_somebody", sa.Boolean(), nullable=False),
        sa.Column("interpreter_language", sa.String(), nullable=True),
        sa.Column("sign_language", sa.Boolean(), nullable=False),
        sa.Column("calm", sa.Boolean(), nullable=False),
        sa.Column("without_camera", sa.Boolean(), nullable=False),
        sa.Column("step_free", sa.Boolean(), nullable=False),
        sa.Column("rather_by_phone", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("interpreter", sa.String(), nullable=True),
        sa.Column("arranged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arranged_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(interpreter, arranged_at, arranged_by) IN (0, 3)",
            name=op.f("ck_talk_cards_arranged_pair"),
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["bookings.id"],
            name=op.f("fk_talk_cards_booking_id_bookings"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_talk_cards")),
    )


def downgrade() -> None:
    """Take away."""
    op.drop_table("talk_cards")
    op.drop_column("bookings", "arranged")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_appointment_types_{name}"), "appointment_types")
    op.create_check_constraint(
        op.f("ck_appointment_types_horizon_positive"), "appointment_types", "horizon_days > 0"
    )
    op.add_column("appointment_types", sa.Column("citizen_can_book", sa.Boolean(), nullable=True))
    op.execute(
        "UPDATE appointment_types"
        " SET citizen_can_book = bookable_by IN ('citizens', 'own_officer') AND is_active"
    )
    op.alter_column("appointment_types", "citizen_can_book", nullable=False)
    for name, _, _ in reversed(COLUMNS):
        op.drop_column("appointment_types", name)
