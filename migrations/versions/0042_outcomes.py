"""appointments: more ways for an appointment to end, and the facts that speak for and against."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042_outcomes"
down_revision = "0040_letters_and_invitations"

OUTCOMES = ("came", "came_later", "excused", "office_fault", "technical_failure", "missed")
WITH_REASON = ("excused", "office_fault", "technical_failure", "missed")
TRAVEL_RULES = {
    "decision_has_time": "(state = 'asked') = (decided_at IS NULL)",
    "decided_pair": "(decided_at IS NULL) = (decided_by IS NULL)",
    "grant_has_sum": "(state = 'granted') = (granted_cents IS NOT NULL)",
    "refusal_has_reason": "state <> 'refused' OR decision <> ''",
    "asks_for_something": "asked_cents > 0",
    "car_has_kilometres": "(way = 'car') = (kilometres IS NOT NULL)",
}


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
    _disturbances()
    _travel_costs()
    _contacts()


def _disturbances() -> None:
    op.create_table(
        "disturbances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_disturbances_ends_after_start")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disturbances")),
    )
    op.create_index("ix_disturbances_time", "disturbances", ["starts_at"])


def _travel_costs() -> None:
    op.create_table(
        "travel_costs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.String(40), nullable=False),
        sa.Column("kilometres", sa.Integer(), nullable=True),
        sa.Column("asked_cents", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("papers", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("granted_cents", sa.Integer(), nullable=True),
        sa.Column("decision", sa.String(), nullable=False),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_travel_costs_{name}"))
            for name, rule in TRAVEL_RULES.items()
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["bookings.id"],
            name=op.f("fk_travel_costs_booking_id_bookings"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_travel_costs")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_travel_costs_booking_id")),
    )


def _contacts() -> None:
    op.create_table(
        "care_tracks",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("target_ratio", sa.Integer(), nullable=False),
        sa.Column("contact_days", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.CheckConstraint("target_ratio > 0", name=op.f("ck_care_tracks_ratio_positive")),
        sa.CheckConstraint("contact_days > 0", name=op.f("ck_care_tracks_rhythm_positive")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_care_tracks")),
    )
    op.create_table(
        "case_tracks",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("track_key", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_case_tracks_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["track_key"],
            ["care_tracks.key"],
            name=op.f("fk_case_tracks_track_key_care_tracks"),
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_tracks")),
    )
    op.create_index("ix_case_tracks_track", "case_tracks", ["track_key"])
    op.create_table(
        "noted_contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("noted_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_noted_contacts_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_noted_contacts")),
    )
    op.create_index("ix_noted_contacts_case", "noted_contacts", ["case_id", "at"])
    # The last real contact of a case is read for thousands of cases at once.
    op.create_index(
        "ix_bookings_contact",
        "bookings",
        ["case_id", "starts_at"],
        postgresql_where=sa.text("state IN ('came', 'came_later')"),
    )


def downgrade() -> None:
    """Take away."""
    op.drop_index("ix_bookings_contact", "bookings")
    for table in ("noted_contacts", "case_tracks", "care_tracks", "travel_costs", "disturbances"):
        op.drop_table(table)
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
