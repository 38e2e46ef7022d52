"""The tables of the job queue, as procrastinate ships them."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0001_jobs"
down_revision = None


def upgrade() -> None:
    """Build."""
    op.get_bind().connection.driver_connection.execute(SchemaManager.get_schema())


def downgrade() -> None:
    """Take away."""
    op.execute("DROP TABLE procrastinate_events, procrastinate_periodic_defers CASCADE")
    op.execute("DROP TABLE procrastinate_jobs, procrastinate_workers CASCADE")
    op.execute(
        """
        DO $$ DECLARE found record; BEGIN
          FOR found IN SELECT oid::regprocedure AS name FROM pg_proc
                       WHERE proname LIKE 'procrastinate%' LOOP
            EXECUTE 'DROP FUNCTION IF EXISTS ' || found.name || ' CASCADE';
          END LOOP;
          FOR found IN SELECT oid::regtype AS name FROM pg_type
                       WHERE typname LIKE 'procrastinate%' AND typtype IN ('e', 'c') LOOP
            EXECUTE 'DROP TYPE IF EXISTS ' || found.name || ' CASCADE';
          END LOOP;
        END $$
        """
    )
