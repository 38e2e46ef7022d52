"""Several messages of the office in a row tell once: the later ones are folded into the first."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.message_wishes import MessageWish, Route
from portal.accounts.models import Citizen, StaffMember
from portal.core import clock, jobs
from portal.messages import service
from portal.messages.models import Thread
from portal.notifications import limits
from portal.notifications import service as notifications
from portal.notifications.jobs import tell_browser
from portal.notifications.models import Message, MessageState, PushSubscription
from portal.notifications.topics import TOPICS, Topic
from portal.representation import letters
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import messages as make

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
WITHIN = limits.STANDS_FOR["message_arrived"]


@pytest.fixture
def oksana(session: Session) -> Citizen:
    return accounts.citizen(session, email="oksana@example.org")


@pytest.fixture
def jana(session: Session, oksana: Citizen) -> StaffMember:
    jana = make.officer(session)
    make.case_with(session, oksana, jana)
    return jana


@pytest.fixture
def thread(session: Session, oksana: Citizen, jana: StaffMember) -> Thread:
    return make.thread(session, oksana, now=NOW - HOUR)


def told(session: Session) -> list[Message]:
    session.expire_all()
    return list(
        session.scalars(
            select(Message)
            .where(Message.template == "message_arrived")
            .order_by(Message.created_at, Message.address)
        )
    )


def states(session: Session) -> list[str]:
    return [one.state.value for one in told(session)]


def test_three_messages_in_a_row_send_one_mail_and_keep_three_rows(
    session: Session, jana: StaffMember, thread: Thread
) -> None:
    """Given nobody has opened the first, when two more follow, then they are folded into it."""
    for minute in range(3):
        make.answered(session, thread, jana, now=NOW + timedelta(minutes=minute))
    first, *others = told(session)
    assert first.state is MessageState.WAITING
    assert [one.state for one in others] == [MessageState.FOLDED] * 2
    assert {one.folded_into for one in others} == {first.id}
    jobs.run_due(session, NOW + HOUR)
    assert states(session) == ["sent", "folded", "folded"]


def test_who_has_opened_the_thread_is_told_again(
    session: Session, oksana: Citizen, jana: StaffMember, thread: Thread
) -> None:
    make.answered(session, thread, jana, now=NOW)
    service.note_seen(session, thread=thread, by=oksana, now=NOW + timedelta(minutes=1))
    make.answered(session, thread, jana, now=NOW + timedelta(minutes=2))
    make.answered(session, thread, jana, now=NOW + timedelta(minutes=3))
    first, second, third = told(session)
    assert (first.folded_into, second.folded_into) == (None, None)
    assert third.folded_into == second.id


def test_after_the_time_of_the_table_the_next_one_goes_out(
    session: Session, jana: StaffMember, thread: Thread
) -> None:
    """Given a first mail, when hours pass and it stays unopened, then there is a second."""
    make.answered(session, thread, jana, now=NOW)
    make.answered(session, thread, jana, now=NOW + WITHIN - HOUR)
    make.answered(session, thread, jana, now=NOW + WITHIN + HOUR)
    assert states(session) == ["waiting", "folded", "waiting"]


def test_what_was_folded_makes_the_time_no_longer(
    session: Session, jana: StaffMember, thread: Thread
) -> None:
    """Given a message every hour, then nobody waits for ever: the fourth hour tells again."""
    for hours in range(6):
        make.answered(session, thread, jana, now=NOW + hours * HOUR)
    assert states(session) == ["waiting", "folded", "folded", "folded", "folded", "waiting"]


def test_a_mail_that_came_back_stands_for_nothing(
    session: Session, jana: StaffMember, thread: Thread
) -> None:
    make.answered(session, thread, jana, now=NOW)
    [first] = told(session)
    first.state, first.failure = MessageState.FAILED, "no such mailbox"
    session.flush()
    make.answered(session, thread, jana, now=NOW + timedelta(minutes=1))
    assert states(session) == ["failed", "waiting"]


def test_another_thread_has_its_own_word(
    session: Session, oksana: Citizen, jana: StaffMember, thread: Thread
) -> None:
    make.answered(session, thread, jana, now=NOW)
    make.from_office(session, oksana, jana, now=NOW + timedelta(minutes=1))
    assert states(session) == ["waiting", "waiting"]


def test_a_new_address_is_told_though_the_old_one_was(
    session: Session, oksana: Citizen, jana: StaffMember, thread: Thread
) -> None:
    make.answered(session, thread, jana, now=NOW)
    oksana.email = "neu@example.org"
    make.answered(session, thread, jana, now=NOW + timedelta(minutes=1))
    assert states(session) == ["waiting", "waiting"]


def test_mail_and_short_message_are_each_told_once(
    session: Session, oksana: Citizen, jana: StaffMember, thread: Thread
) -> None:
    oksana.mobile = "+491512345678"
    session.add(
        MessageWish(citizen_id=oksana.id, route=Route.BOTH, leads=[], by_topic={}, changed_at=NOW)
    )
    session.flush()
    for minute in range(2):
        make.answered(session, thread, jana, now=NOW + timedelta(minutes=minute))
    first, second = told(session)[:2], told(session)[2:]
    assert [one.folded_into for one in second] == [one.id for one in first]
    assert {one.address for one in first} == {"oksana@example.org", "+491512345678"}


def test_a_browser_that_has_told_of_the_first_says_nothing_of_the_second(
    session: Session, oksana: Citizen
) -> None:
    """Given somebody who wants no mail, when a second message comes, then no browser rings."""

    def queued() -> int:
        return len(jobs.waiting(session, tell_browser, argument="since"))

    browser = PushSubscription(
        recipient_id=oksana.id,
        endpoint="https://push.example/a",
        browser_key="k",
        browser_secret="s",
        office_key="o",
        device="Firefox",
        created_at=NOW,
        told_at=NOW,
    )
    session.add(browser)
    session.flush()
    said = {"recipient_id": oksana.id, "template": "message_arrived", "language": "de"}
    later = NOW + timedelta(minutes=5)
    notifications.tell_browsers(session, **said, now=later, unopened_since=NOW)
    assert queued() == 0
    notifications.tell_browsers(session, **said, now=later, unopened_since=None)
    assert queued() == 1
    notifications.tell_browsers(session, **said, now=NOW + WITHIN + HOUR, unopened_since=NOW)
    assert queued() == 2


def test_letters_are_never_folded() -> None:
    """Given the law asks when each was told (§ 37 (2a) SGB X), then none stands in the table."""
    assert set(limits.STANDS_FOR) == {"message_arrived"}
    never = {Topic.LETTERS, Topic.ACCOUNT, Topic.APPOINTMENTS, Topic.OFFICE}
    assert {TOPICS[name] for name in limits.STANDS_FOR}.isdisjoint(never)


def test_two_notices_of_letters_go_out_both_though_the_first_is_unopened(
    session: Session, oksana: Citizen
) -> None:
    """Given a caller that asks for folding, then a letter's notice goes out all the same."""
    for minute in range(2):
        letters.send(
            session,
            citizen=oksana,
            template="letter_arrived",
            context={"name": oksana.name, "path": "/post"},
            now=NOW + timedelta(minutes=minute),
            about=("letter", oksana.id),
            unopened_since=NOW,
        )
    found = session.scalars(select(Message).where(Message.template == "letter_arrived")).all()
    assert [one.state for one in found] == [MessageState.WAITING] * 2


def test_the_office_sees_which_message_was_told_by_which_word(
    client: PortalClient, session: Session, jana: StaffMember, thread: Thread
) -> None:
    make.answered(session, thread, jana, now=clock.now() - timedelta(minutes=5))
    session.commit()
    client.sign_in(jana)
    sent = client.post_form(f"/amt/nachrichten/{thread.id}", {"text": "Noch etwas."})
    page = client.get(sent.location).text
    assert "bekommt deshalb keine zweite" in page
    assert page.count("Keine eigene Benachrichtigung") == 1


def test_the_citizen_does_not_read_how_they_were_told(
    client: PortalClient, session: Session, oksana: Citizen, jana: StaffMember, thread: Thread
) -> None:
    for minutes in (5, 4):
        make.answered(session, thread, jana, now=clock.now() - timedelta(minutes=minutes))
    session.commit()
    client.sign_in(oksana)
    assert "Benachrichtigung" not in client.get(f"/nachrichten/{thread.id}").text
