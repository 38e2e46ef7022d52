"""inbox: what whoever hands an item over wants the next person to know."""

import sqlalchemy as sa
from alembic import op

revision = "0062_note_of_handing_over"
down_revision = "0061_arrival_and_release"


def upgrade() -> None:
    """Build."""
    op.add_column("work_items", sa.Column("note", sa.String(), nullable=True))
    op.add_column("work_items", sa.Column("note_by", sa.String(), nullable=True))
    op.create_check_constraint(
        op.f("ck_work_items_note_length"), "work_items", "length(note) BETWEEN 1 AND 500"
    )
    op.create_check_constraint(
        op.f("ck_work_items_note_pair"), "work_items", "(note IS NULL) = (note_by IS NULL)"
    )


def downgrade() -> None:
    """Take away."""
    op.drop_constraint(op.f("ck_work_items_note_pair"), "work_items")
    op.drop_constraint(op.f("ck_work_items_note_length"), "work_items")
    op.drop_column("work_items", "note_by")
    op.drop_column("work_items", "note")
