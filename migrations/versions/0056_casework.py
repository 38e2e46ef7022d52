"""casework: notes on a case with their earlier wordings, questions to colleagues."""

import sqlalchemy as sa
from alembic import op

revision = "0056_casework"
down_revision = "0055_notifications"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Build."""
    _notes()
    _questions()


def _notes() -> None:
    op.create_table(
        "case_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(40), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("written_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("pinned_at", TIME, nullable=True),
        sa.Column("pinned_by_name", sa.String(), nullable=True),
        sa.CheckConstraint(
            "length(text) BETWEEN 1 AND 4000", name=op.f("ck_case_notes_text_length")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_case_notes_version_positive")),
        sa.CheckConstraint(
            "(pinned_at IS NULL) = (pinned_by_name IS NULL)", name=op.f("ck_case_notes_pinned_pair")
        ),
        sa.CheckConstraint("changed_at >= written_at", name=op.f("ck_case_notes_changed_later")),
        _of_case("case_notes"),
        *_keys("case_notes", team="teams", author="staff_members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_notes")),
    )
    op.create_index("ix_case_notes_case", "case_notes", ["case_id", "written_at"])
    op.create_table(
        "case_note_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("written_at", TIME, nullable=False),
        sa.Column("replaced_at", TIME, nullable=False),
        sa.CheckConstraint(
            "replaced_at >= written_at", name=op.f("ck_case_note_versions_replaced_later")
        ),
        sa.ForeignKeyConstraint(
            ["note_id"],
            ["case_notes.id"],
            name=op.f("fk_case_note_versions_note_id_case_notes"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_note_versions")),
        sa.UniqueConstraint("note_id", "number", name="uq_case_note_versions_number"),
    )


def _questions() -> None:
    op.create_table(
        "expert_questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("reminded_at", TIME, nullable=True),
        sa.Column("overdue_told_at", TIME, nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_at", TIME, nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("read_at", TIME, nullable=True),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.Column("revoked_by_name", sa.String(), nullable=True),
        sa.CheckConstraint(
            "length(question) BETWEEN 1 AND 4000", name=op.f("ck_expert_questions_question_length")
        ),
        sa.CheckConstraint(
            "answer IS NULL OR length(answer) BETWEEN 1 AND 4000",
            name=op.f("ck_expert_questions_answer_length"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(answer, answered_at, answered_by_id) IN (0, 3)",
            name=op.f("ck_expert_questions_answered_whole"),
        ),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by_name IS NULL)",
            name=op.f("ck_expert_questions_revoked_pair"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(answered_at, revoked_at) <= 1", name=op.f("ck_expert_questions_one_end")
        ),
        sa.CheckConstraint(
            "read_at IS NULL OR answered_at IS NOT NULL",
            name=op.f("ck_expert_questions_read_after_answer"),
        ),
        sa.CheckConstraint(
            "answered_by_id <> asked_by_id", name=op.f("ck_expert_questions_two_people")
        ),
        sa.CheckConstraint(
            "member_id <> asked_by_id", name=op.f("ck_expert_questions_asks_another")
        ),
        _of_case("expert_questions"),
        *_keys("expert_questions", asked_by="staff_members", team="teams"),
        *_keys("expert_questions", member="staff_members", answered_by="staff_members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_questions")),
    )
    op.create_index("ix_expert_questions_case", "expert_questions", ["case_id", "asked_at"])
    op.create_index(
        "ix_expert_questions_open",
        "expert_questions",
        ["due_on"],
        postgresql_where="answered_at IS NULL AND revoked_at IS NULL",
    )


def _of_case(table: str) -> sa.ForeignKeyConstraint:
    """Return the foreign key to the case, with which the row goes."""
    return sa.ForeignKeyConstraint(
        ["case_id"], ["cases.id"], name=op.f(f"fk_{table}_case_id_cases"), ondelete="CASCADE"
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
    for table in ("expert_questions", "case_note_versions", "case_notes"):
        op.drop_table(table)
