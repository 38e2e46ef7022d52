"""inbox: what no lead has looked at goes up to all who lead, and to the team."""

from alembic import op

revision = "0063_seen_by_all"
down_revision = "0062_note_of_handing_over"


def upgrade() -> None:
    """Build."""
    _allow("alarm BETWEEN 0 AND 3")
    _index("alarm >= 2")
    op.create_index(
        "ix_work_items_escalated_to_all", "work_items", ["closed_at"], postgresql_where="alarm = 3"
    )


def downgrade() -> None:
    """Take away; what went up to all is with the leads again."""
    op.drop_index("ix_work_items_escalated_to_all", table_name="work_items")
    op.execute("UPDATE work_items SET alarm = 2 WHERE alarm = 3")
    _index("alarm = 2")
    _allow("alarm BETWEEN 0 AND 2")


def _allow(condition: str) -> None:
    op.drop_constraint(op.f("ck_work_items_alarm"), "work_items")
    op.create_check_constraint(op.f("ck_work_items_alarm"), "work_items", condition)


def _index(where: str) -> None:
    op.drop_index("ix_work_items_escalated", table_name="work_items")
    op.create_index(
        "ix_work_items_escalated", "work_items", ["team_id", "closed_at"], postgresql_where=where
    )
