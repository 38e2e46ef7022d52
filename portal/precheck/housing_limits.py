"""The local limits of rent: data of the office, by number of persons (§ 22 (1) SGB II).

`PORTAL_HOUSING_LIMITS` names a YAML file in the shape of `tables/housing_limits.yaml`, which holds
example values. It is read when the process starts, so that a mistake in it is seen by the operator
and not by somebody who asks.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import yaml
from flask import Flask, current_app
from pydantic import Field, ValidationError, model_validator

from portal.core import clock
from portal.core.config import Settings, Unreadable
from portal.precheck import amounts

EXAMPLES = amounts.TABLES / "housing_limits.yaml"
NAME = "housing_limits"


class HousingLimits(amounts.Dated):
    """How much rent with operating costs, without heating, is adequate for so many persons."""

    persons: Annotated[dict[int, amounts.Euros], Field(min_length=1)]
    each_more: amounts.Euros
    is_example: bool = False

    @model_validator(mode="after")
    def _without_gaps(self) -> "HousingLimits":
        counts = sorted(self.persons)
        if counts != list(range(1, len(counts) + 1)):
            raise ValueError("persons: 1, 2, 3 … ohne Lücke")
        limits = [self.persons[count] for count in counts]
        if limits != sorted(limits) or not limits[0]:
            raise ValueError("persons: mit jeder Person gleich viel oder mehr, nie 0")
        return self

    def limit(self, count: int) -> Decimal:
        """Return the limit for `count` persons (1 or more), in euros a month."""
        known = len(self.persons)
        return self.persons[min(count, known)] + self.each_more * max(0, count - known)


def read(settings: Settings) -> tuple[HousingLimits, ...]:
    """Read the limits of the office, or raise `Unreadable` with what is wrong in which file."""
    path = Path(settings.housing_limits) if settings.housing_limits else EXAMPLES
    try:
        return amounts.read(path, HousingLimits)
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"PORTAL_HOUSING_LIMITS: {path} ist nicht lesbar.") from error
    except ValidationError as error:
        found = "; ".join(_said(one["loc"], one["msg"]) for one in error.errors()[:3])
        raise Unreadable(f"PORTAL_HOUSING_LIMITS: {path}: {found}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise Unreadable(f"PORTAL_HOUSING_LIMITS: {path}: {error}") from error


def _said(place: Sequence[int | str], message: str) -> str:
    where = ".".join(str(part) for part in place) or "Datei"
    return f"{where}: {message}"


def on(day: date) -> HousingLimits:
    """Return the limits of this office that hold on `day`, or raise `amounts.NoAmounts`."""
    entries: tuple[HousingLimits, ...] = current_app.extensions[NAME]
    return amounts.in_force(entries, day)


def init_app(app: Flask) -> None:
    """Read the limits now; without the citizens' pages nobody asks for them."""
    settings = app.config["SETTINGS"]
    if "citizen" not in settings.interfaces:
        return
    entries, today = read(settings), clock.local_date(clock.now())
    if entries[0].valid_from > today:
        raise Unreadable(
            f"PORTAL_HOUSING_LIMITS: {settings.housing_limits} gilt erst ab "
            f"{entries[0].valid_from:%d.%m.%Y}. Es fehlen die Grenzen, die heute gelten."
        )
    app.extensions[NAME] = entries
