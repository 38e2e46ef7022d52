"""calendars: hours follow rules, absences come again, places and rooms are looked after."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035_calendars_supply"
down_revision = "0034_paper_and_reminders"

DAYS = "ARRAY['MO','TU','WE','TH','FR','SA','SU']"
TO_RULES = f"UPDATE availabilities SET rule = 'FREQ=WEEKLY;BYDAY=' || ({DAYS})[weekday]"
# Each weekday of a weekly rule becomes a row of its own; what no weekday can say is lost.
TO_WEEKDAYS = f"""
INSERT INTO availabilities
    (id, was, staff_member_id, weekday, rule, starts, ends, channels, valid_from, valid_until)
SELECT gen_random_uuid(), id, staff_member_id, array_position({DAYS}, split.day), rule, starts,
    ends, channels, valid_from, valid_until
FROM availabilities, LATERAL (
    SELECT unnest(string_to_array(substring(rule FROM 'BYDAY=([A-Z,]+)'), ',')) AS day
) AS split
WHERE rule ~ '^FREQ=WEEKLY;BYDAY=[A-Z,]+$'
"""
THEIR_TYPES = """
INSERT INTO availability_types (availability_id, type_id)
SELECT new.id, kept.type_id
FROM availabilities AS new JOIN availability_types AS kept ON kept.availability_id = new.was
"""
NO_OUTREACH = """
UPDATE {table} SET channels = array_replace(channels, 'outreach', 'office')
WHERE 'outreach' = ANY (channels)
"""
EXCEPTIONS = ("days_out", "days_extra")


def _days(name: str) -> "sa.Column[list[object]]":
    return sa.Column(name, postgresql.ARRAY(sa.Date()), nullable=False, server_default="{}")


def upgrade() -> None:
    """Build."""
    op.add_column(
        "places",
        sa.Column("is_standard", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.alter_column("places", "is_standard", server_default=None)
    op.create_index(
        "uq_places_standard",
        "places",
        ["is_standard"],
        unique=True,
        postgresql_where=sa.text("is_standard"),
    )
    op.create_check_constraint(
        op.f("ck_places_standard_is_active"), "places", "is_active OR NOT is_standard"
    )
    op.add_column("availabilities", sa.Column("rule", sa.String(), nullable=True))
    op.execute(TO_RULES)
    op.alter_column("availabilities", "rule", nullable=False)
    op.create_check_constraint(
        op.f("ck_availabilities_rule_is_short"), "availabilities", "length(rule) <= 200"
    )
    for name in EXCEPTIONS:
        op.add_column("availabilities", _days(name))
        op.alter_column("availabilities", name, server_default=None)
    op.add_column("availabilities", sa.Column("place_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_availabilities_place_id_places"),
        "availabilities",
        "places",
        ["place_id"],
        ["id"],
    )
    op.create_index(op.f("ix_availabilities_place_id"), "availabilities", ["place_id"])
    op.drop_index("ix_availabilities_staff_member", "availabilities")
    op.drop_constraint(op.f("ck_availabilities_weekday_iso"), "availabilities")
    op.drop_column("availabilities", "weekday")
    op.create_index("ix_availabilities_staff_member", "availabilities", ["staff_member_id"])
    op.create_table(
        "recurring_absences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_member_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("days_out", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column("days_extra", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.CheckConstraint("ends > starts", name=op.f("ck_recurring_absences_ends_later")),
        sa.CheckConstraint(
            "extract(epoch FROM starts)::int % 300 = 0 AND extract(epoch FROM ends)::int % 300 = 0",
            name=op.f("ck_recurring_absences_five_minutes"),
        ),
        sa.CheckConstraint(
            "valid_until >= valid_from", name=op.f("ck_recurring_absences_valid_until_later")
        ),
        sa.CheckConstraint("length(rule) <= 200", name=op.f("ck_recurring_absences_rule_is_short")),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_recurring_absences_staff_member_id_staff_members"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recurring_absences")),
    )
    op.create_index("ix_recurring_absences_staff_member", "recurring_absences", ["staff_member_id"])
    op.create_table(
        "room_closures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_room_closures_last_day_later")),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["rooms.id"],
            name=op.f("fk_room_closures_room_id_rooms"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_closures")),
    )
    op.create_index("ix_room_closures_room", "room_closures", ["room_id", "last_day"])


def downgrade() -> None:
    """Take away."""
    op.drop_table("room_closures")
    op.drop_table("recurring_absences")
    for table in ("availabilities", "appointment_types"):
        op.execute(NO_OUTREACH.format(table=table))
    op.drop_index("ix_availabilities_staff_member", "availabilities")
    op.drop_constraint(op.f("fk_availabilities_place_id_places"), "availabilities")
    op.drop_index(op.f("ix_availabilities_place_id"), "availabilities")
    for name in ("place_id", *EXCEPTIONS):
        op.drop_column("availabilities", name)
    op.drop_constraint(op.f("ck_availabilities_rule_is_short"), "availabilities")
    op.add_column("availabilities", sa.Column("weekday", sa.Integer(), nullable=True))
    op.add_column("availabilities", sa.Column("was", sa.Uuid(), nullable=True))
    op.execute(TO_WEEKDAYS)
    op.execute(THEIR_TYPES)
    op.execute("DELETE FROM availabilities WHERE weekday IS NULL")
    op.drop_column("availabilities", "was")
    op.drop_column("availabilities", "rule")
    op.alter_column("availabilities", "weekday", nullable=False)
    op.create_check_constraint(
        op.f("ck_availabilities_weekday_iso"), "availabilities", "weekday BETWEEN 1 AND 7"
    )
    op.create_index(
        "ix_availabilities_staff_member", "availabilities", ["staff_member_id", "weekday"]
    )
    op.drop_constraint(op.f("ck_places_standard_is_active"), "places")
    op.drop_index("uq_places_standard", "places")
    op.drop_column("places", "is_standard")
