"""Times with a zone, races that were lost, and one commit in one place."""

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.models import Team
from portal.core.db import UtcDateTime, commits, db, engine_of, enum_column, lost_race, new_id
from portal.core.errors import Conflict

BERLIN_WINTER = timezone(timedelta(hours=1))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), postgresql.dialect())  # noqa: DTZ001


def test_times_come_back_in_utc() -> None:
    kind, here = UtcDateTime(), datetime(2026, 1, 1, 10, tzinfo=BERLIN_WINTER)
    assert kind.process_bind_param(here, postgresql.dialect()) == here
    back = kind.process_result_value(here, postgresql.dialect())
    assert back == here
    assert back
    assert back.tzinfo is UTC
    assert kind.process_result_value(None, postgresql.dialect()) is None


def test_an_enum_is_kept_by_value_and_nothing_else_fits() -> None:
    class Colour(StrEnum):
        RED = "rot"

    kind = enum_column(Colour)
    write = kind.bind_processor(postgresql.dialect())
    assert write
    assert write(Colour.RED) == "rot"
    with pytest.raises(LookupError):
        write("blau")


def add(session: Session, name: str) -> None:
    session.add(Team(name=name))
    session.flush()


def test_a_lost_race_is_a_conflict_and_the_transaction_goes_on(session: Session) -> None:
    add(session, "first")
    with pytest.raises(Conflict, match="Schon da"), lost_race(session, "uq_teams_name", "Schon da"):
        add(session, "first")
    add(session, "second")
    assert session.scalars(select(Team.name).order_by(Team.name)).all() == ["first", "second"]


def test_another_constraint_is_no_lost_race(session: Session) -> None:
    add(session, "first")
    with pytest.raises(IntegrityError), lost_race(session, "uq_something_else", "Nein"):
        add(session, "first")


def test_what_did_not_collide_stays(session: Session) -> None:
    with lost_race(session, "uq_teams_name", "Schon da"):
        add(session, "first")
    assert session.scalars(select(Team.name)).all() == ["first"]


def test_a_view_commits_once_it_has_answered_and_not_when_it_raises(committed_app: Flask) -> None:
    @commits
    def good() -> str:
        db.session.add(Team(name="good"))
        return "answer"

    @commits
    def bad() -> None:
        db.session.add(Team(name="bad"))
        db.session.flush()
        raise RuntimeError

    with committed_app.app_context():
        assert good() == "answer"
        with pytest.raises(RuntimeError):
            bad()
    with committed_app.app_context():
        assert db.session.scalars(select(Team.name)).all() == ["good"]


def test_an_answer_is_lost_with_its_change(committed_app: Flask) -> None:
    @commits
    def view() -> str:
        db.session.add(Team(name="twice"))
        return "answer"

    with committed_app.app_context():
        view()
        with pytest.raises(IntegrityError):
            view()


def test_ids_are_random(session: Session) -> None:
    assert len({new_id() for _ in range(100)}) == 100
    assert new_id().version == 4
    assert isinstance(engine_of(session), Engine)
