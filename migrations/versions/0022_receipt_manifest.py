"""casefiles: what a receipt lists is kept with the hand-in, whatever becomes of the documents."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022_receipt_manifest"
down_revision = "0021_tallies"


def upgrade() -> None:
    """Build."""
    op.add_column("hand_ins", sa.Column("manifest", JSONB(), nullable=False))


def downgrade() -> None:
    """Take away."""
    op.drop_column("hand_ins", "manifest")
