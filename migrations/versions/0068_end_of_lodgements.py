"""casefiles: what was lodged without a form ends, by the application that takes it up or by word.

Applications that came after what the same person had lodged have taken it up: the first of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0068_end_of_lodgements"
down_revision = "0067_set_by_the_office"

TAKEN_UP = """
UPDATE lodgements SET application_id = first.id, ended_at = first.submitted_at
FROM (
    SELECT DISTINCT ON (lodged.id) lodged.id AS lodgement_id, sent.id, sent.submitted_at
    FROM lodgements AS lodged
    JOIN applications AS sent ON sent.citizen_id = lodged.citizen_id
    WHERE sent.form = 'ha' AND sent.state <> 'withdrawn'
        AND sent.submitted_at >= lodged.at AND lodged.withdrawn_at IS NULL
    ORDER BY lodged.id, sent.submitted_at, sent.id
) AS first
WHERE first.lodgement_id = lodgements.id
"""


def upgrade() -> None:
    """Build."""
    op.add_column("lodgements", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("lodgements", sa.Column("ended_why", sa.String(), nullable=True))
    op.add_column("lodgements", sa.Column("application_id", sa.Uuid(), nullable=True))
    op.execute(TAKEN_UP)
    op.create_check_constraint(
        op.f("ck_lodgements_ended_by_one"),
        "lodgements",
        "num_nonnulls(application_id, ended_why) = (CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END)",
    )
    op.create_index(
        op.f("ix_lodgements_application"),
        "lodgements",
        ["application_id"],
        postgresql_where=sa.text("application_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Take away."""
    op.drop_index(op.f("ix_lodgements_application"), table_name="lodgements")
    op.drop_constraint(op.f("ck_lodgements_ended_by_one"), "lodgements")
    op.drop_column("lodgements", "application_id")
    op.drop_column("lodgements", "ended_why")
    op.drop_column("lodgements", "ended_at")
