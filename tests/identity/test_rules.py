"""The law of letters, without a database."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.accounts.models import Citizen, Right, Role
from portal.accounts.rules import RIGHTS
from portal.core.errors import Conflict, Expired, InvalidInput, NotAllowed
from portal.identity import rules
from portal.identity.models import CodeLetter
from portal.identity.rules import Stand

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def letter(**fields: object) -> CodeLetter:
    return CodeLetter(**{"asked_at": NOW, "tries": 0, **fields})


def printed(**fields: object) -> CodeLetter:
    return letter(printed_at=NOW, expires_at=NOW + rules.CODE_LASTS, **fields)


@pytest.mark.parametrize(
    ("made", "after", "stand"),
    [
        (letter(), 0, Stand.ASKED),
        (printed(), 0, Stand.PRINTED),
        (printed(tries=4), 29, Stand.PRINTED),
        (printed(tries=5), 0, Stand.SPENT),
        (printed(), 30, Stand.EXPIRED),
        (printed(used_at=NOW), 0, Stand.CLOSED),
        (letter(withdrawn_at=NOW), 0, Stand.CLOSED),
    ],
)
def test_how_far_a_letter_has_come(made: CodeLetter, after: int, stand: Stand) -> None:
    assert rules.stand_of(made, now=NOW + after * DAY) is stand
    assert rules.can_enter(made, now=NOW + after * DAY) is (stand is Stand.PRINTED)


@pytest.mark.parametrize(
    ("made", "error"),
    [
        (letter(), InvalidInput),
        (printed(tries=5), Expired),
        (printed(used_at=NOW), InvalidInput),
    ],
)
def test_only_a_printed_letter_opens(made: CodeLetter, error: type[Exception]) -> None:

    with pytest.raises(error):
        rules.check_can_enter(made, now=NOW)


def test_three_days_lie_between_two_letters() -> None:
    nobody = Citizen(level=1)
    assert rules.can_ask(nobody, None, now=NOW)
    assert not rules.can_ask(nobody, letter(), now=NOW + 3 * DAY - timedelta(seconds=1))
    assert rules.can_ask(nobody, letter(), now=NOW + 3 * DAY)
    with pytest.raises(NotAllowed):
        rules.check_can_ask(nobody, letter(), now=NOW)


def test_a_linked_account_asks_for_nothing() -> None:
    with pytest.raises(Conflict):
        rules.check_can_ask(Citizen(level=2, customer_number="123A456789"), None, now=NOW)


@pytest.mark.parametrize("born", [date(2026, 11, 27), date(1890, 1, 1)])
def test_nobody_is_born_then(born: date) -> None:
    with pytest.raises(InvalidInput):
        rules.check_birth_date(born, now=NOW)


def test_front_desk_and_mailroom_identify_nobody_else_does() -> None:
    may = {role for role, rights in RIGHTS.items() if Right.IDENTIFY_CITIZENS in rights}
    assert may == {Role.FRONT_DESK, Role.MAILROOM}
