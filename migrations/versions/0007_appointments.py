"""appointments."""

revision = "0007_appointments"
down_revision = "0006_casefiles"


def upgrade() -> None:
    """Build."""


def downgrade() -> None:
    """Take away."""
