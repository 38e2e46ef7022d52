"""Letters, codes, the counter, and taking a link back."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Identified
from portal.audit.models import Event
from portal.core import clock
from portal.core.errors import Conflict, Expired, InvalidInput, NotAllowed, TooMany
from portal.identity import jobs, queries, rules, service
from portal.identity.models import CodeLetter, CounterNumber
from portal.identity.service import Card, WrongCode
from portal.notifications.models import Message
from tests.factories import accounts, identity

NOW = clock.now()
HERE = "192.0.2.7"


@pytest.fixture
def oksana(session: Session) -> Citizen:
    return accounts.citizen(session)


def enter(session: Session, person: Citizen, code: str, after: timedelta = timedelta()) -> None:
    service.enter_code(session, citizen=person, code=code, network=HERE, now=NOW + after)


def reprint(session: Session, letter: CodeLetter) -> str:
    officer = identity.front_desk(session)
    letter = queries.letter(session, letter.id, lock=True)
    return service.print_letter(session, letter=letter, **identity.FILE, by=officer, now=NOW)


def deeds(session: Session) -> list[str]:
    return list(session.scalars(select(Event.deed).order_by(Event.id)))


def templates(session: Session) -> list[str]:
    return list(session.scalars(select(Message.template).order_by(Message.created_at)))


def test_the_code_of_the_letter_links_account_and_file(session: Session, oksana: Citizen) -> None:
    """Given a printed letter, when its code is typed as people type, then the person is known."""
    letter, code = identity.printed(session, oksana, now=NOW)
    enter(session, oksana, f" {code.lower().replace('-', ' ')} ", timedelta(days=29))
    assert (oksana.level, oksana.identified_how) == (2, Identified.CODE_LETTER)
    assert oksana.customer_number == "123A456789"
    assert oksana.birth_date == identity.BORN
    assert letter.used_at
    assert deeds(session)[-1] == "identity.linked"
    assert templates(session) == ["identity_linked"]


def test_the_code_is_eight_signs_and_only_a_slow_hash_is_kept(
    session: Session, oksana: Citizen
) -> None:
    letter, code = identity.printed(session, oksana, now=NOW)
    first, second = code.split("-")
    assert (len(first), len(second)) == (4, 4)
    session.flush()
    kept = session.connection().exec_driver_sql("SELECT code_letters::text FROM code_letters")
    assert code not in str(row := kept.scalar_one())
    assert first + second not in row
    assert letter.code_hash
    assert letter.code_hash.startswith("$argon2id$")
    trail = " ".join(map(str, session.scalars(select(Event.facts))))
    assert code not in trail


def test_a_code_works_once(session: Session, oksana: Citizen) -> None:
    _, code = identity.printed(session, oksana, now=NOW)
    enter(session, oksana, code)
    service.unlink(
        session, citizen=oksana, reason="verwechselt", by=identity.front_desk(session), now=NOW
    )
    with pytest.raises(InvalidInput):
        enter(session, oksana, code)
    assert oksana.level == 1


def test_a_code_ends_after_thirty_days(session: Session, oksana: Citizen) -> None:
    _, code = identity.printed(session, oksana, now=NOW)
    with pytest.raises(Expired):
        enter(session, oksana, code, rules.CODE_LASTS)


def test_five_wrong_codes_end_the_letter_even_for_the_right_one(
    session: Session, oksana: Citizen
) -> None:
    _, code = identity.printed(session, oksana, now=NOW)
    for number in range(5):
        with pytest.raises(WrongCode):
            enter(session, oksana, "AAAA-AAAA", timedelta(hours=2 * number))
    with pytest.raises(Expired):
        enter(session, oksana, code, timedelta(hours=12))
    assert oksana.level == 1
    assert deeds(session).count("identity.code_failed") == 5


def test_check_42_codes_typed_one_after_the_other_are_slowed_down(
    session: Session, oksana: Citizen
) -> None:
    """Given a letter printed again and again, five wrong codes in an hour are followed by waits."""
    letter, _ = identity.printed(session, oksana, now=NOW)
    for number in range(5):
        if number == 3:
            reprint(session, letter)
        with pytest.raises(WrongCode):
            enter(session, oksana, "AAAA-AAAA")
    with pytest.raises(TooMany) as slowed:
        enter(session, oksana, "AAAA-AAAA")
    assert slowed.value.retry_after > 0


def test_the_code_of_another_person_is_worth_nothing(session: Session, oksana: Citizen) -> None:
    other = accounts.citizen(session)
    _, code = identity.printed(session, oksana, now=NOW)
    identity.printed(session, other, now=NOW, customer_number="123A000000")
    with pytest.raises(WrongCode):
        enter(session, other, code)
    assert other.level == 1


def test_printing_again_draws_a_new_code_and_kills_the_old(
    session: Session, oksana: Citizen
) -> None:
    letter, old = identity.printed(session, oksana, now=NOW)
    new = reprint(session, letter)
    with pytest.raises(WrongCode):
        enter(session, oksana, old)
    enter(session, oksana, new)
    assert oksana.level == 2


def test_a_second_letter_waits_three_days_and_ends_the_first(
    session: Session, oksana: Citizen
) -> None:
    first, code = identity.printed(session, oksana, now=NOW - timedelta(days=3))
    with pytest.raises(NotAllowed):
        identity.letter(session, oksana, now=NOW - timedelta(seconds=1))
    identity.letter(session, oksana, now=NOW)
    assert first.withdrawn_at == NOW
    with pytest.raises(InvalidInput):
        enter(session, oksana, code)


def test_two_open_letters_cannot_exist(session: Session, oksana: Citizen) -> None:
    identity.letter(session, oksana, now=NOW)
    session.add(CodeLetter(citizen_id=oksana.id, birth_date=identity.BORN, asked_at=NOW, tries=0))
    with pytest.raises(IntegrityError, match="uq_code_letters_open"):
        session.flush()


def test_a_letter_half_printed_cannot_exist(session: Session, oksana: Citizen) -> None:
    letter = identity.letter(session, oksana, now=NOW)
    letter.printed_at = NOW
    with pytest.raises(IntegrityError, match="printed_together"):
        session.flush()


def test_a_customer_number_belongs_to_one_account(session: Session, oksana: Citizen) -> None:
    """At the print, at the counter, and when somebody was faster while the letter travelled."""
    other, officer = accounts.citizen(session), identity.front_desk(session)
    _, code = identity.printed(session, oksana, now=NOW)
    at_counter(session, other)
    with pytest.raises(Conflict, match="Zu dieser Akte gibt es schon ein Konto"):
        enter(session, oksana, code)
    assert (oksana.level, oksana.customer_number) == (1, None)

    third = accounts.citizen(session)
    with pytest.raises(Conflict, match="gehört schon zu einem anderen Konto"):
        at_counter(session, third)
    with pytest.raises(Conflict) as refused:
        service.print_letter(
            session,
            letter=identity.letter(session, third, now=NOW),
            **identity.FILE,
            by=officer,
            now=NOW,
        )
    assert refused.value.field == "customer_number"


def at_counter(session: Session, person: Citizen, **fields: object) -> None:
    service.identify_at_counter(
        session,
        **{
            "citizen": person,
            "customer_number": "123A456789",
            "birth_date": date(1990, 1, 2),
            "card": Card.PASSPORT,
            "by": identity.front_desk(session),
            "now": NOW,
            **fields,
        },
    )


def test_at_the_counter_the_card_is_noted_and_its_birth_date_counts(
    session: Session, oksana: Citizen
) -> None:
    oksana.birth_date = date(1990, 2, 1)
    service.show_number(session, citizen=oksana, now=NOW)
    at_counter(session, oksana)
    assert (oksana.level, oksana.identified_how) == (2, Identified.COUNTER)
    assert oksana.birth_date == date(1990, 1, 2)
    assert queries.number_of(session, oksana) is None
    linked = session.scalars(select(Event).where(Event.deed == "identity.linked")).one()
    assert linked.facts["card"] == "passport"
    assert linked.actor_kind == "staff"


def test_a_level_that_a_provider_gave_is_not_lowered(session: Session, oksana: Citizen) -> None:
    oksana.level, oksana.identified_at = 3, NOW
    oksana.identified_how = Identified.PROVIDER
    at_counter(session, oksana)
    assert (oksana.level, oksana.identified_how) == (3, Identified.PROVIDER)
    assert oksana.customer_number == "123A456789"
    officer = identity.front_desk(session)
    service.unlink(session, citizen=oksana, reason="Namensvetter", by=officer, now=NOW)
    assert (oksana.level, oksana.customer_number) == (3, None)


def test_a_linked_account_is_not_linked_again(session: Session, oksana: Citizen) -> None:
    at_counter(session, oksana)
    with pytest.raises(Conflict):
        at_counter(session, oksana, customer_number="999A999999")
    with pytest.raises(Conflict):
        service.show_number(session, citizen=oksana, now=NOW)


def find(session: Session, said: str, after: timedelta = timedelta()) -> Citizen:
    return service.find_account(
        session, said=said, by=identity.front_desk(session), network=HERE, now=NOW + after
    )


def test_an_account_is_found_by_what_is_shown_or_said(session: Session, oksana: Citizen) -> None:
    oksana.mobile = "+4915123456789"
    number = service.show_number(session, citizen=oksana, now=NOW).number
    assert find(session, f"{number[:3]} {number[3:]}") is oksana
    assert find(session, f" {(oksana.email or '').upper()} ") is oksana
    assert find(session, "0151 23456789") is oksana
    at_counter(session, oksana)
    assert find(session, "123a 456789") is oksana


def test_a_number_on_the_phone_ends_after_ten_minutes(session: Session, oksana: Citizen) -> None:
    number = service.show_number(session, citizen=oksana, now=NOW).number
    with pytest.raises(InvalidInput):
        find(session, number, rules.NUMBER_LASTS)


def test_nobody_is_found_by_half_an_address(session: Session, oksana: Citizen) -> None:
    for said in ((oksana.email or "")[:-1], "%", "Kovalenko", ""):
        with pytest.raises(InvalidInput):
            find(session, said)


def test_check_42_who_leafs_through_accounts_is_slowed_down(session: Session) -> None:
    officer = identity.front_desk(session)

    def leaf(said: str) -> None:
        service.find_account(session, said=said, by=officer, network=HERE, now=NOW)

    for number in range(5):
        with pytest.raises(InvalidInput):
            leaf(f"00000{number}")
    with pytest.raises(TooMany):
        leaf("000005")


def test_a_new_number_replaces_the_one_before(session: Session, oksana: Citizen) -> None:
    service.show_number(session, citizen=oksana, now=NOW)
    service.show_number(session, citizen=oksana, now=NOW)
    assert len(session.scalars(select(CounterNumber)).all()) == 1


def test_a_wrong_link_is_taken_back_with_its_reason(session: Session, oksana: Citizen) -> None:
    at_counter(session, oksana)
    officer = identity.front_desk(session)
    service.unlink(session, citizen=oksana, reason="Namensvetter", by=officer, now=NOW)
    session.flush()
    assert (oksana.level, oksana.customer_number, oksana.identified_how) == (1, None, None)
    unlinked = session.scalars(select(Event).where(Event.deed == "identity.unlinked")).one()
    assert unlinked.facts["reason"] == "Namensvetter"
    assert unlinked.facts["customer_number"] == "123A456789"
    assert unlinked.actor_id == str(officer.id)
    assert templates(session)[-1] == "identity_unlinked"
    with pytest.raises(Conflict):
        service.unlink(session, citizen=oksana, reason="Namensvetter", by=officer, now=NOW)


def test_without_a_file_the_letter_is_closed_and_the_citizen_told(
    session: Session, oksana: Citizen
) -> None:
    letter = identity.letter(session, oksana, now=NOW)
    service.withdraw_letter(session, letter=letter, by=identity.front_desk(session), now=NOW)
    assert letter.withdrawn_at == NOW
    assert templates(session) == ["code_letter_impossible"]
    with pytest.raises(Conflict):
        service.withdraw_letter(session, letter=letter, by=identity.front_desk(session), now=NOW)


def test_what_nobody_needs_is_forgotten(session: Session, oksana: Citizen) -> None:
    service.show_number(session, citizen=oksana, now=NOW)
    identity.letter(session, oksana, now=NOW)
    jobs.forget(session, now=NOW + timedelta(days=1))
    assert session.scalars(select(CounterNumber)).all() == []
    assert len(session.scalars(select(CodeLetter)).all()) == 1
    jobs.forget(session, now=NOW + timedelta(days=181))
    assert session.scalars(select(CodeLetter)).all() == []
