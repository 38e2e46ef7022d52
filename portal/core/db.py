"""The database: one declarative base, one session per request, one commit in one place."""

import functools
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from inspect import iscoroutinefunction
from typing import Any, ParamSpec, TypeVar

from flask.sansio.app import App
from flask_sqlalchemy_lite import SQLAlchemy
from psycopg.pq import Format
from sqlalchemy import DateTime, Dialect, Engine, Enum, MetaData, TypeDecorator, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session

from portal.core.errors import Conflict

P = ParamSpec("P")
R = TypeVar("R")


class Database(SQLAlchemy):
    """The sessions of this house, none of which is async."""

    def init_app(self, app: App) -> None:
        """Register with an application; async sessions, of which there are none, stay open.

        To close them Flask would start a thread at the end of every request.
        """
        super().init_app(app)
        app.teardown_appcontext_funcs = [
            close for close in app.teardown_appcontext_funcs if not iscoroutinefunction(close)
        ]


db = Database()

APPEND_ONLY = {"append_only": True}
"""The `info` of a table whose rows the running portal may read and add, never change."""


IN_BINARY = {"in_binary": True}
"""Execution options of a statement that brings many bytes: as text they would be twice as long."""


@event.listens_for(Engine, "before_cursor_execute", named=True)
def _ask_in_binary(*, cursor: Any, context: ExecutionContext | None, **_: object) -> None:
    if context is not None and context.execution_options.get("in_binary"):
        cursor.format = Format.BINARY


class UtcDateTime(TypeDecorator[datetime]):
    """Keep aware times only; what comes back is in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone: it would be read in the zone of the server."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"naive time: {value!r}")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the time back in UTC."""
        return value.astimezone(UTC) if value is not None else None


class Model(DeclarativeBase):
    """The base of every table; names of constraints follow one convention."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), dict[str, Any]: JSONB, list[str]: JSONB}


def enum_column(kind: type[StrEnum]) -> Enum:
    """Store a StrEnum by its value in a text column; SQLAlchemy refuses any other word."""
    return Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        length=40,
        create_constraint=False,
        validate_strings=True,
    )


def new_id() -> uuid.UUID:
    """Draw a new random id (RFC 9562, version 4)."""
    return uuid.uuid4()


def commits(view: Callable[P, R]) -> Callable[P, R]:
    """Commit once after the view has answered; roll back when it raises."""

    @functools.wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            answer = view(*args, **kwargs)
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise
        return answer

    wrapped.commits = True  # type: ignore[attr-defined]
    return wrapped


@contextmanager
def lost_race(
    session: Session, constraint: str, message: str, *, field: str | None = None
) -> Iterator[None]:
    """Turn a violation of `constraint` inside the block into `Conflict(message)`.

    `field` names the field of a form that the message belongs to.

    The block runs in a savepoint: a bare failed flush would poison the whole transaction.
    """
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        if constraint in str(error.orig):
            raise Conflict(message, field=field) from error
        raise


def engine_of(session: Session) -> Engine:
    """Return the engine behind a session."""
    bind = session.get_bind()
    return bind if isinstance(bind, Engine) else bind.engine
