"""postbox: a letter that came back from the post, and each posting that did."""

import sqlalchemy as sa
from alembic import op

revision = "0069_returned_letters"
down_revision = "0068_end_of_lodgements"


def upgrade() -> None:
    """Build."""
    op.add_column("letters", sa.Column("returned_on", sa.Date(), nullable=True))
    op.create_check_constraint(
        op.f("ck_letters_returned_is_not_posted"),
        "letters",
        "returned_on IS NULL OR posted_on IS NULL",
    )
    op.create_table(
        "letter_returns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("posted_by_name", sa.String(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by_name", sa.String(), nullable=False),
        sa.CheckConstraint(
            "returned_on >= posted_on", name=op.f("ck_letter_returns_returned_later")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"],
            ["letters.id"],
            name=op.f("fk_letter_returns_letter_id_letters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_returns")),
    )
    op.create_index("ix_letter_returns_letter", "letter_returns", ["letter_id", "noted_at"])


def downgrade() -> None:
    """Take away."""
    op.drop_table("letter_returns")
    op.drop_constraint(op.f("ck_letters_returned_is_not_posted"), "letters")
    op.drop_column("letters", "returned_on")
