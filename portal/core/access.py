"""Every view carries the answer to "who may enter?"; a house test finds the silent ones."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Access:
    """Who may enter: a word for the table of routes, and the right asked for, if any."""

    who: str
    right: str | None = None


def declare(view: Callable[P, R], access: Access) -> Callable[P, R]:
    """Write the answer onto the view."""
    view.access = access  # type: ignore[attr-defined]
    return view


def anyone(view: Callable[P, R]) -> Callable[P, R]:
    """Let everybody in, signed in or not."""
    return declare(view, Access("anyone"))


def signed(view: Callable[P, R]) -> Callable[P, R]:
    """Let in what carries a valid signature (machines, not people); the view checks it."""
    return declare(view, Access("signed"))
