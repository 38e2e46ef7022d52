"""Who did it, in words, and for whom."""

from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.audit import queries
from portal.audit.models import Actor, Event, Represented
from portal.audit.service import record
from portal.audit.shown import who
from portal.core import clock

MOTHER = Represented("22222222-2222-4222-8222-222222222222", "Erika Muster")


@dataclass(frozen=True)
class Person:
    """Whoever acts in these tests."""

    actor: Actor


def written(session: Session, *, represents: Represented | None) -> Event:
    record(
        session,
        deed="things.made",
        subject=("thing", "1"),
        by=Person(Actor("citizen", "1", "Max Muster", represents)),
        now=clock.now(),
        amount=3,
    )
    session.expire_all()
    [event] = queries.events_about(session, kind="thing", id="1")
    return event


def test_a_deed_for_somebody_names_both(session: Session) -> None:
    event = written(session, represents=MOTHER)

    assert event.facts == {"amount": 3, "for": {"id": MOTHER.id, "name": MOTHER.name}}
    assert who(event) == "Max Muster für Erika Muster"
    assert queries.first_break(session) is None


def test_a_deed_for_oneself_names_nobody_else(session: Session) -> None:
    event = written(session, represents=None)

    assert event.facts == {"amount": 3}
    assert who(event) == "Max Muster"


@pytest.mark.parametrize("facts", [{"for": "somebody"}, {"for": None}, {"for": {"id": "1"}}])
def test_a_fact_of_another_shape_is_left_out(app: Flask, facts: dict[str, object]) -> None:
    assert who(Event(actor_name="Max Muster", facts=facts)) == "Max Muster"
