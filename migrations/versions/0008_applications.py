"""applications."""

revision = "0008_applications"
down_revision = "0007_appointments"


def upgrade() -> None:
    """Build."""


def downgrade() -> None:
    """Take away."""
