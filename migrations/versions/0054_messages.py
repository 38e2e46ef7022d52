"""messages: threads between citizens and the office, their entries and papers, text blocks."""

import sqlalchemy as sa
from alembic import op

revision = "0054_messages"
down_revision = "0053_decisions"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "message_threads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_side", sa.String(40), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("reply_by", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_name", sa.String(), nullable=True),
        _check("message_threads", "waiting_pair", "(waiting_since IS NULL) = (answer_by IS NULL)"),
        _check("message_threads", "closed_pair", "(closed_at IS NULL) = (closed_by_name IS NULL)"),
        _check(
            "message_threads", "closed_is_answered", "closed_at IS NULL OR waiting_since IS NULL"
        ),
        _check("message_threads", "subject_length", "length(subject) BETWEEN 1 AND 120"),
        *_keys("message_threads", case="cases", citizen="citizens", officer="staff_members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_threads")),
    )
    op.create_index("ix_message_threads_case", "message_threads", ["case_id", "last_at"])
    op.create_index("ix_message_threads_citizen", "message_threads", ["citizen_id", "last_at"])
    op.create_index("ix_message_threads_officer", "message_threads", ["officer_id"])
    op.create_index(
        "ix_message_threads_waiting",
        "message_threads",
        ["answer_by"],
        postgresql_where="answer_by IS NOT NULL",
    )
    _entries()
    op.create_table(
        "thread_papers",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *_keys("thread_papers", "CASCADE", entry="thread_entries", document="documents"),
        sa.PrimaryKeyConstraint("entry_id", "document_id", name=op.f("pk_thread_papers")),
    )
    op.create_index(op.f("ix_thread_papers_document_id"), "thread_papers", ["document_id"])
    op.create_table(
        "message_blocks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_name", sa.String(), nullable=False),
        _check("message_blocks", "one_owner", "(owner_id IS NULL) <> (team_id IS NULL)"),
        _check("message_blocks", "name_length", "length(name) BETWEEN 1 AND 60"),
        _check("message_blocks", "text_length", "length(text) BETWEEN 1 AND 4000"),
        *_keys("message_blocks", "CASCADE", owner="staff_members", team="teams"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_blocks")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_message_blocks_owner_id_name")),
        sa.UniqueConstraint("team_id", "name", name=op.f("uq_message_blocks_team_id_name")),
    )


def _entries() -> None:
    op.create_table(
        "thread_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("side", sa.String(40), nullable=False),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_key", sa.Uuid(), nullable=True),
        sa.Column("reply_by", sa.Date(), nullable=True),
        sa.Column("was_due_on", sa.Date(), nullable=True),
        sa.Column("waited_days", sa.Integer(), nullable=True),
        sa.Column("to_name", sa.String(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by_name", sa.String(), nullable=True),
        _check("thread_entries", "position_not_negative", "position >= 0"),
        _check("thread_entries", "seen_pair", "(seen_at IS NULL) = (seen_by_name IS NULL)"),
        _check("thread_entries", "remark_of_office", "kind <> 'remark' OR side = 'office'"),
        _check(
            "thread_entries",
            "text_length",
            "kind NOT IN ('message', 'remark') OR length(text) BETWEEN 1 AND 4000",
        ),
        _check(
            "thread_entries",
            "handed_over_pair",
            "(kind = 'handed_over') = (to_name IS NOT NULL)",
        ),
        _check("thread_entries", "request_pair", "(kind = 'request') = (request_id IS NOT NULL)"),
        _check(
            "thread_entries",
            "invitation_pair",
            "(kind = 'invitation') = (invitation_id IS NOT NULL)",
        ),
        *_keys("thread_entries", "CASCADE", thread="message_threads"),
        *_keys("thread_entries", request="evidence_requests", invitation="invitations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_entries")),
        sa.UniqueConstraint(
            "thread_id", "position", name=op.f("uq_thread_entries_thread_id_position")
        ),
        sa.UniqueConstraint("sent_key", name=op.f("uq_thread_entries_sent_key")),
    )
    op.create_index(
        "ix_thread_entries_unseen",
        "thread_entries",
        ["thread_id", "side"],
        postgresql_where="seen_at IS NULL AND kind <> 'remark'",
    )
    op.create_index(
        "ix_thread_entries_waited",
        "thread_entries",
        ["at"],
        postgresql_where="waited_days IS NOT NULL",
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _keys(table: str, ondelete: str | None = None, **others: str) -> list[sa.ForeignKeyConstraint]:
    """Return the foreign keys of a table: each column `<name>_id` to the `id` of another."""
    return [
        sa.ForeignKeyConstraint(
            [f"{name}_id"],
            [f"{other}.id"],
            name=op.f(f"fk_{table}_{name}_id_{other}"),
            ondelete=ondelete,
        )
        for name, other in others.items()
    ]


def downgrade() -> None:
    """Take away."""
    for table in ("message_blocks", "thread_papers", "thread_entries", "message_threads"):
        op.drop_table(table)
