"""appointments of many: events with seats, their waiting list; a seat is a booking."""

import sqlalchemy as sa
from alembic import op

revision = "0044_groups"
down_revision = "0043_waiting_list"

STAMP = sa.DateTime(timezone=True)
CHECKS = {
    "ends_later": "ends_at > starts_at",
    "shorter_than_a_day": "ends_at - starts_at < interval '24 hours'",
    "closes_later": "closes_at > opens_at",
    "closes_before_start": "closes_at <= starts_at",
    "seats": "seats >= 1",
    "is_somewhere": "num_nonnulls(place_id, where_else) = 1",
    "room_at_a_place": "room_id IS NULL OR place_id IS NOT NULL",
    "team_is_named": "(audience = 'team') = (team_id IS NOT NULL)",
    "cancelled_has_time": "(state = 'cancelled') = (cancelled_at IS NOT NULL)",
    "cancelled_pair": "(cancelled_at IS NULL) = (cancelled_by IS NULL)",
}


def upgrade() -> None:
    """Build."""
    _events()
    op.create_table(
        "group_officers",
        _event_id(),
        _column("staff_member_id", sa.Uuid()),
        _column("position", sa.Integer()),
        _belongs("group_officers"),
        _refers("group_officers", "staff_member_id", "staff_members"),
        sa.PrimaryKeyConstraint("event_id", "staff_member_id", name=op.f("pk_group_officers")),
    )
    op.create_index("ix_group_officers_staff_member_id", "group_officers", ["staff_member_id"])
    op.create_table(
        "group_seats",
        _event_id(),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        _belongs("group_seats"),
        sa.PrimaryKeyConstraint("event_id", "number", name=op.f("pk_group_seats")),
    )
    op.create_table(
        "group_invitations",
        _event_id(),
        _column("case_id", sa.Uuid()),
        _column("invited_at", STAMP),
        _belongs("group_invitations"),
        _refers("group_invitations", "case_id", "cases"),
        sa.PrimaryKeyConstraint("event_id", "case_id", name=op.f("pk_group_invitations")),
    )
    op.create_index(op.f("ix_group_invitations_case_id"), "group_invitations", ["case_id"])
    _bookings()
    _wishes()
    op.add_column(
        "appointment_types",
        sa.Column("counts_as_contact", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.alter_column("appointment_types", "counts_as_contact", server_default=None)


def _events() -> None:
    op.create_table(
        "group_events",
        _column("id", sa.Uuid()),
        _column("type_id", sa.Uuid()),
        _column("series_id", sa.Uuid(), nullable=True),
        _column("title", sa.String()),
        _column("description", sa.String(), nullable=True),
        _column("bring", sa.String(), nullable=True),
        _column("language", sa.String()),
        _column("channel", sa.String(40)),
        _column("place_id", sa.Uuid(), nullable=True),
        _column("room_id", sa.Uuid(), nullable=True),
        _column("where_else", sa.String(), nullable=True),
        _column("lead_id", sa.Uuid()),
        _column("starts_at", STAMP),
        _column("ends_at", STAMP),
        _column("seats", sa.SmallInteger()),
        _column("opens_at", STAMP),
        _column("closes_at", STAMP),
        _column("audience", sa.String(40)),
        _column("team_id", sa.Uuid(), nullable=True),
        _column("state", sa.String(40)),
        _column("sequence", sa.Integer()),
        _column("planned_at", STAMP),
        _column("planned_by", sa.String()),
        _column("cancelled_at", STAMP, nullable=True),
        _column("cancelled_by", sa.String(), nullable=True),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_group_events_{name}"))
            for name, rule in CHECKS.items()
        ),
        _refers("group_events", "type_id", "appointment_types"),
        _refers("group_events", "place_id", "places"),
        _refers("group_events", "room_id", "rooms"),
        _refers("group_events", "lead_id", "staff_members"),
        _refers("group_events", "team_id", "teams"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_events")),
    )
    for name in ("type_id", "place_id", "room_id"):
        op.create_index(op.f(f"ix_group_events_{name}"), "group_events", [name])
    op.create_index("ix_group_events_starts_at", "group_events", ["starts_at"])
    op.create_index("ix_group_events_lead", "group_events", ["lead_id", "starts_at"])
    op.create_index(
        "ix_group_events_series",
        "group_events",
        ["series_id"],
        postgresql_where=sa.text("state = 'planned'"),
    )


def _bookings() -> None:
    op.add_column("bookings", _column("group_event_id", sa.Uuid(), nullable=True))
    op.add_column("bookings", _column("seat", sa.SmallInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_bookings_group_event_id_group_events"),
        "bookings",
        "group_events",
        ["group_event_id"],
        ["id"],
    )
    op.create_foreign_key(
        "fk_bookings_group_seat",
        "bookings",
        "group_seats",
        ["group_event_id", "seat"],
        ["event_id", "number"],
    )
    op.create_check_constraint(
        op.f("ck_bookings_seat_in_group"),
        "bookings",
        "(seat IS NULL) = (group_event_id IS NULL OR state = 'cancelled')",
    )
    op.create_index("uq_bookings_group_seat", "bookings", ["group_event_id", "seat"], unique=True)
    op.create_index(
        "uq_bookings_group_citizen",
        "bookings",
        ["group_event_id", "citizen_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'cancelled'"),
    )


def _wishes() -> None:
    op.create_table(
        "group_wishes",
        _column("id", sa.Uuid()),
        _event_id(),
        _column("citizen_id", sa.Uuid()),
        _column("takes_others", sa.Boolean()),
        _column("state", sa.String(40)),
        _column("created_at", STAMP),
        _column("booking_id", sa.Uuid(), nullable=True),
        _column("offered_until", STAMP, nullable=True),
        sa.CheckConstraint(
            "(state = 'offered') = (offered_until IS NOT NULL)",
            name=op.f("ck_group_wishes_offered_has_end"),
        ),
        _refers("group_wishes", "event_id", "group_events"),
        _refers("group_wishes", "citizen_id", "citizens"),
        _refers("group_wishes", "booking_id", "bookings", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_wishes")),
    )
    op.create_index(
        "uq_group_wishes_open",
        "group_wishes",
        ["event_id", "citizen_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'offered')"),
    )
    op.create_index("ix_group_wishes_citizen", "group_wishes", ["citizen_id"])
    op.create_index(op.f("ix_group_wishes_booking_id"), "group_wishes", ["booking_id"])
    op.create_index(
        "ix_group_wishes_offered",
        "group_wishes",
        ["offered_until"],
        postgresql_where=sa.text("state = 'offered'"),
    )


def _column(name: str, kind: sa.types.TypeEngine, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, kind, nullable=nullable)


def _event_id() -> sa.Column:
    return _column("event_id", sa.Uuid())


def _belongs(table: str) -> sa.ForeignKeyConstraint:
    return _refers(table, "event_id", "group_events", ondelete="CASCADE")


def _refers(
    table: str, column: str, to: str, *, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=ondelete)


def downgrade() -> None:
    """Take away; seats in groups go with their events, cancelled ones too."""
    op.drop_column("appointment_types", "counts_as_contact")
    op.drop_table("group_wishes")
    op.execute(
        "DELETE FROM occupancies WHERE taken_by IN (SELECT id FROM group_events)"
        " OR taken_by IN (SELECT id FROM bookings WHERE group_event_id IS NOT NULL)"
    )
    op.execute("DELETE FROM bookings WHERE group_event_id IS NOT NULL")
    op.drop_index("uq_bookings_group_citizen", "bookings")
    op.drop_index("uq_bookings_group_seat", "bookings")
    op.drop_constraint(op.f("ck_bookings_seat_in_group"), "bookings")
    op.drop_constraint("fk_bookings_group_seat", "bookings")
    op.drop_column("bookings", "seat")
    op.drop_column("bookings", "group_event_id")
    for name in ("group_invitations", "group_seats", "group_officers", "group_events"):
        op.drop_table(name)
