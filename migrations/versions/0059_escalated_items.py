"""inbox: what went up is a list of its own, found without looking at the rest."""

from alembic import op

revision = "0059_escalated_items"
down_revision = "0058_held_back"

WHOSE = {"ix_work_items_escalated": "team_id", "ix_work_items_escalated_to": "alarmed_to_id"}


def upgrade() -> None:
    """Build."""
    for name, column in WHOSE.items():
        op.create_index(name, "work_items", [column, "closed_at"], postgresql_where="alarm = 2")


def downgrade() -> None:
    """Take away."""
    for name in reversed(WHOSE):
        op.drop_index(name, table_name="work_items")
