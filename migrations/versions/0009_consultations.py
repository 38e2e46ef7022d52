"""consultations."""

revision = "0009_consultations"
down_revision = "0008_applications"


def upgrade() -> None:
    """Build."""


def downgrade() -> None:
    """Take away."""
