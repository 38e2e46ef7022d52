"""To which node a new talk goes, from what the nodes have said."""

from typing import Any

import pytest

from portal.consultations.node_rules import FULL, LATE, ROOM, Standing, choose


def node(id: str, load: float = 0.0, **known: Any) -> Standing:
    return Standing(**{"id": id, "load": load, "lag": 0.0, "rooms": 0, "promised": 0, **known})


def test_the_least_busy_gets_it():
    assert choose([node("a", 0.3), node("b", 0.2)]).id == "b"


def test_what_was_sent_there_since_counts():
    assert choose([node("a", 0.1, promised=5), node("b", 0.1 + 4 * ROOM)]).id == "b"


def test_rooms_in_which_people_still_wait_count():
    assert choose([node("a", 0.0, rooms=10), node("b", 0.12)]).id == "b"
    # Once they talk they are in the load, and count once.
    assert node("a", 0.4, rooms=10).expected == pytest.approx(0.4)


@pytest.mark.parametrize(
    "full",
    [{"lag": LATE}, {"load": FULL}, {"rooms": 54}, {"load": FULL - ROOM, "promised": 1}],
    ids=["late", "busy", "many rooms", "much promised"],
)
def test_a_full_node_gets_nothing_while_another_is_not(full: dict[str, Any]):
    assert node("a", **full).is_full
    assert choose([node("a", **full), node("b", FULL - 0.001)]).id == "b"


def test_when_all_are_full_there_is_still_somewhere_to_go():
    assert choose([node("a", 0.9), node("b", 0.8), node("c", 0.1, lag=0.5)]).id == "c"


def test_who_takes_nothing_new_gets_nothing_while_another_takes():
    closed = node("a", 0.1, is_open=False)

    assert choose([closed, node("b", 0.95, lag=1.0)]).id == "b"
    assert choose([closed]).id == "a"
