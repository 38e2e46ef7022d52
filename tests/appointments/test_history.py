"""A random history: whatever is done, what is offered and what can be booked is what the rules say.

Each life is an office of its own, which begins a few days before the clocks change. After each deed
the times that are offered, the times that are taken and the weeks of the search are compared with
the model (`history.brute_force`). `HISTORY=100000` does so many deeds, `HISTORY_SEED` begins at
another life.
"""

import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.appointments import holding, service, steps
from portal.calendars import cells, sheets, weeks
from portal.core import clock
from tests.appointments.history.booking import Booker
from tests.appointments.history.brute_force import (
    minute_of,
)
from tests.appointments.history.supply import Planner

STEPS = int(os.environ.get("HISTORY", "120"))
LIFE = 500


class History(Booker, Planner):
    """One life: which deeds there are, and how often each comes."""

    def __init__(self, session: Session, seed: int) -> None:
        super().__init__(session, seed)
        self.done: Counter[str] = Counter()
        for _ in range(6):
            self.open_hours()
        self.deeds: list[Callable[[], None]] = list(self._weighed())

    def _weighed(self) -> Iterator[Callable[[], None]]:
        for weight, deed in (
            (16, self.book),
            (14, self.hold),
            (7, self.confirm),
            (4, self.release),
            (8, self.move),
            (4, self.move_to_held),
            (8, self.cancel),
            (5, self.open_hours),
            (3, self.close_hours),
            (5, self.make_exception),
            (4, self.be_away),
            (3, self.come_back),
            (2, self.have_a_break),
            (2, self.have_no_break),
            (1, self.fall_ill),
            (3, self.keep_a_room),
            (2, self.shut_a_room),
            (2, self.open_a_room),
            (1, self.leave_or_return),
            (10, self.wait),
            (5, self.clear),
        ):
            yield from [deed] * weight

    def step(self) -> None:
        """Do one thing and compare everything."""
        deed = self.chance.choice(self.deeds)
        self.done[deed.__name__] += 1
        deed()
        self.session.flush()
        self.compare_taken()
        self.compare_offers()
        stale = weeks.stale(self.session, touched=self.resources())
        now = cells.week_of(self.now)
        assert [one for one in stale if one[1] >= now] == [], deed.__name__

    def leave_or_return(self) -> None:
        officer = self.chance.choice(self.officers[1:])
        officer.is_active = not officer.is_active
        self.office.gone ^= {officer.id}

    def wait(self) -> None:
        before = self.now
        self.now += self.chance.choice([5, 10, 30, 60, 240, 600]) * timedelta(minutes=1)
        if clock.local_date(before) != clock.local_date(self.now) or (
            weeks.ahead(before) != weeks.ahead(self.now)
        ):  # what the clock does at night
            weeks.forget_past(self.session, now=self.now)
            weeks.refresh_all_weeks(self.session, touched=self.resources(), now=self.now)

    def clear(self) -> None:
        holding.clear_lapsed(self.session, now=self.now)
        now = minute_of(self.now)
        self.office.taken = [one for one in self.office.taken if one.lives(now)]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look no further ahead than the kinds go, and write no mails: they have tests of their own."""
    monkeypatch.setattr(weeks, "HORIZON", 4)
    monkeypatch.setattr(steps, "tell_citizen", lambda *_: None)
    for module in (service, holding):
        monkeypatch.setattr(module, "tell_citizen", lambda *_: None)


def test_a_random_history_agrees_with_the_rules(
    session: Session, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    seed = int(os.environ.get("HISTORY_SEED", "1"))
    done: Counter[str] = Counter()
    for life in itertools.count(seed):
        left = STEPS - done.total()
        if left <= 0:
            break
        # How many are asked before everybody: in so small an office the real figure hides a part.
        monkeypatch.setattr(sheets, "FIRST_ASKED", [1, 2, 64][life % 3])
        world = session.begin_nested()
        history = History(session, life)
        for step in range(min(left, LIFE)):
            try:
                history.step()
            except Exception as error:
                error.add_note(f"life {life}, step {step}, {history.now}: {history.done}")
                raise
        done += history.done
        world.rollback()
        session.expunge_all()
