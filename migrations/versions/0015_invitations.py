"""invitations: by what right somebody is invited to act, not only to help."""

import sqlalchemy as sa
from alembic import op

revision = "0015_invitations"
down_revision = "0014_identity"


def upgrade() -> None:
    """Build."""
    op.add_column(
        "helper_invitations",
        sa.Column("kind", sa.String(40), nullable=False, server_default="helper"),
    )
    op.alter_column("helper_invitations", "kind", server_default=None)


def downgrade() -> None:
    """Take away."""
    op.drop_column("helper_invitations", "kind")
