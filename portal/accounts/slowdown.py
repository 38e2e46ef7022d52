"""Counting tries in the database, so that all processes count together."""

import hashlib
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.accounts import queries, rules
from portal.accounts.models import Attempt
from portal.accounts.rules import Slowdown


def key_of(*parts: str) -> str:
    """Return the key under which tries are counted; it tells nobody who tried."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def take_turn(session: Session, key: str) -> None:
    """Hold this key until the transaction ends: many tries at once are counted one by one."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


def check(session: Session, key: str, slowdown: Slowdown, *, now: datetime) -> None:
    """Raise `TooMany` while the wait of this key lasts."""
    tried = queries.attempts_on(session, key, since=now - slowdown.within)
    rules.check_may_try(tried, slowdown, now=now)


def count(session: Session, *keys: str, now: datetime) -> None:
    """Write down one try under each of these keys."""
    session.add_all([Attempt(key=key, at=now) for key in keys])
    session.flush()  # a second try in this transaction must see the first


def forget(session: Session, *keys: str) -> None:
    """Start counting anew: the right password was given."""
    session.execute(delete(Attempt).where(Attempt.key.in_(keys)))
