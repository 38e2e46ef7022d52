"""Drafts that somebody of the office reads along, made through the real verbs."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts import slowdown
from portal.accounts.models import Citizen, StaffMember
from portal.applications import proposals, reading_queries, readings
from portal.applications.models import Application
from portal.applications.places import Place, Value
from portal.applications.reading_along import DraftReading
from portal.core import clock
from tests.factories import applications

TRIES = slowdown.Tries.of("code to read along", "test", "192.0.2.1")


def running(
    session: Session,
    draft: Application,
    citizen: Citizen,
    officer: StaffMember,
    now: datetime | None = None,
) -> DraftReading:
    """Let an officer read a draft along, with a code of the citizen's."""
    now = now or clock.now()
    _, code = readings.invite(session, application=draft, by=citizen, now=now)
    return readings.take(session, code=code, tries=TRIES, by=officer, now=now)


def proposed(
    session: Session,
    reading: DraftReading,
    officer: StaffMember,
    answers: Mapping[str | Place, Value],
    now: datetime | None = None,
) -> None:
    """Propose these answers (`question`, `question@row` or a place)."""
    now = now or clock.now()
    reading = reading_queries.to_change(session, reading=reading)
    for id, value in answers.items():
        place = id if isinstance(id, Place) else next(iter(applications.places({id: value})))
        proposals.propose(session, reading=reading, place=place, value=value, by=officer, now=now)
