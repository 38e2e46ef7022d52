"""decisions: decisions, amounts, text blocks, objections; letters: the deadline is kept."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0053_decisions"
down_revision = "0052_inbox_lists"

LETTER_CHECKS = {
    "deadline_is_whole": "num_nonnulls(counts_from, deadline_reason, deadline_at) IN (0, 3)",
    "remedy_until_has_start": "remedy_until IS NULL OR counts_from IS NOT NULL",
}


def upgrade() -> None:
    """Build."""
    _letters()
    _text_blocks()
    _objections()
    _objection_aims()
    _decisions()
    _decision_amounts()


def _letters() -> None:
    for name, kind in (
        ("signed_by_name", sa.String()),
        ("seal", sa.String()),
        ("counts_from", sa.Date()),
        ("remedy_until", sa.Date()),
        ("deadline_reason", sa.String()),
        ("deadline_at", sa.DateTime(timezone=True)),
    ):
        op.add_column("letters", sa.Column(name, kind, nullable=True))
    for name, was in (("is_instructed", sa.true()), ("is_abroad", sa.false())):
        op.add_column("letters", sa.Column(name, sa.Boolean(), nullable=False, server_default=was))
        op.alter_column("letters", name, server_default=None)
    for name, words in LETTER_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_letters_{name}"), "letters", words)


def _text_blocks() -> None:
    op.create_table(
        "text_blocks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("rulings", postgresql.JSONB(), nullable=False),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_blocks")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_text_blocks_key_version")),
    )


def _objections() -> None:
    op.create_table(
        "objections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reasoning", sa.String(), nullable=True),
        sa.Column("answer_due_on", sa.Date(), nullable=False),
        sa.Column("form", sa.String(40), nullable=False),
        sa.Column("form_met_on", sa.Date(), nullable=True),
        sa.Column("form_noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("form_noted_by_name", sa.String(), nullable=True),
        sa.Column("is_reinstated", sa.Boolean(), nullable=True),
        sa.Column("reinstated_why", sa.String(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(form = 'missing') = (form_met_on IS NULL)"
            " AND num_nonnulls(form_met_on, form_noted_at, form_noted_by_name) IN (0, 3)",
            name=op.f("ck_objections_form_has_day"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (ended_at IS NULL)", name=op.f("ck_objections_ended_has_time")
        ),
        sa.CheckConstraint(
            "(is_reinstated IS NULL) = (reinstated_why IS NULL)",
            name=op.f("ck_objections_reinstated_has_reason"),
        ),
        sa.CheckConstraint(
            "(until IS NULL) = (reasoning IS NULL)", name=op.f("ck_objections_until_has_reasoning")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_objections_application_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_objections_case_id")),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_objections_citizen_id")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letters.id"], name=op.f("fk_objections_letter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
        sa.UniqueConstraint("application_id", name=op.f("uq_objections_application_id")),
    )
    op.create_index("ix_objections_case", "objections", ["case_id", "received_at"], unique=False)
    op.create_index(op.f("ix_objections_letter_id"), "objections", ["letter_id"], unique=False)
    op.create_index(
        "ix_objections_open",
        "objections",
        ["answer_due_on"],
        unique=False,
        postgresql_where="state = 'open'",
    )


def _objection_aims() -> None:
    op.create_table(
        "objection_aims",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_objection_aims_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letters.id"], name=op.f("fk_objection_aims_letter_id")
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_objection_aims")),
    )
    op.create_index(
        op.f("ix_objection_aims_letter_id"), "objection_aims", ["letter_id"], unique=False
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("objection_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("ruling", sa.String(40), nullable=True),
        sa.Column("award_from", sa.Date(), nullable=True),
        sa.Column("award_until", sa.Date(), nullable=True),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.Column("provisional_why", sa.String(), nullable=True),
        sa.Column("legal_basis", sa.String(), nullable=True),
        sa.Column("blocks", postgresql.JSONB(), nullable=False),
        sa.Column("reasons", sa.String(), nullable=True),
        sa.Column("is_intrusive", sa.Boolean(), nullable=False),
        sa.Column("hearing_id", sa.Uuid(), nullable=True),
        sa.Column("no_hearing", sa.String(40), nullable=True),
        sa.Column("warned_on", sa.Date(), nullable=True),
        sa.Column("warned_until", sa.Date(), nullable=True),
        sa.Column("discretion", sa.String(), nullable=True),
        sa.Column("is_abroad", sa.Boolean(), nullable=False),
        sa.Column("editors", postgresql.JSONB(), nullable=False),
        sa.Column("release_why", postgresql.JSONB(), nullable=False),
        sa.Column("prepared_by_id", sa.Uuid(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_by_name", sa.String(), nullable=True),
        sa.Column("returned_why", sa.String(), nullable=True),
        sa.Column("released_by_id", sa.Uuid(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_by_name", sa.String(), nullable=True),
        sa.Column("letter_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'issued') = (letter_id IS NOT NULL)"
            " AND num_nonnulls(letter_id, issued_at, issued_by_name) IN (0, 3)",
            name=op.f("ck_decisions_issued_is_whole"),
        ),
        sa.CheckConstraint(
            "state <> 'issued' OR jsonb_array_length(release_why) = 0"
            " OR released_by_id IS NOT NULL",
            name=op.f("ck_decisions_released_if_asked"),
        ),
        sa.CheckConstraint(
            "state <> 'issued' OR ruling IS NOT NULL", name=op.f("ck_decisions_issued_has_ruling")
        ),
        sa.CheckConstraint(
            "state <> 'submitted' OR submitted_at IS NOT NULL",
            name=op.f("ck_decisions_submitted_time"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(award_from, award_until) IN (0, 2) AND award_until >= award_from",
            name=op.f("ck_decisions_award_in_order"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(released_by_id, released_at) IN (0, 2)",
            name=op.f("ck_decisions_released_pair"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(returned_at, returned_by_name, returned_why) IN (0, 3)",
            name=op.f("ck_decisions_returned_is_whole"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(warned_on, warned_until) IN (0, 2) AND warned_until > warned_on",
            name=op.f("ck_decisions_warned_in_order"),
        ),
        sa.CheckConstraint(
            "released_by_id IS NULL OR (released_by_id <> prepared_by_id"
            " AND NOT editors @> to_jsonb(released_by_id::text))",
            name=op.f("ck_decisions_four_eyes"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_decisions_application_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_decisions_case_id")),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_decisions_citizen_id")
        ),
        sa.ForeignKeyConstraint(
            ["hearing_id"], ["hearings.id"], name=op.f("fk_decisions_hearing_id")
        ),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_decisions_letter_id")),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["objections.id"], name=op.f("fk_decisions_objection_id")
        ),
        sa.ForeignKeyConstraint(
            ["prepared_by_id"], ["staff_members.id"], name=op.f("fk_decisions_prepared_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["released_by_id"], ["staff_members.id"], name=op.f("fk_decisions_released_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("letter_id", name=op.f("uq_decisions_letter_id")),
    )
    op.create_index("ix_decisions_case", "decisions", ["case_id", "prepared_at"], unique=False)
    op.create_index("ix_decisions_citizen", "decisions", ["citizen_id", "issued_at"], unique=False)
    op.create_index(op.f("ix_decisions_objection_id"), "decisions", ["objection_id"], unique=False)
    op.create_index(
        "uq_decisions_open",
        "decisions",
        ["application_id"],
        unique=True,
        postgresql_where="state IN ('draft', 'submitted')",
    )


def _decision_amounts() -> None:
    op.create_table(
        "decision_amounts",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("first_month", sa.Date(), nullable=False),
        sa.Column("last_month", sa.Date(), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "cents BETWEEN 0 AND 99999999", name=op.f("ck_decision_amounts_cents_bounded")
        ),
        sa.CheckConstraint(
            "extract(day FROM first_month) = 1 AND extract(day FROM last_month) = 1",
            name=op.f("ck_decision_amounts_months_by_first_day"),
        ),
        sa.CheckConstraint(
            "last_month >= first_month", name=op.f("ck_decision_amounts_months_in_order")
        ),
        sa.CheckConstraint(
            "length(person) BETWEEN 1 AND 160", name=op.f("ck_decision_amounts_person_named")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["decisions.id"],
            name=op.f("fk_decision_amounts_decision_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("decision_id", "position", name=op.f("pk_decision_amounts")),
    )


def downgrade() -> None:
    """Take away; letters of the new kinds go with their decisions, the PDF stays in the file."""
    for table in ("decision_amounts", "decisions", "objection_aims", "objections", "text_blocks"):
        op.drop_table(table)
    op.execute("DELETE FROM letters WHERE kind IN ('decision', 'interim', 'objection_ruling')")
    op.execute("DELETE FROM work_items WHERE kind IN ('objection', 'decision_release')")
    op.execute("DELETE FROM work_items WHERE kind = 'decision_returned'")
    op.execute("UPDATE applications SET outcome = 'rejected' WHERE outcome = 'withheld'")
    for name in LETTER_CHECKS:
        op.drop_constraint(op.f(f"ck_letters_{name}"), "letters")
    for column in (
        "signed_by_name",
        "seal",
        "is_instructed",
        "is_abroad",
        "counts_from",
        "remedy_until",
        "deadline_reason",
        "deadline_at",
    ):
        op.drop_column("letters", column)
