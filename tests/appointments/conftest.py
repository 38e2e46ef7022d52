"""A fixed moment for pages, which read the clock themselves."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.factories.appointments import NOW


@pytest.fixture
def quiet_monday() -> Iterator[time_machine.Traveller]:
    """Stop the clock at seven on the quiet Monday; `move_to` goes on from there."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller
