"""consultations: topics, steps, remarks, papers on the table; safety: calls and incidents."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0050_talk_table"
down_revision = "0049_guests"

MOVE_STEPS = """
INSERT INTO agreed_steps (id, consultation_id, position, who, what)
SELECT gen_random_uuid(), id, (number - 1)::integer, 'together', left(trim(line), 300)
FROM consultations, unnest(string_to_array(agreed, E'\\n')) WITH ORDINALITY AS told(line, number)
WHERE trim(line) <> '' AND number <= 12
"""

WRITE_LINES = """
UPDATE consultations SET agreed = told.lines FROM (
  SELECT consultation_id, string_agg(what, E'\n' ORDER BY position) AS lines
  FROM agreed_steps GROUP BY consultation_id
) AS told WHERE told.consultation_id = consultations.id
"""


def upgrade() -> None:
    """Build."""
    op.create_table(
        "agreed_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(40), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "position BETWEEN 0 AND 11", name=op.f("ck_agreed_steps_position_bounded")
        ),
        sa.CheckConstraint(
            "length(what) BETWEEN 1 AND 300", name=op.f("ck_agreed_steps_what_length")
        ),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_agreed_steps_consultation_id_consultations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreed_steps")),
        sa.UniqueConstraint(
            "consultation_id",
            "position",
            name=op.f("uq_agreed_steps_consultation_id_position"),
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    op.execute(MOVE_STEPS)
    op.drop_column("consultations", "agreed")
    op.add_column(
        "consultations", sa.Column("agenda", sa.String(), nullable=False, server_default="")
    )
    op.alter_column("consultations", "agenda", server_default=None)
    op.add_column(
        "consultations", sa.Column("note_shown_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("consultations", sa.Column("shown_document_id", sa.Uuid(), nullable=True))
    op.add_column("consultations", sa.Column("shown_page", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_consultations_shown_document_id_documents"),
        "consultations",
        "documents",
        ["shown_document_id"],
        ["id"],
    )
    op.create_check_constraint(
        op.f("ck_consultations_shown_has_page"),
        "consultations",
        "(shown_document_id IS NULL) = (shown_page IS NULL)",
    )
    # Who could read an ended note before can read and answer it now.
    op.execute("UPDATE consultations SET note_shown_at = ended_at WHERE ended_at IS NOT NULL")
    op.create_table(
        "note_remarks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "length(text) BETWEEN 1 AND 4000", name=op.f("ck_note_remarks_text_length")
        ),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_note_remarks_consultation_id_consultations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note_remarks")),
    )
    op.create_index("ix_note_remarks_order", "note_remarks", ["consultation_id", "at", "id"])
    op.create_table(
        "talk_papers",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.id"],
            name=op.f("fk_talk_papers_document_id_documents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_talk_papers_consultation_id_consultations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_talk_papers")),
    )
    op.create_index(op.f("ix_talk_papers_consultation_id"), "talk_papers", ["consultation_id"])
    _safety()


def _safety() -> None:
    op.create_table(
        "safety_alerts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("raised_by_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(seen_at IS NULL) = (seen_by_id IS NULL)", name=op.f("ck_safety_alerts_seen_pair")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by_id IS NULL)", name=op.f("ck_safety_alerts_ended_pair")
        ),
        *_keys("safety_alerts", booking="bookings", raised_by="staff_members", team="teams"),
        *_keys("safety_alerts", seen_by="staff_members", ended_by="staff_members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_alerts")),
    )
    op.create_index(
        "uq_safety_alerts_open",
        "safety_alerts",
        ["booking_id", "raised_by_id"],
        unique=True,
        postgresql_where="ended_at IS NULL",
    )
    op.create_index(
        "ix_safety_alerts_open", "safety_alerts", ["raised_at"], postgresql_where="ended_at IS NULL"
    )
    op.create_table(
        "safety_incidents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("reported_by_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.String(40)), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("witnesses", sa.String(), nullable=True),
        sa.Column("done", sa.String(), nullable=True),
        sa.Column("wants_talk", sa.Boolean(), nullable=False),
        sa.Column("police", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answer IS NULL)",
            name=op.f("ck_safety_incidents_answered_pair"),
        ),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by_id IS NULL)",
            name=op.f("ck_safety_incidents_answered_by"),
        ),
        sa.CheckConstraint("cardinality(kinds) > 0", name=op.f("ck_safety_incidents_has_kind")),
        sa.CheckConstraint(
            "length(what) BETWEEN 1 AND 4000", name=op.f("ck_safety_incidents_what_length")
        ),
        *_keys("safety_incidents", booking="bookings", reported_by="staff_members", team="teams"),
        *_keys("safety_incidents", answered_by="staff_members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_incidents")),
    )
    op.create_index("ix_safety_incidents_team", "safety_incidents", ["team_id", "happened_at"])
    op.create_index(
        "ix_safety_incidents_mine", "safety_incidents", ["reported_by_id", "happened_at"]
    )


def _keys(table: str, **others: str) -> list[sa.ForeignKeyConstraint]:
    """Return the foreign keys of a table: each column `<name>_id` to the `id` of another."""
    return [
        sa.ForeignKeyConstraint(
            [f"{name}_id"], [f"{other}.id"], name=op.f(f"fk_{table}_{name}_id_{other}")
        )
        for name, other in others.items()
    ]


def downgrade() -> None:
    """Take away."""
    for table in ("safety_incidents", "safety_alerts", "talk_papers", "note_remarks"):
        op.drop_table(table)
    for column in ("shown_page", "shown_document_id", "note_shown_at", "agenda"):
        op.drop_column("consultations", column)
    op.add_column(
        "consultations", sa.Column("agreed", sa.String(), nullable=False, server_default="")
    )
    op.alter_column("consultations", "agreed", server_default=None)
    op.execute(WRITE_LINES)
    op.drop_table("agreed_steps")
