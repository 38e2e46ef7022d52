"""How fast messages go out: a bucket of turns in the database, which every worker draws from.

A mail server that takes 100 mails a minute gets no more, however many workers there are. A turn is
a moment: whoever asks gets the next one and comes back then, so nobody waits in a transaction. When
a server asks for a rest, all rest.

Turns are drawn in a transaction of their own: the row is held for a moment only, and a turn that
was drawn for a deed that fails is lost, not given twice.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.core.db import db
from portal.notifications.models import SendPace

REST = timedelta(seconds=30)
# As many turns as fall into this time may be used at once: workers look for work in such steps.
AT_ONCE = timedelta(seconds=5)


def turn(way: str, *, per_minute: int, now: datetime) -> datetime:
    """Draw a turn: the moment from which on one message may go; `per_minute` 0 is no limit."""
    step = timedelta(minutes=1) / per_minute if per_minute else timedelta()
    first = now - AT_ONCE
    with db.sessionmaker.begin() as aside:
        next_at = aside.execute(
            insert(SendPace)
            .values(way=way, next_at=first + step)
            .on_conflict_do_update(
                index_elements=["way"],
                set_={
                    "next_at": func.greatest(SendPace.next_at, SendPace.paused_until, first) + step
                },
            )
            .returning(SendPace.next_at)
        ).scalar_one()
    return next_at - step


def rests_until(session: Session, way: str, *, now: datetime) -> datetime | None:
    """Return until when nothing goes out by this way, if its server has asked for a rest."""
    until = session.scalar(select(SendPace.paused_until).where(SendPace.way == way))
    return until if until and until > now else None


def rest(way: str, *, now: datetime) -> None:
    """Leave the server of a way in peace for a moment; it is too busy, or not there."""
    until = now + REST
    with db.sessionmaker.begin() as aside:
        aside.execute(
            insert(SendPace)
            .values(way=way, next_at=until, paused_until=until)
            .on_conflict_do_update(
                index_elements=["way"],
                set_={"paused_until": func.greatest(SendPace.paused_until, until)},
            )
        )
