"""Check digits and month ends, against vectors that were computed without this code."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from portal.applications import check_digits, rules
from portal.applications.fields import CheckedNumberField

VECTORS: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("vectors.yaml").read_text("utf-8")
)
FITS = {
    "iban": check_digits.is_iban,
    "vsnr": check_digits.is_pension_number,
    "tax_id": check_digits.is_tax_id,
}


def cases(which: str):
    return [(name, case) for name in FITS for case in VECTORS[name][which]]


@pytest.mark.parametrize(("name", "number"), cases("valid"))
def test_a_right_number_is_taken_as_people_type_it(name, number):
    assert FITS[name](CheckedNumberField.plain(str(number)))


@pytest.mark.parametrize(("name", "case"), cases("invalid"))
def test_a_wrong_number_is_refused(name, case):
    assert not FITS[name](CheckedNumberField.plain(str(case["value"]))), case["why"]


@pytest.mark.parametrize("case", VECTORS["effect"], ids=lambda case: case["why"])
def test_the_month_of_arrival_counts_in_berlin(case):
    received_at = datetime.fromisoformat(str(case["received_at"]))
    assert rules.effective_from(received_at) == date.fromisoformat(str(case["effective_from"]))
