"""calendars: the outline of a week, where anybody at all has hours for a kind and a channel."""

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0047_calendar_outlines"
down_revision = "0046_seats_and_places"

STAFF = 1  # the kind of a resource, in its two lowest bits


def upgrade() -> None:
    """Build, with what the weeks that are there say: without an outline their times are hidden."""
    outlines = op.create_table(
        "calendar_outlines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("week", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("type_id", sa.Uuid(), nullable=True),
        sa.Column("open", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "octet_length(open) = 324", name=op.f("ck_calendar_outlines_nine_days_of_cells")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_outlines")),
    )
    op.create_index("ix_calendar_outlines_week", "calendar_outlines", ["week", "channel"])
    around: dict[tuple[int, str, object], int] = defaultdict(int)
    for week, channels, type_ids, opened in op.get_bind().execute(
        sa.text(
            "SELECT DISTINCT week, channels, type_ids, open FROM calendar_weeks"
            f" WHERE resource & 3 = {STAFF}"
        )
    ):
        for channel in channels:
            for type_id in type_ids or [None]:
                around[week, channel, type_id] |= int.from_bytes(opened, "little")
    rows = [
        {"week": week, "channel": channel, "type_id": type_id, "open": bits.to_bytes(324, "little")}
        for (week, channel, type_id), bits in around.items()
    ]
    if rows:
        op.bulk_insert(outlines, rows)


def downgrade() -> None:
    """Take away."""
    op.drop_table("calendar_outlines")
