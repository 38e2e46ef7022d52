"""One measured figure beside its bar, and the percentile of many."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What was measured; `bar` is the most it may be (or, with `at_least`, the least)."""

    what: str
    value: float
    unit: str
    bar: float | None = None
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Tell whether the bar is kept."""
        if self.bar is None:
            return True
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    @property
    def row(self) -> tuple[str, str, str, str]:
        """Return the cells of the table."""
        sign = "≥" if self.at_least else "≤"
        bar = f"{sign} {self.bar:g} {self.unit}" if self.bar is not None else ""
        mark = "" if self.bar is None else ("ok" if self.holds else "MISSED")
        return (self.what, f"{self.value:.3g} {self.unit}", bar, mark)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` (0–1) of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
