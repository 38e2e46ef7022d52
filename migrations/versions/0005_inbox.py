"""inbox: the tables of this room."""

import sqlalchemy as sa
from alembic import op

revision = "0005_inbox"
down_revision = "0004_notifications"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "work_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("next_step", sa.String(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("urgency_reason", sa.String(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_change", sa.String(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL)", name=op.f("ck_work_items_closed_pair")
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["staff_members.id"], name=op.f("fk_work_items_assignee_id")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_work_items_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_items")),
    )
    op.create_index(
        "ix_work_items_mine",
        "work_items",
        ["assignee_id"],
        unique=False,
        postgresql_where="closed_at IS NULL",
    )
    op.create_index(
        "ix_work_items_rank",
        "work_items",
        [
            sa.literal_column("(- urgency)"),
            sa.literal_column("COALESCE(due_on, '9999-12-31'::date)"),
            "opened_at",
            "id",
        ],
        unique=False,
        postgresql_where="closed_at IS NULL",
    )
    op.create_index("ix_work_items_subject", "work_items", ["subject_id"], unique=False)
    op.create_index(
        "ix_work_items_team",
        "work_items",
        ["team_id", "assignee_id"],
        unique=False,
        postgresql_where="closed_at IS NULL",
    )
    op.create_index(
        "uq_work_items_open_subject",
        "work_items",
        ["kind", "subject_id"],
        unique=True,
        postgresql_where="closed_at IS NULL",
    )
    op.create_table(
        "item_views",
        sa.Column("staff_member_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["work_items.id"], name=op.f("fk_item_views_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_item_views_staff_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("staff_member_id", "item_id", name=op.f("pk_item_views")),
    )


def downgrade() -> None:
    """Take away."""
    op.drop_table("item_views")
    op.drop_index(
        "uq_work_items_open_subject", table_name="work_items", postgresql_where="closed_at IS NULL"
    )
    op.drop_index(
        "ix_work_items_team", table_name="work_items", postgresql_where="closed_at IS NULL"
    )
    op.drop_index("ix_work_items_subject", table_name="work_items")
    op.drop_index(
        "ix_work_items_rank", table_name="work_items", postgresql_where="closed_at IS NULL"
    )
    op.drop_index(
        "ix_work_items_mine", table_name="work_items", postgresql_where="closed_at IS NULL"
    )
    op.drop_table("work_items")
