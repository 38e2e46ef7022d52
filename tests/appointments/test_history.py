"""A random history: whatever is done, what is offered and what can be booked is what the rules say.

Hypothesis chooses the deeds and shortens a life in which something differs. Each life is an office
of its own, which begins a few days before the clocks change. After each deed the times that are
offered, the times that are taken and the weeks of the search are compared with the model
(`history.brute_force`). `HISTORY=100000` does so many deeds, `HISTORY_SEED` begins at another life.
"""

import itertools
import os
import random
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from portal.appointments import holding, service, steps
from portal.calendars import cells, sheets, weeks
from portal.core import clock
from tests.appointments.history.booking import Booker
from tests.appointments.history.brute_force import minute_of
from tests.appointments.history.supply import Planner

DEEDS = int(os.environ.get("HISTORY", "100"))
LIFE = 20 if DEEDS < 1000 else 100
FIRST_LIFE = int(os.environ.get("HISTORY_SEED", "1"))
CHANCE = st.integers(0, 2**32 - 1)
"""What else is chosen in a deed hangs on one number: a long life stays within what one may draw."""


class History(Booker, Planner):
    """One life: what is done beside appointments and hours, and what is compared."""

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

    def compare(self) -> None:
        self.session.flush()
        self.compare_taken()
        self.compare_offers()
        stale = weeks.stale(self.session, touched=self.resources())
        now = cells.week_of(self.now)
        assert [one for one in stale if one[1] >= now] == []


WEIGHTS = {
    "book": 16,
    "hold": 14,
    "wait": 10,
    "cancel": 8,
    "move": 8,
    "confirm": 7,
    "clear": 5,
    "make_exception": 5,
    "open_hours": 5,
    "be_away": 4,
    "move_to_held": 4,
    "release": 4,
    "close_hours": 3,
    "come_back": 3,
    "keep_a_room": 3,
    "have_a_break": 2,
    "have_no_break": 2,
    "open_a_room": 2,
    "shut_a_room": 2,
    "fall_ill": 1,
    "leave_or_return": 1,
}
DEED = st.sampled_from([name for name, weight in WEIGHTS.items() for _ in range(weight)])


class Lives(RuleBasedStateMachine):
    """The rules by which Hypothesis lives one life; all of it is rolled back at its end."""

    session: Session
    done: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.world = self.session.begin_nested()

    @initialize(number=CHANCE, first_asked=st.sampled_from([1, 2, 64]))
    def begin(self, number: int, first_asked: int) -> None:
        # How many are asked before everybody: in so small an office the real figure hides a part.
        sheets.FIRST_ASKED = first_asked
        self.life = History(self.session, number)
        self.age = 0
        for deed in (self.life.open_hours, self.life.book, self.life.hold):
            for _ in range(6):
                deed()

    @rule(deed=DEED, number=CHANCE)
    def live(self, deed: str, number: int) -> None:
        # One rule for all deeds: of several, Hypothesis leaves some out for a whole life.
        self.age += 1
        self.life.chance = random.Random(number * 1_000 + self.age)
        getattr(self.life, deed)()
        self.done[deed] += 1

    @invariant()
    def agrees_with_the_model(self) -> None:
        self.life.compare()

    def teardown(self) -> None:
        self.world.rollback()
        self.session.expunge_all()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look no further ahead than the kinds go, and write no mails: they have tests of their own."""
    monkeypatch.setattr(weeks, "HORIZON", 4)
    monkeypatch.setattr(sheets, "FIRST_ASKED", sheets.FIRST_ASKED)  # put back at the end
    monkeypatch.setattr(steps, "tell_citizen", lambda *_: None)
    for module in (service, holding):
        monkeypatch.setattr(module, "tell_citizen", lambda *_: None)


def test_a_random_history_agrees_with_the_rules(session: Session, quick: None) -> None:
    done = Counter[str]()
    for first in itertools.count(FIRST_LIFE):
        left = DEEDS - done.total()
        if left <= 0:
            break
        lives = seed(first)(type("Lives", (Lives,), {"session": session, "done": done}))
        run_state_machine_as_test(
            lives,
            settings=settings(
                max_examples=-(-left // LIFE),
                stateful_step_count=LIFE + 1,  # the beginning counts
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
