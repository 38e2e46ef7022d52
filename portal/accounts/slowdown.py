"""Counting tries in the database, so that all processes count together."""

import hashlib
from dataclasses import dataclass
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
    """Start counting anew: the right answer was given."""
    session.execute(delete(Attempt).where(Attempt.key.in_(keys)))


@dataclass(frozen=True)
class Tries:
    """The counts of a wrong answer: this account from here, from anywhere, all from here.

    A browser that has signed in to the account before has a count of its own: it feels nothing of
    what strangers do, not even those behind the same router.
    """

    here: str
    anywhere: str
    all_here: str
    known_here: str

    @classmethod
    def of(cls, what: str, account: str, network: str) -> "Tries":
        """Name the counts for guesses of `what` at `account` from `network`."""
        return cls(
            here=key_of(what, account, network),
            anywhere=key_of(what, account),
            all_here=key_of(f"{what} from", network),
            known_here=key_of(what, account, network, "known browser"),
        )

    @property
    def name(self) -> str:
        """Return a short name of the account that tells nobody which it is."""
        return self.anywhere[:16]

    def check(self, session: Session, *, known: bool, now: datetime) -> None:
        """Raise `TooMany` while a wait lasts; `known` is a browser that has been here before."""
        if known:
            take_turn(session, self.known_here)
            check(session, self.known_here, rules.PERSON_FROM_NETWORK, now=now)
            return
        take_turn(session, self.here)
        check(session, self.here, rules.PERSON_FROM_NETWORK, now=now)
        check(session, self.all_here, rules.NETWORK, now=now)
        check(session, self.anywhere, rules.PERSON_FROM_ANYWHERE, now=now)

    def count(self, session: Session, *, now: datetime, known: bool = False) -> None:
        """Write down a wrong answer."""
        keys = (self.known_here,) if known else (self.here, self.anywhere, self.all_here)
        count(session, *keys, now=now)

    def forgive(self, session: Session) -> None:
        """Start counting anew for this account from here."""
        forget(session, self.here, self.known_here)
