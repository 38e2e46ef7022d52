"""Random but well-shaped answers to a form, for properties."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from portal.applications.definitions import Form
from portal.applications.places import Kept, Place
from portal.applications.questions import (
    ChoiceQuestion,
    ChoicesQuestion,
    DateQuestion,
    DeclarationQuestion,
    GroupQuestion,
    MoneyQuestion,
    MonthQuestion,
    NumberQuestion,
    Question,
    YesNoQuestion,
)
from tests.factories import applications as make


def value_of(question: Question) -> st.SearchStrategy[Any]:  # noqa: C901 (one a type)
    match question:
        case YesNoQuestion():
            return st.booleans()
        case DeclarationQuestion():
            return st.just(True)
        case ChoiceQuestion():
            return st.sampled_from([option.id for option in question.options])
        case ChoicesQuestion():
            options = [option.id for option in question.options]
            return st.lists(st.sampled_from(options), min_size=1, max_size=3, unique=True)
        case DateQuestion():
            return st.dates(date(1950, 1, 1), date(2030, 1, 1)).map(date.isoformat)
        case MonthQuestion():
            return st.just("2026-11")
        case MoneyQuestion():
            return st.sampled_from(["0.00", "412.50"])
        case NumberQuestion():
            return st.integers(0, 50)
        case _:
            return st.sampled_from(["A", "Ä ß – „x“", "Ґєї"])


@st.composite
def answers(draw: Any, form: Form) -> dict[Place, Kept]:
    """Draw answers to some questions of a form, with up to two rows a list."""
    kept: dict[Place, Kept] = {}
    for question in form.questions.values():
        if isinstance(question, GroupQuestion):
            for number in range(draw(st.integers(0, 2))):
                for column in question.questions:
                    value = draw(st.none() | value_of(column))
                    if value is not None:
                        kept[Place(column.id, make.row(number))] = Kept(value)
        else:
            value = draw(st.none() | value_of(question))
            if value is not None:
                kept[Place(question.id)] = Kept(value)
    return kept
