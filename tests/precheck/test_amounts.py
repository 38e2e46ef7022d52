"""The tables are checked when they are read, and so is the file of the office."""

from contextlib import nullcontext
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from pydantic import ValidationError

from portal.core.config import Settings, Unreadable
from portal.precheck import amounts, housing_limits
from tests.precheck.households import TODAY

GOOD = """
- valid_from: 2026-01-01
  source: Richtlinie des Kreises, Beschluss vom 12. Dezember 2025
  persons: {1: 480.50, 2: 580}
  each_more: 90
"""
TWICE = """
- {valid_from: 2026-01-01, source: Gesetz, amount: 1}
- {valid_from: 2026-01-01, source: Gesetz, amount: 2}
"""


def limits_in(path: Path, text: str | bytes) -> tuple[housing_limits.HousingLimits, ...]:
    written = path / "grenzen.yaml"
    written.write_bytes(text if isinstance(text, bytes) else text.encode())
    return housing_limits.read(Settings(housing_limits=str(written)))


def test_every_amount_says_from_when_and_by_what_law() -> None:
    found = amounts.on(TODAY)
    for name in ("standard", "supplement", "additional", "child_benefit", "allowances", "assets",
                 "housing", "ages"):  # fmt: skip
        entry = getattr(found, name)
        assert entry.valid_from <= TODAY
        assert "§" in entry.source


def test_amounts_are_exact() -> None:
    assert amounts.on(TODAY).additional.hot_water[1] == Decimal("2.3")


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        TWICE,
        "- {valid_from: 2026-01-01, source: Gesetz, amount: -1}",
        "- {valid_from: 2026-01-01, source: Gesetz, amount: 1, more: 2}",
        "- {valid_from: bald, source: Gesetz, amount: 1}",
        "- {source: Gesetz, amount: 1}",
        "nichts",
    ],
)
def test_a_wrong_table_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "table.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises((ValidationError, ValueError)):
        amounts.read(path, amounts.ChildBenefit)


def test_slices_must_follow_each_other() -> None:
    first = {"above": 100, "to": 520, "percent": 20}
    rest = {"above": 600, "to": 1000, "percent": 30}
    with pytest.raises(ValidationError, match="slice"):
        amounts.Allowances(
            valid_from=TODAY, source="§ 11b", base=100, young_base=603, young_below=25,
            slices=[first, rest], insurance=30, free_up_to=10,
        )  # fmt: skip


def test_the_example_limits_say_that_they_are_examples() -> None:
    (example,) = housing_limits.read(Settings())
    assert example.is_example
    assert example.limit(6) == example.limit(5) + example.each_more


def test_the_office_puts_its_own_limits(tmp_path: Path) -> None:
    (own,) = limits_in(tmp_path, GOOD)
    assert not own.is_example
    assert [own.limit(count) for count in (1, 2, 4)] == [Decimal("480.50"), 580, 760]


def test_limits_change_on_their_day(tmp_path: Path) -> None:
    entries = limits_in(tmp_path, GOOD + GOOD.replace("2026-01", "2027-01").replace("580", "600"))
    assert amounts.in_force(entries, date(2026, 12, 31)).limit(2) == 580
    assert amounts.in_force(entries, date(2027, 1, 1)).limit(2) == 600


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("2: 580", "3: 580"), "ohne Lücke"),
        (GOOD.replace("2: 580", "2: 400"), "gleich viel oder mehr"),
        (GOOD.replace("480.50", "viel"), "persons.1"),
        (GOOD.replace("each_more: 90", "each_more: -90"), "each_more"),
        (GOOD.replace("each_more: 90", ""), "each_more"),
        (GOOD + "  rent: 1\n", "rent"),
        ("- [", "grenzen.yaml"),
        ("", "grenzen.yaml"),
        (b"\xff\xfe\x00", "grenzen.yaml"),
    ],
)
def test_a_wrong_file_of_the_office_is_named(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as refused:
        limits_in(tmp_path, text)
    assert "PORTAL_HOUSING_LIMITS" in str(refused.value)
    assert said in str(refused.value)


def test_a_missing_file_of_the_office_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="nicht lesbar"):
        housing_limits.read(Settings(housing_limits=str(tmp_path / "fehlt.yaml")))


@pytest.mark.parametrize(("interfaces", "refused"), [(("citizen",), True), (("staff",), False)])
def test_limits_that_begin_tomorrow_stop_the_start_of_the_citizens_side(
    tmp_path: Path, interfaces: tuple[str, ...], refused: bool
) -> None:
    path = tmp_path / "grenzen.yaml"
    path.write_text(GOOD.replace("2026-01-01", "2999-01-01"), "utf-8")
    app = Flask("empty")
    app.config["SETTINGS"] = Settings(housing_limits=str(path), interfaces=interfaces)
    said = pytest.raises(Unreadable, match=r"erst ab 01\.01\.2999")
    expected = said if refused else nullcontext()
    with expected:
        housing_limits.init_app(app)
