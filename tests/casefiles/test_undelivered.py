"""A message that does not arrive is seen: by the office, by the person, at the appointment."""

import socket
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import evidence, fairness, undelivered
from portal.appointments import service as appointments
from portal.appointments.models import Arranged, Booking, FactKind
from portal.casefiles import jobs as casefile_jobs
from portal.casefiles import mails
from portal.casefiles.models import Case
from portal.core import jobs
from portal.core.outbound import Reach
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications.models import Message, MessageState
from portal.notifications.sms import SmsGateway
from portal.notifications.transport import Smtp
from tests.client import PortalClient
from tests.factories import accounts, casefiles
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW
from tests.notifications import gateway

NUMBER = "+4915123456789"
DAY = timedelta(days=1)


class Refusing:
    """A mail server that knows nobody, until it does."""

    knows = False
    answer = "550 5.1.1 user unknown"

    async def handle_RCPT(  # type: ignore[no-untyped-def]  # noqa: N802
        self, _server, _session, envelope, address, _options
    ) -> str:
        if not self.knows:
            return self.answer
        envelope.rcpt_tos.append(address)
        return "250 OK"


@pytest.fixture
def server(app: Flask) -> Iterator[Refusing]:
    """Start a real mail server on this machine and send through it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    handler = Refusing()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    kept = app.extensions["mail_transport"]
    app.extensions["mail_transport"] = Smtp(f"smtp://127.0.0.1:{port}", "portal@jobcenter.example")
    yield handler
    app.extensions["mail_transport"] = kept
    controller.stop()


def deliver(session: Session, now: datetime) -> datetime:
    """Let the worker try until it gives up; return when that was."""
    for _ in range(20):
        if not jobs.run_due(session, now):
            break
        now += DAY
    casefile_jobs.tell_undelivered(session, now=now)
    session.flush()
    return now


@pytest.fixture
def citizen(session: Session) -> Citizen:
    return accounts.citizen(session, phone="0641 5550123")


@pytest.fixture
def case(session: Session, citizen: Citizen) -> Case:
    return casefiles.case(session, citizen, now=NOW)


def items(session: Session) -> list[WorkItem]:
    kind = WorkItem.kind == ItemKind.MESSAGE_FAILED
    return list(session.scalars(select(WorkItem).where(kind, WorkItem.closed_at.is_(None))))


def write(session: Session, citizen: Citizen, now: datetime = NOW) -> None:
    mails.write(session, template="document_requested", owner=citizen, now=now)


def test_a_refused_mail_comes_before_the_office_after_all_tries(
    server: Refusing, session: Session, citizen: Citizen, case: Case
) -> None:
    server.answer = "452 4.2.2 mailbox full"
    write(session, citizen)
    jobs.run_due(session, NOW)
    casefile_jobs.tell_undelivered(session, now=NOW)
    assert items(session) == []  # it is tried again first
    deliver(session, NOW + DAY)
    [item] = items(session)
    assert item.subject_id == case.id
    assert item.case_id == case.id
    assert item.reason == "Die E-Mail vom 16.11.2026 kam nicht an."
    assert item.team_id == case.team_id
    deliver(session, NOW + 30 * DAY)
    assert len(items(session)) == 1


def test_the_person_sees_it_at_the_next_sign_in(
    server: Refusing, client: PortalClient, session: Session, citizen: Citizen, case: Case
) -> None:
    write(session, citizen)
    client.sign_in(citizen)
    assert "kam nicht an" not in client.get("/").text
    deliver(session, NOW)
    session.commit()
    for page in ("/", "/konto", "/konto/nachrichten"):
        text = client.get(page).text
        assert "Eine Nachricht kam nicht an" in text, page
        assert str(citizen.email) in text
        assert 'href="/konto/adresse"' in text
    citizen.email = "neu@example.org"
    session.commit()
    assert "Eine Nachricht kam nicht an" not in client.get("/").text


def test_a_later_message_that_arrives_settles_it(
    server: Refusing, session: Session, citizen: Citizen, case: Case
) -> None:
    write(session, citizen)
    later = deliver(session, NOW)
    assert len(items(session)) == 1
    server.knows = True
    write(session, citizen, later)
    deliver(session, later)
    assert items(session) == []


def test_the_office_sees_why_and_how_else_and_says_done(
    server: Refusing, client: PortalClient, session: Session, citizen: Citizen, case: Case
) -> None:
    write(session, citizen)
    deliver(session, NOW)
    for message in session.scalars(select(Message)):
        message.created_at = datetime.now(message.created_at.tzinfo) - DAY
    officer = accounts.staff_member(session, accounts.Role.BENEFIT_OFFICER, team=case.team)
    session.commit()
    client.sign_in(officer)
    address = f"/amt/akten/{case.id}/nicht-angekommen"
    page = client.get(address).text
    assert "user unknown" in page
    assert "0641 5550123" in page
    client.post_form(address)
    assert items(session) == []


def test_others_do_not_see_it(client: PortalClient, session: Session, case: Case) -> None:
    stranger = accounts.staff_member(session, accounts.Role.BENEFIT_OFFICER)
    session.commit()
    client.sign_in(stranger)
    assert client.get(f"/amt/akten/{case.id}/nicht-angekommen").status_code == 404


def test_a_short_message_the_gateway_refuses(app: Flask, session: Session) -> None:
    person = accounts.citizen(session, email=None, mobile=NUMBER)
    casefiles.case(session, person, now=NOW)
    kept = app.extensions["sms_transport"]
    with gateway.running() as there:
        there.answers = 422
        app.extensions["sms_transport"] = SmsGateway(
            there.url, token=gateway.TOKEN, sender="Jobcenter", reach=Reach(loopback=True)
        )
        write(session, person, NOW + timedelta(hours=3))
        deliver(session, NOW + timedelta(hours=3))
        app.extensions["sms_transport"] = kept
    [item] = items(session)
    assert item.reason == "Die SMS vom 16.11.2026 kam nicht an."


class TestAtTheAppointment:
    def made_by_the_office(self, session: Session, citizen: Citizen) -> Booking:
        officer: StaffMember = make.officer(session)
        return make.booking(
            session, citizen=citizen, officer=officer, by=officer, arranged=Arranged.OFFICE
        )

    def facts(self, session: Session, booking: Booking) -> list[str]:
        return [
            fact.text
            for fact in evidence.facts_of(session, booking)
            if fact.kind == FactKind.NOT_DELIVERED
        ]

    def test_it_speaks_against_missed(
        self, server: Refusing, session: Session, citizen: Citizen
    ) -> None:
        """Nobody has to come to a time that they were never told."""
        booking = self.made_by_the_office(session, citizen)
        now = deliver(session, NOW)
        for _ in range(2):
            undelivered.note(session, now=now)
        [text] = self.facts(session, booking)
        assert text == "Die E-Mail vom 16.11.2026, 07:00 zu diesem Termin kam nicht an."
        known = evidence.circumstances(session, booking=booking, now=booking.ends_at + DAY)
        against = [one.text for one in fairness.findings(known) if one.speaks_against]
        assert against == [text]

    def test_who_was_not_told_of_another_room_waited_before_the_old_one(
        self, session: Session, citizen: Citizen
    ) -> None:
        booking = self.made_by_the_office(session, citizen)
        for message in session.scalars(select(Message)):
            message.template, message.state = "booking_room_changed", MessageState.FAILED
        undelivered.note(session, now=NOW)
        assert len(self.facts(session, booking)) == 1

    def test_a_reminder_is_a_courtesy(
        self, session: Session, citizen: Citizen, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        booking = self.made_by_the_office(session, citizen)
        for message in session.scalars(select(Message)):
            message.template, message.state = "booking_reminder", MessageState.FAILED
        undelivered.note(session, now=NOW)
        assert self.facts(session, booking) == []

    def test_what_arrived_by_the_other_way_arrived(
        self, session: Session, citizen: Citizen
    ) -> None:
        booking = self.made_by_the_office(session, citizen)
        [mail] = session.scalars(select(Message))
        mail.state = MessageState.FAILED
        twin = {name: getattr(mail, name) for name in ("template", "recipient_id", "created_at",
                "about_kind", "about_id", "subject", "text", "html")}  # fmt: skip
        session.add(Message(**twin, address=NUMBER, state=MessageState.SENT, sent_at=NOW))
        session.flush()
        undelivered.note(session, now=NOW)
        assert self.facts(session, booking) == []

    def test_a_move_that_nobody_heard_of(
        self, server: Refusing, session: Session, citizen: Citizen
    ) -> None:
        server.knows = True
        booking = self.made_by_the_office(session, citizen)
        jobs.run_due(session, NOW)
        server.knows = False
        slot = make.slot_at(booking.staff_member, MONDAY + DAY)
        at = NOW + timedelta(hours=1)
        appointments.move(session, booking=booking, slot=slot, by=booking.staff_member, now=at)
        now = deliver(session, at)
        undelivered.note(session, now=now)
        assert len(self.facts(session, booking)) == 1
