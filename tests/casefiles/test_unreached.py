"""A message that did not arrive and belongs to no file comes before who can act on it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.casefiles import jobs, unreached
from portal.consultations import guest_jobs
from portal.core import clock
from portal.inbox import assigning
from portal.inbox.models import ItemKind, WorkItem
from portal.instant import office_jobs as instant_jobs
from portal.instant.service import office as instant_office
from portal.notifications import service as notifications
from portal.notifications.models import Message, MessageState
from tests.client import PortalClient
from tests.factories import accounts, casefiles, consultations, instant, office

NOW = clock.now()
MAIL = "farid@example.org"


def lose(session: Session, *, address: str) -> list[Message]:
    """Let everything that waits for an address come back."""
    session.flush()
    found = list(session.scalars(select(Message).where(Message.address == address)))
    for message in found:
        message.state, message.failure = MessageState.FAILED, "550 user unknown"
    return found


def tell(session: Session) -> None:
    """Let the clock of each room run."""
    session.flush()
    jobs.tell_undelivered(session, now=NOW)
    instant_jobs.tell_undelivered(session, now=NOW)
    guest_jobs.tell_undelivered(session, now=NOW)
    session.flush()


def only_item(session: Session) -> WorkItem:
    return session.scalars(
        select(WorkItem).where(WorkItem.kind.in_(unreached.KINDS), WorkItem.closed_at.is_(None))
    ).one()


def written(session: Session, person: Any, address: str | None = None) -> None:
    notifications.send(
        session,
        template="new_device",
        address=address or person.address,
        recipient_id=person.id,
        now=NOW,
        context={"person": person, "device": "Firefox", "at": NOW, "opened": None},
    )


@pytest.fixture
def desk(session: Session) -> StaffMember:
    """Hire somebody who looks after accounts."""
    return accounts.staff_member(session, Role.FRONT_DESK)


# Somebody with an account and without a file


def test_an_account_without_a_file_comes_before_the_front_desk(
    session: Session, desk: StaffMember
) -> None:
    accounts.staff_member(session, Role.BENEFIT_OFFICER)
    oksana = accounts.citizen(session)
    for _ in range(2):
        written(session, oksana)
        lose(session, address=str(oksana.email))
        tell(session)
    item = only_item(session)
    assert (item.kind, item.person) == (ItemKind.ACCOUNT_UNREACHED, oksana.name)
    assigning.take_in(session, now=NOW, land="HE")
    assert item.assignee_id == desk.id


@pytest.mark.usefixtures("desk")
def test_who_never_proved_an_address_fills_no_inbox(session: Session) -> None:
    oksana = accounts.citizen(session)
    oksana.confirmed_at = None
    written(session, oksana)
    [message] = lose(session, address=str(oksana.email))
    tell(session)
    assert message.told_at == NOW
    assert not session.scalars(select(WorkItem)).all()


def test_it_waits_for_an_office_that_has_nobody_yet(session: Session) -> None:
    oksana = accounts.citizen(session)
    written(session, oksana)
    lose(session, address=str(oksana.email))
    tell(session)
    accounts.staff_member(session, Role.FRONT_DESK)
    tell(session)
    assert only_item(session).person == oksana.name


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("how", ["arrived", "other_address"])
def test_it_settles_itself(session: Session, how: str) -> None:
    oksana = accounts.citizen(session)
    written(session, oksana)
    lose(session, address=str(oksana.email))
    tell(session)
    item = only_item(session)
    if how == "arrived":
        written(session, oksana)
        [later] = session.scalars(select(Message).where(Message.state == MessageState.WAITING))
        later.state, later.sent_at = MessageState.SENT, NOW
        later.created_at = NOW + timedelta(minutes=1)
    else:
        oksana.email = "neu@example.org"
    tell(session)
    assert item.closed_by == "System"


# Somebody of the office


def test_a_colleague_comes_before_the_lead_and_never_to_themselves(session: Session) -> None:
    lead = office.lead(session)
    jana = accounts.staff_member(session, Role.TEAM_LEAD, team=lead.team)
    written(session, jana)
    lose(session, address=jana.email)
    tell(session)
    item = only_item(session)
    assigning.take_in(session, now=NOW, land="HE")
    assert (item.kind, item.assignee_id) == (ItemKind.COLLEAGUE_UNREACHED, lead.id)


def test_who_has_left_needs_no_mail(session: Session) -> None:
    jana = accounts.staff_member(session, Role.BENEFIT_OFFICER, is_active=False)
    written(session, jana)
    lose(session, address=jana.email)
    tell(session)
    assert not session.scalars(select(WorkItem)).all()


# A Sofortantrag


def test_the_mail_of_a_sofortantrag_comes_to_who_has_it(session: Session) -> None:
    made = instant.sent(session, email=MAIL)
    lane = session.scalars(select(WorkItem).where(WorkItem.subject_id == made.id)).one()
    jana = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=lane.team)
    lane.assignee_id = jana.id
    lose(session, address=MAIL)
    tell(session)
    item = only_item(session)
    assert (item.kind, item.person) == (ItemKind.INSTANT_UNREACHED, made.name)
    assert item.assignee_id == jana.id


def test_the_answer_that_came_back_goes_to_who_has_answered(session: Session) -> None:
    made = instant.sent(session, email=MAIL)
    lane = session.scalars(select(WorkItem).where(WorkItem.subject_id == made.id)).one()
    jana = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=lane.team)
    lane.assignee_id = jana.id
    instant_office.answer(session, application=made, words="Bitte kommen Sie.", by=jana, now=NOW)
    lose(session, address=MAIL)
    tell(session)
    assert lane.closed_at == NOW
    assert only_item(session).assignee_id == jana.id


# Guests


def test_the_link_of_a_guest_that_came_back_comes_to_the_officer(session: Session) -> None:
    booking = consultations.booking(session)
    consultations.guest(session, booking, called="Rita Sommer", address="rita@example.org")
    lose(session, address="rita@example.org")
    tell(session)
    item = only_item(session)
    assert (item.kind, item.person) == (ItemKind.GUEST_UNREACHED, "Rita Sommer")
    assert item.assignee_id == booking.staff_member_id
    assert item.case_id == booking.case_id


def test_nobody_is_told_of_a_guest_when_the_talk_is_over(session: Session) -> None:
    booking = consultations.booking(session)
    consultations.guest(session, booking, address="rita@example.org")
    [message] = lose(session, address="rita@example.org")
    guest_jobs.tell_undelivered(session, now=booking.ends_at + timedelta(hours=1))
    assert message.told_at
    assert not session.scalars(select(WorkItem).where(WorkItem.kind.in_(unreached.KINDS))).all()


@pytest.mark.usefixtures("desk")
def test_what_only_the_message_names_comes_before_somebody_too(session: Session) -> None:
    notifications.send(
        session,
        template="instant_answered",
        address=MAIL,
        recipient_id=None,
        now=NOW,
        context={"application": instant.sent(session)},
    )
    lose(session, address=MAIL)
    tell(session)
    assert only_item(session).person == MAIL


# The page


def test_the_page_says_why_and_how_else_and_ends_it(
    client: PortalClient, session: Session, desk: StaffMember
) -> None:
    oksana = accounts.citizen(session, phone="0641 5550123")
    written(session, oksana)
    lose(session, address=str(oksana.email))
    tell(session)
    item = only_item(session)
    client.sign_in(desk)
    address = f"/amt/nicht-angekommen/{item.subject_id}"
    page = client.get(address).text
    assert "550 user unknown" in page
    assert "0641 5550123" in page
    assert f"/konto/{oksana.id}" in page
    client.post_form(address)
    session.refresh(item)
    assert item.closed_at is not None


def test_another_team_does_not_see_it(client: PortalClient, session: Session) -> None:
    consultations.guest(session, consultations.booking(session), address="rita@example.org")
    lose(session, address="rita@example.org")
    tell(session)
    address = f"/amt/nicht-angekommen/{only_item(session).subject_id}"
    client.sign_in(casefiles.officer(session))
    assert client.get(address).status_code == 404
