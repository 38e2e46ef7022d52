"""From which day a letter counts, and until when one can object: no database."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.accounts.models import Citizen
from portal.core import periods
from portal.core.errors import Conflict, InvalidInput
from portal.postbox import law, rules
from portal.postbox.models import Letter, LetterKind, PortalConsent, PrintReason, Way
from portal.postbox.rules import Stand, Step

NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
TODAY = date(2026, 11, 23)


def letter(**fields: object) -> Letter:
    """Make a letter in the portal that nobody has touched."""
    return Letter(**{"kind": LetterKind.SUMMONS, "way": Way.PORTAL, "filed_at": NOON, **fields})


# Notification sent, deemed, end of one month, Land (reference: domain, "Test vectors").
VECTORS = [
    (date(2026, 11, 23), date(2026, 11, 27), date(2026, 12, 28), "HE"),
    (date(2026, 11, 21), date(2026, 11, 25), date(2026, 12, 28), "HE"),
    (date(2027, 1, 27), date(2027, 1, 31), date(2027, 3, 1), "HE"),
    (date(2026, 10, 14), date(2026, 10, 18), date(2026, 11, 19), "SN"),
    (date(2026, 10, 14), date(2026, 10, 18), date(2026, 11, 18), "HE"),
    (date(2027, 2, 4), date(2027, 2, 8), date(2027, 3, 9), "BE"),
    (date(2027, 2, 4), date(2027, 2, 8), date(2027, 3, 8), "HE"),
    (date(2027, 4, 2), date(2027, 4, 6), date(2027, 5, 7), "HE"),
]


@pytest.mark.parametrize(("sent", "deemed", "until", "land"), VECTORS)
def test_the_vectors_of_the_law_by_portal_and_by_post(
    sent: date, deemed: date, until: date, land: str
) -> None:
    moment = datetime(sent.year, sent.month, sent.day, 11, tzinfo=UTC)
    for found in (letter(notified_at=moment), letter(way=Way.PRINT, posted_on=sent)):
        counted = rules.delivery(found)
        assert counted is not None
        assert counted.day == deemed
        assert counted.days == 4
        assert rules.remedy_until(found, land=land) == until


@pytest.mark.parametrize(
    ("event", "months", "until"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 8, 31), 1, date(2026, 9, 30)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 4, 30), 1, date(2026, 5, 30)),
    ],
)
def test_a_month_ends_on_the_same_number_or_the_last_day(
    event: date, months: int, until: date
) -> None:
    assert periods.months_later(event, months) == until


def test_until_2024_it_was_the_third_day() -> None:
    assert rules.deemed_by_post(date(2024, 12, 31)) == date(2025, 1, 3)
    assert rules.deemed_by_post(date(2025, 1, 1)) == date(2025, 1, 5)
    assert rules.deemed_by_portal(datetime(2024, 12, 31, 22, 59, tzinfo=UTC)) == date(2025, 1, 3)
    # Half an hour later it is another year in the office.
    assert rules.deemed_by_portal(datetime(2024, 12, 31, 23, 30, tzinfo=UTC)) == date(2025, 1, 5)


def test_the_fourth_day_stays_on_a_sunday_and_on_christmas() -> None:
    assert rules.deemed_by_post(date(2026, 12, 21)) == date(2026, 12, 25)
    assert rules.deemed_by_post(date(2026, 11, 18)).isoweekday() == 7


@pytest.mark.parametrize(
    ("sent", "deemed"),
    [
        (datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC), date(2026, 12, 4)),  # 23:59:59 in Berlin
        (datetime(2026, 11, 30, 23, 0, 1, tzinfo=UTC), date(2026, 12, 5)),
        (
            datetime(2026, 10, 24, 22, 30, tzinfo=UTC),
            date(2026, 10, 29),
        ),  # the night of two o'clocks
    ],
)
def test_the_day_is_the_day_of_the_office(sent: datetime, deemed: date) -> None:
    assert rules.deemed_by_portal(sent) == deemed


def test_nothing_counts_before_it_was_sent() -> None:
    assert rules.delivery(letter()) is None
    assert rules.delivery(letter(provided_at=NOON)) is None
    assert rules.remedy_until(letter(), land="HE") is None


def test_opening_early_moves_nothing() -> None:
    """The fiction of § 37 counts, not the reading."""
    found = letter(notified_at=NOON, first_viewed_at=NOON)
    counted = rules.delivery(found)
    assert counted is not None
    assert counted.day == date(2026, 11, 27)


def test_posted_because_nobody_had_opened_it_counts_by_post() -> None:
    late = letter(notified_at=NOON, posted_on=date(2026, 12, 4))
    counted = rules.delivery(late)
    assert counted is not None
    assert (counted.way, counted.day, counted.for_reader) == (Way.PRINT, date(2026, 12, 8), True)
    opened_before = letter(notified_at=NOON, posted_on=date(2026, 12, 4), first_viewed_at=NOON)
    counted = rules.delivery(opened_before)
    assert counted is not None
    assert (counted.way, counted.day) == (Way.PORTAL, date(2026, 11, 27))


def test_a_copy_read_in_the_portal_does_not_move_a_letter_on_paper() -> None:
    found = letter(way=Way.PRINT, posted_on=date(2026, 11, 23), first_viewed_at=NOON)
    counted = rules.delivery(found)
    assert counted is not None
    assert counted.way is Way.PRINT


def test_an_invitation_and_a_hearing_cannot_be_objected_to() -> None:
    for kind in (LetterKind.INVITATION, LetterKind.HEARING):
        assert rules.remedy_until(letter(kind=kind, notified_at=NOON), land="HE") is None


def test_every_kind_of_letter_has_its_rule() -> None:
    assert set(law.KINDS) == set(LetterKind)


class TestTheWay:
    def test_without_consent_only_an_invitation_goes_through_the_portal(self) -> None:
        reached = Citizen(email="a@example.org")
        for kind in (LetterKind.SUMMONS, LetterKind.HEARING):
            assert rules.way_for(kind, reached, None, today=TODAY) == (
                Way.PRINT,
                PrintReason.NO_CONSENT,
            )
            assert rules.way_for(kind, reached, PortalConsent(version=1), today=TODAY) == (
                Way.PORTAL,
                None,
            )
        assert rules.way_for(LetterKind.INVITATION, reached, None, today=TODAY) == (
            Way.PORTAL,
            None,
        )

    def test_nobody_is_told_without_an_address(self) -> None:
        for kind in LetterKind:
            found = rules.way_for(kind, Citizen(), PortalConsent(version=1), today=TODAY)
            assert found == (Way.PRINT, PrintReason.NO_ADDRESS)

    def test_paper_leaves_on_the_next_working_day(self) -> None:
        friday = date(2026, 11, 27)
        assert rules.expected_day(Way.PORTAL, today=friday, land="HE") == date(2026, 12, 1)
        assert rules.expected_day(Way.PRINT, today=friday, land="HE") == date(2026, 12, 4)


class TestWhatIsNext:
    def test_a_week_without_a_view_then_three_days(self) -> None:
        found = letter(notified_at=NOON)
        week = NOON + timedelta(days=7)
        assert rules.next_step(found, now=week - timedelta(seconds=1)) is None
        assert rules.next_step(found, now=week) is Step.SECOND_CHANNEL
        found.second_asked_at = week
        assert rules.next_step(found, now=week + timedelta(days=2)) is None
        assert rules.next_step(found, now=week + timedelta(days=3)) is Step.PRINT

    def test_what_was_opened_or_binds_nobody_is_left_alone(self) -> None:
        later = NOON + timedelta(days=60)
        assert rules.next_step(letter(notified_at=NOON, first_viewed_at=NOON), now=later) is None
        invited = letter(kind=LetterKind.INVITATION, notified_at=NOON)
        assert rules.next_step(invited, now=later) is None

    def test_stands(self) -> None:
        assert rules.stand_of(Letter(way=Way.PORTAL)) is Stand.BEING_MADE
        assert rules.stand_of(letter()) is Stand.PROVIDED
        assert rules.stand_of(letter(first_viewed_at=NOON)) is Stand.VIEWED
        assert rules.stand_of(letter(print_asked_at=NOON)) is Stand.TO_PRINT
        assert rules.stand_of(letter(print_asked_at=NOON, printed_at=NOON)) is Stand.PRINTED
        posted = letter(printed_at=NOON, posted_on=date(2026, 11, 24))
        assert rules.stand_of(posted) is Stand.POSTED


class TestPosting:
    def test_never_before_the_print_nor_tomorrow(self) -> None:
        today = date(2026, 11, 24)
        found = letter(printed_at=NOON)
        rules.check_can_post(found, today, today=today)
        rules.check_can_post(found, date(2026, 11, 23), today=today)
        for day in (date(2026, 11, 22), date(2026, 11, 25), date.min, date.max):
            with pytest.raises(InvalidInput):
                rules.check_can_post(found, day, today=today)

    def test_only_what_was_printed_and_only_once(self) -> None:
        today = date(2026, 11, 24)
        with pytest.raises(Conflict, match="Drucken"):
            rules.check_can_post(letter(), today, today=today)
        with pytest.raises(Conflict, match="schon"):
            rules.check_can_post(letter(printed_at=NOON, posted_on=today), today, today=today)
