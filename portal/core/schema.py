"""Bringing a database to the newest schema, and back, with Alembic and no configuration file."""

from collections.abc import Callable

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine

from portal.core import paths
from portal.core.embedded import sqlalchemy_url

LOCK = 7_411_993
"""The advisory lock of whoever changes tables or the rights to them."""

VERSION_TABLE = "alembic_version"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(paths.MIGRATIONS))
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` up to `revision`."""
    _run(url, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Bring the database at `url` down to `revision` (`base` empties it)."""
    _run(url, lambda config: command.downgrade(config, revision))


def check(url: str) -> None:
    """Raise when tables and models differ (`alembic check`)."""
    _run(url, command.check)


def head() -> str:
    """Name the newest revision."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def is_newest(url: str) -> bool:
    """Tell whether the database has the newest revision already."""
    return current(url) == head()


def current(url: str) -> str | None:
    """Name the revision of the database; an empty one has none."""
    engine = create_engine(sqlalchemy_url(url))
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def _run(url: str, deed: Callable[[Config], object]) -> None:
    engine: Engine = create_engine(sqlalchemy_url(url))
    try:
        with engine.connect() as connection:
            config = _config()
            config.attributes["connection"] = connection
            deed(config)
    finally:
        engine.dispose()
