"""A free time as one word."""

from datetime import UTC, date, datetime, time
from uuid import UUID

import pytest

from portal.calendars.slots import Slot, at_wall
from portal.core import working_days

MONDAY = date(2026, 11, 16)
ANNA, BODO = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize("others", [(), (BODO,), tuple(UUID(int=one) for one in range(2, 9))])
def test_a_slot_survives_as_one_word(others: tuple[UUID, ...]) -> None:
    slot = Slot(at_wall(MONDAY, time(9)), ANNA, others)
    assert Slot.read(slot.key) == slot


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        ".",
        "20261116T0800Z",
        "morgen.früh",
        f"20261316T0800Z.{ANNA}",
        f"20261116T0800Z.{ANNA}.{ANNA}",
        f"20261116T0800Z.{ANNA}.",
        f" 20261116T0800Z.{ANNA}",
        f"20261116T0800Z.{str(ANNA).replace('-', '')}",
        f"20261116T0800Z.{'A' * 36}",
        "20261116T0800Z" + ".".join(["", *(str(UUID(int=one)) for one in range(9))]),
    ],
)
def test_what_names_no_slot_is_nothing(nonsense: str) -> None:
    assert Slot.read(nonsense) is None


def test_a_wall_time_that_is_missing_or_comes_twice_is_one_moment() -> None:
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    assert at_wall(spring, time(2, 30)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert at_wall(autumn, time(2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_holidays_are_those_of_the_land() -> None:
    assert date(2026, 11, 1) in working_days.public_holidays("BY", 2026)
    assert date(2026, 11, 1) not in working_days.public_holidays("HE", 2026)
    assert date(2026, 6, 4) in working_days.public_holidays("HE", 2026)
