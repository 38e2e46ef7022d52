"""Answers of a family that has gone through the whole pre-check."""

from decimal import Decimal

from portal.precheck.answers import Answers, PersonAnswers

FAMILY = Answers(
    has_partner=True,
    people=(
        PersonAnswers(age=38, net=Decimal("1441.84"), gross=Decimal(1800)),
        PersonAnswers(age=36),
        PersonAnswers(age=5, child_benefit=Decimal(259)),
        PersonAnswers(age=10, child_benefit=Decimal(259)),
    ),
    rent=Decimal(650),
    operating=Decimal(100),
    heating=Decimal(120),
    assets=Decimal(900),
    done=(
        "haushalt", "alter", "wohnen", "einkommen-1", "einkommen-2", "einkommen-3", "einkommen-4",
        "vermoegen", "besonderes",
    ),
)  # fmt: skip
"""A couple with two children and one wage."""
